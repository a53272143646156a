// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// A fully connected layer's product over the last axis: x `[N, F]` or tokens `[N, T, F]`, w `[O, F]`, b `[O]` where there
    /// is one, y `[N, O]` or `[N, T, O]`.
    ///
    ///     y[n,o] = b[o] + Σ x[n,i] · w[o,i]
    public struct MatrixProduct: GraphOperator {
        public static let name = "matrix_product"

        public var hasBias: Bool

        public init(hasBias: Bool) { self.hasBias = hasBias }

        public var operands: [OperandRole]? { [.activation, .parameter] + (hasBias ? [.parameter] : []) }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            try requireTokensOrFeatures(inputs[0])
            let (weight, last) = (inputs[1], inputs[0].rank - 1)
            try require(weight.rank == 2 && weight[1] == inputs[0][last], "a weight [O, \(inputs[0][last])]", weight)
            if hasBias { try require(inputs[2] == [weight[0]], "a bias [\(weight[0])]", inputs[2]) }
            var result = inputs[0]
            result[last] = weight[0]
            return result
        }

        public func multiplyAdds(_ inputs: [Shape], _ result: Shape) throws(ModelError) -> Int {
            try product(inputs[0].count, inputs[1][0])
        }
    }
}
