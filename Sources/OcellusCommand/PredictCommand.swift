// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Ocellus
import OcellusData
import OcellusFiles
import OcellusInference
import OcellusPixels
import OcellusReport
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `ocellus predict`: what a model sees in pictures.
struct PredictCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Classify pictures: files, folders, or one on standard input.",
        discussion: """
              ocellus predict model.safetensors picture.jpg
              ocellus predict model.safetensors photos --format csv > predictions.csv
              curl -s https://example.org/cat.jpg | ocellus predict model.safetensors -

            A folder is searched for images in path order. Probabilities are softmax values; of a model that held calibration images \
            out, with its temperature. A model that was trained with --error, or is asked by it here, answers or says "don't know".
            """)

    @Argument(help: ArgumentHelp("A model file.", valueName: "model"))
    var model: PathArgument

    @Argument(help: ArgumentHelp("Files, folders, or - for standard input.", valueName: "picture"))
    var pictures: [PathArgument]

    @Option(help: ArgumentHelp("Classes shown for each picture.", valueName: "k"))
    var topk = 1

    @Option(help: ArgumentHelp("text, json, jsonl or csv.", valueName: "format"))
    var format: Format = .text

    @OptionGroup var augmentation: TestTimeAugmentationOptions
    @OptionGroup var abstaining: ErrorOptions

    @Flag(help: "Leave unreadable pictures out, name them on stderr, and end with status 0.")
    var skipUnreadable = false

    @OptionGroup var following: LinkOptions
    @Option(
        help: ArgumentHelp(
            "Copy each picture into a folder of its answer below this one, which must be new or empty.",
            valueName: "directory"))
    var sortInto: PathArgument?

    @Option(
        help: ArgumentHelp(
            "With --sort-into: answers less probable than this go to _unsure, a fraction in 0…1.", valueName: "share"))
    var unsure: Double?

    @Flag(help: "With --sort-into: symbolic links instead of copies.")
    var links = false

    @OptionGroup var preprocessing: PreprocessingOptions
    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    enum Format: String, CaseIterable, ExpressibleByArgument { case text, json, jsonl, csv }

    func validate() throws {
        guard topk >= 1 else { throw ValidationError("--topk must be at least 1.") }
        guard !pictures.isEmpty else { throw ValidationError("Give a file, a folder, or - for standard input.") }
        if let unsure, !(0...1).contains(unsure) {
            throw ValidationError("--unsure is a fraction in 0…1, e.g. 0.6.")
        }
        guard sortInto != nil || (unsure == nil && !links) else {
            throw ValidationError("--unsure and --links belong to --sort-into.")
        }
        guard sortInto == nil || !pictures.contains(where: { $0.text == "-" }) else {
            throw ValidationError("--sort-into needs files: standard input has no name.")
        }
    }

    /// Pictures of one pass through the network; bounds memory for folders of any size.
    private static let chunk = 64

    func run() async throws {
        AvailableMemory.returnLargeBuffers()
        let classifier = try abstaining.applied(
            to: Classifier(contentsOf: model.url, preprocessing: preprocessing.facts, backend: try engine.make()),
            augmentation.tta)
        let progress = output.progress()
        for notice in classifier.notices { progress.message("note: \(notice)") }
        let sources = try PictureSource.expand(pictures, followsLinks: following.followLinks) {
            progress.message("note: \($0)")
        }
        let sorted = try sortInto.map { try SortedPictures($0, links: links, unsureBelow: unsure) }
        let mayAbstain = classifier.rule != nil && augmentation.tta == .none
        if augmentation.tta != .none, classifier.calibration != nil {
            progress.message("note: \(TestTimeAugmentationOptions.uncalibrated)")
        }
        let format = output.json ? Format.json : format
        var rows: [PredictionText.Row] = []
        var failures: [any OcellusError] = []
        var notes = PictureNotes()
        for start in stride(from: 0, to: sources.count, by: Self.chunk) {
            var read: [PictureSource] = []
            var pictures: [[UInt8]] = []
            for source in sources[start..<min(sources.count, start + Self.chunk)] {
                do {
                    let picture = try source.fitted(to: [classifier.preprocessing])
                    notes.add(picture.header, of: source.name)
                    pictures.append(picture.pixels[0])
                    read.append(source)
                } catch let error as any OcellusError {
                    failures.append(error)
                    // JSON names all of them in one document at the end.
                    if !output.json { progress.error(error) }
                }
            }
            let answers = try classifier.answers(fitted: pictures, testTimeAugmentation: augmentation.tta)
            for (source, answer) in zip(read, answers) {
                let prediction: Prediction
                switch answer {
                case .success(let found): prediction = found
                case .failure(var error):
                    error.summary = "\(source.name): \(error.summary)"
                    failures.append(error)
                    if !output.json { progress.error(error) }
                    continue
                }
                let row = PredictionText.Row(
                    image: source.name, pathBytes: source.pathBytes,
                    classes: prediction.top(topk).map { .init(name: $0.label, probability: $0.probability) },
                    isAnswered: mayAbstain ? prediction.isAnswered : nil)
                if case .file(let path) = source {
                    try sorted?.add(path, answer: prediction.answer, probability: prediction.probability)
                }
                if format == .jsonl { try Console.output(try Console.json(PictureLine(row), pretty: false)) }
                rows.append(row)
            }
        }
        for note in notes.lines { progress.message("note: \(note)") }
        progress.tellNotices(of: classifier.backend)
        switch format {
        case .text: if !rows.isEmpty { try Console.output(PredictionText.table(rows, style: output.stdout)) }
        case .csv: try Console.output(PredictionText.csv(rows))
        case .json:
            try Console.outputJSON(
                PredictionDocument(
                    model: model.text, calibration: augmentation.tta == .none ? CalibrationDocument(classifier) : nil,
                    predictions: rows.map(PictureDocument.init)))
        case .jsonl: break
        }
        guard let first = failures.first else { return }
        let unreadable = UnreadablePictures(total: sources.count, first: first, parts: failures)
        guard skipUnreadable else { throw unreadable }
        if output.json { Console.error(ErrorDocument(unreadable, status: 0).text) }
    }
}

/// Some pictures could not be classified; the others were.
private struct UnreadablePictures: CollectiveError {
    var total: Int
    var first: any OcellusError
    var parts: [any OcellusError]

    var code: String { "data.unreadablePictures" }
    var summary: String {
        "\(parts.count) of \(total) pictures could not be classified\(parts.count < total ? "; the others were" : "")."
    }
    var received: String? { first.summary }
    var advice: String? { "other files, or --skip-unreadable to end with status 0" }
    var exitClass: ExitClass { first.exitClass }
}

/// One picture in JSON.
private struct PictureDocument: Encodable {
    struct Candidate: Encodable {
        var `class`: String
        var probability: Double
    }
    var image: String
    /// In base64, where the path is no text.
    var pathBytes: String?
    var classes: [Candidate]
    /// Whether the model answers, or says that it does not know; absent for a model that always answers.
    var answered: Bool?

    init(_ row: PredictionText.Row) {
        answered = row.isAnswered
        image = row.image
        pathBytes = row.pathBytes
        classes = row.classes.map { Candidate(class: $0.name, probability: $0.probability) }
    }
}

/// What `ocellus predict --format jsonl` prints for each picture.
private struct PictureLine: Encodable {
    var schema = 1
    var image: String
    var pathBytes: String?
    var classes: [PictureDocument.Candidate]
    var answered: Bool?

    init(_ row: PredictionText.Row) {
        let document = PictureDocument(row)
        image = document.image
        pathBytes = document.pathBytes
        classes = document.classes
        answered = document.answered
    }
}

/// What `ocellus predict --json` prints.
private struct PredictionDocument: Encodable {
    var schema = 1
    var model: String
    /// Absent for a model without one.
    var calibration: CalibrationDocument?
    var predictions: [PictureDocument]
}
