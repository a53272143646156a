// SPDX-License-Identifier: Apache-2.0

package import OcellusImages
import OcellusModel
import OcellusTensor
import OcellusTraining

/// The ordered trainings of a comparison and what they are expected to take.
///
/// Tuning comes first, trial by trial; then the seeds, each with all networks, so that the networks have the same seeds
/// wherever the queue is cut off.
struct ComparisonPlan {
    enum Step: Hashable {
        /// The n-th point of the recipe's search.
        case trial(network: Int, number: Int)
        /// A training that is tested.
        case training(network: Int, seed: UInt64)

        var network: Int {
            switch self {
            case .trial(let network, _), .training(let network, _): network
            }
        }
    }

    let configuration: ComparisonConfiguration
    let steps: [Step]

    init(_ configuration: ComparisonConfiguration) {
        self.configuration = configuration
        let networks = configuration.networks.indices
        steps =
            (0..<configuration.search.count).flatMap { number in
                networks.map { Step.trial(network: $0, number: number) }
            }
            + configuration.seeds.flatMap { seed in networks.map { Step.training(network: $0, seed: seed) } }
    }

    /// The step's directory in that of the run, and its name in the frozen queue.
    func path(of step: Step) -> String {
        switch step {
        case .trial(let network, let number): "tuning/\(directoryName(network))-\(number + 1)"
        case .training(let network, let seed): "seed-\(seed)/\(directoryName(network))"
        }
    }

    /// `1-cnn`: the position keeps names apart that differ only in characters a directory should not have.
    private func directoryName(_ network: Int) -> String {
        let name = configuration.networks[network].name.lowercased().map { character in
            character.isASCII && (character.isLetter || character.isNumber) ? character : "-"
        }
        return "\(network)-\(String(name).prefix(40))"
    }

    // MARK: Time

    /// Numbers of images that decide how long things take.
    struct Counts {
        var train: Int
        var validation: Int
        var test: Int

        init(_ images: ImageDataset, _ configuration: ComparisonConfiguration) {
            let all = images.train.count
            test = images.test.count
            if configuration.recipe.validationFraction == 0 {
                (train, validation) = (all, 0)
            } else if let given = images.validation {
                (train, validation) = (all, given.count)
            } else {
                let share = configuration.fold.map { 1 / Double($0.count) } ?? configuration.recipe.validationFraction
                validation = Int((share * Double(all)).rounded())
                train = all - validation
            }
        }
    }

    /// Seconds that a step should take; 0 for a network whose speed is not known.
    func seconds(_ step: Step, _ counts: Counts) -> Double {
        let entry = configuration.networks[step.network]
        guard let speed = configuration.speeds[entry.name] else { return 0 }
        let epochs = Double(configuration.training(entry, seed: 0, settings: nil).epochs)
        let training =
            epochs
            * (Double(counts.train) / max(1, speed.trainImagesPerSecond) + predicting(counts.validation, speed))
        guard case .training = step else { return 0.5 + training + Self.writing(speed) }
        return 0.5 + training + predicting(counts.test, speed) + Self.writing(speed)
    }

    func seconds(_ counts: Counts) -> Double { steps.reduce(0) { $0 + seconds($1, counts) } }

    /// Seconds behind the last step that fits: what is under way must come to its end, and the record be written.
    func reserve(_ counts: Counts) -> Double {
        EvidenceBudget.reserve
            + configuration.speeds.values.reduce(0) { most, speed in
                max(most, 1.5 * predicting(counts.validation + counts.test, speed) + 2 * Self.writing(speed))
            }
    }

    /// Seconds that the pictures should take, with a third to spare: mostly the shift curves, which read the test images 26
    /// times, and reading them again for samples and filters.
    func drawing(_ counts: Counts) -> Double {
        configuration.speeds.values.reduce(1) { $0 + 1 + 40 * predicting(counts.test, $1) }
    }

    private func predicting(_ images: Int, _ speed: NetworkSpeed) -> Double {
        Double(images) / max(1, speed.predictImagesPerSecond)
    }

    /// A checkpoint: what a training holds is an upper bound of what is written, at a slow disk's 200 MB/s.
    private static func writing(_ speed: NetworkSpeed) -> Double { Double(speed.memory) / 200e6 }

    /// Throws unless the tuning and two seeds (or the only one) fit into four fifths of the time: predictions are of a moment.
    ///
    /// - Throws: ``EvidenceError/Code/budgetTooSmall``.
    func requireFit(_ counts: Counts, in seconds: Double, drawsPictures: Bool) throws {
        var least = configuration
        least.seeds = Array(configuration.seeds.prefix(2))
        let shortest = ComparisonPlan(least)
        let behind = reserve(counts) + (drawsPictures ? drawing(counts) : 0)
        let needed = shortest.seconds(counts) / 0.8 + behind
        guard needed > seconds else { return }
        let trials = configuration.search.count
        let parts =
            (trials > 0 ? ["\(trials) trials of each network"] : []) + [
                least.seeds.count == 1 ? "one training of each" : "\(least.seeds.count) trainings of each"
            ]
        throw EvidenceError(
            .budgetTooSmall, "the budget is too small for a result.",
            needs: "about \(Self.words(needed)); all \(configuration.seeds.count) seeds take about "
                + Self.words(self.seconds(counts) / 0.8 + behind),
            received: "\(Int(max(0, seconds))) seconds left",
            because: "\(parts.joined(separator: " and ")) take so long here",
            advice: "--budget \(Self.argument(needed)), fewer --epochs, or smaller images")
    }

    /// `45 seconds`, `12 minutes`, `3.2 hours`, never less than it is.
    private static func words(_ seconds: Double) -> String {
        switch seconds {
        case ..<120: "\(Int(seconds.rounded(.up))) seconds"
        case ..<7200: "\(Int((seconds / 60).rounded(.up))) minutes"
        default: "\((seconds / 360).rounded(.up) / 10) hours"
        }
    }

    /// As `--budget` reads it.
    private static func argument(_ seconds: Double) -> String {
        seconds < 120 ? "\(Int(seconds.rounded(.up)))s" : "\(Int((seconds / 60).rounded(.up)))m"
    }
}

extension ComparisonConfiguration {
    /// Measures what can only be measured, before anything is trained: gives the networks equal times where they are to be
    /// matched in time, and makes sure that memory and budget suffice.
    ///
    /// - Parameters:
    ///   - deadline: When everything must be done; `nil` for no end.
    ///   - drawsPictures: Whether pictures need a part of it.
    /// - Throws: ``EvidenceError/Code/tooLarge``, ``EvidenceError/Code/budgetTooSmall``,
    ///   ``EvidenceError/Code/cannotMatch``; ``ModelError``.
    package mutating func measure(
        on images: ImageDataset, probe: SpeedProbe, until deadline: ContinuousClock.Instant?, drawsPictures: Bool
    ) async throws {
        try validate()
        for entry in networks {
            let optimizer = training(entry, seed: seeds[0], settings: nil).optimizer
            try probe.checkMemory(of: entry.network, called: entry.name, optimizer)
        }
        guard match == .time || deadline != nil else { return }
        try await measureSpeeds(on: images, probe: probe, until: deadline)
        let counts = ComparisonPlan.Counts(images, self)
        if match == .time { try matchTimes(trainCount: counts.train) }
        if let deadline {
            let left = (deadline - ContinuousClock.now).seconds
            try ComparisonPlan(self).requireFit(counts, in: left, drawsPictures: drawsPictures)
        }
    }

    /// For equal times twice in turn, so that a moment in which the machine is busy does not fall on one network alone.
    ///
    /// - Throws: ``EvidenceError/Code/budgetTooSmall`` when the time is over before anything is known.
    mutating func measureSpeeds(
        on images: ImageDataset, probe: SpeedProbe, until deadline: ContinuousClock.Instant?
    ) async throws {
        let slowest = search.slowest
        var found: [String: [NetworkSpeed]] = [:]
        for _ in 0..<(match == .time ? 2 : 1) {
            for entry in networks {
                if let deadline, ContinuousClock.now >= deadline {
                    throw EvidenceError(
                        .budgetTooSmall, "the time was over before the speeds of the networks were measured.",
                        needs: "some seconds for each network", advice: "a longer --budget")
                }
                let tuned = recipe.learningRates.isEmpty ? nil : slowest
                let speed = try await probe.speed(
                    of: slowest.applied(to: entry.network), on: images.train,
                    training(entry, seed: seeds[0], settings: tuned))
                try probe.checkMemory(of: speed, called: entry.name)
                found[entry.name, default: []].append(speed)
            }
        }
        speeds = found.compactMapValues { speeds in
            guard let first = speeds.first, let last = speeds.last else { return nil }
            // The mean of the times of one image.
            func mean(_ value: (NetworkSpeed) -> Double) -> Double {
                2 / (1 / max(1e-9, value(first)) + 1 / max(1e-9, value(last)))
            }
            return NetworkSpeed(
                trainImagesPerSecond: mean(\.trainImagesPerSecond),
                predictImagesPerSecond: mean(\.predictImagesPerSecond), memory: max(first.memory, last.memory))
        }
    }

    /// Gives every network as many epochs as take what the slowest takes for its own.
    ///
    /// - Throws: ``EvidenceError/Code/cannotMatch`` for more epochs than a training may have.
    mutating func matchTimes(trainCount: Int) throws {
        func epochTime(_ entry: Entry) -> Double {
            Double(trainCount) / max(1e-9, speeds[entry.name]?.trainImagesPerSecond ?? 0)
        }
        let times = networks.map { entry in
            (entry, Double(training(entry, seed: seeds[0], settings: nil).epochs) * epochTime(entry))
        }
        guard let (slowest, target) = times.max(by: { $0.1 < $1.1 }) else { return }
        var parts: [String] = []
        for index in networks.indices {
            let epochs = max(1, (target / epochTime(networks[index])).rounded())
            guard epochs <= 1_000_000 else {
                throw EvidenceError(
                    .cannotMatch,
                    "\(networks[index].name) trains too much faster than \(slowest.name) for equal times.",
                    needs: "at most 1000000 epochs", received: "\(epochs)",
                    advice: "fewer --epochs, or --match recipe")
            }
            networks[index].epochs = Int(epochs)
            parts.append("\(networks[index].name) \(Int(epochs))")
        }
        matchNote =
            "Every network trains for as long as \(slowest.name) needs, measured for a moment before: epochs "
            + parts.joined(separator: ", ") + ". The schedule of each spans its own epochs; images seen differ."
    }
}
