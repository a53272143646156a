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
        let (drafts, outcomes) = try drafted()
        let claims = zip(plan.claims, zip(drafts, outcomes)).map { claim, drafted in
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
            plan: try planned(drafts), claims: claims,
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
        let scored = plan.needed(by: claim).compactMap { files[$0]?.result.scored }
        return scored.min().map { 1 / Double(max(1, $0)) } ?? 0
    }

    private func drafted() throws -> (drafts: [ClaimDraft], outcomes: [Outcome]) {
        let results = EvidenceResults(
            configuration: configuration, shape: images.shape, cells: files.mapValues(\.result))
        let drafts = try plan.claims.map { try $0.draft(results) }
        return (
            drafts,
            try Self.outcomes(
                drafts, resolutions: plan.claims.map(resolution), families: plan.claims.map { plan.family(of: $0) })
        )
    }

    /// What is to be made next, see ``EvidencePlan/next(after:isDecided:)``.
    func next() throws -> [EvidenceCell] {
        let verdicts = try drafted().outcomes.map(\.verdict)
        return plan.next(after: Set(files.keys)) { verdicts[$0] == .supported || verdicts[$0] == .notSupported }
    }

    /// All that would still be made if no other claim were decided.
    func open() throws -> [EvidenceCell] {
        let verdicts = try drafted().outcomes.map(\.verdict)
        var done = Set(files.keys)
        var open: [EvidenceCell] = []
        while true {
            let next = plan.next(after: done) { verdicts[$0] == .supported || verdicts[$0] == .notSupported }
            guard !next.isEmpty else { return open }
            open += next
            done.formUnion(next)
        }
    }

    /// What was decided about a claim.
    struct Outcome {
        var verdict: Judgement.Verdict
        var look: ClaimRecord.Look?
        /// One for each statement.
        var judgements: [Judgement]
    }

    /// Judges the drafts: exact statements one by one, the measured parts of claims by families.
    ///
    /// - Parameters:
    ///   - resolutions: For each draft, what one image changes in its points.
    ///   - families: For each draft, the family that it is judged in, from 1.
    static func outcomes(_ drafts: [ClaimDraft], resolutions: [Double], families: [Int]) throws -> [Outcome] {
        var judged = [ClaimJudgement?](repeating: nil, count: drafts.count)
        for family in Set(families).sorted() {
            // What an exact part has refuted is decided without chance.
            let members = drafts.indices.filter {
                families[$0] == family && !drafts[$0].measuredParts.isEmpty && !drafts[$0].isRefutedExactly
            }
            let claims = members.map { index in
                MeasuredClaim(drafts[index].measuredParts.map { $0.measured(resolution: resolutions[index]) })
            }
            for (index, judgement) in zip(members, try judge(claims: claims)) { judged[index] = judgement }
        }
        return try drafts.indices.map { index in
            try outcome(drafts[index], judged[index], resolution: resolutions[index], family: families[index])
        }
    }

    private static func outcome(
        _ draft: ClaimDraft, _ judged: ClaimJudgement?, resolution: Double, family: Int
    ) throws -> Outcome {
        var parts = (judged?.parts ?? [])[...]
        let judgements = try draft.statements.map { statement in
            if statement.isExact { return statement.exactJudgement }
            if !statement.isDetail, judged != nil { return parts.removeFirst() }
            return try statement.unjudged(resolution: resolution)
        }
        let exact = zip(draft.statements, judgements).filter { $0.0.isExact && !$0.0.isDetail }.map(\.1.verdict)
        var verdict = Judgement.Verdict.ofAll(exact)
        if let judged, verdict != .notSupported {
            // Where an exact part is missing, nothing is supported yet.
            let isOpen = judged.verdict == .supported && !exact.allSatisfy { $0 == .supported }
            verdict = isOpen ? .cannotTell : judged.verdict
            if judged.verdict == .notReached, exact.contains(.supported) { verdict = .notReached }
        }
        return Outcome(
            verdict: verdict,
            look: judged.map {
                ClaimRecord.Look(
                    number: $0.look, seeds: $0.seeds, error: $0.error, pValue: $0.pValue, family: family,
                    needed: $0.needed)
            }, judgements: judgements)
    }

    private func claimRecord(
        _ claim: any Claim, _ draft: ClaimDraft, _ outcome: Outcome, resolution: Double
    ) -> ClaimRecord {
        let needed = plan.needed(by: claim)
        return ClaimRecord(
            name: claim.name, title: claim.title, statement: claim.statement, method: claim.method,
            source: claim.source, caveats: claim.caveats + draft.caveats,
            verdict: outcome.verdict, look: outcome.look,
            findings: zip(draft.statements, outcome.judgements).map { statement, judgement in
                let measured = statement.measured(resolution: resolution)
                return Finding(
                    text: statement.text, unit: statement.unit, expectation: statement.expectation,
                    points: statement.points, judgement: judgement, isExact: statement.isExact,
                    resolution: statement.isExact ? nil : measured.resolution,
                    most: statement.isExact ? nil : measured.possible?.upperBound, isDetail: statement.isDetail)
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

    private func planned(_ drafts: [ClaimDraft]) throws -> EvidenceRecord.Plan {
        let statements = drafts.flatMap(\.statements).count { !$0.isExact && !$0.isDetail }
        let measured = drafts.count { !$0.measuredParts.isEmpty }
        let scale = configuration.scale
        return EvidenceRecord.Plan(
            seeds: configuration.seeds, trainImages: scale.trainImages, epochs: scale.epochs,
            batchSize: scale.batchSize, learningRate: scale.learningRate, probeImages: scale.probeImages,
            cellsPlanned: files.count + (try open().count), cellsFinished: files.count, statements: statements,
            notes: notes(measured: measured, of: drafts.count))
    }

    private func notes(measured: Int, of claims: Int) -> [String] {
        let scale = configuration.scale
        var notes: [String] = []
        if ClassImbalance(counts: images.test.classCounts)?.isUneven == true {
            notes.append(
                "The classes are uneven, and all accuracies here count every image the same, not every class.")
        }
        notes.append(
            "Every training: Adam at \(scale.learningRate) with a cosine schedule to 0, batches of \(scale.batchSize), "
                + "\(scale.epochs) epochs over \(scale.trainImages) training images, pixels scaled by their mean and deviation, "
                + "no augmentation unless the claim says so; the last epoch’s weights are tested. Nothing is tuned.")
        notes.append(
            "A seed decides initial weights, order of images and, where not all are used, which training images: the same "
                + "for every network. Differences are taken seed by seed.")
        notes.append(
            "A claim is supported when all of its parts are and not supported when one is not. Chance has a part in "
                + "\(measured) of \(claims) claims: those are judged together, so that any wrong verdict comes in at most 5 % of "
                + "runs, however often one looks. What is counted or computed is compared with its margin as it is.")
        notes.append(
            "They are looked at with 3, 5, 8, 13 … seeds, and look k spends 5 %/(k(k + 1)); Holm’s procedure shares that "
                + "among the claims that are still undecided. A part’s test is Student’s, one-sided, with a variance that the "
                + "parts of a run lend each other (Smyth 2004). Only undecided claims get more seeds. Fewer than "
                + "\(Judgement.leastPoints) seeds get neither interval nor verdict.")
        if let trained = configuration.trainedDense {
            notes.append(
                "The dense network of the trainings has hidden layers a tenth as wide, \(trained.text), so that more can be "
                    + "trained; its costs are counted as it was given.")
        }
        notes.append(
            "Seeds that tie are taken to differ by what whole images hide, so that no interval has the length 0.")
        notes.append(
            "The intervals speak of training again, tested on these test images; other test images add their own chance."
        )
        notes.append(
            "Margins were fixed before the first run: \(Int(100 * EvidenceMargins.accuracy)) point of accuracy or of equal answers, "
                + "\(EvidenceMargins.loss) nats of loss, \(Int(EvidenceMargins.ratio)) times for costs, \(EvidenceMargins.rounding) for rounding."
        )
        notes.append("Moved, turned and scaled images are the same \(scale.probeImages) test images for every model.")
        return notes
    }
}

extension ClaimDraft {
    /// What chance has a part in and the verdict needs.
    var measuredParts: [Statement] { statements.filter { !$0.isExact && !$0.isDetail } }

    /// Whether something that was counted or computed is not as claimed.
    var isRefutedExactly: Bool {
        statements.contains { $0.isExact && !$0.isDetail && $0.exactJudgement.verdict == .notSupported }
    }
}

extension ClaimDraft.Statement {
    /// Of what is counted or computed.
    var exactJudgement: Judgement {
        let value = points.first
        let verdict: Judgement.Verdict =
            value.map { expectation.holds($0) ? .supported : .notSupported } ?? .notReached
        return Judgement(mean: value, interval: nil, pValue: value == nil ? 1 : 0, verdict: verdict)
    }

    /// Of what is shown and decides nothing.
    func unjudged(resolution: Double) throws -> Judgement {
        let measured = measured(resolution: resolution)
        // Equal points that count nothing have no interval.
        let isSpread = measured.resolution > 0 || Set(points).count > 1
        let alone =
            points.count >= Judgement.leastPoints && isSpread
            ? try meanInterval(points, resolution: measured.resolution, possible: measured.possible) : nil
        return Judgement(
            mean: mean(points), interval: nil, intervalAlone: alone, pValue: 1,
            verdict: points.isEmpty ? .notReached : .notJudged)
    }
}
