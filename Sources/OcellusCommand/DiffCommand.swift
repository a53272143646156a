// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Ocellus
import OcellusData
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

/// `ocellus diff`: what changed from one model to another, image by image.
struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show which images two models answer differently, and whether one is better.",
        discussion: """
              ocellus diff old.safetensors new.safetensors --data photos
              ocellus diff old.safetensors new.safetensors --data photos --fail-if-worse
              ocellus diff old.safetensors new.safetensors --data photos --html diff.html

            Both models answer the same labelled images: those of evaluate that neither was trained on. Lost are images that the first \
            gets right and the second wrong. With --fail-if-worse the exit status is 3 when McNemar's exact test shows that the \
            second is worse (p < 0.05). Of models that may say "don't know" the most probable class counts.
            """)

    @Argument(help: ArgumentHelp("The model before, A.", valueName: "A"))
    var first: PathArgument

    @Argument(help: ArgumentHelp("The model after, B.", valueName: "B"))
    var second: PathArgument

    @OptionGroup var data: DataOptions

    @Flag(help: "Fail (exit status 3) when the second is shown to be worse.")
    var failIfWorse = false

    @Option(help: ArgumentHelp("Write a page with the pictures that changed sides.", valueName: "file"))
    var html: PathArgument?

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        AvailableMemory.returnLargeBuffers()
        let backend = try engine.make()
        let before = try Classifier(contentsOf: first.url, backend: backend)
        let after = try Classifier(contentsOf: second.url, backend: backend)
        let progress = output.progress()
        for notice in before.notices + after.notices { progress.message("note: \(notice)") }
        let trained = (before.record?.trainedOn ?? []) + (after.record?.trainedOn ?? [])
        let scored = try await data.request(for: before).openScored(trainedOn: trained)
        for note in scored.notes { progress.message("note: \(note)") }
        // Fitted anew only where the second takes them otherwise.
        let others =
            before.preprocessing.fitting == after.preprocessing.fitting
                && before.preprocessing.channels == after.preprocessing.channels
            ? scored.images : try await data.request(for: after).openScored(trainedOn: trained).images
        let diff = try ModelDiff(first: (before, scored.images), second: (after, others))
        progress.tellNotices(of: backend)
        let names = (first.text, second.text)
        if let html {
            let page = DiffPage.html(
                diff, names: names, data: scored.name, pictures: try Self.pictures(diff, scored.images))
            try AtomicFile.write(Data(page.utf8), to: html.url)
        }
        if output.json {
            try Console.outputJSON(
                DiffDocument(first: names.0, second: names.1, dataSha256: try scored.images.sha256, diff: diff))
        } else {
            try Console.output(
                DiffText.rendered(diff, names: names, style: output.stdout)
                    + (html.map { output.stdout.shown("page  \($0)") + "\n" } ?? ""))
        }
        if failIfWorse, diff.isWorse { throw ConditionFailed(message: "failed: \(DiffText.headline(diff)).") }
    }

    /// The pictures that the page shows, as the first model takes them.
    private static func pictures(_ diff: ModelDiff, _ images: ImageSet) throws -> [Int: Data] {
        let (height, width) = (images.shape[1], images.shape[2])
        let shown = [diff.lost, diff.gained].flatMap { $0.prefix(DiffPage.shown) }.map(\.index)
        return Dictionary(
            uniqueKeysWithValues: try shown.map { index in
                (
                    index,
                    try ImageEncoder.png(
                        DecodedImage(
                            width: width, height: height, channels: images.shape[0],
                            planar: try images.pixels(at: index)))
                )
            })
    }
}

/// What `ocellus diff --json` prints.
private struct DiffDocument: Encodable {
    var schema = 1
    var first: String
    var second: String
    /// Of the images as the first model takes them.
    var dataSha256: String
    var diff: ModelDiff
}
