// SPDX-License-Identifier: Apache-2.0

package import OcellusModel
import OcellusTensor
package import OcellusTraining

/// Everything that decides a comparison, with every default spelled out: `configuration.json` of its run.
package struct ComparisonConfiguration: Codable, Sendable, Equatable {
    /// A network under the name it has in tables.
    package struct Entry: Codable, Sendable, Equatable {
        package var name: String
        package var network: Network

        package init(name: String, network: Network) {
            self.name = name
            self.network = network
        }
    }

    package var version = 1
    /// The command line to repeat the run, one word an element.
    package var command: [String]
    package var data: DataRequest
    package var recipe: Recipe
    /// What was done to the first network to match the second; absent when nothing was.
    package var matchNote: String?
    /// In the order in which they are shown; the first two are the pair that is compared.
    package var networks: [Entry]
    package var seeds: [UInt64]
    /// Replaces the recipe's number for every network.
    package var epochs: Int?
    /// How the training images of every network are changed at random; `nil` leaves them.
    package var augmentation: Augmentation?
    /// `onednn` or `reference`.
    package var backend: String
    package var threads: Int
    /// Absent in runs of versions that had float32 alone.
    package var precision: Precision?
    /// SHA-256 of the training and test images, set when the run is made.
    package var dataSha256 = ""

    package init(
        command: [String], data: DataRequest, recipe: Recipe, networks: [Entry], seeds: [UInt64] = [0, 1, 2, 3, 4],
        epochs: Int? = nil, augmentation: Augmentation? = nil, backend: String, threads: Int,
        precision: Precision = .float32
    ) {
        self.command = command
        self.data = data
        self.recipe = recipe
        self.networks = networks
        self.seeds = seeds
        self.epochs = epochs
        self.augmentation = augmentation
        self.backend = backend
        self.threads = threads
        self.precision = precision
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

    /// Resizes the first network to the second's cost.
    ///
    /// - Throws: ``EvidenceError/Code/cannotMatch``.
    package mutating func resizeFirst(by match: NetworkMatch) throws {
        guard match != .asGiven else { return }
        guard networks.count > 1 else {
            throw EvidenceError(
                .cannotMatch, "there is no second network to match.", needs: "two networks",
                received: "\(networks.count)")
        }
        let resized = try match.resized(networks[0].network, toFit: networks[1].network)
        networks[0].network = resized.network
        matchNote = match.note(networks[0].name, networks[1].name, resized)
    }

    /// Throws for the first setting that makes no comparison, before anything is trained.
    package func validate() throws {
        guard !networks.isEmpty else {
            throw EvidenceError(
                .noNetworks, "there is no network to train.", needs: "at least one", advice: "--networks ann cnn")
        }
        guard !seeds.isEmpty else {
            throw EvidenceError(.noSeeds, "there is no seed.", needs: "at least one, and two for a verdict")
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
        for entry in networks {
            try entry.network.validate()
            try recipe.configuration(for: entry.network, seed: seeds[0], epochs: epochs, augmentation: augmentation)
                .validate(classes: try entry.network.classes())
        }
    }
}
