// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// An operator that draws random numbers in training, from a stream of its own.
public protocol DrawingOperator: GraphOperator {
    /// Number of the stream: those of two operators of a graph differ.
    var stream: Int { get set }
}

extension DrawingOperator {
    /// Throws ``ModelError/Code/outOfRange`` unless a share and the stream are possible.
    func verifyDraws(rate: Float) throws(ModelError) {
        guard rate >= 0, rate < 1 else {
            throw ModelError(.outOfRange, "has an impossible rate.", needs: "0 ≤ rate < 1", received: "\(rate)")
        }
        guard (0...1 << 20).contains(stream) else {
            throw ModelError(
                .outOfRange, "draws from an impossible stream.", needs: "0 to 1048576", received: "\(stream)")
        }
    }
}

extension Op {
    /// In training, zeroes each element with probability `rate` and divides the others by `1 − rate`; otherwise the identity.
    public struct Dropout: DrawingOperator {
        public static let name = "dropout"

        /// Probability of zero, 0 ..< 1.
        public var rate: Float
        /// Number of the stream that the masks are drawn from: those of two dropouts differ.
        public var stream: Int

        public init(rate: Float, stream: Int) {
            self.rate = rate
            self.stream = stream
        }

        public var settings: String { "\(rate), stream \(stream)" }

        public var isPointwise: Bool { true }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            try requirePositive(inputs[0])
            try verifyDraws(rate: rate)
            return inputs[0]
        }
    }
}
