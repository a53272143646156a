// SPDX-License-Identifier: Apache-2.0

package import OcellusEvidence
package import OcellusMetrics

extension Findings {
    /// How uneven the classes of the test images are.
    package var imbalance: ClassImbalance? { record.data.imbalance }

    /// Whether balanced accuracy is shown, before accuracy.
    private var leadsBalanced: Bool { imbalance?.isUneven == true }

    /// Heads of ``accuracyCells(_:)``: one column, or two where classes are uneven.
    package var accuracyHeads: [String] {
        leadsBalanced
            ? AccuracyWords.ordered(accuracy: "test accuracy", balanced: "balanced accuracy", imbalance)
            : ["test accuracy"]
    }

    /// Mean ± standard deviation over seeds of what ``accuracyHeads`` names.
    package func accuracyCells(_ network: ComparisonRecord.NetworkRecord) -> [String] {
        accuracies(network).map { summary in
            let mean = NumberText.percent(summary.mean)
            guard let deviation = summary.standardDeviation, deviation.isFinite else { return mean }
            return "\(mean) ± \(NumberText.decimal(100 * deviation, 1))"
        }
    }

    /// What a card shows large, and the accuracy that stands below it where that is another.
    func leadingAccuracy(
        _ network: ComparisonRecord.NetworkRecord
    ) -> (name: String, summary: ComparisonRecord.SampleSummary, other: String?) {
        guard leadsBalanced else { return ("test accuracy", network.accuracy, nil) }
        return ("balanced test accuracy", network.balancedAccuracy, accuracyCells(network).last)
    }

    /// Whether what stands for each seed is balanced accuracy: where it leads and the record has its intervals.
    private var seedsAreBalanced: Bool {
        leadsBalanced && record.networks.allSatisfy { $0.runs.allSatisfy { $0.balancedInterval != nil } }
    }

    /// What ``seedScore(_:)`` is: `test accuracy` or `balanced test accuracy`.
    package var seedMeasure: String { seedsAreBalanced ? "balanced test accuracy" : "test accuracy" }

    /// The leading accuracy of one training with its 95 % interval over test images.
    package func seedScore(_ run: ComparisonRecord.RunRecord) -> (share: Double, interval: Interval) {
        guard seedsAreBalanced, let share = run.confusion.balancedAccuracy, let interval = run.balancedInterval else {
            return (run.testAccuracy, run.testInterval)
        }
        return (share, interval)
    }

    /// Second less first of one seed, in what the verdict is about.
    package func seedDifference(_ index: Int) -> Double {
        guard let difference = record.difference, difference.measure == .balancedAccuracy,
            let points = difference.points, points.count == record.pairs.count
        else { return record.pairs[index].difference }
        return points[index]
    }

    /// What to know of uneven classes, once where accuracies are shown and once where they are judged.
    package var imbalanceNote: String? {
        AccuracyWords.note(imbalance, classes: record.data.classes)
    }

    private func accuracies(
        _ network: ComparisonRecord.NetworkRecord
    ) -> [ComparisonRecord.SampleSummary] {
        leadsBalanced
            ? AccuracyWords.ordered(accuracy: network.accuracy, balanced: network.balancedAccuracy, imbalance)
            : [network.accuracy]
    }
}
