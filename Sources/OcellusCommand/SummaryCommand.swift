// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import OcellusArchive
import OcellusGraph
import OcellusModel
import OcellusReport
import OcellusTensor

/// `ocellus summary`: what a network costs at any image size.
struct SummaryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary", abstract: "Show what networks cost, layer by layer and at photo sizes.",
        discussion: """
              ocellus summary --network ann,cnn --image-size 1920x1080x3
              ocellus summary --network lenet --graph

            Networks are names of the zoo (\(Network.names.joined(separator: ", "))), separated by commas, or one network \
            in its text form, a JSON file or a model file.
            """)

    @Argument(
        help: ArgumentHelp("Names, text, or a file; the same as --network.", valueName: "network"),
        completion: Completion.networks)
    var argument: String?

    @Option(help: ArgumentHelp("Names, text, or a file.", valueName: "network"), completion: Completion.networks)
    var network: String?

    @Option(help: ArgumentHelp("Width x height x channels of the images.", valueName: "size"))
    var imageSize: ImageSizeArgument?

    @Option(help: ArgumentHelp("Number of classes.", valueName: "n"))
    var classes = 10

    @Flag(help: "Show what the layers mean instead: every operation with what it reads, its shape and its layer.")
    var graph = false

    @OptionGroup var output: OutputOptions

    /// Sizes of the second table, next to the one that was asked for.
    private static let photoSizes = [(32, 32), (64, 64), (224, 224), (1024, 768), (1920, 1080), (4032, 3024)]

    func run() throws {
        let input = imageSize.map { Shape([$0.channels ?? 3, $0.height, $0.width]) } ?? [3, 32, 32]
        let text = network ?? argument ?? "ann,cnn"
        let names = text.split(separator: ",").map { $0.trimmingPrefix { $0.isWhitespace }.description }
        let isList = names.allSatisfy { Network.names.contains($0) }
        let sources = isList ? names : [text]
        if graph {
            return try showGraphs(
                try sources.map { ($0, try NetworkArgument.network($0, input: input, classes: classes).graph()) })
        }
        var documents: [SummaryDocument] = []
        var summaries: [(name: String, summaries: [NetworkSummary])] = []
        for source in sources {
            let network = try NetworkArgument.network(source, input: input, classes: classes)
            let name = isList ? source.uppercased() : source
            let own = try NetworkSummary(network)
            documents.append(SummaryDocument(name: source, summary: own))
            var sizes = [own]
            for (width, height) in Self.photoSizes {
                var larger = network
                larger.input = [network.input[0], height, width]
                // A network that does not adapt (its layers were written for one size) has no other sizes.
                guard larger.input != network.input, let other = try? NetworkSummary(larger) else { continue }
                sizes.append(other)
            }
            summaries.append((name, sizes))
        }
        if output.json { return try Console.outputJSON(SummariesDocument(networks: documents)) }
        let style = output.stdout
        var sections = summaries.map { SummaryText.layers($0.name, $0.summaries[0], style: style) }
        if summaries.contains(where: { $0.summaries.count > 1 }) {
            sections.append(SummaryText.sizes(summaries, style: style))
        }
        try Console.output(sections.joined(separator: "\n"))
    }
}

extension SummaryCommand {
    private func showGraphs(_ graphs: [(name: String, graph: Graph)]) throws {
        if output.json {
            let networks = graphs.map { GraphsDocument.Network(name: $0.name, graph: $0.graph) }
            // In the spelling of files, so that what is printed can be stored.
            return try Console.output(try CanonicalJSON.encode(GraphsDocument(networks: networks)))
        }
        let style = output.stdout
        let sections = graphs.map { name, graph in
            (graphs.count == 1 ? "" : style.bold(style.shown(name)) + "\n") + style.shownLines("\(graph)")
        }
        try Console.output(sections.joined(separator: "\n\n"))
    }
}

/// What `ocellus summary --graph --json` prints.
private struct GraphsDocument: Encodable {
    struct Network: Encodable {
        var name: String
        var graph: Graph
    }
    var schema = 1
    var networks: [Network]
}

/// What `ocellus summary --json` prints.
private struct SummariesDocument: Encodable {
    var schema = 1
    var networks: [SummaryDocument]
}

/// One network in JSON.
private struct SummaryDocument: Encodable {
    struct Layer: Encodable {
        var name: String
        var layer: String
        var output: [Int]
        var parameters: Int
        var multiplyAdds: Int
        var activationBytes: Int
        var receptiveField: [Int]?
    }
    var name: String
    var input: [Int]
    var parameters: Int
    var multiplyAdds: Int
    var activationBytes: Int
    var layers: [Layer]

    init(name: String, summary: NetworkSummary) {
        self.name = name
        input = summary.input.dimensions
        parameters = summary.parameters
        multiplyAdds = summary.multiplyAdds
        activationBytes = summary.activationBytes
        layers = summary.rows.map {
            Layer(
                name: $0.name, layer: $0.layer, output: $0.output.dimensions, parameters: $0.parameters,
                multiplyAdds: $0.multiplyAdds, activationBytes: $0.activationBytes,
                receptiveField: $0.receptiveField.map { [$0.height, $0.width] })
        }
    }
}
