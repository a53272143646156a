// SPDX-License-Identifier: Apache-2.0

package import OcellusData
import OcellusMetrics
public import OcellusModel
package import OcellusPlan
import OcellusTensor
public import OcellusTraining

/// Everything that decides a comparison, with every default spelled out: `configuration.json` of its run.
public struct ComparisonConfiguration: Codable, Sendable, Equatable {
    /// A network under the name it has in tables.
    public struct Entry: Codable, Sendable, Equatable {
        /// In tables; `ANN` and `CNN` for the two that the command knows by these names.
        public var name: String
        public var network: Network
        /// Replaces the number of the recipe and of the whole comparison.
        public var epochs: Int? = nil
        /// Ends the training within the last of the epochs.
        package var steps: Int? = nil

        public init(name: String, network: Network) {
            self.name = name
            self.network = network
        }
    }

    package var version = 2
    /// The command line to repeat the run, one word an element.
    public var command: [String]
    public var data: DataRequest
    public var recipe: Recipe
    /// What the networks were made equal in.
    public internal(set) var match = NetworkMatch.asGiven
    /// What was done to match the networks; absent when nothing was.
    public internal(set) var matchNote: String?
    /// In the order in which they are shown; the first two are the pair that is compared.
    public var networks: [Entry]
    public var seeds: [UInt64]
    /// Replaces the recipe's number for every network.
    package var epochs: Int?
    /// How the training images of every network are changed at random; `nil` leaves them.
    public var augmentation: Augmentation?
    /// Held out instead of the recipe's share.
    package var fold: Fold?
    /// How unequal classes are made to count the same; `nil` leaves them.
    package var balance: ClassBalance?
    /// Divides the images of tuning: none of ``seeds``, so that no seed of the comparison has been tuned on its own split.
    package var tuningSeed: UInt64
    /// Time of a training of the first network over one of the second as planned by ``NetworkMatch/time``.
    package var plannedSecondsRatio: Double?
    /// By network name, where they had to be measured before the plan was made.
    package var speeds: [String: NetworkSpeed] = [:]
    package var engine: EngineSettings
    /// Library, version and instruction set that compute, set when the run is made; absent in older runs.
    package var engineDetails: String?
    /// SHA-256 of the training and test images, set when the run is made.
    package var dataSha256 = ""
    /// The frozen queue: names of the trainings in their order, set when the run is made.
    package var queue: [String] = []

    package init(
        command: [String], data: DataRequest, recipe: Recipe, networks: [Entry], seeds: [UInt64] = [0, 1, 2, 3, 4],
        epochs: Int? = nil, augmentation: Augmentation? = nil, fold: Fold? = nil, balance: ClassBalance? = nil,
        engine: EngineSettings
    ) {
        self.command = command
        self.data = data
        self.recipe = recipe
        self.networks = networks
        self.seeds = seeds
        self.epochs = epochs
        self.augmentation = augmentation
        self.fold = fold
        self.balance = balance
        tuningSeed = Self.tuningSeed(outside: seeds)
        self.engine = engine
    }

    private static func tuningSeed(outside seeds: [UInt64]) -> UInt64 {
        (0...UInt64(seeds.count)).map { (seeds.max() ?? 0) &+ 1 &+ $0 }.first { !seeds.contains($0) } ?? 0
    }

    /// Takes more seeds: the next ones, but for that on whose split the settings were tuned.
    ///
    /// Where nothing was tuned, the seeds are those that the comparison would have had from its beginning.
    ///
    /// - Throws: ``EvidenceError/Code/outOfRange`` for fewer than there are.
    mutating func grow(to count: Int, of path: String) throws {
        guard count >= seeds.count else { throw EvidenceError.fewerSeeds(count, than: seeds.count, of: path) }
        var next = seeds.max() ?? 0
        while seeds.count < count {
            next &+= 1
            if !seeds.contains(next), search.count == 0 || next != tuningSeed { seeds.append(next) }
        }
        if search.count == 0 { tuningSeed = Self.tuningSeed(outside: seeds) }
    }

    /// The name of a network in tables: names known to the library in capitals when they are abbreviations, a number for
    /// a network written out.
    package static func displayName(of argument: String, position: Int) -> String {
        switch argument {
        case "ann", "cnn": argument.uppercased()
        case _ where Network.names.contains(argument): argument
        default: "network \(position + 1)"
        }
    }

    /// Makes the networks equal in what can be computed: resizes the first to the second's parameters or multiply-adds, or
    /// takes the recipe that the match means. Equal times need ``measure(on:probe:until:drawsPictures:)`` after it.
    ///
    /// - Throws: ``EvidenceError/Code/cannotMatch``.
    package mutating func matchNetworks(by match: NetworkMatch) throws {
        guard match != .asGiven else { return }
        guard networks.count > 1 else {
            throw EvidenceError(
                .cannotMatch, "there is no second network to match.", needs: "two networks",
                received: "\(networks.count)")
        }
        self.match = match
        if let recipe = match.recipe { self.recipe = recipe }
        guard match.isOfSize else { return }
        let resized = try match.resized(networks[0].network, toFit: networks[1].network)
        networks[0].network = resized.network
        matchNote = match.note(networks[0].name, networks[1].name, resized)
    }

    /// What is equal: a recipe that makes something so does it with and without being asked for by the match.
    var effectiveMatch: NetworkMatch {
        guard match == .asGiven else { return match }
        return NetworkMatch.allCases.first { $0.recipe == recipe } ?? .asGiven
    }

    /// What is tuned of each training.
    var search: RecipeSearch {
        RecipeSearch(recipe, image: networks.first?.network.input ?? [], augmentation: augmentation)
    }

    /// Everything that decides one training but the weights of classes, which follow its split.
    ///
    /// - Parameter settings: The tuned ones; `nil` takes the recipe's own.
    func training(_ entry: Entry, seed: UInt64, settings: TrialSettings?) -> TrainingConfiguration {
        var configuration = recipe.configuration(
            for: entry.network, seed: seed, epochs: entry.epochs ?? epochs, learningRate: settings?.learningRate,
            augmentation: settings.map(\.augmentation) ?? augmentation)
        if let settings, case .adamW(let rate, let beta1, let beta2, let epsilon, _) = configuration.optimizer {
            configuration.optimizer = .adamW(
                learningRate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: settings.weightDecay)
        }
        configuration.steps = entry.steps
        if balance == .sampler { configuration.sampling = .balanced }
        return configuration
    }

    /// What the recipe and the match hold equal and what they do not, one sentence each.
    var notes: [String] {
        let heldOut = fold.map { fold in
            fold.count.map { "Part \(fold.index + 1) of \($0)" } ?? "Fold \(fold.index + 1) of the table"
        }
        var notes = recipe.notes(
            epochs: networks.contains { $0.steps != nil } ? "by equal times, see below" : epochs.map { "\($0)" },
            augmentation: augmentation, image: networks.first?.network.input ?? [],
            heldOut: heldOut ?? "A tenth of every class", isDrawn: fold.map { $0.count != nil } ?? true)
        switch balance {
        case .weights: notes.append("Every class weighs the same in the loss.")
        case .sampler: notes.append("Every epoch shows as many images of each class.")
        case nil: break
        }
        return notes + (matchNote.map { [$0] } ?? [])
    }

    /// The images that one training is made with; the others validate.
    ///
    /// - Parameter images: All of them.
    func trainingImages(of images: ImageDataset, seed: UInt64) throws -> ImageSet {
        guard recipe.validationFraction > 0 else { return images.train }
        return try TrainingParts.trainingImages(
            of: images, validationFraction: recipe.validationFraction, fold: fold(of: images, seed: seed), seed: seed)
    }

    /// What validates for a seed: a table's folds follow no seed, so tuning takes the next of them.
    func fold(of images: ImageDataset, seed: UInt64) -> Fold? {
        seed == tuningSeed ? fold?.forTuning(images.train.folds) : fold
    }

    /// As ``validate()``, and that the images can be divided for every training.
    ///
    /// - Throws: ``EvidenceError``, ``ModelError``, ``DataError``; ``TrainingError/Code/noImages`` when a class that is to be
    ///   weighed has no image left in one of the splits.
    package func validate(on images: ImageDataset) throws {
        try validate()
        for seed in (search.count > 0 ? [tuningSeed] : []) + seeds {
            let training = try trainingImages(of: images, seed: seed)
            if balance == .weights { _ = try ClassBalance.weights(of: training) }
        }
    }

    /// Throws for the first setting that makes no comparison, before anything is trained.
    package func validate() throws {
        guard !networks.isEmpty else {
            throw EvidenceError(
                .noNetworks, "there is no network to train.", needs: "at least one", advice: "--networks ann cnn")
        }
        guard !seeds.isEmpty else {
            throw EvidenceError(
                .noSeeds, "there is no seed.", needs: "at least one, and \(Judgement.leastPoints) for a verdict")
        }
        var names = Set<String>()
        for entry in networks where !names.insert(entry.name).inserted {
            throw EvidenceError(
                .duplicateName, "two networks have the name \"\(entry.name)\".", needs: "a name for each",
                advice: "give each network once")
        }
        var known = Set<UInt64>()
        for seed in seeds where !known.insert(seed).inserted {
            throw EvidenceError(
                .duplicateSeed, "the seed \(seed) is given twice.", needs: "different seeds",
                because: "the same seed gives the same training, so it would count twice")
        }
        guard fold == nil || recipe.validationFraction > 0 else {
            throw EvidenceError(
                .outOfRange, "the recipe \(recipe.rawValue) holds no images out.",
                needs: "a recipe with validation images for a fold", advice: "--recipe matched, or no --fold")
        }
        for entry in networks {
            try entry.network.validate()
            try search.slowest.applied(to: entry.network).validate()
            try training(entry, seed: seeds[0], settings: nil).validate(classes: try entry.network.classes())
        }
    }
}
