// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import OcellusArchive
import OcellusFiles
import OcellusModel
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How training images are changed at random.
struct AugmentationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Change training images at random, e.g. \"flip, rotate 15, scale 0.8..1.2\", or a JSON file.",
            valueName: "steps"))
    var augment: String?

    @Flag(help: "Leave training images as they are, whatever --augment says.")
    var noAugment = false

    /// - Returns: `nil` when images stay as they are.
    /// - Throws: ``ModelError`` for steps that cannot be read; ``ArchiveError`` for the file.
    func augmentation() throws -> Augmentation? {
        guard let augment, !noAugment else { return nil }
        let augmentation: Augmentation
        if Path(augment).ends(with: ".json") {
            let text = String(decoding: try AtomicFile.read(URL(Path(augment))), as: UTF8.self)
            augmentation = try CanonicalJSON.decode(Augmentation.self, from: text, what: augment)
            try augmentation.validate()
        } else {
            augmentation = try Augmentation(text: augment)
        }
        return augmentation.isEmpty ? nil : augmentation
    }
}
