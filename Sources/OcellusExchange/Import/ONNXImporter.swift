// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
package import OcellusModel
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Reads an image classifier from an ONNX file.
package struct ONNXImporter {
    /// Operators and tensors of the network alone; a preprocessing that Ocellus wrote before it is ``preprocessing``.
    package let graph: Graph
    package let weights: Weights
    /// Names of the classes, where the file says them.
    package let classes: [String]?
    /// How photos become the network's input, where the file is one of ours; nobody knows it for any other.
    package let preprocessing: Preprocessing?
    /// How much of it stood in the file; `nil` for a file of another program.
    package let preprocess: ONNXPreprocess?
    /// How sure the model may be, where the file is one of ours.
    package let calibration: Calibration?
    /// What a person should know about the file.
    package let notices: [String]

    /// The newest version of the standard set of operators whose meanings are known here.
    static let newestOperatorSet = 27

    /// - Parameters:
    ///   - url: A `.onnx` file. Tensors in another file are read when it lies in the same folder.
    ///   - size: Of the images, for a file that leaves it open.
    /// - Throws: ``ExchangeError``: `corrupt`, `tooLarge`, `unsafeReference`; `unknownOperators`, which lists all of them;
    ///   `notKnown`, `notClassifier`. `FileError` when a file cannot be read, `ModelError` for a graph that is too large.
    package init(contentsOf url: URL, size: Size2D? = nil) throws {
        try self.init(try WireSource(contentsOf: url), folder: url.deletingLastPathComponent(), size: size)
    }

    /// As ``init(contentsOf:size:)`` for a file in memory.
    package init(_ source: WireSource, folder: URL? = nil, size: Size2D? = nil) throws {
        let model = try ONNXReader.read(source)
        let reader = ONNXTensorReader(source, folder: folder)
        try Self.checkVersions(model, source.path)
        let entry = try Entry(model, reader: reader, path: source.path, size: size)
        var notices = Self.versionNotices(model, source.path)
        try requireImage(entry.image)
        var converter = ONNXConverter(model, input: entry.image.batched(1), reader: reader)
        let input = ONNXConverter.Activation(
            id: converter.builder.input, dimensions: entry.image.batched(1).dimensions)
        converter.define(entry.name, entry.isChannelsLast ? try converter.transposed(input, [0, 2, 3, 1]) : input)
        var network = model.graph
        network.nodes.removeFirst(entry.nodes)
        let output = try Self.output(network, source.path, &notices)
        try converter.convert(ONNXPatterns(network, reader: reader).needed(for: output))
        try Self.refuse(converter.problems, source.path)
        guard case .activation(let result) = try converter.result(output) else {
            throw ExchangeError(.notClassifier, "the answers of \(source.path) do not depend on the image.")
        }
        let sizes = result.dimensions.filter { $0 != 1 }
        guard sizes.count <= 1, let count = sizes.first ?? result.dimensions.last else {
            throw ExchangeError(
                .notClassifier, "\(source.path) is no classifier of images.", needs: "one number for each class",
                received: "an output \(result.dimensions)", advice: "a model that ends in its logits")
        }
        let logits = try converter.view(result, [count])
        (graph, weights) = try converter.pruned(to: logits)
        (preprocessing, preprocess) = (entry.preprocessing, entry.preprocess)
        classes = model.metadata.last { $0.key == ONNXKey.classes }.flatMap { ONNXKey.value([String].self, $0.value) }
        let stated = model.metadata.last { $0.key == ONNXKey.calibration }
            .flatMap { ONNXKey.value(Calibration.self, $0.value) }
        calibration = entry.preprocess == nil || stated?.flaw != nil ? nil : stated
        self.notices = notices
    }

    // MARK: Parts

    private static func checkVersions(_ model: ONNXModel, _ path: String) throws {
        guard model.irVersion >= ONNXReader.knownVersions.lowerBound, let version = model.operatorSets[""], version >= 7
        else {
            throw ExchangeError(
                .newerFormat, "\(path) is written in a version of ONNX that is not read.",
                needs: "version 3 or later of the format and 7 or later of the operators",
                received: "version \(model.irVersion), operators \(model.operatorSets[""] ?? 0)",
                advice: "convert it with onnx.version_converter")
        }
    }

    private static func versionNotices(_ model: ONNXModel, _ path: String) -> [String] {
        var notices: [String] = []
        if model.irVersion > ONNXReader.knownVersions.upperBound {
            notices.append(
                "\(path) is of version \(model.irVersion) of ONNX; this Ocellus knows \(ONNXReader.knownVersions.upperBound)"
            )
        }
        if let version = model.operatorSets[""], version > newestOperatorSet {
            notices.append("\(path) uses operators of version \(version); this Ocellus knows \(newestOperatorSet)")
        }
        return notices
    }

    /// The logits: what is called so, else the first output, without a softmax at its end.
    private static func output(_ graph: ONNXGraph, _ path: String, _ notices: inout [String]) throws -> String {
        guard let first = graph.outputs.first else {
            throw ExchangeError(.corrupt, "\(path) has no output.", needs: "one number for each class")
        }
        // What says that it is the logits is taken at its word, whatever it ends in.
        if let named = graph.outputs.first(where: { $0.name == "logits" }) { return named.name }
        if graph.outputs.count > 1 {
            notices.append("\(path) has \(graph.outputs.count) outputs; \"\(first.name)\" is taken for the logits")
        }
        var name = first.name
        let producers = Dictionary(
            graph.nodes.flatMap { node in node.outputs.map { ($0, node) } }, uniquingKeysWith: { $1 })
        // As many as there are nodes, so that a circle ends.
        for _ in graph.nodes.indices {
            guard let node = producers[name], node.domain.isEmpty, let source = node.inputs.first else { break }
            if node.type == "Softmax" {
                notices.append("\(path) ends in a softmax, which is left out: the numbers before it are the logits")
                return source
            }
            guard node.type == "Identity" else { break }
            name = source
        }
        return name
    }

    /// One error for everything that cannot be taken.
    static func refuse(_ problems: [ONNXConverter.Problem], _ path: String) throws {
        guard !problems.isEmpty else { return }
        var groups: [(key: String, count: Int, place: String)] = []
        for problem in problems {
            let key = "\(problem.type) \(problem.reason)"
            if let index = groups.firstIndex(where: { $0.key == key }) {
                groups[index].count += 1
            } else if groups.count < 64 {
                groups.append((key, 1, problem.place))
            }
        }
        let list = groups.map { "\($0.key) (\($0.count)×, first at \"\($0.place)\")" }
        throw ExchangeError(
            .unknownOperators, "\(path) has \(problems.count) operators that Ocellus cannot take.",
            needs: "operators of the table in docs/exchange.md", received: list.joined(separator: "; "))
    }
}

/// Where the network begins: the image's shape and what of the file comes before it.
private struct Entry {
    /// `[C, H, W]`
    var image: Shape
    var name: String
    var isChannelsLast = false
    var preprocessing: Preprocessing?
    var preprocess: ONNXPreprocess?
    /// That the preprocessing has.
    var nodes = 0

    init(_ model: ONNXModel, reader: ONNXTensorReader, path: String, size: Size2D?) throws {
        if let own = try Self.own(model, reader) {
            self = own
            return
        }
        let tensors = Set(model.graph.initializers.map(\.name))
        let inputs = model.graph.inputs.filter { !tensors.contains($0.name) }
        guard inputs.count == 1, let input = inputs.first, let dimensions = input.dimensions, dimensions.count == 4
        else {
            throw ExchangeError(
                .notClassifier, "\(path) is no classifier of images.", needs: "one input of four axes",
                received: inputs.map { "\"\($0.name)\" of \($0.dimensions?.count ?? 0) axes" }.joined(separator: ", "))
        }
        func number(_ axis: Int) -> Int? {
            if case .size(let size) = dimensions[axis], size > 0 { size } else { nil }
        }
        func isColour(_ axis: Int) -> Bool { number(axis) == 3 || number(axis) == 1 }
        isChannelsLast = !isColour(1) && isColour(3)
        guard let channels = number(isChannelsLast ? 3 : 1), channels == 1 || channels == 3 else {
            throw ExchangeError(
                .notClassifier, "the input of \(path) is no image.", needs: "1 or 3 channels, first or last",
                received: "\(dimensions)")
        }
        let axes = isChannelsLast ? (1, 2) : (2, 3)
        guard let height = number(axes.0) ?? size?.height, let width = number(axes.1) ?? size?.width else {
            throw ExchangeError(
                .notKnown, "\(path) does not say how large its images are.", needs: "a height and a width",
                advice: "--size, e.g. --size 224x224")
        }
        (name, image) = (input.name, [channels, height, width])
    }

    private init(image: Shape, name: String, preprocessing: Preprocessing, preprocess: ONNXPreprocess, nodes: Int) {
        (self.image, self.name, self.preprocessing) = (image, name, preprocessing)
        (self.preprocess, self.nodes) = (preprocess, nodes)
    }

    /// A file that our exporter wrote: its first nodes and their tensors are those that it writes for this preprocessing.
    private static func own(_ model: ONNXModel, _ reader: ONNXTensorReader) throws -> Entry? {
        func text(_ key: String) -> String? { model.metadata.last { $0.key == key }?.value }
        guard let mode = text(ONNXKey.preprocess).flatMap(ONNXPreprocess.init),
            let preprocessing = text(ONNXKey.preprocessing).flatMap({ ONNXKey.value(Preprocessing.self, $0) }),
            (try? preprocessing.validate()) != nil
        else { return nil }
        var builder = ONNXGraphBuilder()
        guard let name = try? ONNXPrefix(preprocessing: preprocessing, mode: mode).write(&builder) else { return nil }
        let prefix = builder.graph
        guard Array(model.graph.nodes.prefix(prefix.nodes.count)) == prefix.nodes, model.graph.inputs == prefix.inputs
        else { return nil }
        let tensors = Dictionary(model.graph.initializers.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        for wanted in prefix.initializers {
            guard let tensor = tensors[wanted.name], tensor.dimensions == wanted.dimensions,
                tensor.element == wanted.element, try reader.floats(of: tensor) == reader.floats(of: wanted)
            else { return nil }
        }
        return Entry(
            image: preprocessing.shape, name: name, preprocessing: preprocessing, preprocess: mode,
            nodes: prefix.nodes.count)
    }
}
