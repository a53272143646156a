// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusPlan
import OcellusTensor

/// A layer whose maps have a place in the picture.
struct ExplainedLayer: Sendable {
    /// As in parameter names, e.g. `4` or `layer4.1`.
    var path: String
    /// Path and printed form, e.g. `4 ReLU`.
    var words: String
    var window: Window
}

extension Network {
    /// The layer that Grad-CAM speaks of by default: the last one with filters whose maps have more than one position,
    /// taken behind the normalisation and activation that follow it. `nil` when there is none.
    func lastLayerWithMaps() throws(ModelError) -> ExplainedLayer? {
        var last: String?
        // Whether only layers that leave every position in its place came since.
        var isChain = false
        _ = try LayerPath.walk(layers, from: input.batched(1)) { (layer, index, _, output) throws(ModelError) in
            let hasPlaces = output.rank == 4 && output[2] * output[3] > 1
            if hasPlaces, layer.kind.hasFilters || isChain && layer.kind.isPointwise {
                last = LayerPath.component(layer, index, branch: nil)
                isChain = true
            } else {
                isChain = false
            }
        }
        return try last.map { (path) throws(ModelError) in try explainedLayer(path).layer }
    }

    /// A layer by its path and the shape of its output for one image, `[1, …]`.
    ///
    /// - Throws: ``ModelError/Code/unknownLayer``.
    func explainedLayer(_ path: String) throws(ModelError) -> (layer: ExplainedLayer, output: Shape) {
        let program = try ProgramBuilder.program(for: self, mode: .attribution(layers: [path]), batchSize: 1)
        guard let output = program.layerOutputs[path], let window = try windows()[path] else {
            throw ModelError(.unknownLayer, "the network has no layer \"\(path)\".", received: path)
        }
        let operation = program.operations.first { $0.outputs.contains(output) }
        return (ExplainedLayer(path: path, words: operation?.layer ?? path, window: window), program[output].shape)
    }
}

extension LayerKind {
    /// Whether the layer looks for patterns in windows, itself or in a branch.
    fileprivate var hasFilters: Bool {
        switch self {
        case .conv2D, .locallyConnected2D: true
        case .residual(let layer): (layer.body + layer.shortcut).contains { $0.kind.hasFilters }
        case .concatenate(let layer): layer.branches.joined().contains { $0.kind.hasFilters }
        default: false
        }
    }

    fileprivate var isPointwise: Bool {
        switch self {
        case .relu, .leakyReLU, .sigmoid, .tanh, .gelu, .scale, .dropout, .batchNorm2D: true
        default: false
        }
    }
}
