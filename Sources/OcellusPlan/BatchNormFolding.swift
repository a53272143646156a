// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
package import OcellusModel
import OcellusTensor

/// A graph for inference in which every batch norm that alone reads a convolution has become part of it:
/// `w′ = w·s` and `b′ = β + (b − mean)·s` with `s = γ/√(variance + ε)` of each output channel.
///
/// Computed in Double and rounded once, so that logits differ from the unfolded graph's by roundings alone.
package struct BatchNormFolding {
    /// The same function with fewer operations.
    package let graph: Graph

    /// What a convolution takes over, by positions in the parameters and buffers of the unfolded graph.
    private struct Norm {
        var gamma, beta, mean, variance: Int
        var epsilon: Float
    }
    /// Where a parameter of the folded graph comes from.
    private enum Source {
        case parameter(Int)
        case weight(Int, Norm)
        case bias(Int?, Norm)
    }
    private let sources: [Source]
    /// Positions of the buffers that are left.
    private let buffers: [Int]

    /// - Throws: ``ModelError`` for the graph's own faults.
    package init(_ graph: Graph) throws(ModelError) {
        var folder = try Folder(graph)
        for operation in graph.operations { try folder.add(operation) }
        self.graph = try folder.builder.finished(try folder.known(graph.output))
        (sources, buffers) = (folder.sources, folder.buffers)
    }

    /// Builds the folded graph, operation after operation.
    private struct Folder {
        let graph: Graph
        var builder: GraphBuilder
        var sources: [Source] = []
        var buffers: [Int] = []
        private var ids: [Graph.ValueID: Graph.ValueID] = [:]
        private let readers: [Graph.ValueID: [Graph.Operation]]

        init(_ graph: Graph) throws(ModelError) {
            self.graph = graph
            builder = GraphBuilder(input: graph.shape(graph.input))
            ids[graph.input] = builder.input
            var readers: [Graph.ValueID: [Graph.Operation]] = [:]
            for operation in graph.operations {
                for id in operation.inputs { readers[id, default: []].append(operation) }
            }
            self.readers = readers
        }

        func known(_ id: Graph.ValueID) throws(ModelError) -> Graph.ValueID {
            guard let known = ids[id] else {
                throw ModelError(.wrongOperands, "the graph reads \(graph[id].name) before it is made.")
            }
            return known
        }

        mutating func add(_ operation: Graph.Operation) throws(ModelError) {
            // One that a convolution took over was given the convolution's result.
            if ids[operation.output] != nil { return }
            if let norm = normToFold(into: operation) { return try fold(norm, into: operation) }
            var inputs: [Graph.ValueID] = []
            for id in operation.inputs { inputs.append(try take(id)) }
            ids[operation.output] = try apply(operation.kind, inputs, as: operation)
        }

        /// The folded graph's value, which takes a parameter or buffer along when it is read first.
        private mutating func take(_ id: Graph.ValueID) throws(ModelError) -> Graph.ValueID {
            if let known = ids[id] { return known }
            switch graph[id].source {
            case .parameter(let index):
                ids[id] = try parameter(graph.parameters[index], .parameter(index))
            case .buffer(let index):
                let spec = graph.buffers[index]
                ids[id] = try builder.buffer(spec.name, spec.shape, initialValue: spec.initialValue)
                buffers.append(index)
            case .input, .operation: break
            }
            return try known(id)
        }

        private mutating func parameter(_ spec: ParameterSpec, _ source: Source) throws(ModelError) -> Graph.ValueID {
            sources.append(source)
            return try builder.parameter(
                spec.name, spec.shape, spec.initializer, fanIn: spec.fanIn, fanOut: spec.fanOut)
        }

        private mutating func apply(
            _ kind: any GraphOperator, _ inputs: [Graph.ValueID], as operation: Graph.Operation
        ) throws(ModelError) -> Graph.ValueID {
            let name = graph[operation.output].name
            guard let scope = operation.scope.map({ graph.scopes[$0] }) else {
                return try builder.apply(kind, inputs, named: name)
            }
            return try builder.layer(scope.path, scope.layer, from: inputs.first ?? builder.input) {
                (builder) throws(ModelError) in
                try builder.apply(kind, inputs, named: name)
            }
        }

        /// The batch norm that alone reads a convolution's result.
        private func normToFold(into operation: Graph.Operation) -> Graph.Operation? {
            guard operation.kind is Op.Convolution, operation.output != graph.output,
                let readers = readers[operation.output], readers.count == 1, readers[0].kind is Op.BatchNorm
            else { return nil }
            return readers[0]
        }

        private mutating func fold(
            _ operation: Graph.Operation, into product: Graph.Operation
        ) throws(ModelError) {
            guard var convolution = product.kind as? Op.Convolution, let kind = operation.kind as? Op.BatchNorm else {
                return
            }
            func index(_ id: Graph.ValueID) -> Int {
                switch graph[id].source {
                case .parameter(let index), .buffer(let index): index
                case .input, .operation: 0
                }
            }
            let tensors = operation.inputs.map(index)
            let norm = Norm(
                gamma: tensors[1], beta: tensors[2], mean: tensors[3], variance: tensors[4], epsilon: kind.epsilon)
            let weight = index(product.inputs[1])
            let bias = convolution.hasBias ? index(product.inputs[2]) : nil
            convolution.hasBias = true
            let inputs = [
                try take(product.inputs[0]), try parameter(graph.parameters[weight], .weight(weight, norm)),
                try parameter(graph.parameters[norm.beta], .bias(bias, norm)),
            ]
            ids[operation.output] = try apply(convolution, inputs, as: product)
        }
    }

    /// Weights of ``graph`` from those of the graph that it was made of.
    ///
    /// - Precondition: They are that graph's.
    package func fold(_ weights: Weights) -> Weights {
        Weights(
            parameters: sources.map { source in
                switch source {
                case .parameter(let index): weights.parameters[index]
                case .weight(let index, let norm): Self.fold(weights.parameters[index], norm, weights)
                case .bias(let index, let norm):
                    Self.foldBias(index.map { weights.parameters[$0] }, norm, weights)
                }
            }, buffers: buffers.map { weights.buffers[$0] }, batchesTracked: weights.batchesTracked)
    }

    private static func scale(_ channel: Int, _ norm: Norm, _ weights: Weights) -> Double {
        let variance = Double(weights.buffers[norm.variance].scalars[channel])
        return Double(weights.parameters[norm.gamma].scalars[channel]) / (variance + Double(norm.epsilon)).squareRoot()
    }

    private static func fold(_ weight: Tensor<Float>, _ norm: Norm, _ weights: Weights) -> Tensor<Float> {
        var weight = weight
        let channels = weights.parameters[norm.beta].scalars.count
        let size = weight.scalars.count / max(1, channels)
        for channel in 0..<channels {
            let scale = scale(channel, norm, weights)
            for index in channel * size..<(channel + 1) * size {
                weight.scalars[index] = Float(Double(weight.scalars[index]) * scale)
            }
        }
        return weight
    }

    private static func foldBias(_ bias: Tensor<Float>?, _ norm: Norm, _ weights: Weights) -> Tensor<Float> {
        var folded = weights.parameters[norm.beta]
        for channel in folded.scalars.indices {
            let shift =
                Double(bias?.scalars[channel] ?? 0) - Double(weights.buffers[norm.mean].scalars[channel])
            folded.scalars[channel] = Float(
                Double(folded.scalars[channel]) + shift * scale(channel, norm, weights))
        }
        return folded
    }
}
