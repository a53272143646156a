// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// What is known of every operation after one walk over a graph.
public struct GraphWalk: Sendable {
    /// Multiply-adds of each operation for one image.
    public let multiplyAdds: [Int]
    /// The input window that one position of each value sees, the image's borders not counted, by the value's position. Where
    /// branches meet, that of the branch that sees most.
    public let windows: [Window]

    /// - Throws: ``ModelError/Code/tooLarge`` for more than 2^53 multiply-adds.
    public init(_ graph: Graph) throws(ModelError) {
        var multiplyAdds: [Int] = []
        var windows = [Window](repeating: .pointwise, count: graph.values.count)
        for operation in graph.operations {
            let shapes = operation.inputs.map { graph.shape($0) }
            multiplyAdds.append(try operation.kind.multiplyAdds(shapes, graph.shape(operation.output)))
            let seen = operation.inputs.filter { graph[$0].source.role == .activation }.map { windows[$0.index] }
            let widest = seen.dropFirst().reduce(seen.first ?? .pointwise) { $1.area > $0.area ? $1 : $0 }
            windows[operation.output.index] = widest.followed(by: operation.kind.window(shapes))
        }
        self.multiplyAdds = multiplyAdds
        self.windows = windows
    }
}

extension Graph {
    /// Whether what training makes of an image depends on the other images of its batch.
    public var usesBatchStatistics: Bool { operations.contains { $0.kind is Op.BatchNorm } }

    /// Whether an operator looks at neighbourhoods with weights.
    public var hasConvolution: Bool { operations.contains(where: \.looksForPatterns) }

    /// The layers of the network itself, without those inside them. Where a graph from elsewhere is the whole network, its own
    /// ones.
    public var outermostScopes: [Scope] {
        let outermost = scopes.filter { $0.parent == nil }
        guard outermost.count == 1, outermost[0].path.isEmpty else { return outermost }
        return scopes.filter { $0.parent == 0 }
    }
}

extension Graph.Operation {
    /// Whether it looks at neighbourhoods with weights.
    public var looksForPatterns: Bool { kind is Op.Convolution || kind is Op.LocallyConnected }

    /// Whether it multiplies with a trained tensor.
    public var hasWeights: Bool { looksForPatterns || kind is Op.MatrixProduct }
}
