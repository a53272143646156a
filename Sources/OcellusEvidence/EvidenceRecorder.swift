// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusMetrics
import OcellusModel
import OcellusPlan
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Makes the record of the cells that are done: drafts of all claims, judged together.
struct EvidenceRecorder {
    let plan: EvidencePlan
    let files: [EvidenceCell: CellFile]
    let images: ImageDataset
    let backend: any Backend

    private var configuration: EvidenceConfiguration { plan.configuration }

    func record() throws -> EvidenceRecord {
        let results = EvidenceResults(
            configuration: configuration, shape: images.shape, cells: files.mapValues(\.result))
        let drafts = try plan.claims.map { try $0.draft(results) }
        let judgements = try Self.judgements(drafts, resolutions: plan.claims.map(resolution))
        let claims = zip(plan.claims, zip(drafts, judgements)).map { claim, drafted in
            claimRecord(claim, drafted.0, drafted.1, resolution: resolution(of: claim))
        }
        return EvidenceRecord(
            created: Date.now.formatted(.iso8601), command: configuration.command,
            seconds: plan.cells.reduce(0) { $0 + (files[$1]?.seconds ?? 0) },
            environment: .current(backend: backend), data: try data(),
            networks: try [configuration.dense, configuration.convolutional].map { entry in
                let summary = try NetworkSummary(entry.network)
                return EvidenceRecord.NetworkFacts(
                    name: entry.name, network: "\(entry.network.text)", parameters: summary.parameters,
                    multiplyAdds: summary.multiplyAdds)
            },
            plan: planned(statements: drafts.flatMap(\.statements).count { !$0.isExact }), claims: claims,
            testReadings: files.keys.count { if case .training = $0 { true } else { false } }, splits: splits)
    }

    private var splits: [EvidenceRecord.TrainingSplit] {
        var splits: [EvidenceRecord.TrainingSplit] = []
        for cell in plan.cells {
            guard case .training(let training) = cell, case .training(let result) = files[cell]?.result else {
                continue
            }
            let split = EvidenceRecord.TrainingSplit(
                seed: training.seed, percent: training.percent, images: training.images.rawValue,
                count: result.trainCount, sha256: result.trainSha256)
            if !splits.contains(split) { splits.append(split) }
        }
        return splits
    }

    /// One test image of the smallest set that the finished cells of a claim were scored on; 0 without any.
    private func resolution(of claim: any Claim) -> Double {
        let scored = needed(by: claim).compactMap { files[$0]?.result.scored }
        return scored.min().map { 1 / Double(max(1, $0)) } ?? 0
    }

    private func needed(by claim: any Claim) -> Set<EvidenceCell> {
        var needed = Set<EvidenceCell>()
        for (position, seed) in configuration.seeds.enumerated() {
            needed.formUnion(claim.cells(seed: seed, isFirst: position == 0, shape: images.shape))
        }
        return needed
    }

    /// Exact statements one by one, all others as one family.
    ///
    /// - Parameter resolutions: For each draft, what one image changes in its points.
    static func judgements(_ drafts: [ClaimDraft], resolutions: [Double]) throws -> [[Judgement]] {
        let family = zip(drafts, resolutions).flatMap { draft, resolution in
            draft.statements.filter { !$0.isExact }.map { $0.measured(resolution: resolution) }
        }
        var judged = try judge(family)[...]
        return drafts.map { draft in
            draft.statements.map { statement in
                guard statement.isExact else { return judged.removeFirst() }
                let value = statement.points.first
                let verdict: Judgement.Verdict =
                    value.map { statement.expectation.holds($0) ? .supported : .notSupported } ?? .notReached
                return Judgement(mean: value, interval: nil, pValue: value == nil ? 1 : 0, verdict: verdict)
            }
        }
    }

    private func claimRecord(
        _ claim: any Claim, _ draft: ClaimDraft, _ judgements: [Judgement], resolution: Double
    ) -> ClaimRecord {
        let needed = needed(by: claim)
        return ClaimRecord(
            name: claim.name, title: claim.title, statement: claim.statement, method: claim.method,
            source: claim.source, caveats: claim.caveats + draft.caveats,
            verdict: .ofAll(judgements.map(\.verdict)),
            findings: zip(draft.statements, judgements).map { statement, judgement in
                let measured = statement.measured(resolution: resolution)
                return Finding(
                    text: statement.text, unit: statement.unit, expectation: statement.expectation,
                    points: statement.points, judgement: judgement, isExact: statement.isExact,
                    resolution: statement.isExact ? nil : measured.resolution,
                    most: statement.isExact ? nil : measured.possible?.upperBound)
            }, figures: draft.figures, tables: draft.tables, filters: draft.filters, featureMaps: draft.featureMaps,
            seconds: plan.cells.filter(needed.contains).reduce(0) { $0 + (files[$1]?.seconds ?? 0) })
    }

    private func data() throws -> ComparisonRecord.DataDescription {
        ComparisonRecord.DataDescription(
            name: images.name, classes: images.classes, shape: images.shape, trainCount: images.train.count,
            validationCount: 0, testCount: images.test.count, testCounts: images.test.classCounts,
            imbalance: ClassImbalance(counts: images.test.classCounts), sha256: try images.train.sha256,
            testSha256: try images.test.sha256, notes: images.notes)
    }

    private func planned(statements: Int) -> EvidenceRecord.Plan {
        let scale = configuration.scale
        return EvidenceRecord.Plan(
            seeds: configuration.seeds, trainImages: scale.trainImages, epochs: scale.epochs,
            batchSize: scale.batchSize, learningRate: scale.learningRate, probeImages: scale.probeImages,
            cellsPlanned: plan.cells.count, cellsFinished: files.count, statements: statements,
            notes: (ClassImbalance(counts: images.test.classCounts)?.isUneven == true
                ? ["The classes are uneven, and all accuracies here count every image the same, not every class."] : [])
                + [
                    "Every training: Adam at \(scale.learningRate) with a cosine schedule to 0, batches of \(scale.batchSize), "
                        + "\(scale.epochs) epochs over \(scale.trainImages) training images, pixels scaled by their mean and deviation, "
                        + "no augmentation unless the claim says so; the last epoch’s weights are tested. Nothing is tuned.",
                    "A seed decides initial weights, order of images and, where not all are used, which training images: the same "
                        + "for every network. Differences are taken seed by seed.",
                    "A verdict is given by the t interval over seeds at the level that Holm’s procedure leaves it among all "
                        + "\(statements) statements: supported when it lies on the claimed side of the margin, not supported when it lies wholly on the other, else "
                        + "cannot tell; not reached where nothing was measured. Fewer than \(Judgement.leastPoints) seeds get neither interval nor "
                        + "verdict. What is counted or computed is compared with its margin as it is.",
                    "Seeds that tie are taken to differ by what whole images hide, so that no interval has the length 0.",
                    "The intervals speak of training again, tested on these test images; other test images add their own chance.",
                    "Margins were fixed before the first run: \(Int(100 * EvidenceMargins.accuracy)) point of accuracy, "
                        + "\(Int(EvidenceMargins.ratio)) times for costs, \(EvidenceMargins.rounding) for rounding.",
                    "Shifted, turned and scaled images are the same \(scale.probeImages) test images for every model.",
                ])
    }
}
