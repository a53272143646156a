// SPDX-License-Identifier: Apache-2.0

import OcellusEvidence
import OcellusMetrics

/// Words that text and page of a probe share.
enum ProbeWords {
    static let abstainingNote =
        "Share answered at an error of at most so much on new images of this kind, with a confidence of 95 % (Geifman and "
        + "El-Yaniv 2017). None: no threshold can promise it from so few images."

    /// What the scores' columns hold.
    static func chanceNote(_ record: ProbeRecord) -> String? {
        guard record.models.contains(where: { $0.calibrationUncertainty != nil }) else { return nil }
        return CalibrationWords.note
    }

    /// Said of records that hold thresholds without bounds.
    static let unboundedNote = "Chosen and scored on the same images: new ones exceed the error half of the time."

    static func abstainingNote(_ record: ProbeRecord) -> String {
        let isBounded = record.models.allSatisfy { $0.abstaining.allSatisfy { $0.point == nil || $0.bound != nil } }
        return isBounded ? abstainingNote : unboundedNote
    }
    static let errorNote =
        "Mean error over five severities and over those of the benchmark's fifteen corruptions that were made; relative: each "
        + "corruption's error in percent of the first model's, then the mean."

    static let classNote =
        "Before and after: the disturbed images as they are, and corrupted, mean over corruptions and severities."

    /// How well a share of the disturbed images is known: half the width of its 95 % interval at one half, by the normal
    /// approximation.
    static func precision(_ record: ProbeRecord) -> String {
        let half = 0.98 / Double(max(1, record.disturbedCount)).squareRoot()
        return "With \(counted(record.disturbedCount, "image")) a share near one half is known to about "
            + "±\(NumberText.decimal(100 * half, 1)) points (95 %)."
    }

    /// More classes are not all shown in the terminal.
    private static let mostClasses = 20

    static func images(_ record: ProbeRecord) -> String {
        "\(NumberText.integer(record.count)) test images; \(NumberText.integer(record.disturbedCount)) of them disturbed"
    }

    /// What tells the models' paths apart: the parts that are not common to all, without the suffix of the file.
    static func names(_ record: ProbeRecord) -> [String] {
        var paths = record.models.map { model -> [String] in
            var parts = model.name.split(separator: "/").map(String.init)
            if let last = parts.last, last.hasSuffix(".safetensors") {
                parts[parts.count - 1] = String(last.dropLast(".safetensors".count))
            }
            // The name of every model file in a run.
            if parts.count > 1, parts.last == "model" { parts.removeLast() }
            return parts
        }
        guard paths.count > 1 else { return [paths.first?.last ?? record.models.first?.name ?? ""] }
        while let part = paths[0].last, paths.allSatisfy({ $0.count > 1 && $0.last == part }) {
            paths = paths.map { Array($0.dropLast()) }
        }
        while let part = paths[0].first, paths.allSatisfy({ $0.count > 1 && $0.first == part }) {
            paths = paths.map { Array($0.dropFirst()) }
        }
        return paths.map { $0.joined(separator: "/") }
    }

    /// How uneven the classes of the images are.
    static func imbalance(_ record: ProbeRecord) -> ClassImbalance? {
        ClassImbalance(counts: record.models.first?.classes.map(\.count) ?? [])
    }

    /// Heads of ``scores(_:_:isWide:)``.
    static func scoreHeads(_ record: ProbeRecord, isWide: Bool) -> [String] {
        AccuracyWords.ordered(accuracy: "accuracy", balanced: "balanced", imbalance(record))
            + ["loss", "Brier", "calibration error"] + (isWide ? ["95 % interval", "by chance"] : []) + ["mean risk"]
    }

    /// - Parameter isWide: Whether there is room for intervals.
    static func scores(_ record: ProbeRecord, _ model: ProbeRecord.Model, isWide: Bool) -> [String] {
        let uncertainty = model.calibrationUncertainty
        return AccuracyWords.ordered(
            accuracy: NumberText.percent(model.accuracy) + (isWide ? bracketed(model.interval) : ""),
            balanced: NumberText.percent(model.balancedAccuracy) + (isWide ? bracketed(model.balancedInterval) : ""),
            imbalance(record))
            + [
                NumberText.decimal(model.loss, 4), NumberText.decimal(model.brierScore, 4),
                NumberText.percent(model.calibrationError),
            ]
            + (isWide
                ? [
                    uncertainty.map { range($0.interval) } ?? "–",
                    uncertainty.map { "\(NumberText.percent($0.byChance)), ≤ \(NumberText.percent($0.chanceLimit))" }
                        ?? "–",
                ] : []) + [NumberText.percent(model.riskArea)]
    }

    /// The intervals of a model's scores in one sentence, where there is no room for them in the table.
    static func intervals(_ name: String, _ model: ProbeRecord.Model) -> String {
        var parts = ["accuracy \(range(model.interval)) %"]
        if let interval = model.balancedInterval { parts.append("balanced \(range(interval)) %") }
        if let uncertainty = model.calibrationUncertainty {
            parts.append(
                "calibration error \(range(uncertainty.interval)) %, where " + CalibrationWords.chance(uncertainty))
        }
        return "\(name), 95 % intervals: " + parts.joined(separator: "; ") + "."
    }

    /// `82.4 – 85.6`
    private static func range(_ interval: Interval) -> String {
        "\(NumberText.decimal(100 * interval.lower, 1)) – \(NumberText.decimal(100 * interval.upper, 1))"
    }

    /// ` (82.4 – 85.6)`, empty without an interval.
    private static func bracketed(_ interval: Interval?) -> String { interval.map { " (\(range($0)))" } ?? "" }

    static func answers(_ choice: ProbeRecord.Abstaining) -> String {
        choice.point.map { "\(NumberText.percent($0.coverage)) above \(NumberText.decimal($0.threshold, 3))" } ?? "none"
    }

    /// The corruption's name; those beyond the fifteen in brackets.
    static func name(_ corruption: ProbeRecord.Corrupted) -> String {
        let words = corruption.name.split(separator: "-").joined(separator: " ")
        let name = words == "jpeg" ? "JPEG" : words.hasPrefix("gaussian") ? "G" + words.dropFirst() : words
        return corruption.isHeadline ? name : "(\(name))"
    }

    /// Which class is recognised least.
    static func worst(_ name: String, _ model: ProbeRecord.Model) -> String? {
        guard let worst = model.worstClass else { return nil }
        let corrupted = model.worstCorruptedClass.map {
            "; corrupted: \($0.name) (\(NumberText.percent($0.corruptedAccuracy)))"
        }
        return "Worst class of \(name): \(worst.name) (\(NumberText.percent(worst.accuracy)))\(corrupted ?? "")."
    }

    /// Indices of the classes that a terminal shows: all, or those that the first model recognises least, worst first.
    static func shownClasses(_ record: ProbeRecord) -> [Int] {
        guard record.classes.count > mostClasses, let first = record.models.first else {
            return Array(record.classes.indices)
        }
        let order = first.classes.indices.sorted {
            (first.classes[$0].accuracy ?? 2, $0) < (first.classes[$1].accuracy ?? 2, $1)
        }
        return Array(order.prefix(mostClasses))
    }
}
