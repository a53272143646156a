// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import Testing

extension EngineKernels {
    @Suite("dense") struct DenseLayers {
        struct Sizes: CustomStringConvertible, Sendable {
            var (batch, inputs, outputs, width) = (3, 16, 16, 16)
            var inputsFirst = true
            var roundsToBfloat16 = false

            var kernel: ocellus_dense {
                ocellus_dense(
                    batch: batch, inputs: inputs, outputs: outputs, outputs_at_once: width, inputs_first: inputsFirst,
                    rounds_to_bfloat16: roundsToBfloat16)
            }
            private var inputBlocks: Int { (inputs + 15) / 16 }
            private var outputBlocks: Int { (outputs + width - 1) / width }
            var blockedCount: Int { inputBlocks * outputBlocks * 16 * width }
            /// Where the weight of an input and an output lies.
            func offset(_ i: Int, _ o: Int) -> Int {
                let (a, b) = (i / 16, o / width)
                let block = inputsFirst ? b * inputBlocks + a : a * outputBlocks + b
                return (block * 16 + i % 16) * width + o % width
            }
            var description: String {
                "\(batch) × \(inputs) → \(outputs), \(width), inputs first: \(inputsFirst), "
                    + (roundsToBfloat16 ? "bfloat16" : "float32")
            }
        }

        static let cases = [
            Sizes(), Sizes(batch: 1, inputs: 5, outputs: 3, width: 64),
            Sizes(batch: 7, inputs: 33, outputs: 70, width: 64, inputsFirst: false),
            Sizes(batch: 32, inputs: 100, outputs: 130, width: 48),
            Sizes(batch: 67, inputs: 33, outputs: 150, width: 64),
            Sizes(batch: 9, inputs: 200, outputs: 97, width: 32), Sizes(batch: 15, inputs: 300, outputs: 66, width: 64),
            Sizes(batch: 1, inputs: 5, outputs: 3, width: 64, roundsToBfloat16: true),
            Sizes(batch: 7, inputs: 33, outputs: 70, width: 64, inputsFirst: false, roundsToBfloat16: true),
            Sizes(batch: 9, inputs: 200, outputs: 97, width: 32, roundsToBfloat16: true),
            Sizes(batch: 32, inputs: 300, outputs: 1100, width: 64, roundsToBfloat16: true),
        ]
        static let rules = [
            Updates.sgd(0.125, decay: 0.5),
            Updates.momentum(0.25, true, 0.25),
            Updates.adam(decoupled: true, number: 1),
        ]

        /// Whole numbers, so that sums are exact.
        @Test("is the sum over inputs", arguments: cases)
        func forward(sizes: Sizes) {
            let (x, w) = (
                wholes(sizes.batch * sizes.inputs, sample: 5), wholes(sizes.inputs * sizes.outputs, sample: 6)
            )
            let bias = wholes(sizes.outputs, sample: 7)
            var blocked = [Float](repeating: 0, count: sizes.blockedCount)
            var expected = (0..<sizes.batch).flatMap { _ in bias }
            for o in 0..<sizes.outputs {
                for i in 0..<sizes.inputs {
                    blocked[sizes.offset(i, o)] = w[o * sizes.inputs + i]
                    for n in 0..<sizes.batch {
                        expected[n * sizes.outputs + o] += x[n * sizes.inputs + i] * w[o * sizes.inputs + i]
                    }
                }
            }
            everywhere { threads, version in
                var scratch = [Float](repeating: .nan, count: ocellus_dense_scratch(sizes.kernel))
                var y = expected.map { _ in Float.nan }
                Kernel.denseForward(sizes.kernel, x, blocked, bias, relu: false, &y, &scratch, threads)
                #expect(y == expected, version)
                Kernel.denseForward(sizes.kernel, x, blocked, bias, relu: true, &y, &scratch, threads)
                #expect(y == expected.map { max($0, 0) }, version)
                Kernel.denseForward(sizes.kernel, x, blocked, nil, relu: false, &y, &scratch, threads)
                #expect(y.indices.allSatisfy { y[$0] == expected[$0] - bias[$0 % sizes.outputs] }, version)
            }
        }

        /// Whole numbers, so that sums are exact.
        @Test("gives the gradient of its input", arguments: cases)
        func inputGradient(sizes: Sizes) {
            let (dy, w) = (
                wholes(sizes.batch * sizes.outputs, sample: 8), wholes(sizes.inputs * sizes.outputs, sample: 9)
            )
            var blocked = [Float](repeating: 0, count: sizes.blockedCount)
            var expected = [Float](repeating: 0, count: sizes.batch * sizes.inputs)
            for o in 0..<sizes.outputs {
                for i in 0..<sizes.inputs {
                    blocked[sizes.offset(i, o)] = w[o * sizes.inputs + i]
                    for n in 0..<sizes.batch {
                        expected[n * sizes.inputs + i] += dy[n * sizes.outputs + o] * w[o * sizes.inputs + i]
                    }
                }
            }
            everywhere { threads, version in
                var scratch = [Float](repeating: .nan, count: ocellus_dense_scratch(sizes.kernel))
                var dx = expected.map { _ in Float.nan }
                Kernel.denseInputGradient(sizes.kernel, dy, blocked, &dx, &scratch, threads)
                #expect(dx == expected, version)
            }
        }

        /// Numbers that bfloat16 does not represent: the results are those of their nearest that it does, exact to the
        /// roundings of a float32 sum.
        @Test("rounds operands to the nearest bfloat16")
        func rounds() {
            let sizes = Sizes(batch: 13, inputs: 90, outputs: 70, width: 64, roundsToBfloat16: true)
            func narrow(_ x: Float) -> Double {
                let bits = x.bitPattern
                return Double(Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16) & 1) & 0xFFFF_0000))
            }
            let (x, w, dy) = (
                randoms(sizes.batch * sizes.inputs, sample: 10), randoms(sizes.inputs * sizes.outputs, sample: 11),
                randoms(sizes.batch * sizes.outputs, sample: 12)
            )
            let start = randoms(sizes.blockedCount, sample: 13)
            var blocked = [Float](repeating: 0, count: sizes.blockedCount)
            var y = [Double](repeating: 0, count: dy.count)
            var dx = [Double](repeating: 0, count: x.count)
            var updated = start.map(Double.init)
            for o in 0..<sizes.outputs {
                for i in 0..<sizes.inputs {
                    blocked[sizes.offset(i, o)] = w[o * sizes.inputs + i]
                    for n in 0..<sizes.batch {
                        let (a, b) = (n * sizes.inputs + i, n * sizes.outputs + o)
                        y[b] += narrow(x[a]) * narrow(w[o * sizes.inputs + i])
                        dx[a] += narrow(dy[b]) * narrow(w[o * sizes.inputs + i])
                        updated[sizes.offset(i, o)] -= 0.125 * narrow(x[a]) * narrow(dy[b])
                    }
                }
            }
            let rule = Updates.sgd(0.125, decay: 0)
            // At most 90 products of at most 4, each with a rounding of its own.
            let bound = 90.0 * 90 * 4 * 0x1p-24
            func agrees(_ found: [Float], _ expected: [Double]) -> Bool {
                zip(found, expected).allSatisfy { abs(Double($0) - $1) <= bound }
            }
            everywhere { threads, version in
                var scratch = [Float](repeating: .nan, count: ocellus_dense_scratch(sizes.kernel))
                var (result, gradient) = (dy.map { _ in Float.nan }, x.map { _ in Float.nan })
                Kernel.denseForward(sizes.kernel, x, blocked, nil, relu: false, &result, &scratch, threads)
                #expect(agrees(result, y), version)
                Kernel.denseInputGradient(sizes.kernel, dy, blocked, &gradient, &scratch, threads)
                #expect(agrees(gradient, dx), version)
                var weights = start
                Kernel.denseUpdate(sizes.kernel, rule, x, dy, &weights, nil, nil, nil, scale: 1, &scratch, threads)
                #expect(agrees(weights, updated), version)
            }
        }

        /// Whole numbers, so that the gradient is exact and the update is that of the pass over all parameters bit for bit.
        @Test("is the update by the sum's gradient", arguments: cases, rules.indices)
        func agrees(sizes: Sizes, rule: Int) {
            let rule = Self.rules[rule]
            let (x, dy) = (
                wholes(sizes.batch * sizes.inputs, sample: 1), wholes(sizes.batch * sizes.outputs, sample: 2)
            )
            var gradient = [Float](repeating: 0, count: sizes.blockedCount)
            var bias = [Float](repeating: 0, count: sizes.outputs)
            for n in 0..<sizes.batch {
                for o in 0..<sizes.outputs {
                    bias[o] += dy[n * sizes.outputs + o]
                    for i in 0..<sizes.inputs {
                        gradient[sizes.offset(i, o)] += x[n * sizes.inputs + i] * dy[n * sizes.outputs + o]
                    }
                }
            }
            let start = randoms(sizes.blockedCount, sample: 3)
            let state = randoms(sizes.blockedCount, sample: 4).map(abs)
            var (w, m, v) = (start, state, state)
            Kernel.update(w.count, rule, &w, gradient, &m, &v, scale: 0.5, 1)
            everywhere { threads, version in
                var (found, first, second, db) = (start, state, state, bias.map { _ in Float.nan })
                var scratch = [Float](repeating: .nan, count: ocellus_dense_scratch(sizes.kernel))
                Kernel.denseUpdate(
                    sizes.kernel, rule, x, dy, &found, &first, &second, &db, scale: 0.5, &scratch, threads)
                #expect(sameBits(found, w), version)
                #expect(sameBits(first, m) && sameBits(second, v), version)
                #expect(db == bias, version)
            }
        }
    }
}
