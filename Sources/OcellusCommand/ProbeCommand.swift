// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Ocellus
import OcellusArchive
import OcellusEvidence
import OcellusFiles
import OcellusInference
import OcellusModel
import OcellusPixels
import OcellusReport
import OcellusTensor
import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `ocellus probe`: what trained models make of disturbed images.
struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe", abstract: "Probe models with shifted, turned, scaled and corrupted images.",
        discussion: """
              ocellus probe runs/train/cnn-1/model.safetensors --data photos
              ocellus probe ann.safetensors cnn.safetensors --corruptions all --html probe.html
              ocellus probe cnn.safetensors --corruptions fog jpeg --record probe.json

            Also calibration, how many images can be answered at a stated error, and the classes. Several models see the same \
            images; the first is the baseline. `ocellus report probe.json` makes the page of a saved record.

            Corruptions: \(Corruption.allCases.map(\.rawValue).joined(separator: ", ")).
            """)

    @Argument(help: ArgumentHelp("Model files.", valueName: "model"))
    var models: [PathArgument]

    @OptionGroup var data: DataOptions

    @Option(help: ArgumentHelp("Test images that are disturbed.", valueName: "n"))
    var images = 1000

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Corruptions at five severities: none, all, or names.", valueName: "names"))
    var corruptions = ["none"]

    @Option(help: ArgumentHelp("Write the page to this file.", valueName: "file"))
    var html: PathArgument?

    @Option(help: ArgumentHelp("Save the record to this file, for `ocellus report`.", valueName: "file"))
    var record: PathArgument?

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard images >= 1 else { throw ValidationError("--images must be at least 1.") }
        guard Set(models).count == models.count else { throw ValidationError("give each model once.") }
        _ = try chosen()
    }

    private func chosen() throws -> [Corruption] {
        switch corruptions {
        case ["none"]: return []
        case ["all"]: return Corruption.allCases
        default:
            let names = Corruption.allCases.map(\.rawValue)
            if let alone = corruptions.first(where: ["none", "all"].contains) {
                throw ValidationError("\"\(alone)\" stands alone: --corruptions takes none, all, or names.")
            }
            let asked = try corruptions.map { name in
                guard let corruption = Corruption(rawValue: name) else {
                    throw ValidationError(
                        "\"\(name)\" is no corruption"
                            + (closestMatch(to: name, in: names).map { "; did you mean \"\($0)\"?" }
                                ?? "; they are \(names.joined(separator: ", "))"))
                }
                return corruption
            }
            return Corruption.allCases.filter(asked.contains)
        }
    }

    func run() async throws {
        let backend = try engine.make()
        let progress = output.progress()
        let classifiers = try models.map { path in
            (name: path.text, model: try Classifier(contentsOf: path.url, backend: backend))
        }
        for (_, model) in classifiers {
            for notice in model.notices { progress.message("note: \(notice)") }
        }
        // All models see the same images: as the first of them saw those of its training.
        guard let first = classifiers.first?.model else { throw ValidationError("Give a model file.") }
        let test = try await data.request(for: first).openScored(trainedOn: first.record?.trainedOn ?? [])
        for note in test.notes { progress.message("note: \(note)") }
        let found = try ModelProbe(images: images, corruptions: try chosen()).record(
            of: classifiers, test: test.images,
            origin: .init(
                command: Arguments.command, data: test.name, notes: test.notes),
            report: { progress.message($0) })
        progress.tellNotices(of: backend)
        if output.json {
            try Console.outputJSON(found)
        } else {
            try Console.output(ProbeText.rendered(found, style: output.stdout, report: html?.text))
        }
        // After the results, so that a file that cannot be written costs none of them.
        if let record {
            try AtomicFile.write(Data((try CanonicalJSON.encode(found) + "\n").utf8), to: record.url)
        }
        if let html {
            try AtomicFile.write(Data(ReportPage.html(for: found).utf8), to: html.url)
        }
    }
}
