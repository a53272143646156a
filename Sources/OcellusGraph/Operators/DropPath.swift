// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// In training, zeroes all of an image with probability `rate` and divides the others by `1 − rate`; otherwise the
    /// identity.
    public struct DropPath: DrawingOperator {
        public static let name = "drop_path"

        /// Probability of zero, 0 ..< 1.
        public var rate: Float
        /// Number of the stream that images are drawn from.
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
