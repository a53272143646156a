// SPDX-License-Identifier: Apache-2.0

public import OcellusModel
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
    /// How images of another aspect ratio were fitted; a model trained on these fits new images the same way.
    public let fit: Preprocessing.Fit
    /// By which filter they were resized; likewise.
    public let resampling: Preprocessing.Resampling

    /// - Throws: ``DataError/Code/doNotMatch`` unless all splits have the same classes and image size;
    ///   ``DataError/Code/noImages`` when there is nothing to train on or to test on;
    ///   ``DataError/Code/tooFewClasses`` for fewer than two classes.
    public init(
        name: String, train: ImageSet, validation: ImageSet? = nil, test: ImageSet, notes: [String] = [],
        fit: Preprocessing.Fit = .crop, resampling: Preprocessing.Resampling = .bilinear
    ) throws(DataError) {
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
        self.fit = fit
        self.resampling = resampling
    }
}
