// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
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
        let graph = try graph()
        var last: String?
        // Whether only layers that leave every position in its place came since.
        var isChain = false
        for scope in graph.outermostScopes {
            let (operations, output) = (graph.operations[scope.operations], graph.shape(scope.output))
            let hasPlaces = output.rank == 4 && output[2] * output[3] > 1
            isChain =
                hasPlaces
                && (operations.contains(where: \.looksForPatterns)
                    || isChain && operations.allSatisfy { $0.kind.isPointwise })
            if isChain { last = scope.path }
        }
        return try last.map { (path) throws(ModelError) in try explainedLayer(path).layer }
    }

    /// A layer by its path and the shape of its output for one image, `[1, …]`.
    ///
    /// - Throws: ``ModelError/Code/unknownLayer``.
    func explainedLayer(_ path: String) throws(ModelError) -> (layer: ExplainedLayer, output: Shape) {
        let graph = try graph()
        guard let scope = graph.scopes.last(where: { $0.path == path }) else {
            let paths = graph.scopes.map(\.path).sorted()
            throw ModelError(
                .unknownLayer, "the network has no layer \"\(path)\".",
                needs: "one of \(paths.joined(separator: ", "))",
                received: path, advice: closestMatch(to: path, in: paths).map { "did you mean \"\($0)\"?" })
        }
        let window = try GraphWalk(graph).windows[scope.output.index]
        return (
            ExplainedLayer(path: path, words: "\(path) \(scope.layer)", window: window), graph.shape(scope.output)
        )
    }
}
