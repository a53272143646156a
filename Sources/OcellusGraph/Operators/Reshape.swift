// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// The same elements in row-major order under other sizes behind the batch axis.
    public struct Reshape: GraphOperator {
        public static let name = "reshape"

        /// Sizes of one image's part of the result.
        public var sizes: Shape

        /// Axes behind that of the batch at most, as many as every backend has.
        static let mostAxes = 7

        public init(_ sizes: Shape) { self.sizes = sizes }

        public var settings: String { "\(sizes)" }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            try requirePositive(inputs[0])
            guard (1...Self.mostAxes).contains(sizes.rank) else {
                throw ModelError(
                    .outOfRange, "has an impossible number of sizes.",
                    needs: "1 to \(Self.mostAxes) sizes behind the batch",
                    received: "\(sizes.rank)")
            }
            try requirePositive(sizes)
            try require(sizes.count == inputs[0].dropFirst().count, "as many elements as \(sizes)", inputs[0])
            return sizes.batched(inputs[0][0])
        }
    }
}
