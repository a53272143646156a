// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// A trained tensor as it is for every image: p `[…]` gives `[N, …]`.
    ///
    /// So parameters meet values in operators of two values: a position table is added, a layer's scale multiplied, a class
    /// token concatenated.
    public struct Expand: GraphOperator {
        public static let name = "expand"

        public init() {}

        public var operands: [OperandRole]? { [.parameter] }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            try requirePositive(inputs[0])
            guard (1...Reshape.mostAxes).contains(inputs[0].rank) else {
                throw ModelError(
                    .wrongRank, "cannot repeat its tensor.", needs: "a tensor of 1 to \(Reshape.mostAxes) axes",
                    received: "\(inputs[0])")
            }
            return inputs[0].batched(1)
        }
    }
}
