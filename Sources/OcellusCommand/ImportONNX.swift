// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Ocellus
import OcellusArchive
import OcellusExchange
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

/// `ocellus import-onnx`: a classifier of another program as a model file.
struct ImportONNXCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-onnx", abstract: "Take an image classifier from an ONNX file.",
        discussion: """
              ocellus import-onnx resnet50.onnx --labels imagenet.txt --preprocess imagenet --crop-fraction 0.875
              ocellus evaluate resnet50.safetensors --data photos

            The result is an ordinary model file. A file that ocellus export wrote says how photos become the network's \
            input; no other does, and it is never guessed: --preprocess says it.
            """)

    @Argument(help: ArgumentHelp("An ONNX file.", valueName: "file"))
    var file: PathArgument

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The new model file. Default: the name with .safetensors.", valueName: "file"))
    var output: PathArgument?

    @Option(
        help: ArgumentHelp(
            "Names of the classes, one a line in the order of the logits. Default: the file's, or numbers.",
            valueName: "file"))
    var labels: PathArgument?

    @Option(
        help: ArgumentHelp(
            "How bytes were scaled in training: imagenet (mean 0.485, 0.456, 0.406 and deviation 0.229, 0.224, 0.225 of 0…1), half (−1…1), unit (0…1) or bytes (0…255).",
            valueName: "way"))
    var preprocess: Scaling?

    @Option(help: ArgumentHelp("Size of the images where the file leaves it open (width x height).", valueName: "size"))
    var size: ImageSizeArgument?

    @Option(
        help: ArgumentHelp("How photos of another aspect ratio are fitted: crop, pad or stretch.", valueName: "way"))
    var fit: ImageFitting.Fit = .crop

    @Option(help: ArgumentHelp("The filter that resizes photos: bilinear, bicubic or lanczos.", valueName: "filter"))
    var resampling: ImageFitting.Resampling = .bilinear

    @Option(
        help: ArgumentHelp(
            "Cut the middle out of an image that is larger by this share, e.g. 0.875.", valueName: "share"))
    var cropFraction: Double?

    @OptionGroup var engine: EngineOptions
    @OptionGroup var display: OutputOptions

    enum Scaling: String, CaseIterable, ExpressibleByArgument {
        case imagenet, half, unit, bytes

        func values(_ channels: Int) -> (mean: [Float], deviation: [Float]) {
            func all(_ value: Float) -> [Float] { Array(repeating: value, count: channels) }
            switch self {
            case .imagenet where channels == 3: return ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
            // Of their gray.
            case .imagenet: return (all(0.449), all(0.226))
            case .half: return (all(0.5), all(0.5))
            case .unit: return (all(0), all(1))
            case .bytes: return (all(0), all(1 / 255))
            }
        }
    }

    func validate() throws {
        if let cropFraction, !(0.0625...1).contains(cropFraction) || fit != .crop {
            throw ValidationError("--crop-fraction is a fraction in 0.0625…1 and belongs to --fit crop.")
        }
    }

    func run() async throws {
        let progress = display.progress()
        let importer = try ArchiveError.ofFiles {
            try ONNXImporter(contentsOf: file.url, size: size.map { Size2D($0.height, $0.width) })
        }
        for notice in importer.notices { progress.message("note: \(notice)") }
        let names = try labels.map { try Self.lines(of: $0) }
        if names == nil, importer.classes == nil {
            progress.message("note: the classes have no names; numbers stand for them")
        }
        let classifier = try importer.classifier(
            labels: names, preprocessing: preprocessing(importer), backend: try engine.make())
        let target = output?.path ?? Path(bytes: file.path.withoutEnding.bytes + Array(".safetensors".utf8))
        try classifier.save(to: URL(target))
        progress.tellNotices(of: classifier.backend)
        let document = ImportDocument(
            file: file.text, output: target.text, operations: importer.graph.operations.count,
            input: classifier.network.input.dimensions, classes: classifier.classes.count, notices: importer.notices)
        if display.json { return try Console.outputJSON(document) }
        try Console.output(
            display.stdout.shownLines(
                "\(document.output): \(document.operations) operations, input \(document.input), \(document.classes) classes"
            ))
    }

    private func preprocessing(_ importer: ONNXImporter) -> Preprocessing? {
        guard let preprocess else { return nil }
        let shape = importer.graph.shape(importer.graph.input)
        let (mean, deviation) = preprocess.values(shape[1])
        let fitting = ImageFitting(
            Size2D(shape[2], shape[3]), fit: fit, resampling: resampling,
            crop: cropFraction.map { .fraction($0) } ?? .largest)
        return Preprocessing(fitting: fitting, channels: shape[1], mean: mean, standardDeviation: deviation)
    }

    /// The lines of a text, without empty ones at its end.
    private static func lines(of file: PathArgument) throws -> [String] {
        let data = try ArchiveError.ofFiles { try AtomicFile.read(file.url, limit: 1 << 24) }
        guard let text = String(data: data, encoding: .utf8) else {
            throw UsageError(summary: "\(file) is no text.", needs: "one name a line, in UTF-8")
        }
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
            String($0).trimmed
        }
        while lines.last == "" { lines.removeLast() }
        return lines
    }
}

/// What `ocellus import-onnx --json` prints.
private struct ImportDocument: Encodable {
    var schema = 1
    var file: String
    var output: String
    var operations: Int
    var input: [Int]
    var classes: Int
    var notices: [String]
}
