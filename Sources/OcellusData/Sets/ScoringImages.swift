// SPDX-License-Identifier: Apache-2.0

package import OcellusFiles
package import OcellusModel
import OcellusPixels
import OcellusTensor

/// Labelled images to score a model on: of data with a test split that split, of data without any all images, unless the
/// model was trained on them. One class is enough.
package struct ScoringImages: Sendable {
    package let images: ImageSet
    /// What a person calls the data.
    package let name: String
    package let notes: [String]

    /// - Parameters:
    ///   - nameOrPath: Whatever ``ImageDataset`` reads.
    ///   - trained: What the model was trained on, by the hashes in its file.
    /// - Throws: ``DataError``, `CancellationError`.
    package init(
        _ nameOrPath: Path, options: ImageFolderOptions = ImageFolderOptions(), trainedOn trained: [DataIdentity]
    ) async throws {
        if let standard = StandardImages(nameOrPath.text), standard.set.isTestOnly {
            (images, name, notes) = (try standard.test(), nameOrPath.text, [])
            return
        }
        guard let source = try Self.source(nameOrPath) else {
            let dataset = try await ImageDataset.named(nameOrPath, options: options)
            (images, name, notes) = (dataset.test, dataset.name, dataset.notes)
            return
        }
        let folder = try await ImageFolder(source: source, options: options).load(leastClasses: 1)
        guard folder.validation == nil, folder.test == nil else {
            let dataset = try folder.dataset(options)
            (images, name, notes) = (dataset.test, dataset.name, dataset.notes)
            return
        }
        // What a training would have taken of these images tells whether this model's did.
        let known = Set(trained.map(\.sha256))
        if !known.isEmpty, let dataset = try? folder.dataset(options), known.contains(try dataset.train.sha256) {
            (images, name, notes) = (dataset.test, dataset.name, dataset.notes)
            return
        }
        if !known.isEmpty, known.contains(try folder.train.sha256) {
            (images, name) = (folder.train, folder.name)
            notes =
                folder.notes + [
                    "the model was trained on all \(folder.train.count) of these images: this score says how well it knows them, "
                        + "not how it does on new ones, which its training measured on held-out images"
                ]
            return
        }
        (images, name) = (try Self.unseen(folder.train, by: trained), folder.name)
        notes = folder.notes + [Self.note(scored: images.count, of: folder.train.count, trained)]
    }

    /// The images that a model was not trained on, as far as its file knows single ones; all, where it was trained on all.
    ///
    /// - Throws: ``DataError`` naming a file that cannot be read.
    private static func unseen(_ images: ImageSet, by trained: [DataIdentity]) throws(DataError) -> ImageSet {
        let seen = trained.compactMap(\.imageDigests).reduce(into: Set()) { $0.formUnion(ImageDigests.numbers(in: $1)) }
        guard !seen.isEmpty else { return images }
        let digests = try images.imageDigests
        let unseen = digests.indices.filter { !seen.contains(digests[$0]) }
        return unseen.isEmpty ? images : images.subset(unseen)
    }

    private static func note(scored count: Int, of all: Int, _ trained: [DataIdentity]) -> String {
        let isKnown = !trained.isEmpty && trained.allSatisfy { $0.imageDigests != nil }
        switch (count < all, isKnown) {
        case (true, _):
            return
                "there is no test split, and the model was trained on \(all - count) of these \(all) images: the other "
                + "\(count) are scored"
        case (false, true):
            return
                "there is no test split, and the model was not trained on these images: all \(all) are scored"
        case (false, false):
            return
                "there is no test split, and these are not the images that the model was trained on: all \(all) are "
                + "scored (its file does not say whether single ones were among them)"
        }
    }

    /// Image files at a path; `nil` for known names and for files of pixels.
    static func source(_ nameOrPath: Path) throws(DataError) -> ImageSource? {
        guard !ImageDataset.isName(nameOrPath.text) else { return nil }
        switch try ImageDataset.recognise(nameOrPath) {
        case .folder: return .folder(nameOrPath)
        case .manifest(let paths): return .manifest(paths, root: nameOrPath)
        case .archives(let paths): return .archives(paths, root: nameOrPath)
        case .idx, .cifar10, .cifar100, .cifarArchive: return nil
        }
    }
}
