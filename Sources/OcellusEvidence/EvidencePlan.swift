// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusModel
import OcellusTensor

/// The ordered cells of a run and what they are expected to take.
struct EvidencePlan {
    let configuration: EvidenceConfiguration
    let claims: [any Claim]
    let shape: Shape
    /// Claim by claim with all seeds: one verdict is worth more than two that cannot tell. What claims share is made for the
    /// first of them.
    let cells: [EvidenceCell]

    init(_ configuration: EvidenceConfiguration, shape: Shape) throws {
        self.configuration = configuration
        self.shape = shape
        claims = try Claims.named(configuration.claims)
        var cells: [EvidenceCell] = []
        var known = Set<EvidenceCell>()
        for claim in claims {
            for (position, seed) in configuration.seeds.enumerated() {
                for cell in claim.cells(seed: seed, isFirst: position == 0, shape: shape)
                where known.insert(cell).inserted {
                    cells.append(cell)
                }
            }
        }
        self.cells = cells
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
            return predicting(model.network, images * (side * side + 2 * side + 8))
        case .warp(let model):
            return predicting(
                model.network, images * Double(RotationClaim.angles.count + RotationClaim.factors.count))
        case .linearity(let model): return predicting(model.network, Double(shape.count) + images)
        case .equivariance: return 1
        case .filters(let model):
            // Each filter alone, half of them, and the responses of two models with their maps read back.
            let filters = configuration.firstFilters(model.network)
            return Double(filters) * predicting(model.network, images) + 4 * predicting(model.network, images + 2000)
        case .timing(let variant, let side):
            var network = configuration.network(variant)
            network.input = [shape[0], side, side]
            // Writing the weights, and reading them for a few batches.
            return 0.5 + Double((try? NetworkSummary(network).parameters) ?? 0) / 4e7
        }
    }

    func seconds(testCount: Int) -> Double { cells.reduce(0) { $0 + seconds($1, testCount: testCount) } }

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
                if try EvidencePlan(scaled, shape: shape).seconds(testCount: testCount) <= usable { return scaled }
                if share > 0.1 { break }
            }
        }
        var least = smallest
        least.claims = Array(configuration.claims.prefix(1))
        least.seeds = Array(configuration.seeds.prefix(Judgement.leastPoints))
        let needed = try EvidencePlan(least, shape: shape).seconds(testCount: testCount)
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
