// SPDX-License-Identifier: Apache-2.0

import OcellusEvidence
import OcellusMetrics

/// Draws a probe: every figure has all models.
struct ProbeFigures {
    let record: ProbeRecord
    let names: [String]

    init(_ record: ProbeRecord) {
        self.record = record
        names = ProbeWords.names(record)
    }

    private var models: [ProbeRecord.Model] { record.models }

    // MARK: Curves

    func movement() -> [Figure] {
        guard let first = models.first else { return [] }
        let shifts = first.shifts.map(Double.init)
        let shiftAxis = Axis.integers(
            "shift, pixels", first.shifts.first ?? 0, first.shifts.last ?? 1, count: 7)
        let angles = first.angles
        let angleAxis = Axis(
            lower: angles.min() ?? -180, upper: max(angles.max() ?? 180, (angles.min() ?? -180) + 1),
            ticks: angles.filter { $0.remainder(dividingBy: 90) == 0 }.map {
                .init(value: $0, label: NumberText.decimal($0, 0))
            }, title: "angle, degrees")
        let factors = first.factors
        let smallest = max(1e-3, factors.min() ?? 0.5)
        let sizes = Axis(
            scale: .logarithmic, lower: smallest, upper: max(factors.max() ?? 2, 1.01 * smallest),
            ticks: Self.apart(factors).map { .init(value: $0, label: NumberText.significant($0)) },
            title: "size, times")
        return [
            curves(
                "shift", "Accuracy by shift", shiftAxis, "accuracy, %", shifts, models.map(\.shiftAccuracy), unit: "px",
                caption: "Whole pixels along one axis, mean over both, vacated pixels black: nothing is interpolated."),
            curves(
                "consistency", "Same class as unshifted", shiftAxis, "share, %", shifts, models.map(\.shiftConsistency),
                unit: "px", caption: "Share of the same shifted images that keep their answer, right or wrong."),
            curves(
                "angle", "Accuracy by angle", angleAxis, "accuracy, %", angles, models.map(\.angleAccuracy),
                unit: "°",
                caption: "Turned about the centre, counter-clockwise, bilinear, black beyond the border."),
            curves(
                "size", "Accuracy by size", sizes, "accuracy, %", factors, models.map(\.factorAccuracy), unit: "times",
                caption: "Enlarged or shrunk about the centre, bilinear; the axis is logarithmic."),
        ]
    }

    /// The factors whose labels do not touch, 1 among them.
    private static func apart(_ factors: [Double]) -> [Double] {
        factors.filter { $0 > 0 }.reduce(into: [Double]()) { kept, factor in
            if let last = kept.last, factor / last < 1.24 {
                if factor == 1 { kept[kept.count - 1] = factor }
                return
            }
            kept.append(factor)
        }
    }

    private func curves(
        _ id: String, _ heading: String, _ x: Axis, _ title: String, _ places: [Double], _ values: [[Double]],
        unit: String, caption: String
    ) -> Figure {
        var frame = Frame(
            x: x, y: .percent(title, covering: values.flatMap { $0 }), rightMargin: Frame.labelMargin(names))
        var ends: [(text: String, series: Int, y: Double)] = []
        var words: [String] = []
        for (series, course) in values.enumerated() {
            let points = Array(zip(places, course))
            frame.line(points, "validation s\(series % 6)", title: names[series])
            for (place, value) in points {
                frame.marker(
                    series, place, value, radius: 3,
                    title: "\(names[series]), \(NumberText.significant(place)) \(unit): \(NumberText.percent(value))")
            }
            ends.append((names[series], series, course.last ?? .nan))
            if let low = course.min(), let high = course.max() {
                words.append("\(names[series]) between \(NumberText.percent(low)) and \(NumberText.percent(high))")
            }
        }
        frame.endLabels(ends)
        return Figure(
            svg: frame.svg.element(id: id, title: heading, description: words.joined(separator: "; ") + "."),
            heading: heading, caption: caption)
    }

    // MARK: Corruptions

    /// One small plot for each corruption, all on one scale.
    func corruptions() -> [Figure] {
        guard let first = models.first, !first.corruptions.isEmpty else { return [] }
        let all = models.flatMap { [$0.undisturbedAccuracy] + $0.corruptions.flatMap(\.accuracy) }
        let y = Axis.percent("", covering: all + [0], count: 3)
        return first.corruptions.indices.map { index in
            let name = ProbeWords.name(first.corruptions[index])
            var frame = SmallFrame(y: y)
            var words: [String] = []
            for (series, model) in models.enumerated() {
                let course = [model.undisturbedAccuracy] + model.corruptions[index].accuracy
                frame.course(series, course) { severity, value in
                    "\(names[series]), severity \(severity): \(NumberText.percent(value))"
                }
                words.append(
                    "\(names[series]) from \(NumberText.percent(course[0])) to \(NumberText.percent(course.last))")
            }
            return Figure(
                svg: frame.svg.element(
                    id: "corruption-\(first.corruptions[index].name)", title: "Accuracy by severity of \(name)",
                    description: words.joined(separator: "; ") + "."), heading: name, caption: "")
        }
    }

    // MARK: Probabilities

    func reliability() -> Figure {
        let axis = Axis.percent("probability that the model gives, %", covering: [0, 1], count: 6)
        var frame = Frame(x: axis, y: .percent("right, %", covering: [0, 1], count: 6))
        frame.line([(0, 0), (1, 1)], "grid")
        var words: [String] = []
        for (series, model) in models.enumerated() {
            let bins = model.reliability.bins
            frame.band(
                bins.map(\.meanScore), lower: bins.map(\.interval.lower), upper: bins.map(\.interval.upper),
                "band s\(series % 6)")
            frame.line(bins.map { ($0.meanScore, $0.accuracy) }, "validation s\(series % 6)", title: names[series])
            for bin in bins {
                frame.marker(
                    series, bin.meanScore, bin.accuracy, radius: 3,
                    title: "\(names[series]): \(counted(bin.count, "image")) of \(NumberText.percent(bin.meanScore)), "
                        + "\(NumberText.percent(bin.accuracy)) right")
            }
            words.append("\(names[series]) is off by \(NumberText.percent(model.calibrationError)) on the mean")
        }
        return Figure(
            svg: frame.svg.element(
                id: "reliability", title: "How often the model is right against its probability",
                description: words.joined(separator: "; ") + "."), heading: "Reliability",
            caption:
                "15 bins of equal width; on the diagonal a probability means what it says, below it the model is too "
                + "sure. Bands are 95 % intervals of each bin: few images make them wide.")
    }

    func risk() -> Figure {
        let points = models.map(\.riskCoverage)
        var frame = Frame(
            x: .percent("images answered, surest first, %", covering: [0, 1], count: 6),
            y: .percent("wrong among them, %", covering: points.flatMap { $0.map(\.risk) } + [0]),
            rightMargin: Frame.labelMargin(names))
        var ends: [(text: String, series: Int, y: Double)] = []
        var words: [String] = []
        for (series, course) in points.enumerated() {
            frame.line(course.map { ($0.coverage, $0.risk) }, "validation s\(series % 6)", title: names[series])
            ends.append((names[series], series, course.last?.risk ?? .nan))
            words.append("\(names[series]) \(NumberText.percent(models[series].riskArea)) on the mean")
        }
        frame.endLabels(ends)
        return Figure(
            svg: frame.svg.element(
                id: "risk", title: "Error among the answered images", description: words.joined(separator: "; ") + "."),
            heading: "Risk by coverage",
            caption:
                "What is gained by leaving out the images that the model is least sure of. The left end has few images."
        )
    }
}

/// A plot of severities 0 to 5 that is small enough to stand beside many others.
private struct SmallFrame {
    var svg = SVG(width: 210, height: 132)
    private let y: Axis
    private let left = 34.0
    private let right = 204.0
    private let top = 8.0
    private let bottom = 108.0

    init(y: Axis) {
        self.y = y
        for tick in y.ticks {
            svg.line(left, place(tick.value), right, place(tick.value), "grid")
            svg.text(tick.label, left - 6, place(tick.value) + 4.5, .end)
        }
        for severity in 0...5 { svg.text("\(severity)", column(severity), bottom + 18, .middle) }
        svg.line(left, bottom, right, bottom, "axis")
    }

    private func column(_ severity: Int) -> Double { left + 8 + (right - left - 16) * Double(severity) / 5 }
    private func place(_ value: Double) -> Double { bottom - (bottom - top) * y.position(value) }

    mutating func course(_ series: Int, _ values: [Double], title: (Int, Double) -> String) {
        svg.polyline(
            values.enumerated().map { (column($0.offset), place($0.element)) }, "validation s\(series % 6)")
        for (severity, value) in values.enumerated() {
            svg.marker(series, column(severity), place(value), radius: 2.6, title: title(severity, value))
        }
    }
}
