// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// `y = factor · x`, any shape; the factor is fixed.
    public struct Scale: GraphOperator {
        public static let name = "scale"

        public var factor: Float

        public init(_ factor: Float) { self.factor = factor }

        public var settings: String { "\(factor)" }

        public var isPointwise: Bool { true }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            try requirePositive(inputs[0])
            guard factor.isFinite else {
                throw ModelError(
                    .outOfRange, "has an impossible factor.", needs: "a finite number", received: "\(factor)")
            }
            return inputs[0]
        }
    }
}
