// SPDX-License-Identifier: Apache-2.0

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
    public init(_ network: Network) throws(ModelError) {
        _ = try network.outputShape()
        input = network.input
        var rows: [Row] = []
        var window = Window.pointwise
        _ = try LayerPath.walk(network.layers, from: network.input.batched(1)) {
            (layer, index, input, output) throws(ModelError) in
            window = window.followed(by: layer.layer.window(for: input))
            var parameters = 0
            for spec in try layer.layer.parameters(for: input) { parameters = try sum(parameters, spec.shape.count) }
            rows.append(
                Row(
                    name: LayerPath.component(layer, index, branch: nil), layer: "\(layer.layer)",
                    output: output.dropFirst(), parameters: parameters,
                    multiplyAdds: try layer.layer.multiplyAdds(for: input), activationBytes: 4 * output.count,
                    receptiveField: output.rank == 4 && window.isMeasured ? window.extent : nil))
        }
        self.rows = rows
        // The totals are plain sums, so they are checked once here.
        var (parameters, multiplyAdds, activations) = (0, 0, 0)
        for row in rows {
            parameters = try sum(parameters, row.parameters)
            multiplyAdds = try sum(multiplyAdds, row.multiplyAdds)
            activations = try sum(activations, row.activationBytes / 4)
        }
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
