// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTraining
import Testing

@testable import OcellusEvidence

@Suite("The plan of an evidence run") struct EvidencePlanTests {
    private func configuration(_ claims: [String] = Claims.names, seeds: Int = 3) -> EvidenceConfiguration {
        var configuration = EvidenceConfiguration(
            command: ["ocellus", "evidence"], data: DataRequest("embedded"),
            dense: .init(name: "ANN", network: .ann(input: [1, 28, 28], classes: 10)),
            convolutional: .init(name: "CNN", network: .cnn(input: [1, 28, 28], classes: 10)), claims: claims,
            seeds: (0..<UInt64(seeds)).map { $0 }, engine: EngineSettings(backend: "onednn", threads: 2))
        for activation in NetworkVariant.Activation.allCases {
            for pooling in NetworkVariant.Pooling.allCases {
                for base in NetworkVariant.Base.allCases {
                    for connections in NetworkVariant.Connections.allCases {
                        let variant = NetworkVariant(
                            base: base, activation: activation, pooling: pooling, connections: connections)
                        configuration.speeds[variant.id] = NetworkSpeed(
                            trainImagesPerSecond: 5000, predictImagesPerSecond: 20_000, memory: 1 << 20)
                    }
                }
            }
        }
        return configuration
    }

    @Test("a time that could not be measured is absent, with its reason") func failure() throws {
        let measured = TimingResult(parameters: 1, multiplyAdds: 1, millisecondsPerImage: 2)
        let results = EvidenceResults(
            configuration: configuration(), shape: [1, 28, 28],
            cells: [
                .timing(.dense, side: 16): .timing(measured), .timing(.dense, side: 224): .failed("too little memory."),
            ])
        let table = try #require(
            try ComputationClaim().draft(results).tables.first { $0.columns.contains { $0.unit == .milliseconds } })
        #expect(table.rows.first?.values == [2, nil] && table.rows.last?.values == [nil, nil])
        #expect(table.note?.hasSuffix("timing-dense-side-224: too little memory.") == true)
    }

    @Test("holds every cell once, look by look, models before what needs them, and last what informs") func order()
        throws
    {
        let plan = try EvidencePlan(configuration(), shape: [1, 28, 28])
        #expect(Set(plan.cells).count == plan.cells.count)
        #expect(Set(plan.cells.map(\.id)).count == plan.cells.count)
        var known = Set<TrainingCell>()
        for cell in plan.cells {
            if case .training(let training) = cell { known.insert(training) }
            if let model = cell.model { #expect(known.contains(model), "\(cell.id)") }
        }
        let grown = try EvidencePlan(configuration(seeds: 5), shape: [1, 28, 28])
        let seeds = grown.cells.filter { !grown.isInforming($0) }.compactMap(\.model?.seed)
        // Every claim has the seeds of the first look before any has the others.
        #expect(seeds.firstIndex { $0 > 2 } == seeds.lastIndex { $0 <= 2 }.map { $0 + 1 })
        #expect(grown.cells.drop { !grown.isInforming($0) }.allSatisfy(grown.isInforming))
        // Both networks as they are serve many claims and are trained once for each seed.
        #expect(plan.cells.count { $0 == .training(TrainingCell(network: .dense, seed: 1)) } == 1)
    }

    @Test("keeps every cell when it grows by seeds or claims") func growth() throws {
        let small = try EvidencePlan(configuration(["permutation", "relu"], seeds: 2), shape: [1, 28, 28]).cells
        let seeds = try EvidencePlan(configuration(["permutation", "relu"], seeds: 4), shape: [1, 28, 28]).cells
        let claims = try EvidencePlan(configuration(seeds: 2), shape: [1, 28, 28]).cells
        #expect(Set(small).isSubset(of: seeds) && seeds.count > small.count)
        #expect(Set(small).isSubset(of: claims) && claims.count > small.count)
    }

    @Test("over-fitting says where the gap is nothing but the test accuracy") func tiedGaps() throws {
        func result(_ trainCorrect: Int, _ testCorrect: Int) -> CellResult {
            .training(
                TrainingResult(
                    trainCount: 20, steps: 1, testCorrect: testCorrect, testCount: 100, testLoss: 1,
                    trainCorrect: trainCorrect, trainScored: 20, trainSha256: "", trainingSeconds: 1))
        }
        var cells: [EvidenceCell: CellResult] = [:]
        for seed in UInt64(0)..<3 {
            for percent in [1, 5, 20, 100] {
                // Both learn all of their images but for the largest share.
                let dense = TrainingCell(network: .dense, percent: percent, seed: seed)
                let convolutional = TrainingCell(network: .convolutional, percent: percent, seed: seed)
                cells[.training(dense)] = result(percent == 100 ? 18 : 20, 60)
                cells[.training(convolutional)] = result(20, 70)
            }
        }
        let results = EvidenceResults(
            configuration: configuration(["overfitting"], seeds: 3), shape: [1, 28, 28], cells: cells)
        let caveat = try #require(OverfittingClaim().draft(results).caveats.first)
        #expect(caveat.hasPrefix("With 5 % of the images both networks"), "\(caveat)")
        cells = cells.filter { if case .training(let cell) = $0.key { cell.percent == 100 } else { false } }
        let apart = EvidenceResults(
            configuration: configuration(["overfitting"], seeds: 3), shape: [1, 28, 28], cells: cells)
        #expect(OverfittingClaim().draft(apart).caveats.isEmpty)
    }

    @Test("claims have a text for each part, and unknown ones are named") func claims() throws {
        for claim in Claims.all {
            for text in [claim.title, claim.statement, claim.method, claim.source] { #expect(!text.isEmpty) }
            #expect(!claim.caveats.isEmpty, "\(claim.name)")
            let empty = EvidenceResults(configuration: configuration(), shape: [1, 28, 28], cells: [:])
            #expect(try !claim.draft(empty).statements.isEmpty, "\(claim.name)")
        }
        let error = #expect(throws: EvidenceError.self) { try Claims.named(["permutaton"]) }
        #expect(error?.kind == .unknownClaim)
        #expect(error?.advice == "did you mean \"permutation\"?")
    }

    @Test("what is decided gets no more seeds, and what informs comes last") func next() throws {
        let plan = try EvidencePlan(configuration(["sharing", "locality"], seeds: 5), shape: [1, 28, 28])
        var done = Set(plan.next(after: []) { _ in false })
        func seeds() -> [UInt64] {
            done.compactMap { cell in if case .training(let training) = cell { training.seed } else { nil } }
        }
        #expect(Set(seeds()) == [0, 1, 2])
        let next = plan.next(after: done) { $0 == 0 }
        // Of the second look only the cells of the undecided claim.
        #expect(Set(next) == Set([3, 4].flatMap { plan.claims[1].cells(seed: $0, shape: [1, 28, 28]) }))
        done.formUnion(next)
        let informing = plan.next(after: done) { $0 == 0 }
        #expect(!informing.isEmpty && informing.allSatisfy(plan.isInforming))
        #expect(plan.next(after: done.union(informing)) { $0 == 0 }.isEmpty)
    }

    @Test("the scale follows the budget") func scale() throws {
        func scaled(_ seconds: Double) throws -> EvidenceScale {
            try EvidencePlan.scaled(
                configuration(seeds: 5), shape: [1, 28, 28], trainCount: 60_000, testCount: 10_000, seconds: seconds
            ).scale
        }
        let (short, long, endless) = (try scaled(900), try scaled(7200), try scaled(1e6))
        #expect(short.trainImages < long.trainImages && long.trainImages <= endless.trainImages)
        #expect(endless.trainImages == 60_000 && endless.epochs == 10 && endless.probeImages == 2000)
        #expect(short.trainImages >= 1000)
        let error = #expect(throws: EvidenceError.self) {
            try EvidencePlan.scaled(
                configuration(["location"], seeds: 5), shape: [1, 28, 28], trainCount: 60_000, testCount: 10_000,
                seconds: 1)
        }
        #expect(error?.kind == .budgetTooSmall)
        // What was chosen fits.
        var chosen = configuration(seeds: 5)
        chosen.scale = long
        let forecast = try EvidencePlan(chosen, shape: [1, 28, 28]).forecast(testCount: 10_000, seconds: 0.8 * 7200)
        #expect(forecast.seeds == 5 && forecast.reached == Claims.names.count)
    }

    @Test("budgets are read as people write them") func budgets() {
        #expect(EvidenceBudget("15m")?.seconds == 900)
        #expect(EvidenceBudget("90s")?.seconds == 90)
        #expect(EvidenceBudget("1.5h")?.seconds == 5400)
        #expect(EvidenceBudget("overnight")?.seconds == 28_800)
        for text in ["", "15", "m", "-3m", "0h", "infm", "nanh", "1e99h", "15 minutes", "+1h"] {
            #expect(EvidenceBudget(text) == nil, "\(text)")
        }
    }

    @Test("shares of the images are nested and keep the classes") func shares() throws {
        let images = try MadeUpImages.set(count: 60, seed: 1)
        let (small, large) = (
            TrainingImages.indices(images, share: 0.2, seed: 4), TrainingImages.indices(images, share: 0.5, seed: 4)
        )
        #expect(small.count == 12 && large.count == 30 && Set(small).isSubset(of: large))
        #expect(images.subset(small).classCounts == [4, 4, 4])
        #expect(TrainingImages.indices(images, share: 0.2, seed: 5) != small)
        #expect(TrainingImages.indices(images, share: 1, seed: 5) == Array(0..<60))
    }

    @Test("copies make as many steps as the images themselves") func copies() throws {
        let images = try MadeUpImages.set(count: 30, seed: 1)
        let scale = EvidenceScale(trainImages: 30, epochs: 10)
        for kind in TrainingCell.Images.allCases {
            let made = try TrainingImages(
                TrainingCell(network: .dense, images: kind, seed: 1), of: images, scale: scale)
            #expect(made.train.count * made.epochs == 300, "\(kind)")
            #expect(made.plain.count == 30)
            let again = try TrainingImages(
                TrainingCell(network: .dense, images: kind, seed: 1), of: images, scale: scale)
            #expect(try again.train.sha256 == made.train.sha256)
            if kind == .shifted || kind == .rotated {
                let other = try TrainingImages(
                    TrainingCell(network: .dense, images: kind, seed: 2), of: images, scale: scale)
                #expect(try other.train.sha256 != made.train.sha256 && made.train.sha256 != images.sha256)
            }
        }
    }
}
