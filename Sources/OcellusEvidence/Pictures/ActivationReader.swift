// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusGraph
import OcellusInference
import OcellusModel
import OcellusPlan
import OcellusTensor

/// Runs a model forward and gives every layer's output.
final class ActivationReader {
    let plan: Plan
    /// By the position of the graph's values.
    private let windows: [Window]
    private let preprocessing: Preprocessing

    /// ReLUs stay apart from the layers before them, so that a convolution's own output can be read.
    init(_ model: Classifier, batchSize: Int) throws {
        plan = try Plan(
            model.network, mode: .activations, batchSize: batchSize, backend: model.backend, joins: false)
        try plan.load(model.weights)
        windows = try GraphWalk(plan.graph).windows
        preprocessing = model.preprocessing
    }

    /// Runs the images; the rest of a batch that they do not fill holds zeros.
    ///
    /// - Throws: ``DataError`` naming a file that cannot be read.
    func run(_ images: ImageSet, _ indices: [Int]) throws {
        let size = images.shape.count
        try plan.executable.withInput { input in
            try images.copyScaled(
                indices, mean: preprocessing.mean, standardDeviation: preprocessing.standardDeviation,
                into: UnsafeMutableBufferPointer(rebasing: input.images[0..<indices.count * size]))
            input.images[(indices.count * size)...].update(repeating: 0)
        }
        try plan.forward()
    }

    /// What the layer at a path gives; `nil` for an identity.
    func output(of path: String) -> ValueID? {
        plan.graph.scopes.last { $0.path == path && !$0.operations.isEmpty }.flatMap { plan.program.ids[$0.output] }
    }

    /// A convolution of the network with the path of its layer.
    struct Filters {
        var path: String
        var convolution: Convolution
        var weight: ValueID
        var output: ValueID
        /// What a position of the output sees of the image.
        var window: Window
    }

    /// The convolutions, those inside composites included.
    var convolutions: [Filters] {
        let (graph, ids) = (plan.graph, plan.program.ids)
        return graph.operations.compactMap { operation in
            guard let convolution = operation.kind as? Convolution, let weight = ids[operation.inputs[1]],
                let output = ids[operation.output]
            else { return nil }
            return Filters(
                path: operation.scope.map { graph.scopes[$0].path } ?? graph[operation.output].name,
                convolution: convolution, weight: weight, output: output, window: windows[operation.output.index])
        }
    }
}
