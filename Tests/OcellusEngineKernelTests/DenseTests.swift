// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import Testing

extension EngineKernels {
    @Suite("dense") struct DenseLayers {
        struct Sizes: CustomStringConvertible, Sendable {
            var (batch, inputs, outputs, width) = (3, 16, 16, 16)
            var inputsFirst = true

            var kernel: ocellus_dense {
                ocellus_dense(
                    batch: batch, inputs: inputs, outputs: outputs, outputs_at_once: width, inputs_first: inputsFirst)
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
            var description: String { "\(batch) × \(inputs) → \(outputs), \(width), inputs first: \(inputsFirst)" }
        }

        static let cases = [
            Sizes(), Sizes(batch: 1, inputs: 5, outputs: 3, width: 64),
            Sizes(batch: 7, inputs: 33, outputs: 70, width: 64, inputsFirst: false),
            Sizes(batch: 32, inputs: 100, outputs: 130, width: 48),
            Sizes(batch: 9, inputs: 200, outputs: 97, width: 32),
        ]
        static let rules = [
            ocellus_rule(kind: ocellus_rule_sgd, rate: 0.125, momentum: 0, decay: 0.5, adam: .init()),
            Updates.momentum(0.25, true, 0.25),
            Updates.adam(ocellus_adam_step_make(0.01, 0.9, 0.999, 1e-8, 0.1, true, 1)),
        ]

        /// Whole numbers, so that sums are exact.
        @Test("is the sum over inputs", arguments: cases + [Sizes(batch: 15, inputs: 300, outputs: 66, width: 64)])
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
                ocellus_dense_forward(sizes.kernel, x, blocked, bias, false, &y, &scratch, threads)
                #expect(y == expected, version)
                ocellus_dense_forward(sizes.kernel, x, blocked, bias, true, &y, &scratch, threads)
                #expect(y == expected.map { max($0, 0) }, version)
                ocellus_dense_forward(sizes.kernel, x, blocked, nil, false, &y, &scratch, threads)
                #expect(y.indices.allSatisfy { y[$0] == expected[$0] - bias[$0 % sizes.outputs] }, version)
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
            var (w, m, v, factor) = (start, state, state, Float(0.5))
            ocellus_update(w.count, rule, &w, gradient, &m, &v, &factor, 1)
            everywhere { threads, version in
                var (found, first, second, db) = (start, state, state, bias.map { _ in Float.nan })
                var scratch = [Float](repeating: .nan, count: ocellus_dense_scratch(sizes.kernel))
                ocellus_dense_update(
                    sizes.kernel, rule, x, dy, &found, &first, &second, &db, &factor, &scratch, threads)
                #expect(sameBits(found, w), version)
                #expect(sameBits(first, m) && sameBits(second, v), version)
                #expect(db == bias, version)
            }
        }
    }
}
