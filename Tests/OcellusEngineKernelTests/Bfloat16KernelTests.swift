// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import Testing

/// A float rounded to bfloat16: nearest, ties to even.
private func bfloat16(_ x: Float) -> UInt16 {
    if x.isNaN { return UInt16(x.bitPattern >> 16) | 0x40 }
    let bits = x.bitPattern
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
}

private func float(_ x: UInt16) -> Float { Float(bitPattern: UInt32(x) << 16) }

extension EngineKernels {
    /// Each kernel computes in float32 as its float32 version does: the results are its, rounded, bit for bit.
    @Suite("maps in bfloat16") struct Bfloat16Maps {
        @Test("max pooling and its gradient", arguments: MapCase.pools) func maxPool(pool: MapCase) {
            let (input, output) = (pool.input(block: 16), pool.output(block: 16))
            let x = input.blocked(randoms(pool.inputCount, sample: 1)).map(bfloat16)
            let dy = output.blocked(randoms(pool.outputCount, sample: 2)).map(bfloat16)
            let isWide = ocellus_max_pool_winner_bytes(pool.window) == 4
            everywhere { threads, version in
                var (expected, y) = (output.unwritten, [UInt16](repeating: 0x7FFF, count: dy.count))
                var (expectedWinners, winners) = (
                    [UInt8](repeating: 9, count: dy.count * (isWide ? 4 : 1)),
                    [UInt8](repeating: 9, count: dy.count * (isWide ? 4 : 1))
                )
                Kernel.maxPool(input, pool.window, x.map(float), &expected, &expectedWinners, threads)
                Kernel.maxPool(input, pool.window, x, &y, &winners, threads, type: Kernel.bfloat16)
                #expect(y == expected.map(bfloat16), version)
                #expect(winners == expectedWinners, version)
                for mask in [y, nil] {
                    var (sums, dx) = (input.unwritten, [UInt16](repeating: 0x7FFF, count: x.count))
                    mask.withPointers { narrow, wide in
                        Kernel.maxPoolGradient(input, pool.window, dy.map(float), winners, wide, &sums, threads)
                        Kernel.maxPoolGradient(
                            input, pool.window, dy, winners, narrow, &dx, threads, type: Kernel.bfloat16)
                    }
                    #expect(dx == sums.map(bfloat16), version)
                }
            }
        }

        @Test("relu, gelu, their gradients and add", arguments: counts) func elementwise(count: Int) {
            let (a, b) = (randoms(count, sample: 5).map(bfloat16), randoms(count, sample: 6).map(bfloat16))
            everywhere { threads, version in
                var (expected, y) = (a.map { _ in Float.nan }, a.map { _ in UInt16(0x7FFF) })
                for kernel: ocellus_kernel in [
                    ocellus_relu, ocellus_relu_gradient, ocellus_gelu, ocellus_gelu_gradient, ocellus_add,
                    ocellus_add_relu,
                ] {
                    Kernel.elementwise(kernel, count, a.map(float), b.map(float), to: &expected, threads)
                    Kernel.elementwise(kernel, count, a, b, to: &y, threads, type: Kernel.bfloat16)
                    #expect(y == expected.map(bfloat16), version)
                }
            }
        }

        @Test("a NaN wins its window") func nan() {
            let pool = MapCase(batch: 1, channels: 1, size: (2, 4), kernel: (2, 2), stride: (2, 2))
            // The largest fraction of a NaN, which rounding would carry into the exponent.
            let x = pool.input(block: 16).blocked([1, .nan, 0, 7, 5, 6, 0, Float(bitPattern: 0x7FFF_FFFF)]).map(
                bfloat16)
            everywhere { threads, version in
                var y = [UInt16](repeating: 0, count: 32)
                Kernel.maxPool(pool.input(block: 16), pool.window, x, &y, nil, threads, type: Kernel.bfloat16)
                #expect(float(y[0]).isNaN && float(y[16]).isNaN, version)
            }
        }

        @Test("Winograd in three directions", arguments: Winograd.cases) func winograd(sizes: Winograd.Sizes) {
            let kernel = sizes.kernel(block: 16, largestTile: 7)
            let (input, output) = (sizes.maps.input(block: 16), sizes.output.input(block: 16))
            let x = input.blocked(randoms(sizes.inputCount, sample: 1)).map(bfloat16)
            let dy = output.blocked(randoms(sizes.outputCount, sample: 2)).map(bfloat16)
            let w = sizes.blocked(randoms(sizes.inputs * sizes.outputs * 9, sample: 3), block: 16)
            let bias = randoms(sizes.outputs, sample: 4)
            everywhere { threads, version in
                var scratch = [Float](
                    repeating: .nan,
                    count: max(
                        ocellus_winograd_scratch(kernel, threads),
                        ocellus_winograd_weight_gradient_scratch(kernel, threads)))
                var (expected, y) = (output.unwritten, dy.map { _ in UInt16(0x7FFF) })
                for relu in [false, true] {
                    Kernel.winogradForward(
                        kernel, x.map(float), w, bias, relu: relu, &expected, &scratch, threads)
                    Kernel.winogradForward(
                        kernel, x, w, bias, relu: relu, &y, &scratch, threads, type: Kernel.bfloat16)
                    #expect(y == expected.map(bfloat16), version)
                }
                var (gradient, dx) = (input.unwritten, x.map { _ in UInt16(0x7FFF) })
                Kernel.winogradInputGradient(kernel, dy.map(float), w, &gradient, &scratch, threads)
                Kernel.winogradInputGradient(kernel, dy, w, &dx, &scratch, threads, type: Kernel.bfloat16)
                #expect(dx == gradient.map(bfloat16), version)
                var (dw, db) = (w.map { _ in Float.nan }, bias.map { _ in Float.nan })
                Kernel.winogradWeightGradient(kernel, x.map(float), dy.map(float), &dw, &db, &scratch, threads)
                var (narrowDW, narrowDB) = (w.map { _ in Float.nan }, bias.map { _ in Float.nan })
                Kernel.winogradWeightGradient(
                    kernel, x, dy, &narrowDW, &narrowDB, &scratch, threads, type: Kernel.bfloat16)
                #expect(sameBits(dw, narrowDW) && sameBits(db, narrowDB), version)
            }
        }
    }
}

extension [UInt16]? {
    /// Lends the elements as bfloat16 and as float32; `nil` for both where there are none.
    fileprivate func withPointers(_ body: (UnsafePointer<UInt16>?, UnsafePointer<Float>?) -> Void) {
        guard let self else { return body(nil, nil) }
        self.withUnsafeBufferPointer { narrow in
            self.map(float).withUnsafeBufferPointer { body(narrow.baseAddress, $0.baseAddress) }
        }
    }
}
