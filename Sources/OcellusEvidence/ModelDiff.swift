// SPDX-License-Identifier: Apache-2.0

package import OcellusData
package import OcellusInference
package import OcellusMetrics
import OcellusTensor

/// What changed between two models, image by image, on the same labelled images.
///
/// Answers are the most probable classes, also where a model would say that it does not know.
package struct ModelDiff: Encodable, Sendable {
    /// An image that one of the models gets right and the other does not.
    package struct Change: Encodable, Sendable, Hashable {
        /// Its file, or its place in the set.
        package var image: String
        /// Class names: the label and the two answers.
        package var label: String
        package var first: String
        package var second: String
        /// Place among the images, from 0.
        package var index: Int
    }

    /// A class with its images that changed sides.
    package struct ClassChange: Encodable, Sendable, Hashable {
        package var name: String
        package var images: Int
        package var lost: Int
        package var gained: Int
        /// McNemar's exact p-value, corrected for the number of classes (Holm).
        package var pValue: Double
    }

    package var count: Int
    package var firstCorrect: Int
    package var secondCorrect: Int
    /// Right before and wrong now, in the images' order.
    package var lost: [Change]
    /// Wrong before and right now.
    package var gained: [Change]
    /// Wrong in both, with another answer.
    package var otherwiseWrong: Int
    /// Of the accuracies, second minus first.
    package var difference: Double
    /// 95 %, over images.
    package var interval: Interval
    /// McNemar's exact test, two-sided.
    package var pValue: Double
    /// Those that have images.
    package var classes: [ClassChange]

    /// p-values below this show a difference.
    package static let level = 0.05

    package var isBetter: Bool { pValue < Self.level && difference > 0 }
    package var isWorse: Bool { pValue < Self.level && difference < 0 }

    /// - Parameters:
    ///   - first: The model before, and the images as it takes them.
    ///   - second: The model after, and the same images as it takes them.
    /// - Throws: ``EvidenceError/Code/differentData`` unless both are the same images; ``InferenceError`` where a model does not know
    ///   a class of the images or gives no number.
    package init(
        first: (model: Classifier, images: ImageSet), second: (model: Classifier, images: ImageSet)
    ) throws {
        let (images, others) = (first.images, second.images)
        func labels(_ set: ImageSet) -> [String] { set.labels.map { set.classes[Int($0)] } }
        let (names, truth) = (images.names, labels(images))
        guard names == others.names, truth == labels(others) else {
            throw EvidenceError(
                .differentData, "the two models would not be asked about the same images.",
                needs: "the same images with the same labels", received: "\(images.count) and \(others.count) images",
                because: "one of them was trained on a part of them, which is held back",
                advice: "a folder of images that neither was trained on")
        }
        let before = try Self.answers(first.model, images)
        let after = try Self.answers(second.model, others)
        count = images.count
        (lost, gained, otherwiseWrong) = ([], [], 0)
        for index in names.indices {
            let change = Change(
                image: names[index], label: truth[index], first: before[index], second: after[index], index: index)
            switch (before[index] == truth[index], after[index] == truth[index]) {
            case (true, false): lost.append(change)
            case (false, true): gained.append(change)
            case (false, false): otherwiseWrong += before[index] == after[index] ? 0 : 1
            case (true, true): break
            }
        }
        firstCorrect = zip(before, truth).count { $0 == $1 }
        secondCorrect = firstCorrect - lost.count + gained.count
        difference = Double(gained.count - lost.count) / Double(count)
        interval = try pairedShareInterval(onlyFirst: lost.count, onlySecond: gained.count, of: count)
        pValue = McNemarTest(onlyFirstCorrect: lost.count, onlySecondCorrect: gained.count).exactPValue
        classes = try Self.classChanges(of: images.classes, truth, lost, gained)
    }

    /// Of the classes that have images.
    private static func classChanges(
        of names: [String], _ truth: [String], _ lost: [Change], _ gained: [Change]
    ) throws -> [ClassChange] {
        var changes: [ClassChange] = []
        for name in names {
            let images = truth.count { $0 == name }
            guard images > 0 else { continue }
            let (lost, gained) = (lost.count { $0.label == name }, gained.count { $0.label == name })
            changes.append(
                ClassChange(
                    name: name, images: images, lost: lost, gained: gained,
                    pValue: McNemarTest(onlyFirstCorrect: lost, onlySecondCorrect: gained).exactPValue))
        }
        for (index, corrected) in try holmAdjusted(changes.map(\.pValue)).enumerated() {
            changes[index].pValue = corrected
        }
        return changes
    }

    /// - Throws: ``InferenceError`` where the model does not know a class of the images, or gives no number.
    private static func answers(_ model: Classifier, _ images: ImageSet) throws -> [String] {
        let images = try model.relabelled(images)
        return try predictions(logits: try model.logits(of: images)).map { model.classes[$0] }
    }
}
