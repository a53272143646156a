// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// Axes behind the batch in another order: axis a of the result is axis `order[a − 1]` of x.
    public struct Transpose: GraphOperator {
        public static let name = "transpose"

        /// A permutation of 1 ... rank − 1.
        public var order: [Int]

        public init(_ order: [Int]) { self.order = order }

        public var settings: String { order.map(String.init).joined(separator: ", ") }

        /// The permutation that undoes this one.
        package var inverse: Transpose {
            var inverse = order
            for (position, axis) in order.enumerated() { inverse[axis - 1] = position + 1 }
            return Transpose(inverse)
        }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            let x = inputs[0]
            try requirePositive(x)
            guard x.rank >= 2, order.sorted() == Array(1..<x.rank) else {
                throw ModelError(
                    .outOfRange, "has an impossible order of axes.",
                    needs: x.rank < 2 ? "an axis behind the batch" : "each of 1 to \(x.rank - 1) once",
                    received: settings)
            }
            return Shape([x[0]] + order.map { x[$0] })
        }
    }
}
