// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// `y = a + b`, both of one shape.
    public struct Add: GraphOperator {
        public static let name = "add"

        public init() {}

        public var operands: [OperandRole]? { [.activation, .activation] }

        public var isPointwise: Bool { true }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            guard inputs[0] == inputs[1] else {
                throw ModelError(
                    .branchShapesDiffer, "cannot add.", needs: "equal shapes",
                    received: "\(printed(inputs[0])) and \(printed(inputs[1]))")
            }
            return inputs[0]
        }
    }
}
