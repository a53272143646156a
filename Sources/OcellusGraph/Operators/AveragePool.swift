// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// The mean of each window over the positions inside the map; padding does not count. x `[N, C, H, W]` gives
    /// `[N, C, H′, W′]`.
    public struct AveragePool: GraphOperator {
        public static let name = "average_pool"

        public var geometry: Geometry2D

        public init(_ geometry: Geometry2D) { self.geometry = geometry }

        public var settings: String { geometry.settings(usualStride: geometry.kernel) }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape { try geometry.pooled(inputs[0]) }

        public func window(_ inputs: [Shape]) -> Window { geometry.window }
    }
}
