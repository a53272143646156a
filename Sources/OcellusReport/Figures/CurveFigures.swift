// SPDX-License-Identifier: Apache-2.0

import OcellusEvidence
import OcellusMetrics
import OcellusTensor
import OcellusTraining

/// A drawing with what belongs to it.
struct Figure {
    var svg: Markup
    var heading: String
    var caption: String
}

/// A network and its trainings, as training curves show them.
struct TrainingCourse {
    struct Run {
        var seed: UInt64
        var history: [EpochRecord]
        /// Whose weights were tested, 1-based.
        var testedEpoch: Int
    }

    var name: String
    var runs: [Run]
}

/// Loss and accuracy over epochs.
struct TrainingCurves {
    let courses: [TrainingCourse]
    /// Labels at the ends of lines say which images they are of, not whose they are: for a single training.
    var areLabelledByImages = false

    private var hasSeveralSeeds: Bool { courses.contains { $0.runs.count > 1 } }

    private var hasValidation: Bool {
        courses.contains { $0.runs.contains { $0.history.contains { $0.validationLoss != nil } } }
    }

    /// Empty without any epoch.
    func figures() -> [Figure] {
        let epochs = courses.flatMap(\.runs).map(\.history.count).max() ?? 0
        guard epochs > 0 else { return [] }
        let lines =
            hasValidation
            ? "Solid: validation images after each epoch. Dashed: training images, averaged while the weights change. "
            : "Dashed: training images, averaged while the weights change; no image was held out for validation. "
        let spread =
            hasSeveralSeeds
            ? "Thin lines are single seeds, thick ones their mean over the epochs that all seeds reached. " : ""
        let marks =
            epochs == 1
            ? "A training of one epoch is a mark."
            : hasValidation ? "Marks stand at the epoch whose weights were tested." : ""
        let loss = curves(
            epochs, "curve-loss", "Cross-entropy", { $0.trainLoss }, { $0.validationLoss },
            axis: { .linear("cross-entropy, nats", covering: $0 + [0]) })
        let accuracy = curves(
            epochs, "curve-accuracy", "Accuracy", { $0.trainAccuracy }, { $0.validationAccuracy },
            axis: { .percent("accuracy, %", covering: $0) })
        return [
            Figure(svg: loss, heading: "Cross-entropy by epoch", caption: lines + spread + marks),
            Figure(
                svg: accuracy, heading: "Accuracy by epoch",
                caption: "The same trainings, as the share of images classified correctly."),
        ]
    }

    private func curves(
        _ epochs: Int, _ id: String, _ name: String, _ train: @escaping (EpochRecord) -> Double?,
        _ validation: @escaping (EpochRecord) -> Double?, axis: ([Double]) -> Axis
    ) -> Markup {
        let all = courses.flatMap(\.runs).flatMap(\.history).flatMap { [train($0), validation($0)] }.compactMap { $0 }
        var frame = Frame(x: .integers("epoch", 1, epochs), y: axis(all), rightMargin: areLabelledByImages ? 92 : 78)
        var ends: [(text: String, series: Int, y: Double)] = []
        var words: [String] = []
        for (series, network) in courses.enumerated() {
            for (kind, value) in [("train", train), ("validation", validation)] {
                let courses = network.runs.map { run in
                    run.history.compactMap { epoch in value(epoch).map { (Double(epoch.epoch), $0) } }
                }.filter { !$0.isEmpty }
                guard !courses.isEmpty else { continue }
                // A line needs two points.
                for course in courses where course.count == 1 {
                    frame.marker(
                        series, course[0].0, course[0].1, radius: 3.2,
                        title: "\(network.name), \(kind): \(NumberText.significant(course[0].1))")
                }
                if courses.count > 1 { for course in courses { frame.line(course, "\(kind) thin s\(series % 6)") } }
                let shared = courses.map(\.count).min() ?? 0
                let means = (0..<shared).map { epoch in
                    (courses[0][epoch].0, mean(courses.map { $0[epoch].1 }) ?? .nan)
                }
                frame.line(means, "\(kind) s\(series % 6)", title: "\(network.name), \(kind), mean over seeds")
                if let last = means.last {
                    if areLabelledByImages {
                        ends.append((kind == "train" ? "training" : kind, series, last.1))
                    } else if kind == "validation" || !hasValidation {
                        ends.append((network.name, series, last.1))
                    }
                    words.append(
                        "\(network.name) \(kind) ends at \(NumberText.significant(last.1)) in epoch \(Int(last.0))")
                }
            }
            for run in network.runs {
                guard let tested = run.history.first(where: { $0.epoch == run.testedEpoch }),
                    let value = validation(tested)
                else { continue }
                frame.marker(
                    series, Double(tested.epoch), value, radius: 3.2,
                    title:
                        "\(network.name), seed \(run.seed): epoch \(tested.epoch) tested, \(NumberText.significant(value))"
                )
            }
        }
        frame.endLabels(ends)
        return frame.svg.element(
            id: id, title: "\(name) by epoch", description: words.joined(separator: "; ") + ".")
    }
}

extension Findings {
    /// Loss and accuracy over epochs; empty without any epoch.
    func trainingCurves() -> [Figure] {
        TrainingCurves(
            courses: record.networks.map { network in
                TrainingCourse(
                    name: network.name,
                    runs: network.runs.map {
                        .init(seed: $0.seed, history: $0.history, testedEpoch: $0.testedEpoch)
                    })
            }
        ).figures()
    }

    /// Accuracy against the shift of the test images; `nil` where it was not measured.
    func shiftCurves() -> Figure? {
        guard let pictures = record.pictures, !pictures.shifts.isEmpty else { return nil }
        let curves = pictures.shifts
        let shifts = curves.flatMap(\.shifts)
        guard let first = shifts.min(), let last = shifts.max(), first < last else { return nil }
        let values = curves.flatMap { $0.accuracy + $0.intervals.flatMap { [$0.lower, $0.upper] } }
        var frame = Frame(
            x: .integers("shift, pixels", first, last, count: 7), y: .percent("test accuracy, %", covering: values),
            rightMargin: 78)
        var ends: [(text: String, series: Int, y: Double)] = []
        var words: [String] = []
        for (position, curve) in curves.enumerated() {
            let series = record.networks.firstIndex { $0.name == curve.network } ?? position
            let places = curve.shifts.map(Double.init)
            frame.band(
                places, lower: curve.intervals.map(\.lower), upper: curve.intervals.map(\.upper), "band s\(series % 6)")
            frame.line(Array(zip(places, curve.accuracy)), "validation s\(series % 6)", title: curve.network)
            for (index, (shift, accuracy)) in zip(curve.shifts, curve.accuracy).enumerated() {
                let interval = curve.intervals.indices.contains(index) ? curve.intervals[index] : nil
                let range = interval.map {
                    ", 95 % interval \(NumberText.percent($0.lower)) to \(NumberText.percent($0.upper))"
                }
                frame.marker(
                    series, Double(shift), accuracy, radius: 3.2,
                    title: "\(curve.network), \(shift) px: \(NumberText.percent(accuracy))\(range ?? "")")
                if shift == first || shift == 0 || shift == last {
                    words.append("\(curve.network) \(NumberText.percent(accuracy)) at \(shift) px")
                }
            }
            ends.append((curve.network, series, curve.accuracy.last ?? .nan))
        }
        frame.endLabels(ends)
        return Figure(
            svg: frame.svg.element(
                id: "shift-curve", title: "Test accuracy against the shift of the test images",
                description: words.joined(separator: "; ") + "."),
            heading: "Test accuracy of shifted images",
            caption: "Seed \(pictures.seed). Mean over horizontal and vertical shifts by whole pixels, so nothing is "
                + "interpolated; pixels that become vacant are black. Bands are 95 % intervals over test images. "
                + "A flat curve would mean that position does not matter; tolerance to it is measured here, not guaranteed by any layer."
        )
    }

    /// Parameters against image size; `nil` without sizes.
    func sizeCurves() -> Figure? {
        let costs = record.networks.flatMap(\.atPhotoSizes)
        guard !costs.isEmpty else { return nil }
        let pixels: (ComparisonRecord.PhotoSizeCost) -> Double = {
            $0.input.rank == 3 ? Double($0.input[1]) * Double($0.input[2]) : 1
        }
        var frame = Frame(
            x: .logarithmic("pixels of the image", covering: costs.map(pixels), count: 5),
            y: .logarithmic("parameters", covering: costs.map { Double($0.parameters) }, count: 6),
            leftMargin: 66, rightMargin: 78)
        var ends: [(text: String, series: Int, y: Double)] = []
        var words: [String] = []
        for (series, network) in record.networks.enumerated() {
            let points = network.atPhotoSizes.sorted { pixels($0) < pixels($1) }
            frame.line(points.map { (pixels($0), Double($0.parameters)) }, "validation s\(series % 6)")
            for cost in points {
                let text =
                    "\(network.name) at \(NumberText.size(cost.input)): \(NumberText.integer(cost.parameters)) parameters"
                frame.marker(series, pixels(cost), Double(cost.parameters), title: text)
                words.append(text)
            }
            ends.append((network.name, series, points.last.map { Double($0.parameters) } ?? .nan))
        }
        frame.endLabels(ends)
        return Figure(
            svg: frame.svg.element(
                id: "size-curve", title: "Parameters against image size",
                description: words.joined(separator: "; ") + "."),
            heading: "Parameters by image size",
            caption: "Both axes are logarithmic. The same layers, computed and not trained.")
    }
}
