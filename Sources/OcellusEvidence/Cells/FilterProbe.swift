// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusData
import OcellusGraph
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTraining

/// What the filters of a model's first convolution detect.
enum FilterProbe {
    /// Training images that class means are taken over.
    private static let mostLearned = 2000

    /// Belongs on the thread of the model's device.
    ///
    /// - Parameters:
    ///   - drawn: The weights that training began with.
    ///   - train: Training images as the model saw them.
    ///   - isFirst: Whether the model is the one whose filters are drawn.
    ///   - withPictures: Whether parts of images may be drawn beside them.
    ///   - mayGoOn: Throws when the time is up.
    /// - Returns: `nil` for a network without a convolution.
    static func result(
        _ model: Classifier, drawn: Weights, train: ImageSet, test: ImageSet, isFirst: Bool, withPictures: Bool,
        mayGoOn: @escaping @Sendable () throws -> Void
    ) throws -> FilterResult? {
        let share = Double(min(mostLearned, train.count)) / Double(train.count)
        let learned = train.subset(TrainingImages.indices(train, share: share, seed: 0))
        let untrained = try model.replacing(weights: drawn)
        guard let responses = try responses(model, learned, test, mayGoOn),
            let before = try self.responses(untrained, learned, test, mayGoOn),
            let last = try self.responses(model, ofLast: true, learned, test, mayGoOn),
            let lastBefore = try self.responses(untrained, ofLast: true, learned, test, mayGoOn)
        else { return nil }
        func probed(_ responses: Responses) throws -> Double {
            try LinearProbe.accuracy(responses, learned.labels, test.labels, classes: test.classes.count)
        }
        let reader = ProbeReader(model: model, mayGoOn: mayGoOn)
        let accuracy = try reader.accuracy(test)
        func remaining(without filters: [Int]) throws -> Double {
            let silenced = try model.replacing(weights: silence(filters, responses.layer, in: model))
            return try ProbeReader(model: silenced, mayGoOn: mayGoOn).accuracy(test)
        }
        let filters = responses.filters
        let lost = try (0..<filters).map { accuracy - (try remaining(without: [$0])) }
        return FilterResult(
            layer: responses.layer, filters: filters, maps: responses.maps,
            trained: NearestMean.accuracy(responses, learned.labels, test.labels, classes: test.classes.count),
            drawn: NearestMean.accuracy(before, learned.labels, test.labels, classes: test.classes.count),
            chance: Double(test.classCounts.max() ?? 0) / Double(test.count), probed: try probed(last),
            probedDrawn: try probed(lastBefore), accuracy: accuracy,
            withoutHalf: try remaining(without: Array(stride(from: 0, to: filters, by: 2))), lostWithout: lost,
            sheet: isFirst ? try sheet(model, test, lost, withPictures: withPictures) : nil,
            featureMaps: isFirst && withPictures ? try featureMaps(model, test) : nil,
            count: test.count)
    }

    /// The strongest response of every filter to each image, wherever in the image that is.
    struct Responses {
        var layer: String
        var filters: Int
        var maps: Int
        /// `[image][filter]`
        var learned: [[Double]]
        var test: [[Double]]
    }

    private static func responses(
        _ model: Classifier, ofLast: Bool = false, _ learned: ImageSet, _ test: ImageSet,
        _ mayGoOn: @Sendable () throws -> Void
    ) throws -> Responses? {
        let reader = try ActivationReader(model, batchSize: 50)
        guard let first = ofLast ? reader.convolutions.last : reader.convolutions.first else { return nil }
        func strongest(_ images: ImageSet) throws -> [[Double]] {
            var all: [[Double]] = []
            for start in stride(from: 0, to: images.count, by: reader.plan.batchSize) {
                try mayGoOn()
                let indices = Array(start..<min(images.count, start + reader.plan.batchSize))
                try reader.run(images, indices)
                let maps = try reader.plan.tensor(first.output)
                let (count, size) = (maps.shape[1], maps.shape[2] * maps.shape[3])
                all += indices.indices.map { image in
                    (0..<count).map { filter in
                        let start = (image * count + filter) * size
                        return Double(maps.scalars[start..<start + size].max() ?? 0)
                    }
                }
            }
            return all
        }
        return Responses(
            layer: first.path, filters: first.convolution.outputChannels,
            maps: reader.plan.program[first.output].shape[1],
            learned: try strongest(learned), test: try strongest(test))
    }

    /// The model's weights with these filters and their biases at 0, so that their maps are 0 everywhere behind a ReLU.
    private static func silence(_ filters: [Int], _ layer: String, in model: Classifier) throws -> Weights {
        var weights = model.weights
        for (index, spec) in try model.network.parameters().enumerated()
        where spec.name == "\(layer).weight" || spec.name == "\(layer).bias" {
            let size = spec.shape.count / spec.shape[0]
            for filter in filters {
                for offset in filter * size..<(filter + 1) * size { weights.parameters[index].scalars[offset] = 0 }
            }
        }
        return weights
    }

    /// What the first layers make of the first image.
    private static func featureMaps(
        _ model: Classifier, _ test: ImageSet
    ) throws -> ComparisonRecord.FeatureMapSheet? {
        guard var sheet = try FeatureMapPictures(model: model).sheets(of: test, at: [0]).first else { return nil }
        sheet.layers = Array(sheet.layers.prefix(3))
        return sheet
    }

    private static func sheet(
        _ model: Classifier, _ test: ImageSet, _ lost: [Double], withPictures: Bool
    ) throws -> ComparisonRecord.FilterSheet? {
        guard var sheet = try FilterPictures(model: model, test: test).sheets(layers: 1).first else { return nil }
        for index in sheet.filters.indices {
            sheet.filters[index].accuracyLost = lost[index]
            if !withPictures { sheet.filters[index].patches = nil }
        }
        return sheet
    }
}

/// A linear classifier of the strongest responses: logistic regression with a slight penalty.
enum LinearProbe {
    /// The penalty λ; responses are standardised.
    private static let strength = 0.001
    private static let tolerance = 1e-4

    static func accuracy(
        _ responses: FilterProbe.Responses, _ learnedLabels: [UInt16], _ testLabels: [UInt16], classes: Int
    ) throws -> Double {
        guard let width = responses.learned.first?.count, width > 0, classes > 1 else { return 0 }
        func matrix(_ rows: [[Double]]) -> FeatureMatrix {
            FeatureMatrix(rows.flatMap { $0.map(Float.init) }, width: width)
        }
        let regression = LogisticRegression(
            matrix(responses.learned), rows: (0..<responses.learned.count).map(Int32.init),
            labels: learnedLabels.map(Int.init), classes: classes)
        let head = regression.head(regression.fit(strength: strength, tolerance: tolerance))
        let logits = head.logits(of: (0..<responses.test.count).map(Int32.init), in: matrix(responses.test))
        let correct = zip(try predictions(logits: logits), testLabels).count { $0 == Int($1) }
        return Double(correct) / Double(max(1, testLabels.count))
    }
}

/// A classifier that knows nothing but the mean responses of each class: the class of the nearest mean, every response in
/// units of its standard deviation.
enum NearestMean {
    static func accuracy(
        _ responses: FilterProbe.Responses, _ learnedLabels: [UInt16], _ testLabels: [UInt16], classes: Int
    ) -> Double {
        let filters = responses.filters
        let count = Double(responses.learned.count)
        let means = (0..<filters).map { filter in responses.learned.reduce(0) { $0 + $1[filter] } / count }
        let scales = (0..<filters).map { filter in
            let variance = responses.learned.reduce(0) {
                $0 + ($1[filter] - means[filter]) * ($1[filter] - means[filter])
            }
            // A filter that always responds alike tells nothing.
            return variance > 0 ? (count / variance).squareRoot() : 0
        }
        var sums = [[Double]](repeating: [Double](repeating: 0, count: filters), count: classes)
        var counts = [Double](repeating: 0, count: classes)
        for (response, label) in zip(responses.learned, learnedLabels) {
            counts[Int(label)] += 1
            for filter in 0..<filters {
                sums[Int(label)][filter] += (response[filter] - means[filter]) * scales[filter]
            }
        }
        let known = (0..<classes).filter { counts[$0] > 0 }
        var correct = 0
        for (response, label) in zip(responses.test, testLabels) {
            func distance(_ candidate: Int) -> Double {
                (0..<filters).reduce(0) { sum, filter in
                    let difference =
                        (response[filter] - means[filter]) * scales[filter]
                        - sums[candidate][filter] / counts[candidate]
                    return sum + difference * difference
                }
            }
            let nearest = known.map { ($0, distance($0)) }.min { $0.1 < $1.1 }
            if nearest?.0 == Int(label) { correct += 1 }
        }
        return Double(correct) / Double(max(1, testLabels.count))
    }
}
