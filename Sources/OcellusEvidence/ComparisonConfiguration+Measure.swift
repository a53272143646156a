// SPDX-License-Identifier: Apache-2.0

package import OcellusData
import OcellusModel
import OcellusTensor
import OcellusTraining

extension ComparisonConfiguration {
    /// Measures what can only be measured, before anything is trained: gives the networks equal times where they are to be
    /// matched in time, and makes sure that memory and budget suffice.
    ///
    /// - Parameters:
    ///   - budget: Time of the whole command; `nil` for no end.
    ///   - deadline: When it ends.
    ///   - drawsPictures: Whether pictures need a part of it.
    /// - Throws: ``EvidenceError/Code/tooLarge``, ``EvidenceError/Code/budgetTooSmall``,
    ///   ``EvidenceError/Code/cannotMatch``; what ``validate(on:)`` throws.
    package mutating func measure(
        on images: ImageDataset, probe: SpeedProbe, budget: EvidenceBudget?, until deadline: ContinuousClock.Instant?,
        drawsPictures: Bool
    ) async throws {
        try validate(on: images)
        for entry in networks {
            let optimizer = training(entry, seed: seeds[0], settings: nil).optimizer
            try probe.checkMemory(of: entry.network, called: entry.name, optimizer)
        }
        guard match == .time || budget != nil else { return }
        try await measureSpeeds(on: images, probe: probe, until: deadline)
        let counts = try ComparisonPlan.Counts(images, self)
        if match == .time {
            let trainings = networks.map { SpeedProbe.Training(name: $0.name, probed($0)) }
            let steps = try await probe.steps(of: trainings, on: images.train, until: deadline)
            try matchTimes(steps.map(\.ratio), trainCount: counts.train)
            for (training, step) in zip(trainings, steps) {
                speeds[training.name]?.trainImagesPerSecond =
                    Double(min(training.configuration.batchSize, counts.train)) / max(1e-12, step.seconds)
            }
        }
        if let budget, let deadline {
            let left = (deadline - ContinuousClock.now).seconds
            try ComparisonPlan(self).requireFit(counts, in: left, of: budget.seconds, drawsPictures: drawsPictures)
        }
    }

    /// A network as it is trained at most: with everything that the search may add.
    private func probed(_ entry: Entry) -> (Network, TrainingConfiguration) {
        let settings = recipe.learningRates.isEmpty ? nil : search.slowest
        return (
            settings?.applied(to: entry.network) ?? entry.network, training(entry, seed: seeds[0], settings: settings)
        )
    }

    /// - Throws: ``EvidenceError/Code/budgetTooSmall`` when the time is over before anything is known.
    mutating func measureSpeeds(
        on images: ImageDataset, probe: SpeedProbe, until deadline: ContinuousClock.Instant?
    ) async throws {
        for entry in networks {
            if let deadline, ContinuousClock.now >= deadline { throw SpeedProbe.tooLate }
            let (network, configuration) = probed(entry)
            let speed = try await probe.speed(of: network, on: images.train, configuration)
            try probe.checkMemory(of: speed, called: entry.name)
            speeds[entry.name] = speed
        }
    }

    /// Gives every network as many steps as take what the slowest takes for its own epochs.
    ///
    /// Steps and not epochs: whole epochs would miss equal times by half of one.
    ///
    /// - Parameters:
    ///   - ratios: Seconds of a step of each network over those of the first.
    ///   - trainCount: Images of one epoch.
    /// - Throws: ``EvidenceError/Code/cannotMatch`` for more epochs than a training may have.
    mutating func matchTimes(_ ratios: [Double], trainCount: Int) throws {
        let trainings = networks.map { training($0, seed: seeds[0], settings: nil) }
        let own = trainings.map { Double($0.plannedSteps(of: trainCount)) }
        let times = zip(own, ratios).map { $0 * max(1e-12, $1) }
        guard let target = times.max(), let slowest = times.firstIndex(of: target) else { return }
        var parts: [String] = []
        for index in networks.indices {
            let perEpoch = trainings[index].stepsPerEpoch(of: trainCount)
            let steps = max(1, (target / max(1e-12, ratios[index])).rounded())
            guard steps <= 1_000_000 * Double(perEpoch) else {
                throw EvidenceError(
                    .cannotMatch,
                    "\(networks[index].name) trains too much faster than \(networks[slowest].name) for equal times.",
                    needs: "at most 1000000 epochs",
                    received: "\((steps / Double(perEpoch)).rounded(.up))",
                    advice: "fewer --epochs, or --match recipe")
            }
            networks[index].steps = Int(steps)
            networks[index].epochs = (Int(steps) + perEpoch - 1) / perEpoch
            let epochs = (10 * steps / Double(perEpoch)).rounded() / 10
            parts.append("\(networks[index].name) \(Int(steps)) steps (\(epochs) epochs)")
        }
        let planned = zip(networks, ratios).map { Double($0.steps ?? 0) * $1 }
        plannedSecondsRatio = planned.count > 1 ? planned[0] / max(1e-12, planned[1]) : nil
        matchNote =
            "Every network trains for as long as \(networks[slowest].name) needs for its epochs: "
            + parts.joined(separator: ", ")
            + ". The networks trained in turns for some seconds before, and the median of the ratios of their times "
            + "in the faster half of the rounds decided. The schedule of each spans its own steps; images seen differ."
    }
}
