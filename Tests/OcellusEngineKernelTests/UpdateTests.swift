// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import Testing

extension EngineKernels {
    /// Each rule against the formulas of OcellusModel's `Optimizer`, one operation at a time in `Float`: bit for bit.
    @Suite("updates") struct Updates {
        static func sgd(_ rate: Float, decay: Float) -> Kernel.Rule {
            var optimizer = ocellus_optimizer()
            (optimizer.kind, optimizer.decay) = (ocellus_rule_sgd, Double(decay))
            return Kernel.Rule(optimizer: optimizer, rate: Double(rate))
        }

        /// With momentum 0.9.
        static func momentum(_ rate: Float, _ nesterov: Bool, _ decay: Float) -> Kernel.Rule {
            var optimizer = ocellus_optimizer()
            optimizer.kind = nesterov ? ocellus_rule_nesterov : ocellus_rule_momentum
            (optimizer.momentum, optimizer.decay) = (0.9, Double(decay))
            return Kernel.Rule(optimizer: optimizer, rate: Double(rate))
        }

        /// With rate 0.01, β 0.9 and 0.999, ε 1e-8 and decay 0.1.
        static func adam(decoupled: Bool, number: Int) -> Kernel.Rule {
            Kernel.Rule(
                optimizer: ocellus_optimizer(
                    kind: ocellus_rule_adam, momentum: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.1,
                    decoupled: decoupled), rate: 0.01, number: number)
        }

        @Test("plain SGD", arguments: [Float(0), 0.1]) func sgd(decay: Float) {
            for count in counts {
                let (start, gradient) = (randoms(count, sample: 1), randoms(count, sample: 2))
                let expected = zip(start, gradient).map { w, g in w - 0.05 * (0.75 * g + decay * w) }
                everywhere { threads, version in
                    var w = start
                    Kernel.update(count, Self.sgd(0.05, decay: decay), &w, gradient, nil, nil, scale: 0.75, threads)
                    #expect(sameBits(w, expected), version)
                }
            }
        }

        @Test("momentum over three steps", arguments: [false, true], [Float(0), 0.01])
        func momentum(nesterov: Bool, decay: Float) {
            for count in counts {
                let start = randoms(count, sample: 3)
                let gradients = (0..<3).map { randoms(count, sample: 10 + $0) }
                var (expected, velocity) = (start, [Float](repeating: 0, count: count))
                for step in 0..<3 {
                    for (i, raw) in gradients[step].enumerated() {
                        let g = 0.5 * raw + decay * expected[i]
                        velocity[i] = 0.9 * velocity[i] + g
                        expected[i] -= 0.1 * (nesterov ? g + 0.9 * velocity[i] : velocity[i])
                    }
                }
                everywhere { threads, version in
                    var (w, v) = (start, [Float](repeating: 0, count: count))
                    for step in 0..<3 {
                        Kernel.update(
                            count, Self.momentum(0.1, nesterov, decay), &w, gradients[step], nil, &v, scale: 0.5,
                            threads)
                    }
                    #expect(sameBits(w, expected), version)
                    #expect(sameBits(v, velocity), version)
                }
            }
        }

        @Test("the first step of momentum takes the gradient as velocity") func firstStep() {
            var (w, v): ([Float], [Float]) = ([1, 2], [0, 0])
            Kernel.update(2, Self.momentum(0.5, false, 0), &w, [0.5, -4], nil, &v, scale: 1, 1)
            #expect(v == [0.5, -4])
            #expect(w == [0.75, 4])
        }

        @Test("Adam and AdamW over three steps", arguments: [false, true]) func adam(decoupled: Bool) {
            for count in counts {
                let start = randoms(count, sample: 4)
                let gradients = (1...3).map { randoms(count, sample: 20 + $0) }
                let zeros = [Float](repeating: 0, count: count)
                var (expected, first, second) = (start, zeros, zeros)
                for step in 1...3 {
                    let s = ocellus_adam_step_make(0.01, 0.9, 0.999, 1e-8, 0.1, decoupled, step)
                    for (i, raw) in gradients[step - 1].enumerated() {
                        let g = 0.5 * raw + s.decay * expected[i]
                        first[i] = s.beta1 * first[i] + s.beta1_complement * g
                        second[i] = s.beta2 * second[i] + s.beta2_complement * (g * g)
                        let move = s.rate * first[i] / (second[i].squareRoot() * s.root_scale + s.epsilon)
                        expected[i] = s.keep * expected[i] - move
                    }
                }
                everywhere { threads, version in
                    var (w, m, v) = (start, zeros, zeros)
                    for step in 1...3 {
                        let rule = Self.adam(decoupled: decoupled, number: step)
                        Kernel.update(count, rule, &w, gradients[step - 1], &m, &v, scale: 0.5, threads)
                    }
                    #expect(sameBits(w, expected) && sameBits(m, first) && sameBits(v, second), version)
                }
            }
        }

        @Test("Adam agrees with the paper's formula in Double") func adamFormula() {
            var (w, m, v): (Double, Double, Double) = (1, 0, 0)
            var (floats, first, second): ([Float], [Float], [Float]) = ([1], [0], [0])
            for step in 1...200 {
                let g = Double(Float(step % 7) - 2.5)
                m = 0.9 * m + 0.1 * g
                v = 0.999 * v + 0.001 * g * g
                var (power1, power2) = (1.0, 1.0)
                for _ in 0..<step { (power1, power2) = (power1 * 0.9, power2 * 0.999) }
                w = w - 0.01 * 0.1 * w - 0.01 * (m / (1 - power1)) / ((v / (1 - power2)).squareRoot() + 1e-8)
                let rule = Self.adam(decoupled: true, number: step)
                Kernel.update(1, rule, &floats, [Float(g)], &first, &second, scale: 1, 1)
            }
            #expect(abs(Double(floats[0]) - w) < 200 * 1e-7, "\(floats[0]) \(w)")
        }

        @Test("the sum of squares of several buffers, the same for every version") func squares() {
            let buffers = [0, 1, 5, 513, 20_011].map { randoms($0, sample: 30 + $0) }
            let exact = buffers.joined().reduce(into: 0.0) { $0 += Double($1) * Double($1) }
            // One block of memory, because pointers to several arrays live no longer than a call.
            var start = 0
            let starts = buffers.map { buffer in
                defer { start += buffer.count }
                return start
            }
            var sums = Set<Double>()
            Array(buffers.joined()).withUnsafeBufferPointer { all in
                let pointers = starts.map { start in all.baseAddress.map { $0 + start } }
                everywhere { threads, _ in
                    sums.insert(ocellus_sum_of_squares(buffers.count, pointers, buffers.map(\.count), threads))
                }
            }
            #expect(sums.count == 1)
            #expect(abs((sums.first ?? 0) - exact) < exact * 1e-13)
            #expect(ocellus_sum_of_squares(0, [], [], 2) == 0)
        }

        @Test("the clip factor") func clip() {
            #expect(ocellus_clip_factor(0, 1) == 1)
            #expect(ocellus_clip_factor(25, 5) == 1)
            #expect(ocellus_clip_factor(100, 5) == 0.5)
            #expect(ocellus_clip_factor(.infinity, 5) == 0)
            #expect(ocellus_clip_factor(.nan, 5).isNaN)
        }
    }

    @Suite("threads and instruction sets") struct Foundations {
        @Test("every part of a team runs once") func parallel() {
            for threads: Int32 in [1, 2, 3] {
                var seen = [Int32](repeating: 0, count: 4)
                seen.withUnsafeMutableBufferPointer { seen in
                    ocellus_parallel(
                        threads,
                        { context, thread, team in
                            let seen = context?.assumingMemoryBound(to: Int32.self)
                            seen?[Int(thread)] += 1
                            if thread == 0 { seen?[3] = team }
                        }, seen.baseAddress)
                }
                let team = Int(seen[3])
                #expect((1...Int(threads)).contains(team))
                #expect(Array(seen[..<3]) == (0..<3).map { $0 < team ? 1 : 0 })
            }
        }

        @Test("a name that the machine does not have changes nothing") func unknownName() {
            let before = String(cString: ocellus_kernels_instruction_set())
            #expect(!ocellus_kernels_use_instruction_set("avx1024"))
            #expect(String(cString: ocellus_kernels_instruction_set()) == before)
            #expect(instructionSets.contains(before))
        }
    }
}
