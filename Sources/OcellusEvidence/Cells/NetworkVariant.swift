// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusTensor

/// One of the two networks of an evidence run, perhaps with one thing changed.
package struct NetworkVariant: Codable, Sendable, Hashable {
    package enum Base: String, Codable, Sendable, CaseIterable {
        case dense, convolutional
    }
    /// What stands in the place of every ReLU.
    package enum Activation: String, Codable, Sendable, CaseIterable {
        case identity, sigmoid, tanh, relu, gelu
    }
    /// What stands in the place of every maximum pooling.
    package enum Pooling: String, Codable, Sendable, CaseIterable {
        case maximum, average, stride, blur, none
        /// Strides, and a first dense layer so wide that the network has as many parameters as with maxima.
        case evenStride = "even-stride"
        /// Maxima, and the maximum of each whole map in the place of its flattened positions.
        case global
    }

    /// What stands in the place of every convolution.
    package enum Connections: String, Codable, Sendable, CaseIterable {
        /// The convolution itself.
        case shared
        /// The same windows, with kernels of its own for every output position.
        case untied
        /// As many inputs for every output position, drawn from all of them.
        case random
    }

    package var base: Base
    package var activation: Activation = .relu
    package var pooling: Pooling = .maximum
    package var connections: Connections = .shared

    package static let dense = NetworkVariant(base: .dense)
    package static let convolutional = NetworkVariant(base: .convolutional)

    package init(
        base: Base, activation: Activation = .relu, pooling: Pooling = .maximum,
        connections: Connections = .shared
    ) {
        self.base = base
        self.activation = activation
        self.pooling = pooling
        self.connections = connections
    }

    /// `dense`, `convolutional-average-identity`; names of files and of progress lines.
    var id: String {
        var parts = [base.rawValue]
        if pooling != .maximum { parts.append(pooling.rawValue) }
        if activation != .relu { parts.append(activation.rawValue) }
        if connections != .shared { parts.append(connections.rawValue) }
        return parts.joined(separator: "-")
    }

    /// For tables: `CNN, average pooling, identity`.
    func title(_ names: [Base: String]) -> String {
        var parts = [names[base] ?? base.rawValue]
        switch pooling {
        case .maximum: break
        case .stride: parts.append("strides instead of pooling")
        case .none: parts.append("no pooling")
        case .evenStride: parts.append("strides instead of pooling, as many parameters")
        case .global: parts.append("global pooling")
        case .average, .blur: parts.append("\(pooling.rawValue) pooling")
        }
        if activation != .relu { parts.append(activation.rawValue) }
        switch connections {
        case .shared: break
        case .untied: parts.append("weights not shared")
        case .random: parts.append("random connections")
        }
        return parts.joined(separator: ", ")
    }

    /// The network with the changes made.
    func applied(to network: Network) -> Network {
        var network = network
        let parameters = Self.parameters(network)
        network.layers = replaced(network.layers)
        return pooling == .evenStride ? Self.evened(network, to: parameters) : network
    }

    private static func parameters(_ network: Network) -> Int {
        ((try? network.parameters()) ?? []).reduce(0) { $0 + $1.shape.count }
    }

    /// The network with a hidden layer behind its maps that brings its parameters nearest to a number; as it is where there
    /// is no such layer.
    private static func evened(_ network: Network, to parameters: Int) -> Network {
        let dense = network.layers.indices.filter { network.layers[$0].layer is Dense }
        guard dense.count > 1, let layer = network.layers[dense[0]].layer as? Dense else { return network }
        func with(_ width: Int) -> Network {
            var (other, changed) = (network, layer)
            changed.outputFeatures = width
            other.layers[dense[0]].layer = changed
            return other
        }
        // Parameters grow by the same number with each unit.
        let (one, two) = (Self.parameters(with(1)), Self.parameters(with(2)))
        guard two > one else { return network }
        return with(max(1, 1 + Int((Double(parameters - one) / Double(two - one)).rounded())))
    }

    private func replaced(_ layers: [NamedLayer]) -> [NamedLayer] {
        var result: [NamedLayer] = []
        for layer in layers {
            if layer.layer is ReLU {
                if let function = replacementOfReLU { result.append(NamedLayer(function, name: layer.name)) }
            } else if pooling == .global, layer.layer is Flatten {
                result.append(NamedLayer(GlobalMaxPool2D(), name: layer.name))
            } else if let pool = layer.layer as? MaxPool2D {
                addPooling(pool, layer, to: &result)
            } else if connections != .shared, let convolution = layer.layer as? Conv2D, convolution.groups == 1,
                convolution.dilation == 1
            {
                var twin = LocallyConnected2D(
                    convolution.outputChannels, kernelSize: convolution.kernelSize, stride: convolution.stride,
                    padding: convolution.padding, hasBias: convolution.hasBias,
                    connectionSeed: connections == .random ? UInt64(result.count) : nil)
                twin.initializer = convolution.initializer
                result.append(NamedLayer(twin, name: layer.name))
            } else {
                result.append(layer)
            }
        }
        return result
    }

    private var replacementOfReLU: (any Layer)? {
        switch activation {
        case .identity: nil
        case .sigmoid: Sigmoid()
        case .tanh: Tanh()
        case .relu: ReLU()
        case .gelu: GELU()
        }
    }

    private func addPooling(_ pool: MaxPool2D, _ layer: NamedLayer, to result: inout [NamedLayer]) {
        switch pooling {
        case .maximum, .global: result.append(layer)
        case .average:
            let average = AveragePool2D(pool.kernelSize, stride: pool.stride, padding: pool.padding)
            result.append(NamedLayer(average, name: layer.name))
        case .blur:
            // Zhang 2019, section 3.2: the maximum at every place, then a blur that may skip places.
            result.append(NamedLayer(MaxPool2D(pool.kernelSize, stride: 1, padding: pool.padding)))
            result.append(NamedLayer(BlurPool2D(3, stride: pool.stride.height), name: layer.name))
        case .stride, .evenStride:
            // The nearest convolution before takes over the step.
            for index in result.indices.reversed() {
                guard var convolution = result[index].layer as? Conv2D else { continue }
                convolution.stride = Size2D(
                    convolution.stride.height * pool.stride.height, convolution.stride.width * pool.stride.width)
                result[index].layer = convolution
                break
            }
        case .none: break
        }
    }
}
