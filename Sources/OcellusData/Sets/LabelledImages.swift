// SPDX-License-Identifier: Apache-2.0

package import OcellusFiles
package import OcellusModel
package import OcellusPixels
import OcellusTensor

/// Labelled images with the splits that they have, before anything is held out: what ``ImageDataset`` is made of.
package struct LabelledImages: Sendable {
    package let name: String
    package let train: ImageSet
    package let validation: ImageSet?
    package let test: ImageSet?
    package let notes: [String]
    package let fitting: ImageFitting
    /// Whether the images are photos and were fitted as ``ImageFolderOptions/photos`` asks.
    package let areFittedPhotos: Bool
    /// The median of their shorter sides before they were fitted; `nil` for images that did not come in files.
    package let medianSide: Int?
    private let options: ImageFolderOptions
    /// What they are part of; `nil` for all of it.
    package private(set) var identity: DataIdentity?

    /// Reads whatever ``ImageDataset`` reads.
    ///
    /// - Throws: ``DataError``, `CancellationError`.
    package init(_ nameOrPath: Path, options: ImageFolderOptions) async throws {
        self.options = options
        if let source = try ScoringImages.source(nameOrPath) {
            let folder = try await ImageFolder(source: source, options: options).load(leastClasses: 2)
            name = folder.name
            train = folder.train
            // As a data set has it: what chose must not judge, and the test matters more.
            (validation, test) = folder.test == nil ? (nil, folder.validation) : (folder.validation, folder.test)
            notes = folder.notes + ClassNames.notes(on: folder.train)
            fitting = folder.fitting
            (areFittedPhotos, medianSide) = (folder.areFittedPhotos, folder.medianSide)
            hasTest = folder.test != nil
        } else {
            let dataset = try await ImageDataset.named(nameOrPath, options: options)
            name = dataset.name
            (train, validation, test) = (dataset.train, dataset.validation, dataset.test)
            notes = dataset.notes
            fitting = dataset.fitting
            (areFittedPhotos, medianSide, hasTest) = (false, nil, true)
        }
        try check()
    }

    /// The training images of data that were divided already.
    ///
    /// - Parameter identity: Of the data and of how they were divided.
    package init(training images: ImageSet, of identity: DataIdentity, fitting: ImageFitting) throws(DataError) {
        (name, train, validation, test) = (identity.name, images, nil, nil)
        self.identity = identity
        self.fitting = fitting
        (notes, options, areFittedPhotos, medianSide, hasTest) = ([], ImageFolderOptions(), true, nil, false)
        try check()
    }

    private func check() throws(DataError) {
        let parts: [(String, ImageSet?)] = [("training", train), ("validation", validation), ("test", test)]
        for (split, images) in parts where images?.count == 0 {
            throw DataError(.noImages, "\(name) has no \(split) images.", needs: "at least one image")
        }
        guard train.classes.count >= 2 else {
            throw DataError(
                .tooFewClasses, "\(name) has a single class; there is nothing to tell apart.",
                needs: "at least two classes", received: train.classes.joined(separator: ", "))
        }
    }

    /// What a model's record keeps of single images: of those of files that came without splits.
    ///
    /// - Throws: ``DataError`` naming a file that cannot be read.
    package var imageDigests: String? {
        get throws(DataError) { test == nil && validation == nil ? try ImageDigests.text(of: train) : nil }
    }

    /// Whether test images of that name exist; else those of validation serve.
    package let hasTest: Bool

    /// The images as trainings from scratch take them, with a share held out for the test where there is none.
    ///
    /// - Throws: As ``ImageDataset/init(name:train:validation:test:notes:fitting:)``.
    package func dataset() throws(DataError) -> ImageDataset {
        let content = ImageFolder.Content(
            name: name, train: train, validation: hasTest ? validation : test, test: hasTest ? test : nil,
            notes: notes, fitting: fitting, areFittedPhotos: areFittedPhotos, medianSide: medianSide)
        return try content.dataset(options, hasClassNotes: true)
    }
}

/// How photos are fitted for a network that was trained elsewhere: it decides, not the images.
package struct PhotoFitting: Hashable, Sendable {
    package var fitting: ImageFitting
    package var channels: Int
    /// Images are photos when the median of their shorter sides is at least this.
    package var leastSide: Int

    package init(_ preprocessing: Preprocessing, leastSide: Int) {
        fitting = preprocessing.fitting
        channels = preprocessing.channels
        self.leastSide = leastSide
    }
}
