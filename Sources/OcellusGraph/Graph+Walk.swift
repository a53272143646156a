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

    /// The layers of the network itself, without those inside them, in their order. Where a graph from elsewhere is the whole
    /// network, its own ones; an operation that no layer made is one of its own, named like its result.
    public var outermostScopes: [Scope] {
        var outermost = scopes.filter { $0.parent == nil }
        if outermost.count == 1, outermost[0].path.isEmpty, outermost[0].operations == operations.indices {
            outermost = scopes.filter { $0.parent == 0 }
        }
        let single = operations.indices.filter { operations[$0].scope == nil }.map(scope(ofSingle:))
        if single.isEmpty { return outermost }
        return (outermost + single).enumerated().sorted {
            ($0.element.operations.lowerBound, $0.offset) < ($1.element.operations.lowerBound, $1.offset)
        }.map(\.element)
    }

    /// The layer that stands for an operation that no layer made: it has the name of the result.
    func scope(ofSingle position: Int) -> Scope {
        let operation = operations[position]
        let text = [type(of: operation.kind).name, operation.kind.settings].filter { !$0.isEmpty }
        return Scope(
            path: self[operation.output].name, layer: text.joined(separator: " "), parent: nil,
            operations: position..<position + 1, input: operation.inputs.first ?? input, output: operation.output)
    }

    /// The operations in runs of one innermost layer; one that no layer made is a run of its own.
    var runs: [Range<Int>] {
        var runs: [Range<Int>] = []
        func isSame(_ a: Int?, _ b: Int?) -> Bool {
            guard let a, let b else { return false }
            return a == b || scopes[a].path == scopes[b].path && scopes[a].layer == scopes[b].layer
        }
        for (position, operation) in operations.enumerated() {
            if let last = runs.last, isSame(operations[position - 1].scope, operation.scope) {
                runs[runs.count - 1] = last.lowerBound..<position + 1
            } else {
                runs.append(position..<position + 1)
            }
        }
        return runs
    }
}

extension Graph.Operation {
    /// Whether it looks at neighbourhoods with weights.
    public var looksForPatterns: Bool { kind is Op.Convolution || kind is Op.LocallyConnected }

    /// Whether it multiplies with a trained tensor.
    public var hasWeights: Bool { looksForPatterns || kind is Op.MatrixProduct }
}
