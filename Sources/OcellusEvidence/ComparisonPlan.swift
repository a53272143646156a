// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusModel
import OcellusTensor
import OcellusTraining

/// The ordered trainings of a comparison and what they are expected to take.
///
/// Tuning comes first, trial by trial; then the seeds, each with all networks, so that the networks have the same seeds
/// wherever the queue is cut off.
struct ComparisonPlan {
    enum Step: Hashable, Codable, Sendable {
        /// The n-th point of the recipe's search.
        case trial(network: Int, number: Int)
        /// A training that is tested.
        case training(network: Int, seed: UInt64)

        var network: Int {
            switch self {
            case .trial(let network, _), .training(let network, _): network
            }
        }
        var isTested: Bool { if case .training = self { true } else { false } }
    }

    let configuration: ComparisonConfiguration
    /// The queue.
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

    /// The result of a step, in the directory of the run.
    func file(of step: Step) -> String {
        let name = if case .trial = step { "trial.json" } else { "cell.json" }
        return "\(path(of: step))/\(name)"
    }

    /// What must be finished before: of a trial the stages before its own, of a training that is tested all trials of its
    /// network.
    func needs(_ step: Step) -> [Step] {
        let count =
            switch step {
            case .trial(_, let number): configuration.search.trials(before: number)
            case .training: configuration.search.count
            }
        return (0..<count).map { .trial(network: step.network, number: $0) }
    }

    /// The trials of a network, up to the first that is missing.
    func trials(of network: Int, in results: [Step: ComparisonResult]) -> [ComparisonTrial] {
        var trials: [ComparisonTrial] = []
        for number in 0..<configuration.search.count {
            guard case .trial(let trial)? = results[.trial(network: network, number: number)] else { break }
            trials.append(trial)
        }
        return trials
    }

    /// What a person is told that is under way.
    func task(of step: Step, _ settings: TrialSettings?) -> ComparisonTask {
        let (search, name) = (configuration.search, configuration.networks[step.network].name)
        switch step {
        case .trial(_, let number):
            return ComparisonTask(
                network: name, seed: configuration.tuningSeed,
                purpose: .tuning(trial: number + 1, of: search.count, settings ?? search.base))
        case .training(_, let seed): return ComparisonTask(network: name, seed: seed, purpose: .comparison)
        }
    }

    // MARK: Time

    /// Numbers of images that decide how long things take.
    struct Counts {
        var train: Int
        var validation: Int
        var test: Int

        /// Those of the first seed.
        init(_ images: ImageDataset, _ configuration: ComparisonConfiguration) throws {
            train = try configuration.trainingImages(of: images, seed: configuration.seeds[0]).count
            validation =
                configuration.recipe.validationFraction > 0 ? images.validation?.count ?? images.train.count - train : 0
            test = images.test.count
        }
    }

    /// Seconds that a step should take; 0 for a network whose speed is not known.
    func seconds(_ step: Step, _ counts: Counts) -> Double {
        let entry = configuration.networks[step.network]
        guard let speed = configuration.speeds[entry.name] else { return 0 }
        let settings = configuration.training(entry, seed: 0, settings: nil)
        let seen = settings.imagesSeen(in: settings.epochs, of: counts.train)
        let training =
            Double(seen) / max(1, speed.trainImagesPerSecond)
            + Double(settings.epochs) * predicting(counts.validation, speed)
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
    /// - Parameters:
    ///   - seconds: What is left.
    ///   - budget: Seconds of the whole command, of which some are spent.
    /// - Throws: ``EvidenceError/Code/budgetTooSmall``.
    func requireFit(_ counts: Counts, in seconds: Double, of budget: Double, drawsPictures: Bool) throws {
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
            received: "\(Int(max(0, seconds))) seconds left of \(Self.argument(budget))",
            because: "\(parts.joined(separator: " and ")) take so long here",
            // What was spent so far will be spent again, and the next prediction will be another one.
            advice: "--budget \(Self.argument(1.1 * (needed + budget - seconds))), fewer --epochs, or smaller images")
    }

    /// `45 seconds`, `12 minutes`, `3.2 hours`, never less than it is.
    private static func words(_ seconds: Double) -> String {
        switch seconds {
        case ..<120: "\(Int(seconds.rounded(.up))) seconds"
        case ..<7200: "\(Int((seconds / 60).rounded(.up))) minutes"
        default: "\((seconds / 360).rounded(.up) / 10) hours"
        }
    }

    /// As `--budget` reads it, never less than it is.
    static func argument(_ seconds: Double) -> String {
        seconds < 120 ? "\(Int(seconds.rounded(.up)))s" : "\(Int((seconds / 60).rounded(.up)))m"
    }
}
