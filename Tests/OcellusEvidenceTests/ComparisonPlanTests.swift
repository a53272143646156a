// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusData
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import OcellusTraining
import Synchronization
import Testing

@testable import OcellusEvidence

@Suite("The plan of a comparison") struct ComparisonPlanTests {
    /// A machine on which the dense network trains twice as fast as the other.
    private func probe(
        memory: Int = 1 << 34, dense: Double = 500, convolutional: Double = 250, holding: Int = 1 << 20
    ) -> SpeedProbe {
        @Sendable func speed(_ network: Network) -> Double { network.hasConvolution ? convolutional : dense }
        return SpeedProbe(
            memory: memory,
            measure: { network, _, _ in
                NetworkSpeed(
                    trainImagesPerSecond: speed(network), predictImagesPerSecond: 4 * speed(network), memory: holding)
            },
            open: { network, _, configuration in
                SpeedProbe.Meter(memory: holding) { _ in Double(configuration.batchSize) / speed(network) }
            })
    }

    private func measured(
        _ configuration: ComparisonConfiguration, by probe: SpeedProbe, seconds: Double?
    ) async throws -> ComparisonConfiguration {
        var configuration = configuration
        try await configuration.measure(
            on: try MadeUpImages.dataset(), probe: probe, budget: seconds.map { EvidenceBudget(seconds: $0) },
            until: seconds.map { ContinuousClock.now + .seconds($0) }, drawsPictures: true)
        return configuration
    }

    @Test("tunes first, then goes through the seeds with every network") func order() {
        let plan = ComparisonPlan(MadeUpImages.configuration(.matched, seeds: [7, 2]))
        let paths = plan.steps.map(plan.path)
        #expect(paths.count == 14 && Set(paths).count == 14)
        #expect(Array(paths.prefix(3)) == ["tuning/0-ann-1", "tuning/1-cnn-1", "tuning/0-ann-2"])
        #expect(Array(paths.suffix(4)) == ["seed-7/0-ann", "seed-7/1-cnn", "seed-2/0-ann", "seed-2/1-cnn"])
        #expect(ComparisonPlan(MadeUpImages.configuration(.bestEffort)).steps.count == 26)
    }

    @Test("tunes on the split of no seed that is compared", arguments: [[0, 1], [3, 5], [.max], [.max, 0]])
    func tuningSeed(seeds: [UInt64]) {
        #expect(!seeds.contains(MadeUpImages.configuration(.matched, seeds: seeds).tuningSeed))
    }

    @Test("a budget must suffice for two seeds, or nothing is spent") func budget() async throws {
        let configuration = MadeUpImages.configuration(.tutorial, seeds: [0, 1, 2, 3, 4])
        let enough = try await measured(configuration, by: probe(), seconds: 60)
        #expect(enough.speeds.keys.sorted() == ["ANN", "CNN"])
        let error = await #expect(throws: EvidenceError.self) {
            _ = try await measured(configuration, by: probe(convolutional: 1), seconds: 60)
        }
        #expect(error?.kind == .budgetTooSmall)
        // 2·(0.5 + 2·60/1 + 30/4) + 2·(0.5 + 2·60/500 + 30/2000) over 0.8; drawing 3 + 40·(30/4 + 30/2000) and behind that
        // 5 + 1.5·30/4: 322 + 304 + 16 seconds, and some hundredths for checkpoints of 1 MB.
        #expect(error?.needs?.hasPrefix("about 11 minutes; all 5 seeds") == true, "\(error?.needs ?? "")")
        #expect(error?.because?.hasPrefix("2 trainings of each") == true)
        // A tenth more than what is needed.
        #expect(error?.advice?.hasPrefix("--budget 12m,") == true, "\(error?.advice ?? "")")
        let late = await #expect(throws: EvidenceError.self) {
            _ = try await measured(configuration, by: probe(), seconds: 0)
        }
        #expect(late?.kind == .budgetTooSmall)
    }

    @Test("a refused budget is not advised again, and what is advised suffices", arguments: [1.0, 60, 600, 630, 640])
    func advice(seconds: Double) async throws {
        let configuration = MadeUpImages.configuration(.tutorial, seeds: [0, 1, 2, 3, 4])
        let plan = ComparisonPlan(try await measured(configuration, by: probe(convolutional: 1), seconds: 1e6))
        let counts = try ComparisonPlan.Counts(try MadeUpImages.dataset(), configuration)
        // Some of it is spent by then.
        let error = #expect(throws: EvidenceError.self) {
            try plan.requireFit(counts, in: seconds - 20, of: seconds, drawsPictures: true)
        }
        let advice = try #require(error?.advice)
        let text = try #require(advice.split(separator: ",").first?.split(separator: " ").last)
        let advised = try #require(EvidenceBudget(String(text)))
        #expect(advised.seconds > seconds)
        try plan.requireFit(counts, in: advised.seconds - 20, of: advised.seconds, drawsPictures: true)
    }

    @Test("what cannot fit into memory is refused before it is tried") func memory() async throws {
        let configuration = MadeUpImages.configuration(.matched)
        let parameters = try NetworkSummary(MadeUpImages.dense).parameters
        // Weights, gradients and Adam's two moments.
        for (memory, fits) in [(16 * parameters * 10 / 8 + 20, true), (16 * parameters * 10 / 8 - 20, false)] {
            let probe = SpeedProbe(
                memory: memory, measure: { _, _, _ in throw CancellationError() },
                open: { _, _, _ in throw CancellationError() })
            if fits {
                _ = try await measured(configuration, by: probe, seconds: nil)
            } else {
                let error = await #expect(throws: EvidenceError.self) {
                    _ = try await measured(configuration, by: probe, seconds: nil)
                }
                #expect(error?.kind == .tooLarge && error?.summary.contains("ANN") == true)
            }
        }
        let holding = await #expect(throws: EvidenceError.self) {
            _ = try await measured(configuration, by: probe(memory: 1 << 20, holding: 1 << 20), seconds: 600)
        }
        #expect(holding?.kind == .tooLarge && holding?.needs == "0.1 GB, and a fifth to spare")
    }

    @Test("equal times are steps in proportion to the times of a step") func time() async throws {
        var configuration = MadeUpImages.configuration(.matched, seeds: [1], epochs: 5)
        try configuration.matchNetworks(by: .time)
        // 54 of 60 images train, two steps an epoch: ten for CNN, and 1.7 times as many are 8.5 epochs.
        configuration = try await measured(configuration, by: probe(dense: 425), seconds: nil)
        #expect(configuration.networks.map(\.steps) == [17, 10] && configuration.networks.map(\.epochs) == [9, 5])
        #expect(abs(try #require(configuration.plannedSecondsRatio) - 1) < 1e-12)
        #expect(
            configuration.matchNote?.contains(
                "as long as CNN needs for its epochs: ANN 17 steps (8.5 epochs), CNN 10 steps")
                == true)
        #expect(configuration.notes.contains { $0.contains("Epochs: by equal times, see below.") })
        // A ratio that no whole step meets: 10·1.33 = 13.3, and 13 steps of 1/1.33 are 0.977 of ten of 1.
        var uneven = MadeUpImages.configuration(.matched, seeds: [1], epochs: 5)
        try uneven.matchNetworks(by: .time)
        uneven = try await measured(uneven, by: probe(dense: 332.5), seconds: nil)
        #expect(uneven.networks.map(\.steps) == [13, 10])
        #expect(abs(try #require(uneven.plannedSecondsRatio) - 13 / 13.3) < 1e-12)
        // An unequal recipe keeps the longer of both times: 10 epochs of the slow one.
        var tutorial = MadeUpImages.configuration(.tutorial, epochs: nil)
        try tutorial.matchNetworks(by: .time)
        #expect(try await measured(tutorial, by: probe(), seconds: nil).networks.map(\.steps) == [40, 20])
        let error = await #expect(throws: EvidenceError.self) {
            _ = try await measured(tutorial, by: probe(dense: 1e9, convolutional: 1), seconds: nil)
        }
        #expect(error?.kind == .cannotMatch)

        try await MadeUpImages.inTemporaryDirectory { folder in
            var comparison = try Comparison.create(
                configuration, images: try MadeUpImages.dataset(), backend: MadeUpImages.backend,
                at: folder.appending(path: "run").path(percentEncoded: false))
            comparison.drawsPictures = false
            let record = try await comparison.run()
            let match = record.match
            #expect(
                match.kind == .time && match.ratio == nil
                    && match.plannedSecondsRatio == configuration.plannedSecondsRatio)
            #expect(match.costs.map(\.epochs) == [8.5, 5] && match.costs.map(\.imagesSeen) == [8 * 54 + 32, 5 * 54])
            #expect(record.networks.map(\.configuration.steps) == [17, 10])
            #expect(record.networks.map(\.runs[0].history.count) == [9, 5])
            let seconds = record.networks.map(\.runs[0].trainingSeconds)
            #expect(match.costs.map(\.trainingSeconds) == seconds)
            let ratio = try #require(match.secondsRatio)
            #expect(ratio == seconds[0] / seconds[1] && match.timesDiffer == (max(ratio, 1 / ratio) > 1.1))
        }
    }

    @Test("networks take turns, so that neither another speed of the machine nor a busy moment changes the ratio")
    func turns() async throws {
        let turns = Mutex<[String]>([])
        let probe = SpeedProbe(
            memory: 1 << 34, measure: { _, _, _ in throw CancellationError() },
            open: { network, _, _ in
                let name = network.hasConvolution ? "CNN" : "ANN"
                return SpeedProbe.Meter(memory: 1) { _ in
                    let turn = turns.withLock { turns in
                        turns.append(name)
                        return turns.count
                    }
                    // From the middle on the machine is half as fast, every seventh turn is a busy one, and for a third of
                    // the rounds something slows one network down more than the other.
                    let isShared = (20..<44).contains(turn)
                    return (name == "CNN" ? (isShared ? 0.9 : 0.4) : (isShared ? 0.15 : 0.1)) * (turn > 34 ? 2 : 1)
                        * (turn % 7 == 0 ? 5 : 1)
                }
            })
        let trainings = MadeUpImages.configuration(.matched).networks.map { entry in
            SpeedProbe.Training(name: entry.name, (entry.network, TrainingConfiguration()))
        }
        let images = try MadeUpImages.dataset().train
        let steps = try await probe.steps(of: trainings, on: images, until: nil)
        #expect(steps.map { ($0.ratio * 1e9).rounded() / 1e9 } == [1, 4])
        let expected = (0...SpeedProbe.rounds).flatMap { _ in ["ANN", "CNN"] }
        #expect(turns.withLock { $0 } == expected)
        let error = await #expect(throws: EvidenceError.self) {
            _ = try await probe.steps(of: trainings, on: images, until: ContinuousClock.now)
        }
        #expect(error?.kind == .budgetTooSmall)
    }

    @Test("what is measured is a training's own step") func meter() async throws {
        let images = try MadeUpImages.set(count: 40, seed: 1)
        try await EngineActor.run {
            let meter = try TrainingMeter(
                MadeUpImages.dense, images: images, configuration: TrainingConfiguration(epochs: 1, steps: 1),
                backend: MadeUpImages.backend)
            let clock = ContinuousClock()
            // Over the ends of many epochs of two steps; no more than the time that went by, and not next to none of it.
            let start = clock.now
            let step = try meter.stepSeconds(during: 0.05)
            #expect(step > 0 && step < (clock.now - start).seconds / 2 && meter.memory > 0)
            #expect(try meter.stepSeconds(during: 0) > 0)
        }
    }

    @Test("trainings that do not fit into memory together cannot take turns") func memoryOfTurns() async throws {
        var configuration = MadeUpImages.configuration(.matched)
        try configuration.matchNetworks(by: .time)
        // Each fits into 0.8 of 100, both do not.
        let error = await #expect(throws: EvidenceError.self) {
            _ = try await measured(configuration, by: probe(memory: 100_000_000, holding: 50_000_000), seconds: nil)
        }
        #expect(error?.kind == .tooLarge && error?.summary.contains("ANN and CNN in turns") == true)
        #expect(error?.needs == "0.1 GB, and a fifth to spare")
    }

    @Test("a match takes the recipe that it means") func recipes() throws {
        for match in NetworkMatch.allCases {
            var configuration = MadeUpImages.configuration(.tutorial)
            try configuration.matchNetworks(by: match)
            #expect(configuration.recipe == match.recipe ?? .tutorial && configuration.match == match)
            #expect(configuration.effectiveMatch == match)
        }
        #expect(MadeUpImages.configuration(.matched).effectiveMatch == .recipe)
    }

    @Test("the search keeps what was best and tries as often for every network") func search() throws {
        let search = MadeUpImages.configuration(.bestEffort).search
        var trials: [ComparisonTrial] = []
        while let settings = search.next(after: trials) {
            // The third rate is best, decay hurts, moving helps more than mirroring, and so does the larger dropout.
            var accuracy = settings.learningRate == 0.001 ? 0.5 : 0.3
            if settings.weightDecay > 0 { accuracy -= 0.1 }
            if let augmentation = settings.augmentation { accuracy += 0.1 / Double(augmentation.steps.count) }
            accuracy += settings.dropout / 10
            trials.append(
                ComparisonTrial(network: "a", settings: settings, validationAccuracy: accuracy, wallSeconds: 0))
        }
        #expect(trials.count == search.count && search.count == 11)
        #expect(trials.prefix(5).map(\.settings.learningRate) == Recipe.bestEffort.learningRates)
        #expect(trials.dropFirst(5).allSatisfy { $0.settings.learningRate == 0.001 })
        #expect(trials.map(\.settings.weightDecay) == [0, 0, 0, 0, 0, 0.01, 0.1, 0, 0, 0, 0])
        #expect(
            trials.map { $0.settings.augmentation?.text } == Array(repeating: nil, count: 7) + [
                "padcrop 1", "padcrop 1, flip", "padcrop 1", "padcrop 1",
            ])
        #expect(
            try ComparisonTrial.chosen(trials).settings == trials[10].settings && trials[10].settings.dropout == 0.5)
        // Where all rates diverged, the smallest one goes on.
        for index in trials.indices { trials[index].failure = "NaN" }
        #expect(search.next(after: Array(trials.prefix(5)))?.learningRate == 0.0001)
        #expect(RecipeSearch(.tutorial, image: [1, 8, 9], augmentation: nil).next(after: []) == nil)
    }

    @Test("the dropout stands before the last layer, and parameters keep their names") func dropout() throws {
        let settings = TrialSettings(learningRate: 0.1, dropout: 0.5)
        for network in [MadeUpImages.dense, MadeUpImages.convolutional, .resNet18(input: [3, 32, 32], classes: 3)] {
            let changed = settings.applied(to: network)
            #expect(changed.layers.count == network.layers.count + 1)
            #expect(try changed.parameters() == network.parameters())
            let position = try #require(changed.layers.firstIndex { $0.name == "dropout" })
            #expect("\(changed.layers[position + 1].layer)" == "\(network.layers[position].layer)")
            #expect(TrialSettings(learningRate: 0.1).applied(to: network) == network)
        }
    }
}
