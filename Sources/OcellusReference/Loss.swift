// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import RealModule

extension Loss {
    /// The sums of ``LossStatistics`` and the gradient of `lossSum / weightSum` by the logits `[N, classes]`.
    ///
    ///     ℓ[n] = −Σ t[n,k]·log p[n,k],   t[n,k] = q[n,k]·c[k],   p = softmax(logits)
    ///
    /// with q as ``LabelMixture`` says, and
    ///
    ///     dlogits[n,k] = weight[n] / weightSum · (p[n,k]·Σ t[n,j] − t[n,k])
    func evaluate(
        logits: [Double], labels: [Int], mixture: LabelMixture? = nil, sampleWeights: [Double], classes: Int
    ) -> (statistics: LossStatistics, gradient: [Double]) {
        let probabilities = softmax(logits, classes: classes)
        func classWeight(_ k: Int) -> Double { classWeights?[k] ?? 1 }
        /// How much of sample n is of class k.
        func share(_ n: Int, _ k: Int) -> Double {
            guard let mixture else { return k == labels[n] ? 1 : 0 }
            let first = Double(mixture.shares[n])
            return (k == labels[n] ? first : 0) + (k == Int(mixture.others[n]) ? 1 - first : 0)
        }
        /// `t[n,k]`
        func target(_ n: Int, _ k: Int) -> Double {
            ((1 - labelSmoothing) * share(n, k) + labelSmoothing / Double(classes)) * classWeight(k)
        }

        var statistics = LossStatistics()
        for n in labels.indices where sampleWeights[n] > 0 {
            let row = Array(logits[n * classes..<(n + 1) * classes])
            let logSum = logSumOfExponentials(row)
            for k in 0..<classes where target(n, k) != 0 {
                statistics.lossSum += sampleWeights[n] * target(n, k) * (logSum - row[k])
            }
            let labelWeight = (0..<classes).reduce(0) { $0 + share(n, $1) * classWeight($1) }
            statistics.weightSum += sampleWeights[n] * labelWeight
            statistics.count += 1
            let largest = row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 }
            if largest == labels[n] { statistics.correct += 1 }
        }

        var gradient = [Double](repeating: 0, count: logits.count)
        for n in labels.indices where sampleWeights[n] > 0 {
            let total = (0..<classes).reduce(0) { $0 + target(n, $1) }
            for k in 0..<classes {
                let difference = probabilities[n * classes + k] * total - target(n, k)
                gradient[n * classes + k] = sampleWeights[n] / statistics.weightSum * difference
            }
        }
        return (statistics, gradient)
    }
}

/// `log Σ exp(x[k])`, shifted by the maximum so that nothing overflows.
private func logSumOfExponentials(_ x: [Double]) -> Double {
    let maximum = x.max() ?? 0
    return maximum + .log(x.reduce(0) { $0 + .exp($1 - maximum) })
}

extension Op.SoftmaxCrossEntropy: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        let executable = call.executable
        let result = loss.evaluate(
            logits: call.inputs[0], labels: executable.labels.map { Int($0) }, mixture: executable.settings.mixture,
            sampleWeights: call.inputs[2], classes: call.shapes[0][1])
        executable.statistics = result.statistics
        return [result.gradient]
    }
}
