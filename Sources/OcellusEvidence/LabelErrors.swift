// SPDX-License-Identifier: Apache-2.0

package import OcellusData
package import OcellusInference
package import OcellusMetrics
package import OcellusModel
package import OcellusPlan
import OcellusRuns
import OcellusTensor
package import OcellusTraining

/// Images whose labels are suspect, judged by networks that never trained on them.
package struct LabelErrors: Sendable {
    /// Images of all splits that were judged, in the order that ``issues`` counts.
    package var names: [String]
    package var classes: [String]
    /// The least probable label first.
    package var issues: [LabelIssue]
    /// What was judged and how, as sentences.
    package var notes: [String]
    /// SHA-256 of what each network trained on and judged, fold by fold; empty where a model judged.
    package var splitSha256: [String] = []

    /// Trains on all folds but one, for each of them, and judges the images of that one.
    ///
    /// The images of all splits are taken together. Images with the same pixels and images of one group lie in one fold.
    /// The last epoch's weights judge: no training sees the images that it will judge.
    ///
    /// - Parameters:
    ///   - names: Of the training, validation and test images.
    ///   - configuration: Its seed decides the folds too; its `result` and `patience` are ignored.
    ///   - folds: At least 2.
    ///   - events: Gets what happens in each training, with its number from 1.
    /// - Throws: ``DataError`` when the images do not allow the folds, ``ModelError``, ``TrainingError``,
    ///   `CancellationError`.
    package init(
        _ images: ImageDataset, names: (train: [String], validation: [String], test: [String]), network: Network,
        configuration: TrainingConfiguration, folds: Int, backend: any Backend,
        events: @escaping @Sendable (Int, TrainingEvent) -> Void = { _, _ in }
    ) async throws {
        let all = try ImageSet.joined([images.train] + (images.validation.map { [$0] } ?? []) + [images.test])
        var configuration = configuration
        configuration.result = .last
        configuration.patience = nil
        let maker = FoldMaker(
            images: all, name: images.name, fitting: images.fitting, network: network, configuration: configuration,
            folds: folds, groups: try all.groupsOfDuplicates ?? all.groups, backend: backend, events: events)
        let judged = try await CellRunner(maker, cells: maker.cells, in: nil).run().results
        var probabilities = [[Double]](repeating: [], count: all.count)
        for fold in maker.cells {
            guard let fold = judged[fold] else { continue }
            splitSha256.append(fold.splitSha256)
            for (position, row) in zip(fold.positions, fold.probabilities) { probabilities[position] = row }
        }
        // A class with fewer images than folds is unknown to some of the networks.
        let isJudged = all.classCounts.map { $0 >= folds }
        self.names = names.train + names.validation + names.test
        classes = all.classes
        issues = try labelIssues(
            probabilities: probabilities, labels: all.labels.map(Int.init), rule: .byClass, judged: isJudged)
        notes = [
            "labels of \(all.count) images were judged by \(folds) networks, each trained without the images that it judged "
                + "(seed \(configuration.seed))",
            Self.agreement(probabilities, all.labels.map(Int.init), suspected: issues.count),
        ]
        let few = zip(all.classes, isJudged).filter { !$0.1 }.map(\.0)
        if !few.isEmpty {
            notes.append("classes with fewer than \(folds) images were not judged: \(few.joined(separator: ", "))")
        }
    }

    /// Judges images by a model that never trained on them.
    ///
    /// Splits that are the model's own training images, by the SHA-256 in its record, are left out.
    ///
    /// - Throws: ``EvidenceError/Code/differentData`` when nothing else is there, ``InferenceError`` when images and model
    ///   do not fit.
    package init(
        _ images: ImageDataset, names: (train: [String], validation: [String], test: [String]), classifier: Classifier
    ) throws {
        let splits: [(name: String, set: ImageSet?, names: [String])] = [
            ("training", images.train, names.train), ("validation", images.validation, names.validation),
            ("test", images.test, names.test),
        ]
        let trained = classifier.record?.data.sha256
        let given = splits.compactMap { split in split.set.map { (split.name, $0, split.names) } }
        let others = try given.filter { try $0.1.sha256 != trained }
        guard !others.isEmpty else {
            throw EvidenceError(
                .differentData, "the model was trained on these images, so it cannot judge their labels.",
                needs: "images that it never trained on", received: "\(images.name), by the SHA-256 in the model",
                advice: "--label-errors without --model, which trains networks of its own")
        }
        let all = try others.map { try classifier.relabelled($0.1) }
        notes = others.map { "labels of \($0.1.count) \($0.0) images were judged by the model" }
        if others.count < given.count {
            notes.append("the model was trained on the training images, so their labels were not judged")
        } else if trained == nil {
            notes.append("the model does not say what it was trained on: images that it trained on look right to it")
        } else {
            notes.append(
                "the model was trained on other images, by their SHA-256; single images that it trained on cannot be told"
            )
        }
        let probabilities = try all.flatMap { try Self.probabilities(classifier, $0) }
        let labels = all.flatMap { $0.labels.map(Int.init) }
        self.names = others.flatMap { $0.2 }
        classes = classifier.classes
        issues = try labelIssues(probabilities: probabilities, labels: labels, rule: .byClass)
        notes.append(Self.agreement(probabilities, labels, suspected: issues.count))
    }

    /// How good the judges are, by the labels that they judge: their own mistakes are among the suspected.
    private static func agreement(_ probabilities: [[Double]], _ labels: [Int], suspected: Int) -> String {
        let agreed = zip(probabilities, labels).count { row, label in
            row.indices.contains(label) && row.allSatisfy { $0 <= row[label] }
        }
        let share = Double(agreed) / Double(max(1, labels.count))
        let percent = (1000 * share).rounded() / 10
        // Judges that are wrong about every fourth image and more do not know what they judge.
        let isWeak = share < 0.75
        return
            "they give \(percent) % of the images their label; of the \(labels.count - agreed) others \(suspected) are suspected, "
            + "the least probable label first" + (isWeak ? ": judges this weak suspect mostly their own mistakes" : "")
    }

    static func probabilities(_ classifier: Classifier, _ images: ImageSet) throws -> [[Double]] {
        let logits = try classifier.logits(of: images)
        let classes = classifier.classes.count
        return (0..<images.count).map { row in softmax(logits.scalars[row * classes..<(row + 1) * classes]) }
    }

    /// For the report of a check.
    package var findings: [CheckReport.Finding] {
        issues.map { issue in
            let label = CheckReport.Finding.Label(
                given: classes[issue.given], suggested: classes[issue.suggested], probability: issue.probability,
                givenProbability: issue.givenProbability, margin: issue.margin)
            return CheckReport.Finding(.labelError, label.text, paths: [names[issue.index]], label: label)
        }
    }
}
