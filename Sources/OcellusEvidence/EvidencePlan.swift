// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusModel
import OcellusTensor

/// The ordered cells of a run and what they are expected to take.
struct EvidencePlan {
    let configuration: EvidenceConfiguration
    let claims: [any Claim]
    let shape: Shape
    /// What verdicts need, for the seeds of each look of ``ClaimLooks`` claim by claim: all claims reach the first look before any
    /// has the second. Then what informs alone. What claims share is made for the first of them.
    let cells: [EvidenceCell]

    init(_ configuration: EvidenceConfiguration, shape: Shape) throws {
        self.configuration = configuration
        self.shape = shape
        claims = try Claims.named(configuration.claims)
        var cells: [EvidenceCell] = []
        var known = Set<EvidenceCell>()
        for claim in claims where configuration.seeds.isEmpty == false {
            for cell in claim.exactCells(seed: configuration.seeds[0], shape: shape) where known.insert(cell).inserted {
                cells.append(cell)
            }
        }
        for seeds in Self.looks(configuration.seeds) {
            for claim in claims {
                for seed in seeds {
                    for cell in claim.cells(seed: seed, shape: shape) where known.insert(cell).inserted {
                        cells.append(cell)
                    }
                }
            }
        }
        for claim in claims where configuration.seeds.isEmpty == false {
            for cell in claim.informingCells(seed: configuration.seeds[0], shape: shape)
            where known.insert(cell).inserted {
                cells.append(cell)
            }
        }
        self.cells = cells
    }

    /// The seeds that each look adds; the last may have fewer than its look needs.
    private static func looks(_ seeds: [UInt64]) -> [ArraySlice<UInt64>] {
        var looks: [ArraySlice<UInt64>] = []
        var begin = 0
        while begin < seeds.count {
            let end = min(seeds.count, ClaimLooks.seeds(of: looks.count + 1))
            looks.append(seeds[begin..<end])
            begin = end
        }
        return looks
    }

    /// All that a claim makes use of.
    func needed(by claim: any Claim) -> Set<EvidenceCell> {
        var needed = Set(configuration.seeds.flatMap { claim.cells(seed: $0, shape: shape) })
        if let first = configuration.seeds.first {
            needed.formUnion(claim.exactCells(seed: first, shape: shape))
            needed.formUnion(claim.informingCells(seed: first, shape: shape))
        }
        return needed
    }

    /// What is to be made next: what exact statements need, then the seeds of the first look at which an undecided claim lacks
    /// some, then what informs; empty when nothing is left.
    ///
    /// - Parameters:
    ///   - done: The finished cells.
    ///   - isDecided: Whether the finished cells decide the claim of that position.
    func next(after done: Set<EvidenceCell>, isDecided: (Int) -> Bool) -> [EvidenceCell] {
        guard let first = configuration.seeds.first else { return [] }
        func missing(_ wanted: [EvidenceCell]) -> [EvidenceCell] {
            let wanted = Set(wanted)
            return cells.filter { wanted.contains($0) && !done.contains($0) }
        }
        let exact = missing(claims.flatMap { $0.exactCells(seed: first, shape: shape) })
        if !exact.isEmpty { return exact }
        for (look, seeds) in Self.looks(configuration.seeds).enumerated() {
            let open = claims.enumerated().filter { look == 0 || !isDecided($0.offset) }.map(\.element)
            let some = missing(open.flatMap { claim in seeds.flatMap { claim.cells(seed: $0, shape: shape) } })
            if !some.isEmpty { return some }
        }
        return missing(claims.flatMap { $0.informingCells(seed: first, shape: shape) })
    }

    /// What is expected before anything is made.
    struct Forecast: Sendable {
        /// Claims whose first look fits.
        var reached: Int
        /// Seeds of the last look that fits for all claims, were none decided before; 0 where not even the first does.
        var seeds: Int
    }

    func forecast(testCount: Int, seconds: Double) -> Forecast {
        var forecast = Forecast(reached: 0, seeds: 0)
        var spent = 0.0
        var known = Set<EvidenceCell>()
        func take(_ cells: [EvidenceCell]) -> Bool {
            for cell in cells where known.insert(cell).inserted { spent += self.seconds(cell, testCount: testCount) }
            return spent <= seconds
        }
        guard let first = configuration.seeds.first else { return forecast }
        for claim in claims { _ = take(claim.exactCells(seed: first, shape: shape)) }
        for (look, seeds) in Self.looks(configuration.seeds).enumerated() {
            for claim in claims {
                guard take(seeds.flatMap { claim.cells(seed: $0, shape: shape) }) else { return forecast }
                if look == 0 { forecast.reached += 1 }
            }
            forecast.seeds += seeds.count
        }
        return forecast
    }

    /// Claims that were added later are judged by themselves, so that they change no verdict: the family of a claim, from 1.
    func family(of claim: any Claim) -> Int {
        1 + (configuration.laterClaims?.firstIndex { $0.contains(claim.name) }.map { $0 + 1 } ?? 0)
    }

    /// Networks that are trained or run, each once.
    var variants: [NetworkVariant] {
        var variants: [NetworkVariant] = []
        for case .training(let cell) in cells where !variants.contains(cell.network) { variants.append(cell.network) }
        return variants
    }

    /// Trainings whose models are needed again.
    var kept: Set<TrainingCell> { Set(cells.compactMap(\.model)) }

    /// Seconds that the cell should take.
    ///
    /// - Parameter testCount: Test images of the data set.
    func seconds(_ cell: EvidenceCell, testCount: Int) -> Double {
        let scale = configuration.scale
        let images = Double(min(scale.probeImages, testCount))
        func predicting(_ network: NetworkVariant, _ count: Double) -> Double {
            0.2 + count / max(1, configuration.speeds[network.id]?.predictImagesPerSecond ?? 1000)
        }
        switch cell {
        case .training(let training):
            let speed = max(1, configuration.speeds[training.network.id]?.trainImagesPerSecond ?? 1000)
            let seen = Double(scale.trainImages * training.percent / 100 * scale.epochs(percent: training.percent))
            return 0.5 + seen / speed + predicting(training.network, Double(testCount + min(testCount, 2000)))
        case .shift(let model):
            let side = Double(ShiftProbe.shifts(for: shape).count)
            return predicting(model.network, images * (isFirst(model) ? side * side + 2 * side + 8 : 5))
        case .warp(let model):
            let probed = RotationClaim.probed(isFirst: isFirst(model))
            return predicting(model.network, images * Double(probed.angles.count + probed.factors.count))
        case .exchange(let model):
            let speed = max(1, configuration.speeds[model.network.id]?.trainImagesPerSecond ?? 1000)
            return 0.5 + 2 * Double(PermutationProbe.mostImages) / speed
        case .linearity(let model): return predicting(model.network, Double(shape.count) + images)
        case .equivariance: return 1
        case .filters(let model):
            // Each filter alone, half of them, and the responses of two models with their maps read back.
            let filters = configuration.firstFilters(model.network)
            return Double(filters) * predicting(model.network, images) + 4 * predicting(model.network, images + 2000)
        case .timing(let variant, let side):
            var network = configuration.given(variant)
            network.input = [shape[0], side, side]
            // Writing the weights, and reading them for a few batches.
            return 0.5 + Double((try? NetworkSummary(network).parameters) ?? 0) / 4e7
        }
    }

    /// Whether the model is of the run's first seed, whose curves are drawn whole.
    func isFirst(_ model: TrainingCell) -> Bool { model.seed == configuration.seeds.first }

    /// Whether no verdict uses the cell.
    func isInforming(_ cell: EvidenceCell) -> Bool {
        guard let first = configuration.seeds.first else { return false }
        return !claims.contains { claim in
            claim.exactCells(seed: first, shape: shape).contains(cell)
                || configuration.seeds.contains { claim.cells(seed: $0, shape: shape).contains(cell) }
        }
    }

    /// The largest scale whose cells all fit, and at the smallest one whatever fits of its queue.
    ///
    /// - Parameters:
    ///   - seconds: What is left of the budget.
    ///   - trainCount: Training images of the data set.
    /// - Throws: ``EvidenceError/Code/budgetTooSmall`` when not even the seeds that a verdict needs
    ///   fit for the first claim.
    static func scaled(
        _ configuration: EvidenceConfiguration, shape: Shape, trainCount: Int, testCount: Int, seconds: Double
    ) throws -> EvidenceConfiguration {
        // Predictions are of a moment; machines have others.
        let usable = 0.8 * seconds
        var smallest = configuration
        for share in [1.0, 0.6, 0.4, 0.2, 0.1, 0.05, 0.02, 0.01] {
            let images = max(min(trainCount, 1000), Int(Double(trainCount) * share))
            for probes in [2000, 1000, 500, 200] where probes <= max(200, testCount) {
                var scaled = configuration
                scaled.scale.trainImages = images
                scaled.scale.epochs = EvidenceScale.epochs(for: images)
                scaled.scale.probeImages = min(testCount, probes)
                smallest = scaled
                let forecast = try EvidencePlan(scaled, shape: shape).forecast(testCount: testCount, seconds: usable)
                if forecast.seeds >= min(scaled.seeds.count, ClaimLooks.seeds(of: 2)) { return scaled }
                if share > 0.1 { break }
            }
        }
        var least = smallest
        least.claims = Array(configuration.claims.prefix(1))
        least.seeds = Array(configuration.seeds.prefix(Judgement.leastPoints))
        let plan = try EvidencePlan(least, shape: shape)
        let needed = plan.cells.filter { cell in !plan.isInforming(cell) }.reduce(0) {
            $0 + plan.seconds($1, testCount: testCount)
        }
        guard needed <= usable else {
            throw EvidenceError(
                .budgetTooSmall, "the budget is too small for any verdict.",
                needs: "about \(Int((needed / 0.8).rounded(.up))) seconds",
                received: "\(max(0, Int(seconds))) seconds left",
                because:
                    "\(least.seeds.count) seeds of the claim \"\(configuration.claims.first ?? "")\" take so long here",
                advice: "a longer --budget, or smaller images")
        }
        return smallest
    }
}
