// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusPixels
import OcellusPlan
import OcellusTensor

/// Draws what the models of one seed see and say.
///
/// Which images are shown is fixed by a rule, never chosen by hand: the first test image of each class as samples and
/// for the feature maps, the largest losses as mistakes.
struct PictureMaker {
    /// Classes that samples and feature maps show at most.
    private static let mostClasses = 10
    private static let mistakes = 12

    let models: [Classifier]
    let names: [String]
    let test: ImageSet
    /// Asked between pictures; what it throws ends the drawing.
    var check: () throws -> Void = {}

    func pictures(seed: UInt64) throws -> ComparisonRecord.Pictures {
        let logits = try models.map { model in
            try check()
            return try model.logits(of: test)
        }
        let labels = test.labels.map(Int.init)
        let chosen = firstOfEachClass
        func sample(_ index: Int) throws -> ComparisonRecord.Sample {
            ComparisonRecord.Sample(
                png: try ImageEncoder.png(test.image(at: index)), name: "test image \(index)", label: labels[index],
                predictions: logits.map { Self.prediction($0, index) })
        }
        return ComparisonRecord.Pictures(
            seed: seed, samples: try chosen.map(sample),
            worst: try logits.map { try Self.worst($0, labels).map(sample) },
            filters: try models.map { model in
                try check()
                return try FilterPictures(model: model, test: test).sheets()
            },
            featureMaps: try models.map { model in
                try check()
                return try FeatureMapPictures(model: model).sheets(of: test, at: chosen)
            },
            shifts: try zip(models, names).map { try ShiftCurves.curve($0, name: $1, test: test, check: check) })
    }

    /// The first test image of each class, in class order.
    private var firstOfEachClass: [Int] {
        test.classes.indices.prefix(Self.mostClasses).compactMap { label in
            test.labels.firstIndex { Int($0) == label }
        }
    }

    private static func prediction(_ logits: Tensor<Float>, _ index: Int) -> ComparisonRecord.Prediction {
        let classes = logits.shape[1]
        let probabilities = softmax(logits.scalars[index * classes..<(index + 1) * classes])
        var best = 0
        for label in probabilities.indices where probabilities[label] > probabilities[best] { best = label }
        return ComparisonRecord.Prediction(label: best, probability: probabilities[best])
    }

    /// The wrongly classified images of largest loss, largest first; fewer when there are fewer mistakes.
    private static func worst(_ logits: Tensor<Float>, _ labels: [Int]) throws -> [Int] {
        let losses = try negativeLogLikelihoods(logits: logits, labels: labels)
        let predicted = try predictions(logits: logits)
        let wrong = labels.indices.filter { predicted[$0] != labels[$0] }
        return Array(wrong.sorted { (losses[$1], $0) < (losses[$0], $1) }.prefix(mistakes))
    }
}
