// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
public import OcellusTensor

/// What a network costs for one image, layer by layer: the table of `ocellus summary`.
public struct NetworkSummary: Hashable, Codable, Sendable {
    /// One row of the table.
    public struct Row: Hashable, Codable, Sendable {
        /// The layer's name in parameter names, e.g. `3`.
        public var name: String
        /// The layer as it prints itself, e.g. `Conv2D(64, 3×3, padding valid)`.
        public var layer: String
        /// Of one image, `[C, H, W]` or `[F]`.
        public var output: Shape
        public var parameters: Int
        public var multiplyAdds: Int
        /// Bytes of the output in 32-bit floats.
        public var activationBytes: Int
        /// Input pixels that one output position sees, the image's borders not counted; `nil` for features, and when they
        /// are more than any image has.
        public var receptiveField: Size2D?
    }

    /// Of one image, `[C, H, W]`.
    public var input: Shape
    public var rows: [Row]

    /// Numbers in trained tensors.
    public var parameters: Int { rows.reduce(0) { $0 + $1.parameters } }
    /// Of one image forward.
    public var multiplyAdds: Int { rows.reduce(0) { $0 + $1.multiplyAdds } }
    /// Of all outputs of one image.
    public var activationBytes: Int { rows.reduce(0) { $0 + $1.activationBytes } }

    /// - Throws: ``ModelError`` of the network.
    public init(_ network: Network) throws(ModelError) { try self.init(try network.graph()) }

    /// The layers of a graph; the operations of one that no layer made.
    ///
    /// - Throws: ``ModelError/Code/tooLarge`` for sums above 2^53.
    public init(_ graph: Graph) throws(ModelError) {
        input = graph.shape(graph.input).dropFirst()
        let walk = try GraphWalk(graph)
        // A tensor that several layers read is counted once, in the first of them.
        var counted = Set<Graph.ValueID>()
        let rows = try graph.outermostScopes.map { (scope) throws(ModelError) in
            let operations = graph.operations[scope.operations]
            let tensors = operations.flatMap(\.inputs).filter {
                graph[$0].source.role == .parameter && counted.insert($0).inserted
            }
            let output = graph.shape(scope.output)
            let window = walk.windows[scope.output.index]
            return Row(
                name: scope.path, layer: scope.layer, output: output.dropFirst(),
                parameters: try tensors.map { graph.shape($0).count }.checkedSum(),
                multiplyAdds: try Array(walk.multiplyAdds[scope.operations]).checkedSum(),
                activationBytes: 4 * output.count,
                receptiveField: output.rank == 4 && window.isMeasured ? window.extent : nil)
        }
        // The totals are plain sums, so they are checked once here.
        _ = try rows.map(\.parameters).checkedSum()
        _ = try rows.map(\.multiplyAdds).checkedSum()
        _ = try rows.map { $0.activationBytes / 4 }.checkedSum()
        self.rows = rows
    }

    /// What the network would cost for images of another size.
    ///
    /// - Throws: ``ModelError`` of the network at that size.
    public static func atSize(_ input: Shape, of network: Network) throws(ModelError) -> NetworkSummary {
        var larger = network
        larger.input = input
        return try NetworkSummary(larger)
    }
}
