// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Ocellus
import OcellusArchive
import OcellusData
import OcellusFiles
import OcellusModel
import OcellusReport
import OcellusTensor
import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `ocellus data`: what concerns data sets without training.
struct DataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Fetch standard data sets; look at images as networks see them.",
        discussion: """
              ocellus data list
              ocellus data fetch cifar-10
              ocellus data preview --data photos --augment "flip, rotate 15"
            """,
        subcommands: [
            SetListCommand.self, FetchCommand.self, VerifyCommand.self, WhereCommand.self, PreviewCommand.self,
        ])
}

/// `ocellus data preview`: a sheet of training images, unchanged and as the first epochs show them.
struct PreviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview", abstract: "Show what a network really sees, with and without augmentation.",
        discussion: """
              ocellus data preview --data photos --augment "flip, rotate 15, scale 0.8..1.2"
              ocellus data preview --augment trivialaugment -o sheet.png

            A name that ends in .png gives one picture, a row for each image with the unchanged one first; any other name \
            gives a page with the labels. Settings and seed mean the same as for train.
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var augmentation: AugmentationOptions

    @Option(help: ArgumentHelp("Images, taken from the classes in turn.", valueName: "n"))
    var count = 12

    @Option(help: ArgumentHelp("Epochs shown of each image.", valueName: "n"))
    var epochs = 7

    @Option(
        help: ArgumentHelp("Share of the training images held out for validation, as for train.", valueName: "share"))
    var validation = 0.1

    @Option(help: ArgumentHelp("Decides augmentation and split.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Where the page or the picture goes.", valueName: "file"))
    var file: PathArgument = "preview.html"

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...1000).contains(count) else { throw ValidationError("--count must be in 1…1000.") }
        guard (1...100).contains(epochs) else { throw ValidationError("--epochs must be in 1…100.") }
        guard validation >= 0, validation < 1 else {
            throw ValidationError("--validation must be at least 0 and below 1.")
        }
    }

    func run() async throws {
        let augmentation = try augmentation.augmentation() ?? .none
        let images = try await data.request.open()
        let parts = try TrainingParts(images, validationFraction: validation, seed: seed)
        let preview = try DataPreview(
            images, parts: parts, augmentation: augmentation, seed: seed, count: count, epochs: epochs)
        let progress = output.progress()
        for note in images.notes { progress.message("note: \(note)") }
        let isPicture = file.path.ending?.text.lowercased() == "png"
        let content = isPicture ? try preview.sheet() : Data(PreviewPage.html(for: preview).utf8)
        try AtomicFile.write(content, to: file.url)
        if output.json {
            try Console.outputJSON(PreviewDocument(file: file.text, preview))
        } else {
            try Console.output(output.stdout.shownLines("preview  \(file)"))
        }
    }
}

/// What `ocellus data preview --json` prints.
private struct PreviewDocument: Encodable {
    struct Row: Encodable {
        var image: Int
        var label: String
        var epochLabels: [String]
    }
    var schema = 1
    var file: String
    var augmentation: String
    var rows: [Row]

    init(file: String, _ preview: DataPreview) {
        self.file = file
        augmentation = preview.augmentation.text
        rows = preview.rows.map { Row(image: $0.position, label: $0.label, epochLabels: $0.epochs.map(\.label)) }
    }
}
