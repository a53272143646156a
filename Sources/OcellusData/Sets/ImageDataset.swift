// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusModel
public import OcellusPixels
public import OcellusTensor

/// A data set in memory: images to train on, images to test on, perhaps images to validate on.
///
///     let images = try ImageDataset.embedded
///     images.shape                        // [1, 28, 28]
public struct ImageDataset: Sendable {
    /// What a person calls it: a known name or the directory's.
    public let name: String
    /// Class names, the same for every split; a label is an index into them.
    public var classes: [String] { train.classes }
    /// `[C, H, W]`
    public var shape: Shape { train.shape }
    public let train: ImageSet
    /// `nil` when the data have none; then training holds out its own share of `train`.
    public let validation: ImageSet?
    /// Read at the end, once for each trained model.
    public let test: ImageSet
    /// What a person should know: choices made while reading, files left out.
    public let notes: [String]
    /// How the images got their size; a model trained on these fits new images the same way.
    public let fitting: ImageFitting
    /// Whether the test images were held out of images that came without splits.
    var hasDrawnTest = false

    /// - Parameter fitting: `nil` for images that came in their size.
    /// - Throws: ``DataError/Code/doNotMatch`` unless all splits have the same classes, and the image size of the fitting;
    ///   ``DataError/Code/noImages`` when there is nothing to train on or to test on;
    ///   ``DataError/Code/tooFewClasses`` for fewer than two classes.
    public init(
        name: String, train: ImageSet, validation: ImageSet? = nil, test: ImageSet, notes: [String] = [],
        fitting: ImageFitting? = nil
    ) throws(DataError) {
        let size = Size2D(train.shape[1], train.shape[2])
        guard fitting.map({ $0.size == size }) ?? true else {
            throw DataError(
                .doNotMatch, "the images of \(name) do not have the size that they were fitted to.",
                needs: "\(fitting?.size ?? size) (height×width)", received: "\(size)")
        }
        let others: [(String, ImageSet?)] = [("validation", validation), ("test", test)]
        for (split, images) in others {
            guard let images else { continue }
            guard images.shape == train.shape, images.classes == train.classes else {
                throw DataError(
                    .doNotMatch, "the \(split) images do not fit the training images.", needs: "\(train)",
                    received: "\(images)")
            }
        }
        let parts: [(String, ImageSet?)] = [("training", train)] + others
        for (split, images) in parts {
            guard images?.count != 0 else {
                throw DataError(.noImages, "\(name) has no \(split) images.", needs: "at least one image")
            }
        }
        guard train.classes.count >= 2 else {
            throw DataError(
                .tooFewClasses, "\(name) has a single class; there is nothing to tell apart.",
                needs: "at least two classes", received: train.classes.joined(separator: ", "))
        }
        self.name = name
        self.train = train
        self.validation = validation
        self.test = test
        self.notes = notes
        self.fitting = fitting ?? ImageFitting(size)
    }

    /// The same images as part of data with more classes.
    ///
    /// - Parameter classes: These and others, in any order.
    /// - Throws: ``DataError/Code/unknownClass`` where a class of these is not among them.
    package func relabelled(among classes: [String]) throws(DataError) -> ImageDataset {
        try replacing(
            train: train.relabelled(among: classes),
            validation: try validation.map { images throws(DataError) in try images.relabelled(among: classes) },
            test: test.relabelled(among: classes))
    }

    /// Other images of the same data: their name, their notes and how they were fitted stay.
    ///
    /// - Throws: As ``init(name:train:validation:test:notes:fitting:)``.
    package func replacing(
        train: ImageSet, validation: ImageSet? = nil, test: ImageSet
    ) throws(DataError) -> ImageDataset {
        var dataset = try ImageDataset(
            name: name, train: train, validation: validation, test: test, notes: notes, fitting: fitting)
        dataset.hasDrawnTest = hasDrawnTest
        return dataset
    }

    /// What a model's record keeps of single images: of those of files that came without splits.
    ///
    /// - Throws: ``DataError`` naming a file that cannot be read.
    package var imageDigests: String? {
        get throws(DataError) { hasDrawnTest ? try ImageDigests.text(of: train) : nil }
    }
}
