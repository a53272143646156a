// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// Tensors joined along axis 1: maps along the channels, features along F.
    public struct Concatenate: GraphOperator {
        public static let name = "concatenate"

        public init() {}

        public var operands: [OperandRole]? { nil }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            var joined = inputs[0]
            guard joined.rank > 1 else {
                throw ModelError(
                    .wrongRank, "cannot join its branches.", needs: "maps [N, C, H, W] or features [N, F]",
                    received: printed(joined))
            }
            for shape in inputs.dropFirst() {
                var expected = joined
                expected[1] = shape.rank > 1 ? shape[1] : 0
                guard expected == shape else {
                    throw ModelError(
                        .branchShapesDiffer, "cannot join its branches.",
                        needs: "equal sizes in all axes but channels",
                        received: "\(printed(joined)) and \(printed(shape))",
                        advice: "the same padding and strides in each")
                }
                joined[1] += shape[1]
                joined = try checked(joined)
            }
            return joined
        }
    }
}
