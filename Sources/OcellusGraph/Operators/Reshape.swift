// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// The same elements in row-major order under other sizes behind the batch axis.
    public struct Reshape: GraphOperator {
        public static let name = "reshape"

        /// Sizes of one image's part of the result.
        public var sizes: Shape

        public init(_ sizes: Shape) { self.sizes = sizes }

        public var settings: String { "\(sizes)" }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            try requirePositive(inputs[0])
            try requirePositive(sizes)
            try require(sizes.count == inputs[0].dropFirst().count, "as many elements as \(sizes)", inputs[0])
            return sizes.batched(inputs[0][0])
        }
    }
}
