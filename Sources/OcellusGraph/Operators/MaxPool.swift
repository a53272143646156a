// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// The largest value of each window; padding never wins, ties go to the first position in row-major order.
    /// x `[N, C, H, W]` gives `[N, C, H′, W′]`.
    public struct MaxPool: GraphOperator {
        public static let name = "max_pool"

        public var geometry: Geometry2D

        public init(_ geometry: Geometry2D) { self.geometry = geometry }

        public var settings: String { geometry.settings(usualStride: geometry.kernel) }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape { try geometry.pooled(inputs[0]) }

        public func window(_ inputs: [Shape]) -> Window { geometry.window }
    }
}

extension Geometry2D {
    /// The shape of pooled maps; no window may see only padding.
    func pooled(_ maps: Shape) throws(ModelError) -> Shape {
        try verify(over: maps)
        try requireUndilated()
        guard max(before.height, after.height) < kernel.height, max(before.width, after.width) < kernel.width else {
            throw ModelError(
                .outOfRange, "has windows that see only padding.", needs: "padding smaller than the kernel \(kernel)",
                received: "padding \(before) before and \(after) after")
        }
        return [maps[0], maps[1], output.height, output.width]
    }

    /// Throws ``ModelError/Code/outOfRange`` for a window with gaps: pools have none.
    func requireUndilated() throws(ModelError) {
        guard dilation == 1 else {
            throw ModelError(.outOfRange, "cannot be dilated.", needs: "a dilation of 1×1", received: "\(dilation)")
        }
    }
}
