// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// Each map filtered with fixed taps along both axes, every stride-th position kept; borders are reflected without
    /// repeating the edge. x `[N, C, H, W]` gives `[N, C, H′, W′]`.
    public struct BlurPool: GraphOperator {
        public static let name = "blur_pool"

        public var geometry: Geometry2D
        /// Along each axis, as many as the kernel is high and wide.
        public var taps: [Double]

        public init(_ geometry: Geometry2D, taps: [Double]) {
            self.geometry = geometry
            self.taps = taps
        }

        public var settings: String { geometry.settings(usualStride: 2) }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            try geometry.verify(over: inputs[0])
            try geometry.requireUndilated()
            guard geometry.kernel == Size2D(taps.count, taps.count), taps.allSatisfy(\.isFinite) else {
                throw ModelError(
                    .outOfRange, "has impossible taps.",
                    needs: "finite numbers, as many as the kernel \(geometry.kernel) is high and wide",
                    received: "\(taps.count) taps")
            }
            try geometry.requireReflectableBorder(inputs[0])
            return [inputs[0][0], inputs[0][1], geometry.output.height, geometry.output.width]
        }

        public func multiplyAdds(_ inputs: [Shape], _ result: Shape) throws(ModelError) -> Int {
            try product(result.count, taps.count, taps.count)
        }

        public func window(_ inputs: [Shape]) -> Window { geometry.window }
    }
}

extension Geometry2D {
    /// Throws ``ModelError/Code/kernelExceedsInput`` where the reflected border would reach beyond the map.
    func requireReflectableBorder(_ maps: Shape) throws(ModelError) {
        let least = max(before.height, before.width, after.height, after.width) + 1
        guard maps[2] >= least, maps[3] >= least else {
            throw ModelError(
                .kernelExceedsInput, "cannot reflect its border.", needs: "maps of at least \(least)×\(least)",
                received: printed(maps), advice: "a smaller kernel or one pooling layer fewer")
        }
    }
}
