// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import RealModule
import Testing

extension EngineKernels {
    @Suite("elementwise") struct Elementwise {
        /// A kernel, and its definition in `Float`.
        struct Function: Sendable, CustomStringConvertible {
            var description: String
            var kernel: ocellus_kernel
            var factor: Float = 0
            var expected: @Sendable (Float, Float, Float) -> Float

            static let exact = [
                Function(description: "relu", kernel: ocellus_relu) { a, _, _ in
                    a <= 0 ? 0 : a
                },
                Function(description: "relu gradient", kernel: ocellus_relu_gradient) { a, b, _ in
                    a > 0 ? b : 0
                },
                Function(description: "add", kernel: ocellus_add) { a, b, _ in
                    a + b
                },
                Function(description: "add and relu", kernel: ocellus_add_relu) { a, b, _ in
                    a + b <= 0 ? 0 : a + b
                },
                Function(description: "add, relu gradient", kernel: ocellus_add_relu_gradient) { a, b, c in
                    a > 0 ? b + c : 0
                },
                Function(description: "leaky relu", kernel: ocellus_leaky_relu, factor: 0.1) { a, _, _ in
                    a > 0 ? a : 0.1 * a
                },
                Function(description: "leaky relu gradient", kernel: ocellus_leaky_relu_gradient, factor: 0.1) {
                    a, b, _ in
                    a > 0 ? b : 0.1 * b
                },
                Function(description: "sigmoid gradient", kernel: ocellus_sigmoid_gradient) { a, b, _ in
                    b * a * (1 - a)
                },
                Function(description: "tanh gradient", kernel: ocellus_tanh_gradient) { a, b, _ in
                    b * (1 - a * a)
                },
                Function(description: "relu6", kernel: ocellus_relu6) { a, _, _ in
                    a <= 0 ? 0 : a > 6 ? 6 : a
                },
                Function(description: "relu6 gradient", kernel: ocellus_relu6_gradient) { a, b, _ in
                    a > 0 && a < 6 ? b : 0
                },
                Function(description: "hard swish", kernel: ocellus_hard_swish) { a, _, _ in
                    a <= -3 ? 0 : a >= 3 ? a : a * (a + 3) / 6
                },
                Function(description: "hard swish gradient", kernel: ocellus_hard_swish_gradient) { a, b, _ in
                    a <= -3 ? 0 : a >= 3 ? b : b * (a / 3 + 0.5)
                },
                Function(description: "hard sigmoid", kernel: ocellus_hard_sigmoid) { a, _, _ in
                    a <= -3 ? 0 : a >= 3 ? 1 : (a + 3) / 6
                },
                Function(description: "hard sigmoid gradient", kernel: ocellus_hard_sigmoid_gradient) { a, b, _ in
                    a > -3 && a < 3 ? b / 6 : 0
                },
                Function(description: "scale", kernel: ocellus_scale, factor: 1.7) { a, _, _ in
                    a * 1.7
                },
                Function(description: "add scaled", kernel: ocellus_add_scaled, factor: 4) { a, b, _ in
                    a + b * 4
                },
                Function(description: "copy", kernel: ocellus_copy) { a, _, _ in
                    a
                },
            ]
        }

        @Test("equals its definition bit for bit", arguments: Function.exact) func exact(function: Function) {
            for count in counts {
                var (a, b, c) = (
                    randoms(count, sample: 1), randoms(count, sample: 2), randoms(count, sample: 3)
                )
                for (i, special) in [Float(0), -0.0, .infinity, -.infinity, .leastNonzeroMagnitude].enumerated()
                where i < count {
                    a[i] = special
                    if i >= 2 { (b[i], c[i]) = (1.5, -0.25) }
                }
                let expected = (0..<count).map { function.expected(a[$0], b[$0], c[$0]) }
                everywhere { threads, version in
                    var y = [Float](repeating: .nan, count: count)
                    Kernel.elementwise(
                        function.kernel, count, a, b, c, factor: function.factor, to: &y, threads)
                    #expect(sameValues(y, expected), version)
                    // In place of the first operand.
                    y = a
                    y.withUnsafeMutableBufferPointer { y in
                        guard let base = y.baseAddress else { return }
                        Kernel.elementwise(
                            function.kernel, count, base, b, c, factor: function.factor, to: base, threads)
                    }
                    #expect(sameValues(y, expected), version)
                }
            }
        }

        /// Equal, or both NaN: the sign of a NaN is not defined.
        func sameValues(_ a: [Float], _ b: [Float]) -> Bool {
            a.count == b.count && zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN }
        }

        /// Small, usual and saturating arguments, down to results without normal form.
        static let arguments: [Float] =
            randoms(3000, 1e-3, sample: 4) + randoms(3000, 5, sample: 5) + randoms(2000, 110, sample: 6)
            + [
                0, -0.0, 1e-30, -1e-30, 0x1p-149, -0x1p-149, 88, -88, 104, -104, 3e38, -3e38, .infinity, -.infinity,
                .nan,
            ]

        @Test("sigmoid") func sigmoid() {
            check({ 1 / (1 + .exp(-$0)) }, ocellus_sigmoid)
        }
        @Test("tanh") func tanh() {
            check({ .tanh($0) }, ocellus_tanh, ulps: 2)
        }
        @Test("silu and its gradient") func silu() {
            check({ $0 == -.infinity ? 0 : $0 / (1 + .exp(-$0)) }, ocellus_silu)
            let upstream = randoms(Self.arguments.count, sample: 8)
            let expected = zip(Self.arguments, upstream).map { x, dy in
                let (x, dy) = (Double(x), Double(dy))
                return dy / (1 + .exp(-x)) * (x.isInfinite ? 1 : 1 + x / (1 + .exp(x)))
            }
            everywhere { threads, version in
                var dx = [Float](repeating: 0, count: upstream.count)
                Kernel.elementwise(ocellus_silu_gradient, dx.count, Self.arguments, upstream, to: &dx, threads)
                #expect(largestError(dx, expected) <= 2, version)
            }
        }
        @Test("gelu") func gelu() {
            check(
                { $0 == -.infinity ? 0 : $0 * 0.5 * .erfc(-$0 / 2.0.squareRoot()) },
                ocellus_gelu, ulps: 12)
            // The bound above is that of values near 0.
            let x = Self.arguments.filter { abs($0) < 1e30 }
            everywhere { threads, version in
                var y = [Float](repeating: .nan, count: x.count)
                Kernel.elementwise(ocellus_gelu, x.count, x, to: &y, threads)
                for (x, y) in zip(x.map(Double.init), y.map(Double.init)) {
                    let exact: Double = x * 0.5 * Double.erfc(-x / 2.0.squareRoot())
                    #expect(abs(y - exact) <= 2e-7 * abs(x) + 1e-44, "\(x), \(version)")
                }
            }
        }
        @Test("the gradient of gelu") func geluGradient() {
            let upstream = randoms(Self.arguments.count, sample: 7)
            func slope(_ x: Double) -> Double {
                let distribution = 0.5 * Double.erfc(-x / 2.0.squareRoot())
                return abs(x) > 50 ? distribution : distribution + x * .exp(-x * x / 2) / (2 * Double.pi).squareRoot()
            }
            let expected = zip(Self.arguments, upstream).map { slope(Double($0)) * Double($1) }
            everywhere { threads, version in
                var dx = [Float](repeating: 0, count: upstream.count)
                Kernel.elementwise(ocellus_gelu_gradient, dx.count, Self.arguments, upstream, to: &dx, threads)
                for (index, exact) in expected.enumerated() {
                    let error = abs(Double(dx[index]) - exact)
                    #expect(
                        error <= 4e-7 * Double(abs(upstream[index])) || dx[index].isNaN && exact.isNaN,
                        "\(Self.arguments[index]), \(version)")
                }
            }
        }

        /// Within `ulps` units of the last place of `expected`, in whole vectors and in padded ones.
        func check(
            _ expected: (Double) -> Double, _ kernel: ocellus_kernel, ulps: Double = 1
        ) {
            let exact = Self.arguments.map { expected(Double($0)) }
            everywhere { threads, version in
                for count in [1, 15, 16, 17, Self.arguments.count] {
                    var y = [Float](repeating: .nan, count: count)
                    Kernel.elementwise(kernel, count, Array(Self.arguments.suffix(count)), to: &y, threads)
                    #expect(largestError(y, Array(exact.suffix(count))) <= ulps, version)
                }
            }
        }
    }
}
