// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import OcellusArchive
import OcellusFiles
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusReport
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `ocellus model card`
struct ModelCardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "card", abstract: "Write a model card in Markdown: what was measured, and nothing else.",
        discussion: """
              ocellus model card runs/train/cnn-1/model.safetensors
              ocellus model card runs/train/cnn-1/model.safetensors -o CARD.md

            Everything comes from the model file. What nobody measured is not in the card.
            """)

    @Argument(help: ArgumentHelp("A model file.", valueName: "model"))
    var model: PathArgument

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Write the card to this file.", valueName: "file"))
    var file: PathArgument?

    func run() throws {
        let content = try ModelFile(contentsOf: model.url)
        let bytes = try AtomicFile.read(model.url)
        let rule = try content.calibration.flatMap { calibration in
            try calibration.error.flatMap { try calibration.rule(error: $0) }
        }
        let card = ModelCard(
            name: model.path.name.text, network: try NetworkSummary(content.network), classes: content.classes,
            preprocessing: content.preprocessing, record: content.record, calibration: content.calibration, rule: rule,
            origin: content.origin, sha256: SHA256.digest(of: bytes).hexadecimal, bytes: bytes.count)
        guard let file else { return try Console.output(card.markdown) }
        try AtomicFile.write(Data(card.markdown.utf8), to: file.url)
        try Console.output(file.text)
    }
}
