// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import OcellusArchive
import OcellusData
import OcellusEvidence
import OcellusFiles
import OcellusGraph
import OcellusInference
import OcellusModel
import OcellusReport
import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `ocellus check`: the truth about a data set, before anything is trained on it.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Decode every image of a data set and report what is wrong.",
        discussion: """
              ocellus check photos
              ocellus check photos --html check.html --plan fix.csv
              ocellus check photos --apply fix.csv
              ocellus check photos --undo fix.undo.csv
              ocellus check photos --label-errors

            Finds files that cannot be read, duplicates within and across splits, misnamed, sideways, single-colour and \
            odd files, and what is wrong with the classes. A plan is a table to read and edit; applying it moves and \
            renames files inside the folder and deletes nothing. Exit status 3: there are errors (see --fail-on).
            """)

    @Argument(help: ArgumentHelp("A folder, table, archive or other data set.", valueName: "path"))
    var folder: PathArgument

    @Option(help: ArgumentHelp("Write the findings as a page with small pictures.", valueName: "file"))
    var html: PathArgument?

    @Option(help: ArgumentHelp("Write what could be done as a table to edit.", valueName: "file"))
    var plan: PathArgument?

    @Option(help: ArgumentHelp("Carry out a plan: move and rename files, delete none.", valueName: "plan"))
    var apply: PathArgument?

    @Option(help: ArgumentHelp("Where --apply writes the way back (default: PLAN.undo.csv).", valueName: "file"))
    var journal: PathArgument?

    @Option(help: ArgumentHelp("Move everything back, by the file that --apply wrote.", valueName: "file"))
    var undo: PathArgument?

    @Option(help: ArgumentHelp("End with status 3 for: error, warning or never.", valueName: "severity"))
    var failOn: Severity = .error

    @OptionGroup var files: SourceOptions

    @Flag(help: "Decode everything, also what an earlier check has decoded; keep nothing.")
    var noCache = false

    @Flag(help: "List images whose labels are suspect: trains a network for each fold, which takes its time.")
    var labelErrors = false

    @Option(
        help: ArgumentHelp("Judge labels by this model instead, on images that it never trained on.", valueName: "file")
    )
    var model: PathArgument?

    @Option(
        help: ArgumentHelp("What --label-errors trains; as for train (default: cnn).", valueName: "network"),
        completion: Completion.networks)
    var network: String?

    @Option(help: ArgumentHelp("Parts that --label-errors holds out in turn (default: 5).", valueName: "k"))
    var folds: Int?

    @Option(help: ArgumentHelp("Epochs of each training of --label-errors (default: 10).", valueName: "n"))
    var epochs: Int?

    @Option(help: ArgumentHelp("Decides folds and trainings of --label-errors (default: 0).", valueName: "n"))
    var seed: UInt64?

    @Option(
        help: ArgumentHelp("Size that photos are fitted to for --label-errors, e.g. 64 or 96x64.", valueName: "size"))
    var size: ImageSizeArgument?

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    private var path: String { folder.text }

    enum Severity: String, CaseIterable, ExpressibleByArgument { case error, warning, never }

    func validate() throws {
        guard apply == nil || undo == nil else { throw ValidationError("Give --apply or --undo, not both.") }
        guard apply == nil && undo == nil || html == nil && plan == nil else {
            throw ValidationError("--apply and --undo do not check: leave out --html and --plan.")
        }
        guard apply == nil && undo == nil || !labelErrors && model == nil else {
            throw ValidationError("--apply and --undo do not check: leave out --label-errors and --model.")
        }
        guard labelErrors || network == nil && folds == nil && epochs == nil && seed == nil && size == nil else {
            throw ValidationError("--network, --folds, --epochs, --seed and --size belong to --label-errors.")
        }
        guard !labelErrors || model == nil else {
            throw ValidationError("--label-errors trains networks, --model judges by one: give one of them.")
        }
        guard folds.map({ (2...100).contains($0) }) ?? true else {
            throw ValidationError("--folds must be in 2…100.")
        }
        guard journal == nil || apply != nil else { throw ValidationError("--journal belongs to --apply.") }
    }

    func run() async throws {
        AvailableMemory.returnLargeBuffers()
        if let apply { return try change(apply) { try $0.apply(to: path, journal: journalFile(of: apply)) } }
        if let undo { return try change(undo) { try $0.undo(in: path, journal: undo.text) } }
        let options = files.folderOptions
        let progress = output.progress()
        let check = try await FolderCheck(
            folder.path, options: options, cache: noCache ? nil : FolderCheck.defaultCache,
            progress: { progress.show(path, done: $0, of: $1) })
        progress.end()
        if let failure = check.cacheFailure { progress.message("note: the cache could not be written: \(failure)") }
        var report = check.report()
        if let suspected = try await suspectedLabels(check, options, progress) {
            report.add(suspected.findings)
            report.notes += suspected.notes
            report.foldSha256 = suspected.splitSha256.isEmpty ? nil : suspected.splitSha256
        }
        if let plan {
            try AtomicFile.write(Data(try check.plan(report).text.utf8), to: plan.url)
        }
        if let html {
            let page = CheckPage.html(for: report, thumbnails: try await check.thumbnails(of: report))
            try AtomicFile.write(Data(page.utf8), to: html.url)
        }
        if output.json {
            try Console.outputJSON(CheckDocument(report: report))
        } else {
            let written = [plan.map { "plan  \($0)" }, html.map { "page  \($0)" }].compactMap { $0 }
            let text = CheckText.rendered(report, style: output.stdout)
            try Console.output(text + written.map { output.stdout.shown($0) + "\n" }.joined())
        }
        let limit: CheckReport.Finding.Severity? =
            switch failOn {
            case .error: .error
            case .warning: .warning
            case .never: nil
            }
        if let limit, report.findings.contains(where: { $0.severity >= limit }) {
            throw ConditionFailed(message: "failed: \(CheckText.verdict(report))")
        }
    }

    /// What `--label-errors` or `--model` finds; `nil` without them.
    private func suspectedLabels(_ check: FolderCheck, _ options: ImageFolderOptions, _ progress: ProgressPrinter)
        async throws -> LabelErrors?
    {
        guard labelErrors || model != nil else { return nil }
        let backend = try engine.make()
        let classifier = try model.map { try Classifier(contentsOf: $0.url, backend: backend) }
        var options = options
        // The check names them.
        options.skipsUnreadable = true
        options.fitting = ImageFitting.Choice(size: size.map { Size2D($0.height, $0.width) })
        if let seen = classifier?.preprocessing { options.fitting = ImageFitting.Choice(seen.fitting) }
        let images = try await ImageDataset.named(folder.path, options: options)
        let names = check.names(of: images)
        if let classifier { return try LabelErrors(images, names: names, classifier: classifier) }
        let configuration = TrainingConfiguration(epochs: epochs ?? 10, seed: seed ?? 0)
        try configuration.validate(classes: images.classes.count)
        let count = folds ?? 5
        defer { progress.end() }
        return try await LabelErrors(
            images, names: names, network: try NetworkArgument.network(network ?? "cnn", for: images),
            configuration: configuration, folds: count, backend: backend,
            events: { fold, event in progress.show(event, of: "fold \(fold) of \(count)") })
    }

    private func journalFile(of plan: PathArgument) -> String {
        if let journal { return journal.text }
        let isTable = plan.path.ending?.text.lowercased() == "csv"
        return "\(isTable ? plan.path.withoutEnding : plan.path).undo.csv"
    }

    private func change(_ file: PathArgument, _ body: (FixPlan) throws -> FixPlan.Outcome) throws {
        let plan = try FixPlan(try AtomicFile.read(file.url, limit: 1 << 30), path: file.text)
        let outcome = try body(plan)
        if output.json {
            return try Console.outputJSON(OutcomeDocument(outcome: outcome, journal: apply.map(journalFile)))
        }
        var lines = outcome.moved + outcome.left.map { "left \($0)" }
        lines.append("\(outcome.moved.count) moved, \(outcome.left.count) left")
        if let apply, !outcome.moved.isEmpty {
            lines.append("undo  ocellus check \(path) --undo \(journalFile(of: apply))")
        }
        try Console.output(lines.map { output.stdout.shown($0) + "\n" }.joined())
    }
}

/// What `ocellus check --json` prints.
private struct CheckDocument: Encodable {
    var schema = 1
    var report: CheckReport
}

/// What `ocellus check --apply` and `--undo` print as JSON.
private struct OutcomeDocument: Encodable {
    var schema = 1
    var outcome: FixPlan.Outcome
    var journal: String?
}
