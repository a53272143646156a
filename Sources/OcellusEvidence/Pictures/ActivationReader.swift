// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusImages
import OcellusInference
import OcellusModel
import OcellusPlan
import OcellusTensor

/// Runs a model forward and gives every layer's output.
@EngineActor
final class ActivationReader {
    let plan: Plan
    private let preprocessing: Preprocessing

    /// ReLUs stay apart from the layers before them, so that a convolution's own output can be read.
    init(_ model: Classifier, batchSize: Int) throws {
        plan = try Plan(
            model.network, mode: .activations, batchSize: batchSize, backend: model.backend, fusesReLU: false)
        try plan.load(model.weights)
        preprocessing = model.preprocessing
    }

    /// Runs the images; the rest of a batch that they do not fill holds zeros.
    func run(_ images: ImageSet, _ indices: [Int]) throws {
        let size = images.shape.count
        let input = plan.executable.input
        images.copyScaled(
            indices, mean: preprocessing.mean, standardDeviation: preprocessing.standardDeviation,
            into: UnsafeMutableBufferPointer(rebasing: input[0..<indices.count * size]))
        input[(indices.count * size)...].update(repeating: 0)
        try plan.forward()
    }

    /// What the layer at a path gives; `nil` for an identity.
    func output(of path: String) -> ValueID? {
        plan.graph.scopes.last { $0.path == path && !$0.operations.isEmpty }.flatMap { plan.program.ids[$0.output] }
    }

    /// The convolutions, those inside composites included, with their layers' paths.
    var convolutions: [(path: String, convolution: Convolution, weight: ValueID, output: ValueID)] {
        let (graph, ids) = (plan.graph, plan.program.ids)
        return graph.operations.compactMap { operation in
            guard let convolution = operation.kind as? Convolution, let weight = ids[operation.inputs[1]],
                let output = ids[operation.output]
            else { return nil }
            return (
                operation.scope.map { graph.scopes[$0].path } ?? graph[operation.output].name, convolution, weight,
                output
            )
        }
    }
}
