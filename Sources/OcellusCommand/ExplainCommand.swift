// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Ocellus
import OcellusArchive
import OcellusData
import OcellusEvidence
import OcellusFiles
import OcellusInference
import OcellusModel
import OcellusReport
import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `ocellus explain`: why models say what they say of pictures.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Show what in a picture moves a model's answer.",
        discussion: """
              ocellus explain model.safetensors picture.jpg --html explain.html
              ocellus explain ann.safetensors cnn.safetensors picture.jpg --class cat
              ocellus explain cnn.safetensors --positions 0,17 --data photos

            Saliency, occlusion, Grad-CAM and the effective receptive field, each against models of random weights; the \
            page also has filters and feature maps. Arguments that end in .safetensors are models, all others pictures or \
            folders.
            """)

    @Argument(help: ArgumentHelp("Model files, then pictures, folders, or - for standard input.", valueName: "file"))
    var files: [PathArgument]

    @Option(help: ArgumentHelp("Also explain test images of --data, by position from 0: 0,17.", valueName: "list"))
    var positions: PositionList?

    @OptionGroup var data: DataOptions

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp("The class to explain (default: what each model says).", valueName: "name"))
    var className: String?

    @Option(
        help: ArgumentHelp(
            "Layer of Grad-CAM and receptive field, as in parameter names (default: the last with filters).",
            valueName: "path"))
    var layer: String?

    @Option(
        help: ArgumentHelp(
            "Side of the square that occlusion covers (default: a fifth of the picture).", valueName: "pixels"))
    var patch: Int?

    @Option(help: ArgumentHelp("Models of random weights to compare with.", valueName: "n"))
    var randomModels = 3

    @Option(help: ArgumentHelp("Write the explanation as a page with pictures.", valueName: "file"))
    var html: PathArgument?

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    /// The page holds every picture several times over.
    private static let mostPictures = 100

    private var models: [PathArgument] { files.filter(Self.isModel) }

    private static func isModel(_ file: PathArgument) -> Bool {
        file.path.ending?.text.lowercased() == "safetensors"
    }

    func validate() throws {
        guard !models.isEmpty else {
            throw ValidationError("Give a model: a file that ends in .safetensors.")
        }
        guard Set(models).count == models.count else { throw ValidationError("Give each model once.") }
        guard models.count < files.count || positions != nil else {
            throw ValidationError("Give a picture, a folder, - for standard input, or --positions.")
        }
        guard (1...100).contains(randomModels) else { throw ValidationError("--random-models must be in 1…100.") }
    }

    func run() async throws {
        AvailableMemory.returnLargeBuffers()
        let backend = try engine.make()
        let progress = output.progress()
        let classifiers = try models.map { path in
            (name: path.text, model: try Classifier(contentsOf: path.url, backend: backend))
        }
        for (_, model) in classifiers {
            for notice in model.notices { progress.message("note: \(notice)") }
        }
        var explainer = Explainer()
        explainer.className = className
        explainer.layer = layer
        explainer.patch = patch
        explainer.randomModels = randomModels
        explainer.drawsPictures = html != nil
        let record = try await explainer.record(
            of: Self.shortNamed(classifiers), pictures: try await pictures(for: classifiers.map(\.model), progress),
            command: Arguments.command, report: { progress.message($0) })
        progress.tellNotices(of: backend)
        if output.json {
            try Console.outputJSON(record)
        } else {
            try Console.output(ExplanationText.rendered(record, style: output.stdout, page: html?.text))
        }
        // After the results, so that a page that cannot be written costs none of them.
        if let html {
            try AtomicFile.write(Data(ReportPage.html(for: record).utf8), to: html.url)
        }
    }

    private func pictures(for models: [Classifier], _ progress: ProgressPrinter) async throws -> [Explainer.Picture] {
        let sources = try PictureSource.expand(
            files.filter { !Self.isModel($0) }, followsLinks: data.files.links.followLinks
        ) {
            progress.message("note: \($0)")
        }
        let count = sources.count + (positions?.values.count ?? 0)
        guard count <= Self.mostPictures else {
            throw UsageError(
                summary: "\(count) pictures are too many to explain at once.", needs: "at most \(Self.mostPictures)",
                advice: "fewer pictures")
        }
        let preprocessings = Array(Set(models.map(\.preprocessing)))
        var notes = PictureNotes()
        let files = try sources.map { source in
            let picture = try source.fitted(to: preprocessings)
            notes.add(picture.header, of: source.name)
            let pixels = Dictionary(zip(preprocessings, picture.pixels)) { first, _ in first }
            return Explainer.Picture(name: source.name, fitted: pixels)
        }
        for note in notes.lines { progress.message("note: \(note)") }
        guard let positions, let first = models.first else { return files }
        let dataset = try await data.request(for: first).open()
        for note in dataset.notes { progress.message("note: \(note)") }
        return files + (try Explainer.pictures(of: dataset.test, at: positions.values, named: "test image"))
    }

    /// Models by the names of their files; by their paths where two files have the same name.
    private static func shortNamed(
        _ models: [(name: String, model: Classifier)]
    ) -> [(name: String, model: Classifier)] {
        let names = models.map { Path($0.name).name.withoutEnding.text }
        guard Set(names).count == names.count else { return models }
        return zip(names, models).map { ($0, $1.model) }
    }
}

/// `0,17`: positions in a data set.
struct PositionList: ExpressibleByArgument {
    var values: [Int]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        values = parts.compactMap(\.self)
        guard values.count == parts.count, values.allSatisfy({ $0 >= 0 }) else { return nil }
    }
}
