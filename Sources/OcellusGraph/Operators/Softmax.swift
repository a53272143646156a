// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// `y[n,i] = exp(x[n,i]) / Σ exp(x[n,j])` over features `[N, F]`.
    public struct Softmax: GraphOperator {
        public static let name = "softmax"

        public init() {}

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            try requireFeatures(inputs[0])
            return inputs[0]
        }
    }
}
