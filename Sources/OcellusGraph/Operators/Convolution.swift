// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// A 2-D cross-correlation with every size resolved.
    ///
    ///     y[n,o,i,j] = b[o] + Σ x[n, c, i·stride + p·dilation − top, j·stride + q·dilation − left] · w[o,c,p,q]
    ///
    /// x `[N, C, H, W]`, w `[O, C/groups, kH, kW]`, b `[O]` where there is one, y `[N, O, H′, W′]`.
    public struct Convolution: GraphOperator {
        public static let name = "convolution"

        public var geometry: Geometry2D
        public var inputChannels: Int
        public var outputChannels: Int
        public var groups: Int
        public var hasBias: Bool

        public init(geometry: Geometry2D, inputChannels: Int, outputChannels: Int, groups: Int, hasBias: Bool) {
            self.geometry = geometry
            self.inputChannels = inputChannels
            self.outputChannels = outputChannels
            self.groups = groups
            self.hasBias = hasBias
        }

        public var operands: [OperandRole]? { [.activation, .parameter] + (hasBias ? [.parameter] : []) }

        public var settings: String { geometry.settings() + (groups == 1 ? "" : ", groups \(groups)") }

        /// `[O, C/groups, kH, kW]`
        public var weightShape: Shape {
            [outputChannels, inputChannels / groups, geometry.kernel.height, geometry.kernel.width]
        }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            try geometry.verify(over: inputs[0])
            try requireCount(outputChannels, "number of output channels")
            try requireCount(groups, "number of groups")
            try require(inputs[0][1] == inputChannels, "maps of \(inputChannels) channels", inputs[0])
            try require(
                inputChannels % groups == 0 && outputChannels % groups == 0, "channels that \(groups) divides",
                inputs[0])
            try require(inputs[1] == weightShape, "a weight \(weightShape)", inputs[1])
            if hasBias { try require(inputs[2] == [outputChannels], "a bias [\(outputChannels)]", inputs[2]) }
            return [inputs[0][0], outputChannels, geometry.output.height, geometry.output.width]
        }

        public func multiplyAdds(_ inputs: [Shape], _ result: Shape) throws(ModelError) -> Int {
            try product(result.count, inputChannels / groups, geometry.kernel.height, geometry.kernel.width)
        }

        public func window(_ inputs: [Shape]) -> Window { geometry.window }
    }
}
