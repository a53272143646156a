// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

extension Op {
    /// A convolution whose weights are not shared: each output position has a kernel and a bias of its own.
    ///
    ///     y[n,o,i,j] = b[o,i,j] + Σ x[n, c, i·stride + p − top, j·stride + q − left] · w[i,j,o,c,p,q]
    ///
    /// x `[N, C, H, W]`, w `[H′, W′, O, C, kH, kW]`, b `[O, H′, W′]` where there is one, y `[N, O, H′, W′]`. With a
    /// ``connectionSeed`` each position sees as many inputs drawn from all of the image.
    public struct LocallyConnected: GraphOperator {
        public static let name = "locally_connected"

        /// Sizes, as those of a convolution of one group.
        public var convolution: Convolution
        /// Draws the inputs of every output position; `nil` for those of its window.
        public var connectionSeed: UInt64?

        public init(_ convolution: Convolution, connectionSeed: UInt64?) {
            self.convolution = convolution
            self.connectionSeed = connectionSeed
        }

        public var operands: [OperandRole]? { convolution.operands }

        public var settings: String {
            convolution.settings + (connectionSeed.map { ", random inputs \($0)" } ?? "")
        }

        /// `[H′, W′, O, C, kH, kW]`
        public var weightShape: Shape {
            let (output, kernel) = (convolution.geometry.output, convolution.geometry.kernel)
            return [
                output.height, output.width, convolution.outputChannels, convolution.inputChannels, kernel.height,
                kernel.width,
            ]
        }

        /// `[O, H′, W′]`
        public var biasShape: Shape {
            [convolution.outputChannels, convolution.geometry.output.height, convolution.geometry.output.width]
        }

        public func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape {
            let geometry = convolution.geometry
            try geometry.verify(over: inputs[0])
            try requireCount(convolution.outputChannels, "number of output channels")
            try require(inputs[0][1] == convolution.inputChannels && convolution.groups == 1, "one group", inputs[0])
            try requireEnoughInputs(inputs[0])
            try require(inputs[1] == weightShape, "a weight \(weightShape)", inputs[1])
            if convolution.hasBias { try require(inputs[2] == biasShape, "a bias \(biasShape)", inputs[2]) }
            return [inputs[0][0], convolution.outputChannels, geometry.output.height, geometry.output.width]
        }

        /// Throws where inputs are drawn and a map has fewer values than a kernel: they are drawn without repeats.
        package func requireEnoughInputs(_ input: Shape) throws(ModelError) {
            if connectionSeed == nil { return }
            let kernel = convolution.geometry.kernel
            let (taps, inputs) = (kernel.height * kernel.width, input[2] * input[3])
            guard taps <= inputs else {
                throw ModelError(
                    .kernelExceedsInput, "cannot draw its random inputs.",
                    needs: "a kernel of at most \(inputs) values, as many as a map has", received: "\(kernel)",
                    advice: "a smaller kernel; padding adds no inputs")
            }
        }

        public func multiplyAdds(_ inputs: [Shape], _ result: Shape) throws(ModelError) -> Int {
            try convolution.multiplyAdds(inputs, result)
        }

        public func window(_ inputs: [Shape]) -> Window {
            var window = convolution.geometry.window
            if connectionSeed != nil { window.extent = convolution.geometry.input }
            return window
        }

        /// Which inputs every output position sees: for each position, row by row, C·kH·kW ascending offsets into one image
        /// `[C, H, W]`, in the order of the weights. `nil` without a ``connectionSeed``.
        public var randomInputs: [Int]? {
            let geometry = convolution.geometry
            return connectionSeed.map {
                Self.randomInputs(
                    convolution.inputChannels * geometry.kernel.height * geometry.kernel.width,
                    of: convolution.inputChannels * geometry.input.height * geometry.input.width,
                    positions: geometry.output.height * geometry.output.width, seed: $0)
            }
        }

        /// For each position `count` distinct numbers below `total`, ascending.
        static func randomInputs(_ count: Int, of total: Int, positions: Int, seed: UInt64) -> [Int] {
            var order = Array(0..<total)
            return (0..<positions).flatMap { position in
                var random = CounterRandom(seed: seed, purpose: .connections, sample: position)
                // The first steps of a Fisher-Yates permutation; any order is as good a start for the next position.
                for index in 0..<count { order.swapAt(index, index + random.nextIndex(below: total - index)) }
                return order[..<count].sorted()
            }
        }
    }
}
