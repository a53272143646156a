// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusPlan
import OcellusRuns
import OcellusTensor
import OcellusTraining

/// Trains on all folds but one and judges the images of that one: a cell for each fold.
struct FoldMaker: CellMaking {
    /// What one network said of the images that it never saw.
    struct Judgements: Codable, Sendable {
        /// Of what it trained on and judged.
        var splitSha256: String
        /// Of the judged among all images.
        var positions: [Int]
        /// `[judged][class]`
        var probabilities: [[Double]]
    }

    let images: ImageSet
    let name: String
    let fitting: ImageFitting
    let network: Network
    /// The last epoch's weights judge: no training sees the images that it will judge.
    let configuration: TrainingConfiguration
    let folds: Int
    /// Images with the same pixels and images of one group lie in one fold.
    let groups: [Int]?
    let backend: any Backend
    let events: @Sendable (Int, TrainingEvent) -> Void

    let goesOn = false

    /// In their order.
    var cells: [Fold] { (0..<folds).compactMap { Fold($0, of: folds) } }

    func file(of fold: Fold) -> String { "folds/\(fold.index + 1).json" }

    func result(
        of fold: Fold, at position: Int, known: [Fold: Judgements], shouldStop: @escaping @Sendable () -> Bool
    ) async throws -> Judgements {
        let split = try Split.fold(
            labels: images.labels, classes: images.classes, fold: fold, seed: configuration.seed, groups: groups)
        let parts = try TrainingParts(training: images, of: split, name: name, fitting: fitting)
        let trainer = Trainer(network, configuration: configuration, validationFraction: 0, backend: backend)
        let run = try await trainer.fit(
            parts, in: nil, resume: nil, report: { [events] in events(position + 1, $0) }, shouldStop: shouldStop)
        return Judgements(
            splitSha256: split.sha256, positions: split.validation,
            probabilities: try LabelErrors.probabilities(try run.classifier, images.subset(split.validation)))
    }

    func interruption(in fold: Fold?, at position: Int, of count: Int) -> TrainingError {
        TrainingError(.interrupted, "the check was stopped in its training \(position + 1) of \(count).")
    }
}
