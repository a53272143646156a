// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Ocellus
import OcellusEvidence
import OcellusImages
import OcellusInference
import OcellusModel
import OcellusReport
import OcellusTraining

/// `ocellus probe`: what trained models make of disturbed images.
struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe", abstract: "Probe models with shifted, turned and scaled images.",
        discussion: """
              ocellus probe runs/train/cnn-1/model.safetensors --data photos
              ocellus probe ann.safetensors cnn.safetensors --json

            Also calibration, and how many images can be answered at a stated error. Several models see the same images.
            """)

    @Argument(help: ArgumentHelp("Model files.", valueName: "model"))
    var models: [String]

    @OptionGroup var data: DataOptions

    @Option(help: ArgumentHelp("Test images that are moved, turned and scaled.", valueName: "n"))
    var images = 1000

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard images >= 1 else { throw ValidationError("--images must be at least 1.") }
        guard Set(models).count == models.count else { throw ValidationError("give each model once.") }
    }

    func run() async throws {
        let backend = try engine.make()
        let progress = output.progress()
        let classifiers = try models.map { path in
            (name: path, model: try Classifier(contentsOf: URL(filePath: path), backend: backend))
        }
        for (_, model) in classifiers {
            for notice in model.notices { progress.message("note: \(notice)") }
        }
        var request = data.request
        if let first = classifiers.first?.model {
            // The first model's size and fit, so that photos are seen as in training.
            request.size = request.size ?? Size2D(first.preprocessing.height, first.preprocessing.width)
            request.fit = request.fit ?? first.preprocessing.fit
        }
        let test = try await request.openTest()
        for note in test.notes { progress.message("note: \(note)") }
        let record = try ModelProbe(images: images).record(
            of: classifiers, test: test.images, report: { progress.message($0) })
        if output.json {
            try Console.outputJSON(record)
        } else {
            try Console.output(ProbeText.rendered(record, style: output.stdout))
        }
    }
}
