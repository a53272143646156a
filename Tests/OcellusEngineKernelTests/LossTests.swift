// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusTensor
import RealModule
import Testing

extension EngineKernels {
    @Suite("softmax cross-entropy") struct LossKernel {
        struct Batch {
            var classes: Int
            var logits: [Float]
            var labels: [Int32]
            var weights: [Float]
            var classWeights: [Double]?
            var smoothing: Double

            init(_ count: Int, classes: Int, weighted: Bool, smoothing: Double) {
                self.classes = classes
                self.smoothing = smoothing
                logits = randoms(count * classes, 8, sample: classes)
                var random = CounterRandom(seed: 3, purpose: .test)
                labels = (0..<count).map { _ in Int32(random.nextIndex(below: classes)) }
                weights = (0..<count).map { $0 % 5 == 3 ? 0 : Float($0 % 3) * 0.5 + 0.5 }
                classWeights = weighted ? (0..<classes).map { 0.5 + Double($0 % 4) } : nil
                // A tie at the label, once with a lower and once with a higher index.
                if count > 2, classes > 2 {
                    (labels[0], labels[1]) = (1, 1)
                    (logits[0], logits[1]) = (9, 9)
                    (logits[classes + 1], logits[classes + 2]) = (9, 9)
                }
            }

            /// By definition: `ℓ = −Σ q·c·log p` and its derivative, one class at a time.
            func expected() -> (statistics: ocellus_loss_statistics, gradient: [Double]) {
                var statistics = ocellus_loss_statistics(loss_sum: 0, weight_sum: 0, correct: 0, count: 0)
                var gradient = [Double](repeating: 0, count: logits.count)
                for (n, label) in labels.enumerated() where weights[n] != 0 {
                    statistics.weight_sum += Double(weights[n]) * (classWeights?[Int(label)] ?? 1)
                }
                for (n, label) in labels.enumerated() where weights[n] != 0 {
                    let x = logits[n * classes..<(n + 1) * classes].map(Double.init)
                    let largest = x.max() ?? 0
                    let normalizer = largest + .log(x.reduce(0) { $0 + .exp($1 - largest) })
                    let target = x.indices.map { k in
                        ((k == Int(label) ? 1 - smoothing : 0) + smoothing / Double(classes)) * (classWeights?[k] ?? 1)
                    }
                    let mass = target.reduce(0, +)
                    let weight = Double(weights[n])
                    statistics.loss_sum += weight * zip(target, x).reduce(0) { $0 + $1.0 * (normalizer - $1.1) }
                    statistics.count += 1
                    if x.firstIndex(of: largest) == Int(label) { statistics.correct += 1 }
                    for k in x.indices {
                        gradient[n * classes + k] =
                            weight / statistics.weight_sum * (mass * .exp(x[k] - normalizer) - target[k])
                    }
                }
                return (statistics, gradient)
            }
        }

        @Test("loss, counts and gradient", arguments: [1, 5, 33, 300], [2, 7, 8, 10, 19])
        func matches(count: Int, classes: Int) {
            for (weighted, smoothing) in [(false, 0.0), (true, 0), (false, 0.1), (true, 0.3)] {
                let batch = Batch(count, classes: classes, weighted: weighted, smoothing: smoothing)
                let expected = batch.expected()
                var losses = Set<Double>()
                everywhere { threads, version in
                    var gradient = [Float](repeating: .nan, count: batch.logits.count)
                    let result = run(batch, batch.logits, &gradient, threads)
                    losses.insert(result.loss_sum)
                    let exact = expected.statistics
                    #expect(abs(result.loss_sum - exact.loss_sum) <= 1e-13 * exact.loss_sum, version)
                    #expect(abs(result.weight_sum - exact.weight_sum) <= 1e-13 * exact.weight_sum, version)
                    #expect(result.correct == expected.statistics.correct, version)
                    #expect(result.count == expected.statistics.count, version)
                    let largest = zip(gradient, expected.gradient).map { abs(Double($0) - $1) }.max() ?? 0
                    #expect(largest <= 0x1p-24, version)
                    // In place.
                    var inPlace = batch.logits
                    inPlace.withUnsafeMutableBufferPointer { buffer in
                        guard let base = buffer.baseAddress else { return }
                        _ = Kernel.softmaxCrossEntropy(
                            count, classes, base, batch.labels, batch.weights, batch.classWeights ?? ones(classes),
                            smoothing: smoothing, base, threads)
                    }
                    #expect(sameBits(inPlace, gradient), version)
                }
                #expect(losses.count == 1, "the same bits for every version")
            }
        }

        func ones(_ count: Int) -> [Double] { [Double](repeating: 1, count: count) }

        func run(
            _ batch: Batch, _ logits: [Float], _ gradient: UnsafeMutablePointer<Float>?, _ threads: Int32
        ) -> ocellus_loss_statistics {
            func call(_ classWeights: UnsafePointer<Double>?) -> ocellus_loss_statistics {
                Kernel.softmaxCrossEntropy(
                    batch.labels.count, batch.classes, logits, batch.labels, batch.weights, classWeights,
                    smoothing: batch.smoothing, gradient, threads)
            }
            guard let weights = batch.classWeights else { return call(nil) }
            return weights.withUnsafeBufferPointer { call($0.baseAddress) }
        }

        @Test("two equal logits cost ln 2") func worked() {
            var gradient: [Float] = [0, 0]
            let result = Kernel.softmaxCrossEntropy(1, 2, [3, 3], [1], [1], nil, smoothing: 0, &gradient, 1)
            #expect(abs(result.loss_sum - 0.6931471805599453) <= 0x1p-53)
            #expect(gradient == [0.5, -0.5])
            #expect(result.correct == 0 && result.count == 1 && result.weight_sum == 1)
        }

        @Test("large logits stay finite; NaN and infinity show") func extremes() {
            everywhere { threads, version in
                let large = Kernel.softmaxCrossEntropy(1, 2, [2e38, -2e38], [0], [1], nil, smoothing: 0, nil, threads)
                #expect(large.loss_sum == 0, version)
                let wrong = Kernel.softmaxCrossEntropy(1, 2, [1000, -1000], [1], [1], nil, smoothing: 0, nil, threads)
                #expect(wrong.loss_sum == 2000, version)
                let nan = Kernel.softmaxCrossEntropy(1, 3, [.nan, 1, 0], [0], [1], nil, smoothing: 0, nil, threads)
                #expect(nan.loss_sum.isNaN && nan.correct == 0, version)
                let infinite = Kernel.softmaxCrossEntropy(
                    1, 2, [.infinity, 0], [1], [1], nil, smoothing: 0, nil, threads)
                #expect(!infinite.loss_sum.isFinite, version)
            }
        }

        @Test("samples of weight 0 are not read") func leftOut() {
            var gradient: [Float] = [1, 1, 1, 1]
            let result = Kernel.softmaxCrossEntropy(
                2, 2, [.nan, .nan, 0, 0], [77, 0], [0, 1], nil, smoothing: 0, &gradient, 1)
            #expect(gradient == [0, 0, -0.5, 0.5])
            #expect(result.count == 1 && result.weight_sum == 1)
            let none = Kernel.softmaxCrossEntropy(1, 2, [1, 2], [0], [0], nil, smoothing: 0, &gradient, 1)
            #expect(none.weight_sum == 0 && none.loss_sum == 0 && gradient[..<2] == [0, 0])
        }
    }
}
