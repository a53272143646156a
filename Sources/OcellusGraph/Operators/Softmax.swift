// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// `y[…,i] = exp(x[…,i]) / Σ exp(x[…,j])` over the last axis.
    public struct Softmax: GraphOperator {
        public static let name = "softmax"

        public init() {}

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            guard inputs[0].rank >= 2 else {
                throw ModelError(
                    .wrongRank, "cannot run.", needs: "an axis behind the batch", received: printed(inputs[0]))
            }
            try requirePositive(inputs[0])
            return inputs[0]
        }
    }
}
