// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// `y = a · b`, element by element. Axes of b that are 1 repeat along those of a: a gate `[N, C, 1, 1]` weighs maps
    /// `[N, C, H, W]`.
    public struct Multiply: GraphOperator {
        public static let name = "multiply"

        public init() {}

        public var operands: [OperandRole]? { [.activation, .activation] }

        public var isPointwise: Bool { true }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            try requirePositive(inputs[0])
            try requirePositive(inputs[1])
            guard Repeats(of: inputs[1], along: inputs[0]) != nil else {
                throw ModelError(
                    .branchShapesDiffer, "cannot multiply.",
                    needs: "equal shapes, or a second of 1 along neighbouring axes",
                    received: "\(printed(inputs[0])) and \(printed(inputs[1]))")
            }
            return inputs[0]
        }
    }
}

/// How a tensor repeats along another: both are `[outer, repeats, inner]`, the smaller one with 1 in the middle.
package struct Repeats: Hashable, Sendable {
    package let outer: Int
    package let repeats: Int
    package let inner: Int

    package init(outer: Int, repeats: Int, inner: Int) {
        self.outer = outer
        self.repeats = repeats
        self.inner = inner
    }

    /// `nil` unless the sizes are equal but for neighbouring axes behind the batch in which `small` has 1.
    package init?(of small: Shape, along large: Shape) {
        guard small.rank == large.rank, small.rank > 0, small[0] == large[0] else { return nil }
        let axes = (0..<large.rank).filter { small[$0] != large[$0] }
        guard axes.allSatisfy({ small[$0] == 1 }) else { return nil }
        let (first, end) = (axes.first ?? large.rank, (axes.last ?? large.rank - 1) + 1)
        // Axes of 1 in both lie between those that repeat as well as elsewhere.
        guard (first..<max(first, end)).allSatisfy({ small[$0] == 1 }) else { return nil }
        outer = large.dimensions[..<first].reduce(1, *)
        repeats = large.dimensions[first..<max(first, end)].reduce(1, *)
        inner = large.dimensions[max(first, end)...].reduce(1, *)
    }
}
