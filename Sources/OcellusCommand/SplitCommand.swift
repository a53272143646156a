// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import OcellusArchive
import OcellusData
import OcellusFiles
import OcellusPixels
import OcellusReport
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `ocellus split`: a split that is saved, and the same for everyone who uses it.
struct SplitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "split", abstract: "Divide images into training, validation and test, and save it as a table.",
        discussion: """
              ocellus split photos -o split.csv
              ocellus train --data split.csv
              ocellus split photos --folds 5 -o folds.csv
              ocellus train --data folds.csv --fold 2

            The same share of every class goes to each part. Images of one group, the same and almost the same pictures \
            stay on one side. Every image is decoded; those that cannot be are left out.
            """)

    @Argument(help: ArgumentHelp("A folder of image files, or a table of them.", valueName: "path"))
    var source: PathArgument

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("The table; it must not exist.", valueName: "file"))
    var table: PathArgument

    @Option(
        help: ArgumentHelp("Share of the images that validate (default: 0.1, or 0 with --folds).", valueName: "share"))
    var validation: Double?

    @Option(help: ArgumentHelp("Share of the images that test.", valueName: "share"))
    var test = 0.2

    @Option(
        help: ArgumentHelp(
            "Divide the training images into so many equal parts, for --fold of train and compare.", valueName: "k"))
    var folds: Int?

    @Option(help: ArgumentHelp("Decides which.", valueName: "n"))
    var seed: UInt64 = 0

    @OptionGroup var files: SourceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard share >= 0, test > 0, share + test < 1 else {
            throw ValidationError("--test must be above 0, --validation at least 0, and both together below 1.")
        }
        guard folds.map({ (2...1000).contains($0) }) ?? true else {
            throw ValidationError("--folds must be in 2…1000.")
        }
        guard folds == nil || share == 0 else {
            throw ValidationError("with --folds one of the folds validates; leave out --validation.")
        }
        guard table.path.ending?.text.lowercased() == "csv" else {
            throw ValidationError("--output must end with .csv.")
        }
    }

    private var share: Double { validation ?? (folds == nil ? 0.1 : 0) }

    func run() async throws {
        let (path, file) = (source.text, table.text)
        guard FileStatus(of: table.path) == nil else {
            throw DataError(
                .cannotWrite, "\(file) exists already.", advice: "another --output, so that no split is lost")
        }
        let progress = output.progress()
        let check = try await FolderCheck(
            source.path, options: files.folderOptions, cache: FolderCheck.defaultCache,
            progress: { progress.show(path, done: $0, of: $1) })
        progress.end()
        let table = try check.split(
            validation: share, test: test, folds: folds, seed: seed,
            directory: self.table.path.parent)
        try AtomicFile.write(table.content, to: self.table.url)
        for note in table.notes { progress.message("note: \(note)") }
        if output.json {
            try Console.outputJSON(SplitDocument(file: file, table: table))
        } else {
            try Console.output(
                output.stdout.shownLines(
                    """
                    \(table.counts[0]) training\(parts(table)), \(table.counts[2]) test images
                    split    \(file)
                    SHA-256  \(table.sha256)
                    """))
        }
    }

    /// What validates, or in how many folds the training images lie.
    private func parts(_ table: SplitTable) -> String {
        guard !table.foldCounts.isEmpty else { return ", \(table.counts[1]) validation" }
        return " in folds of \(table.foldCounts.map(String.init).joined(separator: ", "))"
    }
}

/// What `ocellus split` prints.
private struct SplitDocument: Encodable {
    var schema = 1
    var file: String
    var sha256: String
    var train: Int
    var validation: Int
    var test: Int
    /// Training images of each fold; absent without folds.
    var folds: [Int]?
    var notes: [String]

    init(file: String, table: SplitTable) {
        self.file = file
        sha256 = table.sha256
        (train, validation, test) = (table.counts[0], table.counts[1], table.counts[2])
        folds = table.foldCounts.isEmpty ? nil : table.foldCounts
        notes = table.notes
    }
}
