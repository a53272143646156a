// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// Normalises over the channels of maps `[N, C, H, W]`, at each position, or over the last axis of tokens `[N, T, F]` and
    /// features `[N, F]`; then scales and shifts: x, γ and β `[C]` or `[F]`.
    ///
    ///     y = γ·(x − mean)/√(variance + ε) + β
    public struct LayerNorm: GraphOperator {
        public static let name = "layer_norm"

        public var epsilon: Float

        public init(epsilon: Float) { self.epsilon = epsilon }

        public var operands: [OperandRole]? { [.activation, .parameter, .parameter] }

        public var settings: String { "epsilon \(epsilon)" }

        public var isPointwise: Bool { true }

        /// Numbers that are normalised together.
        public static func channels(of shape: Shape) throws(ModelError) -> Int {
            guard (2...4).contains(shape.rank) else {
                throw ModelError(
                    .wrongRank, "cannot run.", needs: "maps [N, C, H, W], tokens [N, T, F] or features [N, F]",
                    received: printed(shape))
            }
            try requirePositive(shape)
            return shape[shape.rank == 4 ? 1 : shape.rank - 1]
        }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            let channels = try Self.channels(of: inputs[0])
            guard epsilon > 0, epsilon.isFinite else {
                throw ModelError(
                    .outOfRange, "has impossible settings.", needs: "epsilon > 0", received: "epsilon \(epsilon)")
            }
            for tensor in inputs.dropFirst() { try require(tensor == [channels], "[\(channels)]", tensor) }
            return inputs[0]
        }

        public func multiplyAdds(_ inputs: [Shape], _ result: Shape) throws(ModelError) -> Int { result.count }
    }
}
