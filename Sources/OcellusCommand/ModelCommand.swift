// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import OcellusData
import OcellusDatasets
import OcellusPixels
import OcellusReport
import OcellusTensor

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `ocellus model`: weights that others published, and what a model file says of itself.
struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "List and fetch published weights of networks for photos; write a model card.",
        discussion: """
              ocellus model list
              ocellus model fetch resnet18.a1_in1k
              ocellus import "$(ocellus model where resnet18.a1_in1k)" -o resnet18.safetensors
              ocellus model card runs/train/cnn-1/model.safetensors

            Only weights whose licence allows every use are listed; others can be imported from a file.
            """,
        subcommands: [
            ModelListCommand.self, ModelFetchCommand.self, ModelWhereCommand.self, ModelLicenceCommand.self,
            ModelCardCommand.self,
        ])
}

/// `ocellus model list`
struct ModelListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the weights that are known by name, and which of them are here.",
        discussion: """
            Top-1 is the share of ImageNet's validation images that are classified right at 224 pixels, as timm's \
            results-imagenet.csv states it. Nobody here has verified a checksum: the hub's own is checked and kept at the first fetch.
            """)

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let fetcher = WeightsFetcher()
        if output.json {
            return try Console.outputJSON(try ModelDocument(PublishedWeights.all, fetcher))
        }
        let table = TextTable(
            [
                .init("name", .left, shrinks: true), .init("licence", .left), .init("parameters"), .init("download"),
                .init("top-1"), .init("here", .left),
            ],
            rows: PublishedWeights.all.map { weights in
                [
                    weights.name, weights.license, NumberText.short(weights.parameters),
                    "about " + NumberText.bytes(weights.approximateSize),
                    weights.topOne.map { NumberText.decimal($0, 2) + " %" } ?? "features",
                    fetcher.presence(of: weights).directory == nil ? "no" : "fetched",
                ]
            })
        try Console.output(table.rendered(output.stdout))
    }
}

/// `ocellus model fetch`: downloads, because somebody asked for it.
struct ModelFetchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch", abstract: "Download published weights.",
        discussion: """
              ocellus model fetch resnet18.a1_in1k
              ocellus import "$(ocellus model where resnet18.a1_in1k)" -o resnet18.safetensors

            Files are kept in ~/.cache/ocellus/weights (XDG_CACHE_HOME). The first fetch asks the hub for the content hash of the \
            weights, compares what comes with it, and keeps it: later fetches must bring the same. A transfer that ended early \
            goes on.
            """)

    @Argument(help: ArgumentHelp("Names, as model list shows them.", valueName: "name"))
    var names: [String]

    @Option(
        help: ArgumentHelp(
            "Try this address in the place of https://huggingface.co first. May be given several times.",
            valueName: "url"))
    var mirror: [String] = []

    @Flag(help: "Send nothing: succeed when all is here, fail when not.")
    var offline = false

    @Option(
        help: ArgumentHelp("Give an address up that sends less than 1 KB/s for so long.", valueName: "seconds"))
    var patience = 30

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...3600).contains(patience) else { throw ValidationError("--patience must be in 1…3600.") }
        for address in mirror {
            let scheme = address.lowercased()
            guard scheme.hasPrefix("http://") || scheme.hasPrefix("https://") else {
                throw ValidationError("--mirror must begin with http:// or https://, unlike \"\(address)\".")
            }
        }
    }

    func run() async throws {
        let all = try names.map { try WeightsName.weights($0) }
        var fetcher = WeightsFetcher()
        fetcher.mirrors = mirror
        fetcher.isOffline = offline
        fetcher.patience = patience
        let progress = output.progress()
        defer { progress.end() }
        StopRequest.endCleanStops(
            message: (isatty(STDERR_FILENO) == 1 ? "\n" : "")
                + "stopped: what was received is kept; the same command goes on from there")
        var directories: [String] = []
        for weights in all {
            directories.append(try fetcher.fetch(weights) { progress.show($0, of: weights.name) })
        }
        progress.end()
        if output.json { return try Console.outputJSON(try ModelDocument(all, fetcher)) }
        let lines = zip(all, directories).map { "\($0.name)  \($1)" }
        try Console.output(lines.map { output.stdout.shown($0) + "\n" }.joined())
    }
}

/// `ocellus model where`: the directory of fetched weights, for `ocellus import` and other programs.
struct ModelWhereCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "where", abstract: "Print the directory of fetched weights.")

    @Argument(help: ArgumentHelp("A name, as model list shows it.", valueName: "name"))
    var name: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let weights = try WeightsName.weights(name)
        let fetcher = WeightsFetcher()
        if output.json { return try Console.outputJSON(try ModelDocument([weights], fetcher)) }
        _ = try fetcher.pins(of: weights)
        guard let directory = fetcher.presence(of: weights).directory else {
            throw DataError(
                .notFetched, "the weights \(weights.name) are not on this machine.",
                advice: "ocellus model fetch \(weights.name)")
        }
        // As it is, not as a terminal shows it: it may be used by a script.
        try Console.output(directory)
    }
}

/// `ocellus model licence`
struct ModelLicenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "licence", abstract: "Say under which licence weights were published, and where its text is.",
        aliases: ["license"])

    @Argument(help: ArgumentHelp("A name, as model list shows it.", valueName: "name"))
    var name: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let weights = try WeightsName.weights(name)
        if output.json { return try Console.outputJSON(try ModelDocument([weights], WeightsFetcher())) }
        let lines = [
            "\(weights.name)  \(weights.license)", "terms  https://spdx.org/licenses/\(weights.license).html",
            "page   \(weights.page)",
        ]
        try Console.output(lines.map { output.stdout.shown($0) + "\n" }.joined())
    }
}

private enum WeightsName {
    static func weights(_ name: String) throws -> PublishedWeights {
        if let weights = PublishedWeights.named(name) { return weights }
        let names = PublishedWeights.all.map(\.name)
        throw FetchError(
            .unknownSet, "there are no published weights \"\(name)\".", needs: names.joined(separator: ", "),
            advice: closestMatch(to: name, in: names).map { "did you mean \($0)?" }
                ?? "weights that are not listed can be imported from a file: ocellus import")
    }
}

/// What `ocellus model` prints as JSON.
private struct ModelDocument: Encodable {
    struct Entry: Encodable {
        var name: String
        var license: String
        var page: String
        var parameters: Int
        var approximateBytes: Int
        var imageSide: Int
        var topOne: Double?
        var note: String?
        var directory: String?
        /// Of the first fetch; absent before it, as nobody verified a hash.
        var files: [WeightsFetcher.Pin]?
    }
    var schema = 1
    var weights: [Entry]

    init(_ all: [PublishedWeights], _ fetcher: WeightsFetcher) throws {
        weights = try all.map { weights in
            Entry(
                name: weights.name, license: weights.license, page: weights.page, parameters: weights.parameters,
                approximateBytes: weights.approximateSize, imageSide: weights.side, topOne: weights.topOne,
                note: weights.note, directory: fetcher.presence(of: weights).directory,
                files: try fetcher.pins(of: weights))
        }
    }
}
