// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import Testing

extension EngineKernels {
    @Suite("winograd") struct Winograd {
        /// Maps whose inputs and outputs fill blocks of 16, with their padding.
        struct Sizes: CustomStringConvertible, Sendable {
            var inputs = 16
            var outputs = 16
            var maps: MapCase

            init(_ inputs: Int, _ outputs: Int, batch: Int = 2, size: (Int, Int), padding: (Int, Int, Int, Int)) {
                (self.inputs, self.outputs) = (inputs, outputs)
                maps = MapCase(
                    batch: batch, channels: inputs, size: size, kernel: (3, 3), stride: (1, 1), padding: padding)
            }

            var description: String { "\(maps), \(outputs) outputs" }
            var output: MapCase { MapCase(batch: maps.batch, channels: outputs, size: maps.output) }
            var inputCount: Int { maps.inputCount }
            var outputCount: Int { output.inputCount }

            func kernel(block: Int, largestTile: Int = 5) -> ocellus_winograd {
                ocellus_winograd(
                    batch: maps.batch, inputs: inputs, outputs: outputs, height: maps.size.height,
                    width: maps.size.width, top: maps.padding.0, left: maps.padding.1,
                    output_height: maps.output.height, output_width: maps.output.width, block: block,
                    largest_tile: largestTile)
            }

            /// Calls `body` for every product of the sum, with plain indices of output, input and filter `[O][C][3][3]`.
            func forEachTerm(_ body: (_ y: Int, _ x: Int, _ w: Int) -> Void) {
                let (size, result) = (maps.size, maps.output)
                for n in 0..<maps.batch {
                    for o in 0..<outputs {
                        for i in 0..<result.height {
                            for j in 0..<result.width {
                                for c in 0..<inputs {
                                    for p in 0..<9 {
                                        let row = i + p / 3 - maps.padding.0
                                        let column = j + p % 3 - maps.padding.1
                                        guard (0..<size.height).contains(row), (0..<size.width).contains(column)
                                        else { continue }
                                        body(
                                            ((n * outputs + o) * result.height + i) * result.width + j,
                                            ((n * inputs + c) * size.height + row) * size.width + column,
                                            (o * inputs + c) * 9 + p)
                                    }
                                }
                            }
                        }
                    }
                }
            }

            /// `[O/b][C/b][3][3][b of C][b of O]` from `[O][C][3][3]`.
            func blocked(_ filters: [Float], block: Int) -> [Float] {
                var result = filters
                for (at, value) in filters.enumerated() {
                    let (o, c, p) = (at / (inputs * 9), at / 9 % inputs, at % 9)
                    let pair = o / block * (inputs / block) + c / block
                    result[((pair * 9 + p) * block + c % block) * block + o % block] = value
                }
                return result
            }
        }

        static let cases = [
            Sizes(16, 16, batch: 1, size: (3, 3), padding: (0, 0, 0, 0)),
            Sizes(16, 32, size: (7, 9), padding: (1, 1, 1, 1)),
            Sizes(32, 16, size: (4, 5), padding: (2, 0, 2, 1)),
            Sizes(48, 48, batch: 1, size: (6, 6), padding: (0, 1, 0, 1)),
            Sizes(16, 16, batch: 9, size: (17, 8), padding: (1, 1, 1, 1)),
            Sizes(32, 16, batch: 3, size: (14, 7), padding: (1, 1, 1, 1)),
        ]

        /// Largest error allowed, relative to the largest `Σ|x·w|`: 64 roundings. Seen were up to 5, and 23 where one
        /// position of a tile is all there is. 512 with tiles of 7×7.
        static func bound(_ largestTile: Int) -> Double { (largestTile > 5 ? 512 : 64) * 0x1p-24 }

        static func error(_ found: [Float], _ exact: [Double], _ sizes: [Double]) -> Double {
            let largest = sizes.max() ?? 0
            let worst = zip(found, exact).map { abs(Double($0) - $1) }.max() ?? .infinity
            return found.allSatisfy(\.isFinite) ? worst / largest : .infinity
        }

        @Test("agrees with the sum", arguments: cases, [(8, 5), (16, 5), (8, 7), (16, 7)])
        func agrees(sizes: Sizes, form: (block: Int, largestTile: Int)) {
            let block = form.block
            let (x, dy) = (randoms(sizes.inputCount, sample: 1), randoms(sizes.outputCount, sample: 2))
            let w = randoms(sizes.inputs * sizes.outputs * 9, sample: 3)
            let bias = randoms(sizes.outputs, sample: 4)
            let plane = sizes.maps.output.height * sizes.maps.output.width
            func channel(_ at: Int) -> Int { at / plane % sizes.outputs }
            var y = (0..<sizes.outputCount).map { Double(bias[channel($0)]) }
            var (sizeY, dx, sizeX) = (y.map(abs), [Double](repeating: 0, count: x.count), x.map { _ in 0.0 })
            var (dw, sizeW) = ([Double](repeating: 0, count: w.count), w.map { _ in 0.0 })
            sizes.forEachTerm { i, j, k in
                y[i] += Double(x[j]) * Double(w[k])
                sizeY[i] += abs(Double(x[j]) * Double(w[k]))
                dx[j] += Double(dy[i]) * Double(w[k])
                sizeX[j] += abs(Double(dy[i]) * Double(w[k]))
                dw[k] += Double(dy[i]) * Double(x[j])
                sizeW[k] += abs(Double(dy[i]) * Double(x[j]))
            }
            var (db, sizeB) = (
                [Double](repeating: 0, count: sizes.outputs), [Double](repeating: 0, count: sizes.outputs)
            )
            for (i, value) in dy.enumerated() {
                db[channel(i)] += Double(value)
                sizeB[channel(i)] += Double(abs(value))
            }
            let kernel = sizes.kernel(block: block, largestTile: form.largestTile)
            let bound = Self.bound(form.largestTile)
            let (input, output) = (sizes.maps.input(block: block), sizes.output.input(block: block))
            let (blockedX, blockedDY) = (input.blocked(x), output.blocked(dy))
            let filters = sizes.blocked(w, block: block)
            everywhere { threads, version in
                var scratch = [Float](
                    repeating: .nan,
                    count: max(
                        ocellus_winograd_scratch(kernel, threads),
                        ocellus_winograd_weight_gradient_scratch(kernel, threads)))
                var result = output.unwritten
                Kernel.winogradForward(kernel, blockedX, filters, bias, relu: false, &result, &scratch, threads)
                #expect(Self.error(result, output.blocked(y), sizeY) < bound, version)
                Kernel.winogradForward(kernel, blockedX, filters, bias, relu: true, &result, &scratch, threads)
                #expect(Self.error(result, output.blocked(y.map { max($0, 0) }), sizeY) < bound, version)
                // What is added may lie where the result comes to lie.
                result = blockedDY
                result.withUnsafeMutableBufferPointer { places in
                    guard let base = places.baseAddress else { return }
                    Kernel.winogradForward(
                        kernel, blockedX, filters, bias, added: base, relu: true, base, &scratch, threads)
                }
                let sum = zip(y, dy).map { max($0 + Double($1), 0) }
                #expect(
                    Self.error(result, output.blocked(sum), zip(sizeY, dy).map { $0 + Double(abs($1)) }) < bound,
                    version)
                var gradient = input.unwritten
                Kernel.winogradInputGradient(kernel, blockedDY, filters, &gradient, &scratch, threads)
                #expect(Self.error(gradient, input.blocked(dx), sizeX) < bound, version)
                var (weights, biases) = (w.map { _ in Float.nan }, bias.map { _ in Float.nan })
                Kernel.winogradWeightGradient(kernel, blockedX, blockedDY, &weights, &biases, &scratch, threads)
                let exact = sizes.blocked(dw.map(Float.init), block: block).map(Double.init)
                #expect(Self.error(weights, exact, sizeW) < bound, version)
                #expect(Self.error(biases, db, sizeB) < bound, version)
            }
        }

        @Test("forward and input gradient give the same bits for every number of threads") func threads() {
            let sizes = Sizes(32, 32, batch: 5, size: (11, 10), padding: (1, 1, 1, 1))
            let (x, w) = (randoms(sizes.inputCount, sample: 5), randoms(32 * 32 * 9, sample: 6))
            let kernel = sizes.kernel(block: 16)
            let results = [Int32(1), 2, 3].map { threads in
                var scratch = [Float](repeating: .nan, count: ocellus_winograd_scratch(kernel, threads))
                var (y, dx) = ([Float](repeating: .nan, count: x.count), [Float](repeating: .nan, count: x.count))
                Kernel.winogradForward(kernel, x, w, nil, relu: false, &y, &scratch, threads)
                Kernel.winogradInputGradient(kernel, x, w, &dx, &scratch, threads)
                return y + dx
            }
            #expect(sameBits(results[0], results[1]) && sameBits(results[0], results[2]))
        }
    }
}
