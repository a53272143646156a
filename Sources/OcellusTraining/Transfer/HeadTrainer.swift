// SPDX-License-Identifier: Apache-2.0

package import OcellusArchive
import OcellusMetrics
package import OcellusTensor

/// Trains the last layer on features: tries the strengths on held-out photos, and fits all training photos with the best.
///
/// The best strength is the one with the smallest loss of held-out photos; of equals the strongest. Mirror images train and are
/// held out with their photo, but only photos themselves are scored.
package struct HeadTrainer: Sendable {
    package var features: FeatureMatrix
    /// For each training photo, then for each validation photo of its own.
    package var labels: [Int]
    /// Its rows: of the photo, and of its mirror image where that trains as well.
    package var rows: [[Int32]]
    package var classes: Int
    /// How many of the photos train at last.
    package var trainCount: Int
    package var balance: TransferConfiguration.Balance

    package init(
        features: FeatureMatrix, labels: [Int], rows: [[Int32]], classes: Int, trainCount: Int,
        balance: TransferConfiguration.Balance
    ) {
        self.features = features
        self.labels = labels
        self.rows = rows
        self.classes = classes
        self.trainCount = trainCount
        self.balance = balance
    }

    package struct Result: Sendable {
        package var head: Backbone.Head
        /// One for each strength that was tried, from strong to weak. Those behind a clear minimum may be missing.
        package var trials: [StrengthTrial]
        package var strength: Double
        /// Photos that were held out, by index, with what their heads said of them: `[photos, classes]`.
        package var heldOut: [Int]
        package var logits: Tensor<Float>
        /// Of the loss; `nil` where classes count as they come.
        package var classWeights: [Double]?
        /// f at the end, on all training photos.
        package var objective: Double
    }

    /// Where fits for the choice end: their probabilities no longer change in the third digit.
    static let roughTolerance = 1e-4
    /// Where the last fit ends.
    static let tolerance = 1e-8

    /// - Parameters:
    ///   - strengths: From strong to weak.
    ///   - report: Gets the number of parts that are done.
    package func train(
        strengths: [Double], heldOut: HeldOutPhotos,
        report: @escaping @Sendable (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) async throws -> Result {
        let parts = try await withThrowingTaskGroup(of: (Int, Part).self) { group in
            for (index, split) in heldOut.splits.enumerated() {
                group.addTask {
                    try Task.checkCancellation()
                    return (index, part(split, strengths))
                }
            }
            var parts = [Part?](repeating: nil, count: heldOut.splits.count)
            var done = 0
            for try await (index, part) in group {
                parts[index] = part
                done += 1
                report(done, parts.count)
            }
            return parts.compactMap(\.self)
        }
        // A strength counts where every part has tried it.
        let tried = parts.map(\.logits.count).min() ?? 0
        let photos = heldOut.splits.flatMap(\.heldOut)
        let classWeights = classWeights(of: Array(0..<trainCount))
        let weights = photos.map { classWeights?[labels[$0]] ?? 1 }
        let trials = try (0..<tried).map { index in
            try trial(strengths[index], photos, parts.flatMap { $0.logits[index] }, weights)
        }
        let best = trials.indices.min { trials[$0].loss < trials[$1].loss } ?? 0
        let last = await Task { fit(strengths[best], through: strengths[..<best]) }.value
        return Result(
            head: last.head, trials: trials, strength: strengths[best], heldOut: photos,
            logits: Tensor([photos.count, classes], parts.flatMap { $0.logits[best] }),
            classWeights: classWeights, objective: last.objective)
    }

    /// What heads of falling strengths say of the photos that one part holds out.
    private struct Part: Sendable {
        /// `[strength][photos · classes]`
        var logits: [[Float]]
    }

    private func part(_ split: (train: [Int], heldOut: [Int]), _ strengths: [Double]) -> Part {
        let regression = regression(on: split.train)
        let scored = split.heldOut.map { rows[$0][0] }
        var part = Part(logits: [])
        var fit: LogisticRegression.Fit?
        var losses: [Double] = []
        for strength in strengths {
            let next = regression.fit(strength: strength, tolerance: Self.roughTolerance, from: fit)
            let logits = regression.head(next).logits(of: scored, in: features)
            part.logits.append(logits.scalars)
            fit = next
            losses.append(meanLoss(logits.scalars, split.heldOut.map { labels[$0] }))
            // Weak penalties cost the most and, behind a clear minimum, only get worse.
            if let least = losses.min(), losses.suffix(2).allSatisfy({ $0 > 1.1 * least }), losses.count > 2 { break }
        }
        return part
    }

    private func regression(on photos: [Int]) -> LogisticRegression {
        LogisticRegression(
            features, rows: photos.flatMap { rows[$0] },
            labels: photos.flatMap { photo in rows[photo].map { _ in labels[photo] } },
            classes: classes, classWeights: classWeights(of: photos))
    }

    /// The fit of all training photos, which begins at stronger ones.
    private func fit(_ strength: Double, through stronger: ArraySlice<Double>) -> (
        head: Backbone.Head, objective: Double
    ) {
        let regression = regression(on: Array(0..<trainCount))
        var start: LogisticRegression.Fit?
        for strength in stronger.suffix(1) {
            start = regression.fit(strength: strength, tolerance: Self.roughTolerance, from: start)
        }
        let fit = regression.fit(strength: strength, tolerance: Self.tolerance, from: start)
        return (regression.head(fit), fit.objective)
    }

    /// The mean number of photos of a class divided by its own; `nil` where classes count as they come.
    private func classWeights(of photos: [Int]) -> [Double]? {
        let counts = photos.reduce(into: [Int](repeating: 0, count: classes)) { $0[labels[$1]] += 1 }
        switch balance {
        case .none: return nil
        case .automatic where ClassImbalance(counts: counts)?.isUneven != true: return nil
        case .automatic, .weights:
            return counts.map { $0 == 0 ? 1 : Double(photos.count) / (Double(classes) * Double($0)) }
        }
    }

    private func meanLoss(_ logits: [Float], _ labels: [Int]) -> Double {
        (try? negativeLogLikelihood(logits: Tensor([labels.count, classes], logits), labels: labels)) ?? .infinity
    }

    private func trial(
        _ strength: Double, _ photos: [Int], _ logits: [Float], _ weights: [Double]
    ) throws -> StrengthTrial {
        var (loss, weight, correct) = (0.0, 0.0, 0)
        for (index, photo) in photos.enumerated() {
            let row = Array(logits[index * classes..<(index + 1) * classes])
            loss += weights[index] * meanLoss(row, [labels[photo]])
            weight += weights[index]
            if try predictions(logits: Tensor([1, classes], row))[0] == labels[photo] { correct += 1 }
        }
        return StrengthTrial(strength: strength, loss: loss / weight, correct: correct, count: photos.count)
    }
}
