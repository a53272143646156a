// SPDX-License-Identifier: Apache-2.0

package import OcellusFiles
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusTensor
import OcellusTraining

// What records and cells that come from files must fulfil so that text and page can be made from them: every list has the
// entries that others count on, every class and network that is named by its position exists.

extension NumberOutOfRange {
    /// Most images of a set: those of a million epochs can still be counted.
    fileprivate static let images = 1 << 40

    /// Checks each element, and says which one it was.
    fileprivate static func each<Element>(
        _ name: String, _ elements: [Element], _ check: (Element) throws(NumberOutOfRange) -> Void
    ) throws(NumberOutOfRange) {
        for (index, element) in elements.enumerated() {
            do { try check(element) } catch { throw error.inside("\(name)[\(index)]") }
        }
    }

    /// A shape whose elements are counted when it is written.
    fileprivate static func countable(_ name: String, _ shape: Shape) throws(NumberOutOfRange) {
        guard shape.checkedCount == nil else { return }
        throw NumberOutOfRange(name: name, needs: "sizes whose product is a number", received: "\(shape)")
    }

    fileprivate static func image(_ name: String, _ shape: Shape) throws(NumberOutOfRange) {
        try check(name, count: shape.rank, as: 3)
        for size in shape.dimensions { try check(name, size, in: 1...1 << 20) }
    }
}

extension ComparisonRecord: CheckedNumbers {
    package func checkNumbers() throws(NumberOutOfRange) {
        do { try data.checkNumbers() } catch { throw error.inside("data") }
        try NumberOutOfRange.check("networks.count", networks.count, in: 1...1 << 20)
        try NumberOutOfRange.each("networks", networks) { (network) throws(NumberOutOfRange) in
            try network.check(classes: data.classes.count)
        }
        try NumberOutOfRange.check("match.costs", count: match.costs.count, as: networks.count)
        try NumberOutOfRange.each("match.costs", match.costs) { (cost) throws(NumberOutOfRange) in
            for (name, number) in [
                ("parameters", cost.parameters), ("multiplyAdds", cost.multiplyAdds), ("trials", cost.trials),
            ] { try NumberOutOfRange.check(name, number, in: 0...NumberOutOfRange.largest) }
            for (name, number) in [("epochs", cost.epochs), ("imagesSeen", cost.imagesSeen)] {
                try NumberOutOfRange.check(name, number, in: 0...Double(NumberOutOfRange.largest))
            }
        }
        for (name, number) in [
            ("testReadings", testReadings), ("plan.trainingsPlanned", plan.trainingsPlanned),
            ("plan.trainingsFinished", plan.trainingsFinished),
        ] { try NumberOutOfRange.check(name, number, in: 0...NumberOutOfRange.largest) }
        try NumberOutOfRange.each("pairs", pairs) { (pair) throws(NumberOutOfRange) in
            try NumberOutOfRange.check("onlyFirstCorrect", counts: [pair.onlyFirstCorrect])
            try NumberOutOfRange.check("onlySecondCorrect", counts: [pair.onlySecondCorrect])
        }
        do {
            try pictures?.check(networks: networks.count, classes: data.classes.count)
        } catch { throw error.inside("pictures") }
    }
}

extension ModelRecord: CheckedNumbers {
    package func checkNumbers() throws(NumberOutOfRange) {
        do { try NumberOutOfRange.image("shape", data.shape) } catch { throw error.inside("data") }
        let classes = data.classes.count
        try NumberOutOfRange.check("data.classes.count", classes, in: 1...1 << 16)
        try NumberOutOfRange.check("scores.count", scores.count, in: 1...1 << 10)
        try NumberOutOfRange.each("scores", scores) { (score) throws(NumberOutOfRange) in
            try NumberOutOfRange.check("evaluation.classes", count: score.evaluation.classes.count, as: classes)
            try NumberOutOfRange.check("evaluation.confusion", count: score.evaluation.confusion.classes, as: classes)
            try NumberOutOfRange.check("evaluation.count", score.evaluation.count, in: 1...NumberOutOfRange.images)
        }
        if let training {
            do { try training.configuration.checkNumbers() } catch { throw error.inside("training.configuration") }
            try NumberOutOfRange.each("training.history", training.history) { (epoch) throws(NumberOutOfRange) in
                try NumberOutOfRange.check("epoch", epoch.epoch, in: 1...NumberOutOfRange.largest)
            }
        }
        try NumberOutOfRange.check("network.rows.parameters", counts: network.rows.map(\.parameters))
        try NumberOutOfRange.check("network.rows.multiplyAdds", counts: network.rows.map(\.multiplyAdds))
        for count in data.parts.map(\.count) {
            try NumberOutOfRange.check("data.parts.count", count, in: 0...NumberOutOfRange.images)
        }
        try NumberOutOfRange.each("mistakes.shown", mistakes?.shown ?? []) { (mistake) throws(NumberOutOfRange) in
            try NumberOutOfRange.check("label", position: mistake.label, in: classes)
            try NumberOutOfRange.check("answer", position: mistake.answer, in: classes)
            for side in [mistake.width, mistake.height] { try NumberOutOfRange.check("side", side, in: 1...1 << 16) }
        }
    }
}

extension ComparisonRecord.DataDescription: CheckedNumbers {
    package func checkNumbers() throws(NumberOutOfRange) {
        try NumberOutOfRange.image("shape", shape)
        try NumberOutOfRange.check("testCounts", count: testCounts.count, as: classes.count)
        try NumberOutOfRange.check("testCounts", counts: testCounts)
        for (name, count) in [
            ("trainCount", trainCount), ("validationCount", validationCount), ("testCount", testCount),
        ] { try NumberOutOfRange.check(name, count, in: 0...NumberOutOfRange.images) }
        if let imbalance {
            try NumberOutOfRange.check("imbalance.largestClass", position: imbalance.largestClass, in: classes.count)
        }
    }
}

extension ComparisonRecord.NetworkRecord {
    fileprivate func check(classes: Int) throws(NumberOutOfRange) {
        do { try configuration.checkNumbers() } catch { throw error.inside("configuration") }
        for (name, counts) in [
            ("summary.rows.parameters", summary.rows.map(\.parameters)),
            ("summary.rows.multiplyAdds", summary.rows.map(\.multiplyAdds)),
            ("summary.rows.activationBytes", summary.rows.map(\.activationBytes)),
        ] { try NumberOutOfRange.check(name, counts: counts) }
        try NumberOutOfRange.each("runs", runs) { (run) throws(NumberOutOfRange) in try run.check(classes: classes) }
        try NumberOutOfRange.check("accuracy.points", count: accuracy.points.count, as: runs.count)
        try NumberOutOfRange.check("balancedAccuracy.points", count: balancedAccuracy.points.count, as: runs.count)
        try NumberOutOfRange.each("atPhotoSizes", atPhotoSizes) { (cost) throws(NumberOutOfRange) in
            try NumberOutOfRange.image("input", cost.input)
            try NumberOutOfRange.check("parameters", counts: [cost.parameters])
            try NumberOutOfRange.check("multiplyAdds", counts: [cost.multiplyAdds])
        }
    }
}

extension ComparisonRecord.RunRecord {
    /// - Parameter classes: Of the images; `nil` for as many as the confusion matrix has.
    fileprivate func check(classes: Int?) throws(NumberOutOfRange) {
        try NumberOutOfRange.check("history.count", history.count, in: 1...NumberOutOfRange.largest)
        try NumberOutOfRange.each("history", history) { (epoch) throws(NumberOutOfRange) in
            try NumberOutOfRange.check("epoch", epoch.epoch, in: 1...NumberOutOfRange.largest)
        }
        try NumberOutOfRange.check("testCount", testCount, in: 1...NumberOutOfRange.largest)
        try NumberOutOfRange.check("testCorrect", testCorrect, in: 0...testCount)
        if let classes { try NumberOutOfRange.check("confusion.counts", count: confusion.classes, as: classes) }
    }
}

extension ComparisonRecord.Pictures {
    fileprivate func check(networks: Int, classes: Int) throws(NumberOutOfRange) {
        func check(_ sample: ComparisonRecord.Sample, predictions: Int) throws(NumberOutOfRange) {
            try NumberOutOfRange.check("label", position: sample.label, in: classes)
            try NumberOutOfRange.check("predictions", count: sample.predictions.count, as: predictions)
            for prediction in sample.predictions {
                try NumberOutOfRange.check("predictions.label", position: prediction.label, in: classes)
            }
        }
        try NumberOutOfRange.each("samples", samples) { (sample) throws(NumberOutOfRange) in
            try check(sample, predictions: networks)
        }
        for (name, count) in [
            ("worst", worst.count), ("filters", filters.count), ("featureMaps", featureMaps.count),
        ] { try NumberOutOfRange.check(name, count: count, as: networks) }
        try NumberOutOfRange.each("worst", worst) { (samples) throws(NumberOutOfRange) in
            try NumberOutOfRange.each("samples", samples) { (sample) throws(NumberOutOfRange) in
                try check(sample, predictions: networks)
            }
        }
        try NumberOutOfRange.each("featureMaps", featureMaps) { (sheets) throws(NumberOutOfRange) in
            for sheet in sheets {
                try NumberOutOfRange.check("label", position: sheet.label, in: classes)
                for layer in sheet.layers { try NumberOutOfRange.countable("layers.shape", layer.shape) }
            }
        }
        try NumberOutOfRange.each("shifts", shifts) { (curve) throws(NumberOutOfRange) in
            try NumberOutOfRange.check("accuracy", count: curve.accuracy.count, as: curve.shifts.count)
            try NumberOutOfRange.check("intervals", count: curve.intervals.count, as: curve.shifts.count)
        }
    }
}

extension ComparisonCell: CheckedNumbers {
    package func checkNumbers() throws(NumberOutOfRange) {
        do { try run.check(classes: nil) } catch { throw error.inside("run") }
        do { try configuration.checkNumbers() } catch { throw error.inside("configuration") }
        try NumberOutOfRange.check("predictions", count: predictions.count, as: run.testCount)
        for prediction in predictions {
            try NumberOutOfRange.check("predictions", position: prediction, in: run.confusion.classes)
        }
        try NumberOutOfRange.check("trainCount", trainCount, in: 1...NumberOutOfRange.images)
        try NumberOutOfRange.check("validationCount", validationCount, in: 0...NumberOutOfRange.images)
        try NumberOutOfRange.check("memory", memory, in: 0...NumberOutOfRange.largest)
    }
}

extension ComparisonResult: CheckedNumbers {
    package func checkNumbers() throws(NumberOutOfRange) {
        if case .cell(let cell) = self { try cell.checkNumbers() }
    }
}

extension EvidenceRecord: CheckedNumbers {
    package func checkNumbers() throws(NumberOutOfRange) {
        do { try data.checkNumbers() } catch { throw error.inside("data") }
        try NumberOutOfRange.each("claims", claims) { (claim) throws(NumberOutOfRange) in try claim.checkNumbers() }
    }
}

extension ClaimRecord: CheckedNumbers {
    package func checkNumbers() throws(NumberOutOfRange) {
        try NumberOutOfRange.each("figures", figures) { (figure) throws(NumberOutOfRange) in
            let count = figure.places.count
            try NumberOutOfRange.each("curves", figure.curves) { (curve) throws(NumberOutOfRange) in
                try NumberOutOfRange.check("series", curve.series, in: 0...1 << 20)
                try NumberOutOfRange.check("values", count: curve.values.count, as: count)
                if let spread = curve.spread { try NumberOutOfRange.check("spread", count: spread.count, as: count) }
            }
            try NumberOutOfRange.each("maps", figure.maps) { (map) throws(NumberOutOfRange) in
                try NumberOutOfRange.check("values", count: map.values.count, as: count)
                for row in map.values { try NumberOutOfRange.check("values", count: row.count, as: count) }
            }
        }
        try NumberOutOfRange.each("tables", tables) { (table) throws(NumberOutOfRange) in
            try NumberOutOfRange.each("rows", table.rows) { (row) throws(NumberOutOfRange) in
                try NumberOutOfRange.check("values", count: row.values.count, as: table.columns.count)
            }
        }
    }
}

extension CellFile: CheckedNumbers {
    package func checkNumbers() throws(NumberOutOfRange) {
        do { try result.checkNumbers() } catch { throw error.inside("result") }
    }
}

extension CellResult: CheckedNumbers {
    package func checkNumbers() throws(NumberOutOfRange) {
        func table(_ name: String, _ rows: [[Double]], _ count: Int) throws(NumberOutOfRange) {
            try NumberOutOfRange.check(name, count: rows.count, as: count)
            for row in rows { try NumberOutOfRange.check(name, count: row.count, as: count) }
        }
        switch self {
        case .training(let result):
            try NumberOutOfRange.check("testCount", result.testCount, in: 1...NumberOutOfRange.largest)
            try NumberOutOfRange.check("testCorrect", result.testCorrect, in: 0...result.testCount)
            try NumberOutOfRange.check("trainScored", result.trainScored, in: 1...NumberOutOfRange.largest)
            try NumberOutOfRange.check("trainCorrect", result.trainCorrect, in: 0...result.trainScored)
            try NumberOutOfRange.check("trainCount", counts: [result.trainCount])
            try NumberOutOfRange.check("steps", counts: [result.steps])
        case .shift(let result):
            try table("accuracy", result.accuracy, result.shifts.count)
            try table("consistency", result.consistency, result.shifts.count)
            // Only the first seed is probed with reflected borders.
            if !result.reflected.isEmpty {
                try NumberOutOfRange.check("reflected", count: result.reflected.count, as: result.shifts.count)
            }
            try NumberOutOfRange.check("count", counts: [result.count])
        case .warp(let result):
            try NumberOutOfRange.check("byAngle", count: result.byAngle.count, as: result.angles.count)
            try NumberOutOfRange.check("byFactor", count: result.byFactor.count, as: result.factors.count)
            try NumberOutOfRange.check("count", counts: [result.count])
        case .equivariance(let result):
            try NumberOutOfRange.each("layers", result.layers) { (layer) throws(NumberOutOfRange) in
                try NumberOutOfRange.check("stride", layer.stride, in: 1...1 << 20)
                try NumberOutOfRange.check("differences", count: layer.differences.count, as: result.shifts.count)
            }
        case .filters(let result):
            try NumberOutOfRange.check("filters", counts: [result.filters])
            try NumberOutOfRange.check("maps", counts: [result.maps])
        case .exchange(let result):
            try NumberOutOfRange.check("steps", counts: [result.steps])
            try NumberOutOfRange.check("count", counts: [result.count])
        case .timing(let result):
            try NumberOutOfRange.check("parameters", counts: [result.parameters])
            try NumberOutOfRange.check("multiplyAdds", counts: [result.multiplyAdds])
        case .linearity, .failed: break
        }
    }
}
