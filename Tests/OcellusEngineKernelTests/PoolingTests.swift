// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import Testing

extension EngineKernels {
    @Suite("pooling") struct Pooling {
        /// Outputs and winners by definition; the largest and first of each window.
        static func maxPool(_ pool: MapCase, _ x: [Float]) -> (y: [Float], winners: [UInt32], sources: [Int]) {
            var y = [Float?](repeating: nil, count: pool.outputCount)
            var winners = [UInt32](repeating: 0, count: pool.outputCount)
            var sources = [Int](repeating: 0, count: pool.outputCount)
            pool.forEachTerm { output, input, position in
                if let best = y[output], !(x[input] > best) { return }
                (y[output], winners[output], sources[output]) = (x[input], UInt32(position), input)
            }
            return (y.map { $0 ?? .nan }, winners, sources)
        }

        /// Small whole numbers, so that most windows hold ties.
        @Test("max pooling", arguments: MapCase.pools, MapCase.blocks) func maxPool(pool: MapCase, block: Int) {
            let x = wholes(pool.inputCount, 2, sample: 1)
            let expected = Self.maxPool(pool, x)
            let (input, output) = (pool.input(block: block), pool.output(block: block))
            let bytes = ocellus_max_pool_winner_bytes(pool.window)
            #expect(bytes == (pool.kernel.height * pool.kernel.width > 256 ? 4 : 1))
            let winners = output.blocked(expected.winners)
            // Padding channels have winners too, but no gradient.
            let isChannel = output.blocked([UInt8](repeating: 1, count: pool.outputCount)).map { $0 == 1 }
            everywhere { threads, version in
                var y = output.unwritten
                var found = [UInt32](repeating: 9999, count: y.count)
                if bytes == 1 {
                    var narrow = [UInt8](repeating: 99, count: y.count)
                    Kernel.maxPool(input, pool.window, input.blocked(x), &y, &narrow, threads)
                    found = narrow.map(UInt32.init)
                } else {
                    Kernel.maxPool(input, pool.window, input.blocked(x), &y, &found, threads)
                }
                for i in isChannel.indices where !isChannel[i] { found[i] = 0 }
                #expect(found.elementsEqual(winners), version)
                #expect(y.elementsEqual(output.blocked(expected.y)), version)
                y = output.unwritten
                Kernel.maxPool(input, pool.window, input.blocked(x), &y, nil, threads)
                #expect(y.elementsEqual(output.blocked(expected.y)), version)
            }
        }

        @Test("the gradient of max pooling", arguments: MapCase.pools, MapCase.blocks)
        func maxPoolGradient(pool: MapCase, block: Int) {
            let (x, dy) = (wholes(pool.inputCount, 3, sample: 2), randoms(pool.outputCount, sample: 3))
            let forward = Self.maxPool(pool, x)
            let (input, output) = (pool.input(block: block), pool.output(block: block))
            for throughReLU in [false, true] {
                var expected = [Float](repeating: 0, count: pool.inputCount)
                for (i, source) in forward.sources.enumerated() where !throughReLU || forward.y[i] > 0 {
                    expected[source] += dy[i]
                }
                let (y, winners) = (output.blocked(forward.y), output.blocked(forward.winners))
                everywhere { threads, version in
                    var dx = input.unwritten
                    let bytes = winners.map { UInt8(truncatingIfNeeded: $0) }
                    y.withUnsafeBufferPointer { y in
                        let mask = throughReLU ? y.baseAddress : nil
                        if ocellus_max_pool_winner_bytes(pool.window) == 1 {
                            Kernel.maxPoolGradient(
                                input, pool.window, output.blocked(dy), bytes, mask, &dx, threads)
                        } else {
                            Kernel.maxPoolGradient(
                                input, pool.window, output.blocked(dy), winners, mask, &dx, threads)
                        }
                    }
                    #expect(dx.elementsEqual(input.blocked(expected)), version)
                }
            }
        }

        @Test("a NaN wins its window", arguments: MapCase.blocks) func nan(block: Int) {
            let pool = MapCase(batch: 1, channels: 1, size: (2, 4), kernel: (2, 2), stride: (2, 2))
            let (input, output) = (pool.input(block: block), pool.output(block: block))
            everywhere { threads, version in
                var y = output.unwritten
                Kernel.maxPool(
                    input, pool.window, input.blocked([1, Float.nan, 0, 7, 5, 6, 0, 0]), &y, nil, threads)
                #expect(y[0].isNaN && y[block] == 7, version)
            }
        }

        @Test("average pooling and its gradient", arguments: MapCase.pools, MapCase.blocks)
        func averagePool(pool: MapCase, block: Int) {
            let (x, dy) = (randoms(pool.inputCount, sample: 4), randoms(pool.outputCount, sample: 5))
            var (sums, positions) = ([Float](repeating: 0, count: dy.count), [Float](repeating: 0, count: dy.count))
            pool.forEachTerm { output, input, _ in
                sums[output] += x[input]
                positions[output] += 1
            }
            var dx = [Float](repeating: 0, count: x.count)
            pool.forEachTerm { output, input, _ in dx[input] += dy[output] / positions[output] }
            let y = zip(sums, positions).map { $0 / $1 }
            let (input, output) = (pool.input(block: block), pool.output(block: block))
            everywhere { threads, version in
                var result = output.unwritten
                Kernel.averagePool(
                    ocellus_average_pool, input, pool.window, input.blocked(x), &result, threads)
                #expect(result.elementsEqual(output.blocked(y)), version)
                var gradient = input.unwritten
                Kernel.averagePool(
                    ocellus_average_pool_gradient, input, pool.window, output.blocked(dy), &gradient, threads)
                #expect(gradient.elementsEqual(input.blocked(dx)), version)
            }
        }

        /// Binomial taps and small whole numbers: every product and sum is exact, so the order does not matter.
        @Test("blur pooling and its gradient", arguments: [2, 3, 4, 5, 6, 7], [1, 2, 3])
        func blurPool(taps count: Int, stride: Int) {
            var taps = [1.0]
            for _ in 1..<count { taps = zip(taps + [0], [0] + taps).map { ($0 + $1) / 2 } }
            let (before, after) = ((count - 1) / 2, count / 2)
            for (size, channels) in [((after + 1, after + 2), 3), ((9, 70), count == 3 ? 19 : 2)] {
                let pool = MapCase(
                    channels: channels, size: size, kernel: (count, count), stride: (stride, stride),
                    padding: (before, before, after, after))
                let (x, dy) = (wholes(pool.inputCount, sample: 6), wholes(pool.outputCount, sample: 7))
                let (y, dx) = Self.blur(pool, taps, x, dy)
                for block in MapCase.blocks {
                    let (input, output) = (pool.input(block: block), pool.output(block: block))
                    everywhere { threads, version in
                        var result = output.unwritten
                        Kernel.blurPool(
                            ocellus_blur_pool, input, pool.window, taps, input.blocked(x), &result, threads)
                        #expect(result.elementsEqual(output.blocked(y)), version)
                        var gradient = input.unwritten
                        Kernel.blurPool(
                            ocellus_blur_pool_gradient, input, pool.window, taps, output.blocked(dy), &gradient, threads
                        )
                        #expect(gradient.elementsEqual(input.blocked(dx)), version)
                    }
                }
            }
        }

        static func blur(_ pool: MapCase, _ taps: [Double], _ x: [Float], _ dy: [Float]) -> (y: [Float], dx: [Float]) {
            var y = [Float](repeating: 0, count: pool.outputCount)
            var dx = [Float](repeating: 0, count: pool.inputCount)
            func reflect(_ i: Int, _ count: Int) -> Int { i < 0 ? -i : i >= count ? 2 * (count - 1) - i : i }
            for output in y.indices {
                let (rest, j) = output.quotientAndRemainder(dividingBy: pool.output.width)
                let (map, i) = rest.quotientAndRemainder(dividingBy: pool.output.height)
                for p in taps.indices {
                    for q in taps.indices {
                        let row = reflect(i * pool.stride.height + p - pool.padding.0, pool.size.height)
                        let column = reflect(j * pool.stride.width + q - pool.padding.1, pool.size.width)
                        let input = (map * pool.size.height + row) * pool.size.width + column
                        y[output] += Float(taps[p] * taps[q]) * x[input]
                        dx[input] += Float(taps[p] * taps[q]) * dy[output]
                    }
                }
            }
            return (y, dx)
        }
    }
}
