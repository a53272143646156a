// SPDX-License-Identifier: Apache-2.0

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
    func run(_ images: ImageSet, _ indices: [Int]) {
        let size = images.shape.count
        let input = plan.executable.input
        images.copyScaled(
            indices, mean: preprocessing.mean, standardDeviation: preprocessing.standardDeviation,
            into: UnsafeMutableBufferPointer(rebasing: input[0..<indices.count * size]))
        input[(indices.count * size)...].update(repeating: 0)
        plan.forward()
    }

    /// The last output of the layer that prints as `layer` in the program, e.g. `3 ReLU`; `nil` when it computes nothing.
    func output(of layer: String) -> ValueID? {
        plan.program.operations.last { $0.layer == layer && $0.phase == .forward }?.outputs.first
    }

    /// The forward convolutions, those inside composites included, with their layers' paths.
    var convolutions: [(path: String, convolution: Convolution, weight: ValueID, output: ValueID)] {
        plan.program.operations.compactMap { operation in
            guard operation.phase == .forward, case .conv2D(let convolution, _) = operation.kind else { return nil }
            let path = String(operation.layer.prefix { $0 != " " })
            return (path, convolution, operation.inputs[1], operation.outputs[0])
        }
    }
}
