// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// A fully connected layer's product: x `[N, F]`, w `[O, F]`, b `[O]` where there is one, y `[N, O]`.
    ///
    ///     y[n,o] = b[o] + Σ x[n,i] · w[o,i]
    public struct MatrixProduct: GraphOperator {
        public static let name = "matrix_product"

        public var hasBias: Bool

        public init(hasBias: Bool) { self.hasBias = hasBias }

        public var operands: [OperandRole]? { [.activation, .parameter] + (hasBias ? [.parameter] : []) }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            try requireFeatures(inputs[0])
            let weight = inputs[1]
            try require(weight.rank == 2 && weight[1] == inputs[0][1], "a weight [O, \(inputs[0][1])]", weight)
            if hasBias { try require(inputs[2] == [weight[0]], "a bias [\(weight[0])]", inputs[2]) }
            return [inputs[0][0], weight[0]]
        }

        public func multiplyAdds(_ inputs: [Shape], _ result: Shape) throws(ModelError) -> Int {
            try product(inputs[0][0], inputs[0][1], inputs[1][0])
        }
    }
}
