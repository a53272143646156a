// SPDX-License-Identifier: Apache-2.0

package import OcellusModel
import OcellusTensor

/// A network for inference in which every batch norm right behind a convolution has become part of it:
/// `w′ = w·s` and `b′ = β + (b − mean)·s` with `s = γ/√(variance + ε)` of each output channel.
///
/// Computed in Double and rounded once, so that logits differ from the unfolded network's by roundings alone.
package struct BatchNormFolding {
    /// The same function with fewer layers.
    package let network: Network

    /// What becomes of the tensors of one or two layers, in file order.
    private enum Step {
        case keep(parameters: Int, buffers: Int)
        case fold(hasBias: Bool, epsilon: Float)
    }
    private let steps: [Step]

    /// - Throws: ``ModelError`` for the network's own faults.
    package init(_ network: Network) throws(ModelError) {
        var steps: [Step] = []
        let layers = try Self.fold(network.layers, from: network.input.batched(1), &steps)
        // Frozen names concern training, and layers moved to other indices.
        self.network = Network(input: network.input, layers: layers)
        self.steps = steps
    }

    private static func fold(
        _ layers: [NamedLayer], from input: Shape, _ steps: inout [Step]
    ) throws(ModelError) -> [NamedLayer] {
        var folded: [NamedLayer] = []
        var shape = input
        for layer in layers {
            switch layer.kind {
            case .batchNorm2D(let norm):
                if case .conv2D(var convolution) = folded.last?.kind {
                    steps[steps.count - 1] = .fold(hasBias: convolution.hasBias, epsilon: norm.epsilon)
                    convolution.hasBias = true
                    folded[folded.count - 1].kind = .conv2D(convolution)
                } else {
                    steps.append(.keep(parameters: 2, buffers: 2))
                    folded.append(layer)
                }
            case .residual(var residual):
                residual.body = try fold(residual.body, from: shape, &steps)
                residual.shortcut = try fold(residual.shortcut, from: shape, &steps)
                folded.append(NamedLayer(residual, name: layer.name))
            case .concatenate(var joined):
                for index in joined.branches.indices {
                    joined.branches[index] = try fold(joined.branches[index], from: shape, &steps)
                }
                folded.append(NamedLayer(joined, name: layer.name))
            default:
                steps.append(
                    .keep(
                        parameters: try layer.layer.parameters(for: shape).count,
                        buffers: try layer.layer.buffers(for: shape).count))
                folded.append(layer)
            }
            shape = try layer.layer.outputShape(for: shape)
        }
        return folded
    }

    /// Weights of ``network`` from those of the network that it was made of.
    ///
    /// - Precondition: They are that network's.
    package func fold(_ weights: Weights) -> Weights {
        var parameters = weights.parameters[...]
        var buffers = weights.buffers[...]
        var result = Weights(parameters: [], buffers: [], batchesTracked: weights.batchesTracked)
        for step in steps {
            switch step {
            case .keep(let count, let bufferCount):
                result.parameters += parameters.prefix(count)
                result.buffers += buffers.prefix(bufferCount)
                parameters = parameters.dropFirst(count)
                buffers = buffers.dropFirst(bufferCount)
            case .fold(let hasBias, let epsilon):
                let own = Array(parameters.prefix(hasBias ? 4 : 3))
                let running = Array(buffers.prefix(2))
                let (gamma, beta) = (own[own.count - 2], own[own.count - 1])
                let bias = hasBias ? own[1] : nil
                result.parameters += Self.fold(
                    own[0], bias, gamma: gamma, beta: beta, mean: running[0], variance: running[1], epsilon)
                parameters = parameters.dropFirst(own.count)
                buffers = buffers.dropFirst(2)
            }
        }
        return result
    }

    private static func fold(
        _ weight: Tensor<Float>, _ bias: Tensor<Float>?, gamma: Tensor<Float>, beta: Tensor<Float>, mean: Tensor<Float>,
        variance: Tensor<Float>, _ epsilon: Float
    ) -> [Tensor<Float>] {
        var weight = weight
        var folded = beta
        let size = weight.scalars.count / max(1, beta.scalars.count)
        for channel in beta.scalars.indices {
            let deviation = (Double(variance.scalars[channel]) + Double(epsilon)).squareRoot()
            let scale = Double(gamma.scalars[channel]) / deviation
            for index in channel * size..<(channel + 1) * size {
                weight.scalars[index] = Float(Double(weight.scalars[index]) * scale)
            }
            let shift = Double(bias?.scalars[channel] ?? 0) - Double(mean.scalars[channel])
            folded.scalars[channel] = Float(Double(beta.scalars[channel]) + shift * scale)
        }
        return [weight, folded]
    }
}
