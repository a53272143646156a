// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Ocellus
import OcellusArchive
import OcellusFiles
import OcellusGraph
import OcellusInference
import OcellusModel
import OcellusReport
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `ocellus import`: weights of torchvision and timm as a model file.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make a model file of weights that PyTorch's libraries trained.",
        discussion: """
              ocellus import resnet18.a1_in1k -o resnet18.safetensors
              ocellus import mobilenet_v2-b0353104.pth --license BSD-3-Clause -o mobilenetv2.safetensors
              ocellus import vit_small_patch14_dinov2.lvd142m --size 224 --new-head 5 -o dinov2.safetensors

            Takes a directory of timm or Hugging Face (config.json and model.safetensors), a safetensors file, or a state \
            dictionary of torch.save, of which nothing is executed. Tensors are matched by exact name and shape; what does not \
            fit is an error. Networks: \(ImportCommand.networks).
            """)

    private static var networks: String {
        var names: [String] = []
        for network in PublishedNetwork.all where !names.contains(network.name) { names.append(network.name) }
        return names.joined(separator: ", ")
    }

    @Argument(help: ArgumentHelp("A directory or a file of weights.", valueName: "path"))
    var weights: PathArgument

    @Option(
        help: ArgumentHelp(
            "The network, by its published name. Left out: that of config.json, or the one that the tensors fit.",
            valueName: "name"))
    var arch: String?

    @Option(
        help: ArgumentHelp(
            "Leave the last layer out and start one for so many classes anew, or for these names, divided by commas.",
            valueName: "classes"))
    var newHead: HeadArgument?

    @Option(help: ArgumentHelp("A file with one class name a line, in the order of the weights.", valueName: "file"))
    var labels: PathArgument?

    @Option(
        help: ArgumentHelp(
            "Size of the images, e.g. 224 or 320x240 (width x height); a transformer's positions are resized.",
            valueName: "size"))
    var size: ImageSizeArgument?

    @Option(help: ArgumentHelp("Licence of the weights, where the directory names none.", valueName: "id"))
    var license: String?

    @Option(help: ArgumentHelp("Where the weights come from, e.g. an address.", valueName: "text"))
    var source: String?

    @OptionGroup var preprocessing: PreprocessingOptions

    @Flag(help: "List every tensor, not only those that were not simply taken.")
    var tensors = false

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Where the model file goes.", valueName: "file"))
    var file: PathArgument

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard labels == nil || newHead?.names == nil else {
            throw ValidationError("--labels and the names of --new-head say the same; give one.")
        }
    }

    func run() async throws {
        var request = WeightsImport(weights.url)
        request.architecture = arch
        request.newHead = newHead?.count
        request.size = size.map { Size2D($0.height, $0.width) }
        request.labels = try labels.map(Self.names(in:)) ?? newHead?.names
        request.facts = preprocessing.facts
        (request.license, request.source) = (license, source)
        let result = try request.run()
        let progress = output.progress()
        for note in result.notes { progress.message("note: \(note)") }
        // With a self-test, where pictures can be answered.
        if result.file.preprocessing == nil {
            try result.file.write(to: file.url)
        } else {
            try Classifier(result.file, backend: try engine.make()).save(to: file.url)
        }
        let document = ImportDocument(file.text, result)
        if output.json {
            try Console.outputJSON(document)
        } else {
            try Console.output(document.text(output.stdout, listsAll: tensors))
        }
    }

    private static func names(in file: PathArgument) throws -> [String] {
        let data = try ArchiveError.ofFiles { try AtomicFile.read(file.url, limit: 1 << 24) }
        var lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.trimmed
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}

/// `5`, or `ants,bees`
struct HeadArgument: ExpressibleByArgument {
    var count: Int
    var names: [String]?

    init?(argument: String) {
        if let count = Int(argument) {
            guard (2...1 << 20).contains(count) else { return nil }
            self.count = count
        } else {
            let names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard names.count >= 2, Set(names).count == names.count, !names.contains("") else { return nil }
            (count, self.names) = (names.count, names)
        }
    }
}

/// What `ocellus import` prints.
private struct ImportDocument: Encodable {
    var schema = 1
    var model: String
    var network: String
    var library: String
    var parameters: Int
    var classes: Int
    var origin: WeightsOrigin?
    var preprocessing: Preprocessing?
    var counts: [String: Int]
    var tensors: [WeightsMatch.Row]
    var notes: [String]

    init(_ path: String, _ result: WeightsImport.Result) {
        model = path
        network = result.published.name
        library = result.published.library.rawValue
        parameters = result.match.weights.parameters.reduce(0) { $0 + $1.shape.count }
        classes = result.file.classes.count
        origin = result.file.origin
        preprocessing = result.file.preprocessing
        tensors = result.match.rows
        counts = Dictionary(
            uniqueKeysWithValues: WeightsMatch.Fate.allCases.map { ($0.rawValue, result.match.count($0)) })
        notes = result.notes
    }

    func text(_ style: TerminalStyle, listsAll: Bool) -> String {
        let listed = tensors.filter { listsAll || ![.matched, .renamed].contains($0.fate) }
        var lines = [
            "network  \(network) of \(library), \(NumberText.integer(parameters)) parameters, \(classes) classes",
            "licence  \(origin?.license ?? WeightsImport.unknownLicense)",
            "tensors  "
                + WeightsMatch.Fate.allCases.compactMap { fate in
                    counts[fate.rawValue].flatMap { $0 > 0 ? "\($0) \(fate.rawValue)" : nil }
                }.joined(separator: ", "),
        ].map(style.shown)
        if !listed.isEmpty {
            let table = TextTable(
                [
                    .init("tensor", .left), .init("in the file", .left), .init("in the model", .left),
                    .init("shape", .left),
                ],
                rows: listed.map { row in
                    [
                        row.fate.rawValue, row.file ?? "", row.model ?? "",
                        row.shape.map(String.init).joined(separator: "×"),
                    ]
                })
            lines.append(table.rendered(style).trimmed)
        }
        return (lines + [style.shown("model    \(model)")]).joined(separator: "\n")
    }
}
