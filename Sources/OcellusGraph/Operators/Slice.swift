// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// The part of axis 1 that starts at `offset`: channels of maps, tokens, features.
    public struct Slice: GraphOperator {
        public static let name = "slice"

        public var offset: Int
        public var count: Int

        public init(offset: Int, count: Int) {
            self.offset = offset
            self.count = count
        }

        public var settings: String { "\(count) from \(offset)" }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            var shape = inputs[0]
            try requirePositive(shape)
            guard shape.rank >= 2, offset >= 0, count >= 1, offset < shape[1], count <= shape[1] - offset else {
                throw ModelError(
                    .outOfRange, "takes a part that is not there.",
                    needs: shape.rank < 2 ? "an axis behind the batch" : "a part of 0 ..< \(shape[1])",
                    received: "\(count) from \(offset) on")
            }
            shape[1] = count
            return shape
        }
    }
}
