// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// Products of the matrices in the last two axes of two values: a `[N, …, M, K]`, b `[N, …, K, P]`, y `[N, …, M, P]`.
    ///
    ///     y[…,m,p] = Σ a[…,m,k] · b[…,k,p]
    ///
    /// A transposed one has its last two axes exchanged: `[N, …, K, M]`, `[N, …, P, K]`. The products are float32 whatever
    /// the precision of those with weights.
    public struct BatchedProduct: GraphOperator {
        public static let name = "batched_product"

        public var transposesA: Bool
        public var transposesB: Bool

        public init(transposesA: Bool = false, transposesB: Bool = false) {
            self.transposesA = transposesA
            self.transposesB = transposesB
        }

        public var operands: [OperandRole]? { [.activation, .activation] }

        public var settings: String {
            [transposesA ? "first transposed" : nil, transposesB ? "second transposed" : nil].compactMap(\.self)
                .joined(separator: ", ")
        }

        /// M, K and P of operands that fit.
        package func sizes(_ a: Shape, _ b: Shape) -> (rows: Int, inner: Int, columns: Int) {
            let last = a.rank - 1
            return (
                a[transposesA ? last : last - 1], a[transposesA ? last - 1 : last], b[transposesB ? last - 1 : last]
            )
        }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            let (a, b) = (inputs[0], inputs[1])
            try requirePositive(a)
            try requirePositive(b)
            let last = a.rank - 1
            guard a.rank == b.rank, a.rank >= 3, a.dimensions[..<(last - 1)] == b.dimensions[..<(last - 1)],
                sizes(a, b).inner == b[transposesB ? last : last - 1]
            else {
                throw ModelError(
                    .wrongOperands, "cannot multiply matrices.",
                    needs: "[N, …, M, K] and [N, …, K, P]" + (settings.isEmpty ? "" : ", the \(settings)"),
                    received: "\(printed(a)) and \(printed(b))")
            }
            return Shape(a.dimensions[..<(last - 1)] + [sizes(a, b).rows, sizes(a, b).columns])
        }

        public func multiplyAdds(_ inputs: [Shape], _ result: Shape) throws(ModelError) -> Int {
            try product(result.count, sizes(inputs[0], inputs[1]).inner)
        }
    }
}
