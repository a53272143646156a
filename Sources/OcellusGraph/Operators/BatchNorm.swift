// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// Normalises each channel, then scales and shifts it: x `[N, C, H, W]`, then γ, β, running mean and running variance
    /// `[C]`.
    ///
    ///     y = γ·(x − mean)/√(variance + ε) + β
    ///
    /// In training with the mean and the biased variance of the batch over N, H, W, otherwise with the running ones.
    public struct BatchNorm: GraphOperator {
        public static let name = "batch_norm"

        public var epsilon: Float
        /// Share of the batch in `running ← (1 − momentum)·running + momentum·batch`.
        public var momentum: Float

        public init(epsilon: Float, momentum: Float) {
            self.epsilon = epsilon
            self.momentum = momentum
        }

        public var operands: [OperandRole]? { [.activation, .parameter, .parameter, .buffer, .buffer] }

        public var settings: String { "epsilon \(epsilon), momentum \(momentum)" }

        public var isPointwise: Bool { true }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            try requireMaps(inputs[0])
            guard epsilon > 0, epsilon.isFinite, momentum >= 0, momentum <= 1 else {
                throw ModelError(
                    .outOfRange, "has impossible settings.", needs: "epsilon > 0 and 0 ≤ momentum ≤ 1",
                    received: "epsilon \(epsilon), momentum \(momentum)")
            }
            for tensor in inputs.dropFirst() { try require(tensor == [inputs[0][1]], "[\(inputs[0][1])]", tensor) }
            return inputs[0]
        }

        public func multiplyAdds(_ inputs: [Shape], _ result: Shape) throws(ModelError) -> Int { result.count }
    }
}
