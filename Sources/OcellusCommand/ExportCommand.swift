// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Ocellus
import OcellusArchive
import OcellusExchange
import OcellusFiles
import OcellusInference
import OcellusReport
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `ocellus export`: a model as a file that other programs run.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a model for other programs, with its preprocessing inside.",
        discussion: """
              ocellus export model.safetensors --format onnx
              ocellus export model.safetensors --format onnx --data photos --min-agreement 1

            The ONNX file takes photos of any size, bytes [batch, height, width, channels], and gives logits and \
            probabilities. Its answers are compared with the model's and the comparison is stored in it: Ocellus reads the \
            network back, and ONNX Runtime runs all of the file where --data is given and --python has it.
            """)

    @Argument(help: ArgumentHelp("A model file.", valueName: "model"))
    var model: PathArgument

    @Option(help: ArgumentHelp("The file's format: onnx.", valueName: "format"))
    var format: Format

    @Option(
        help: ArgumentHelp(
            "What is inside besides the network: resize (all), normalize (photos of the model's size), none (numbers).",
            valueName: "part"))
    var preprocess: ONNXPreprocess = .resize

    @Option(help: ArgumentHelp("Version of ONNX's operators, 17 to 21; resize needs 18.", valueName: "version"))
    var opset = 18

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The new file. Default: the model's name with .onnx.", valueName: "file"))
    var output: PathArgument?

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Photos to compare answers on: files or folders.", valueName: "path"))
    var data: [PathArgument] = []

    @Option(
        help: ArgumentHelp(
            "Fail (exit status 3) when the first answer is the same on fewer images, a fraction in 0…1.",
            valueName: "share"))
    var minAgreement: Double?

    @Option(help: ArgumentHelp("With --data: a Python that may have onnxruntime.", valueName: "program"))
    var python = "python3"

    @OptionGroup var following: LinkOptions
    @OptionGroup var engine: EngineOptions
    @OptionGroup var display: OutputOptions

    enum Format: String, CaseIterable, ExpressibleByArgument { case onnx }

    /// Photos that are compared, at most: evenly spread over all.
    private static let mostPhotos = 256

    func validate() throws {
        guard ONNXExporter.operatorSets.contains(opset) else { throw ValidationError("--opset must be in 17…21.") }
        guard preprocess != .resize || opset >= ONNXExporter.firstWithResize else {
            throw ValidationError("--preprocess resize needs --opset 18 or later: before, a resize skips pixels.")
        }
        if let minAgreement, !(0...1).contains(minAgreement) {
            throw ValidationError("--min-agreement is a fraction in 0…1, e.g. 0.99.")
        }
    }

    func run() async throws {
        let classifier = try Classifier(contentsOf: model.url, backend: try engine.make())
        let progress = display.progress()
        for notice in classifier.notices { progress.message("note: \(notice)") }
        let target = output?.path ?? Path(bytes: model.path.withoutEnding.bytes + Array(".onnx".utf8))
        var exported = try classifier.onnx(preprocess, operatorSet: opset, source: model.url)
        let sources = try sources(progress)
        var parity = [
            try classifier.parity(
                of: exported, on: try sources.map { try $0.fitted(to: [classifier.preprocessing]).pixels[0] })
        ]
        func write() throws {
            exported.metadata.removeAll { $0.key == ONNXKey.parity }
            exported.metadata.append((ONNXKey.parity, try ONNXKey.json(parity)))
            let writer = try ONNXWriter(exported)
            try ArchiveError.ofFiles { try writer.write(to: URL(target)) }
        }
        try write()
        if !sources.isEmpty, preprocess != .none {
            if let session = ONNXRuntimeSession(model: URL(target), python: python) {
                parity.append(
                    try classifier.parity(in: session, preprocess, count: sources.count) { try sources[$0].decoded() })
                try write()
            } else {
                progress.message("note: \(python) has no onnxruntime; what stands before the network is not run")
            }
        }
        progress.tellNotices(of: classifier.backend)
        let document = ExportDocument(
            model: model.text, output: target.text, preprocess: preprocess, opset: opset, parity: parity)
        if display.json {
            try Console.outputJSON(document)
        } else {
            try Console.output(display.stdout.shownLines(document.text))
        }
        if let minAgreement, let worst = parity.min(by: { $0.agreement < $1.agreement }), worst.agreement < minAgreement
        {
            throw ConditionFailed(
                message:
                    "\(worst.runtime) has the same first answer on \(worst.sameFirst) of \(worst.images) images, below --min-agreement \(minAgreement)."
            )
        }
    }

    /// Photos to compare on; none without `--data`.
    private func sources(_ progress: ProgressPrinter) throws -> [PictureSource] {
        guard !data.isEmpty else { return [] }
        let all = try PictureSource.expand(data, followsLinks: following.followLinks) {
            progress.message("note: \($0)")
        }
        let step = max(1, (all.count + Self.mostPhotos - 1) / Self.mostPhotos)
        return stride(from: 0, to: all.count, by: step).map { all[$0] }
    }
}

extension ONNXPreprocess: ExpressibleByArgument {}

/// What `ocellus export --json` prints.
private struct ExportDocument: Encodable {
    struct Parity: Encodable {
        var runtime: String
        var images: Int
        var arePhotos: Bool
        var sameFirst: Int
        var agreement: Double
        var largestLogitDifference: Double
        var largestLogit: Double
    }
    var schema = 1
    var model: String
    var output: String
    var preprocess: String
    var opset: Int
    /// One for each program that computed the file's answers.
    var parity: [Parity]

    init(model: String, output: String, preprocess: ONNXPreprocess, opset: Int, parity: [ONNXParity]) {
        (self.model, self.output, self.preprocess, self.opset) = (model, output, preprocess.rawValue, opset)
        self.parity = parity.map {
            Parity(
                runtime: $0.runtime, images: $0.images, arePhotos: $0.arePhotos, sameFirst: $0.sameFirst,
                agreement: $0.agreement, largestLogitDifference: $0.largestLogitDifference,
                largestLogit: $0.largestLogit)
        }
    }

    var text: String {
        let lines = parity.map {
            "\($0.runtime): same first answer on \($0.sameFirst) of \($0.images) \($0.arePhotos ? "photos" : "drawn images"), "
                + "largest logit difference \(Float($0.largestLogitDifference)) of \(Float($0.largestLogit))"
        }
        return (["\(output): ONNX, operators \(opset), preprocess \(preprocess)"] + lines).joined(separator: "\n")
    }
}
