// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
package import OcellusGraph
package import OcellusModel
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Makes a model file of weights that another program trained.
///
/// Everything is checked before anything is written, and nothing is loaded by guess: the network is named, or is the one whose
/// tensors the file holds by name and shape, all of them and no others.
package struct WeightsImport: Sendable {
    /// A file, or a directory with `config.json` beside the weights.
    package var place: URL
    /// A published name, e.g. `resnet18`; `nil` takes that of the configuration or finds the one that fits.
    package var architecture: String?
    /// Classes of a last layer that starts anew; `nil` keeps the file's.
    package var newHead: Int?
    /// Of the images; `nil` takes the configuration's, or the size that the weights are published for.
    package var size: Size2D?
    /// Names of the classes, in order.
    package var labels: [String]?
    /// What is known besides the configuration, which gives way.
    package var facts = Preprocessing.Facts()
    /// SPDX identifier, where the directory names none.
    package var license: String?
    /// Who published the weights, where it is not the directory.
    package var source: String?

    package init(_ place: URL) { self.place = place }

    package struct Result: Sendable {
        package var file: ModelFile
        package var match: WeightsMatch
        /// Library and name of the network.
        package var published: PublishedNetwork
        /// What a person should know, as sentences.
        package var notes: [String]
    }

    /// What is said of a licence that nobody stated.
    package static let unknownLicense = "not known"

    /// - Throws: ``ArchiveError`` for the files; errors of networks that do not take such images.
    package func run() throws -> Result {
        let isDirectory = FileStatus(of: Path(place))?.kind == .directory
        let configuration = isDirectory ? try PretrainedConfiguration(directory: place) : PretrainedConfiguration()
        let file = isDirectory ? try weightsFile() : place
        return try run(try StateDictionary(contentsOf: file), configuration)
    }

    private func weightsFile() throws -> URL {
        let names = ["model.safetensors", "pytorch_model.bin"]
        let files = names.map { place.appending(path: $0) }
        let found = files.first { FileManager.default.fileExists(atPath: $0.path(percentEncoded: false)) }
        guard let found else {
            let isDivided = FileManager.default.fileExists(
                atPath: place.appending(path: "model.safetensors.index.json").path(percentEncoded: false))
            throw ArchiveError(
                .missingFile, "\(place.path(percentEncoded: false)) holds no weights.",
                needs: names.joined(separator: " or "),
                received: isDivided ? "weights that are divided into several files" : nil,
                advice: "the file itself, with --arch")
        }
        return found
    }

    // MARK: Parts

    package func run(_ dictionary: StateDictionary, _ configuration: PretrainedConfiguration) throws -> Result {
        let published = try network(of: dictionary, configuration)
        let size = size ?? configuration.size ?? Size2D(published.side, published.side)
        let match = try WeightsMatch(
            dictionary, published, input: [3, size.height, size.width], newHead: newHead)
        let classes = try match.network.classes()
        if newHead == nil, let stated = configuration.classes, stated != classes {
            throw ArchiveError(
                .corrupt, "the configuration is not that of these weights.",
                needs: "\(classes) classes, as the last layer has",
                received: "\(stated) in config.json", advice: "the files as they were published")
        }
        var notes: [String] = []
        let facts = facts.completed(by: configuration.facts)
        let preprocessing = facts.preprocessing(size: size, channels: 3)
        try preprocessing?.validate()
        if preprocessing == nil {
            notes.append(
                "the preprocessing is not known: \(facts.missing.joined(separator: ", ")); evaluate and predict need it "
                    + "(--mean, --std, --interpolation, --crop-pct or --resize-side)")
        }
        let labels = try labels(classes, configuration, &notes)
        let license = license ?? configuration.license
        if license == nil { notes.append("the licence is not known: look it up, and state it by --license") }
        if newHead != nil { notes.append("the last layer is new: its answers mean nothing before it is trained") }
        var model = ModelFile(
            network: match.network, weights: match.weights, classes: labels, preprocessing: preprocessing)
        model.origin = WeightsOrigin(
            name: [published.library.rawValue, configuration.name ?? published.name].joined(separator: "/"),
            source: source ?? Path(place).absolute.name.text, license: license ?? Self.unknownLicense,
            sha256: dictionary.sha256)
        model.hasUntrainedHead = newHead != nil
        try model.validate()
        return Result(file: model, match: match, published: published, notes: notes)
    }

    private func network(
        of dictionary: StateDictionary, _ configuration: PretrainedConfiguration
    ) throws -> PublishedNetwork {
        guard let name = architecture ?? configuration.architecture else {
            let found = WeightsMatch.candidates(dictionary)
            if found.count == 1 { return found[0] }
            throw ArchiveError(
                .noNetwork, "\(dictionary.path) does not say what network it is of.",
                needs: found.isEmpty ? "the tensors of a network that is known" : "one of \(list(found))",
                received:
                    "\(dictionary.entries.count) tensors that fit \(found.isEmpty ? "none" : "several"), by name and shape",
                advice: found.isEmpty
                    ? "--arch with its name tells what is missing: \(list(PublishedNetwork.all))"
                    : "--arch, e.g. --arch \(found[0].name)")
        }
        let known = PublishedNetwork.named(name)
        guard let first = known.first else {
            let names = PublishedNetwork.all.map(\.name)
            throw ArchiveError(
                .noNetwork, "there is no published network \"\(name)\".", needs: "one of \(list(PublishedNetwork.all))",
                received: name, advice: closestMatch(to: name, in: names).map { "did you mean \"\($0)\"?" })
        }
        // Both libraries may have the name; the names of the tensors tell which.
        let input: Shape = [3, first.side, first.side]
        return try known.first {
            try TensorAssignment(dictionary, $0, input: input, newHead: newHead).problem == nil
        } ?? known.max { a, b in
            (try? overlap(dictionary, a)) ?? 0 < (try? overlap(dictionary, b)) ?? 0
        } ?? first
    }

    /// How many of a network's names a file has.
    private func overlap(_ dictionary: StateDictionary, _ published: PublishedNetwork) throws -> Int {
        try published.names(input: [3, published.side, published.side], classes: 2).count {
            dictionary[$0.theirs] != nil
        }
    }

    private func list(_ networks: [PublishedNetwork]) -> String {
        var names: [String] = []
        for network in networks where !names.contains(network.name) { names.append(network.name) }
        return names.joined(separator: ", ")
    }

    private func labels(
        _ classes: Int, _ configuration: PretrainedConfiguration, _ notes: inout [String]
    ) throws -> [String] {
        let given = labels ?? (newHead == nil ? configuration.labels : nil)
        guard let given else {
            notes.append("the names of the classes are not known: they are called 0 to \(classes - 1) (--labels)")
            return (0..<classes).map(String.init)
        }
        guard given.count == classes, Set(given).count == classes else {
            throw ArchiveError(
                .shapeMismatch, "the list of labels does not fit the network.", needs: "\(classes) different names",
                received: "\(Set(given).count) different of \(given.count)")
        }
        return given
    }
}
