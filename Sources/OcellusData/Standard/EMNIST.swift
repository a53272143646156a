// SPDX-License-Identifier: Apache-2.0

import OcellusPixels
import OcellusTensor

/// One split of EMNIST, from the zip archive in which NIST publishes all of them as gzipped IDX files.
///
/// Cohen et al., "EMNIST: an extension of MNIST to handwritten letters", 2017. The images lie with rows and columns
/// exchanged, after the order of MATLAB; they are turned upright here, as MNIST's are.
struct EMNIST {
    let split: String
    /// The label of the first class: letters are counted from 1.
    let firstLabel: Int
    let classes: [String]

    /// Most bytes of a member; the largest has 697,932 images.
    private static let largestMember = 1 << 30

    func read(_ archive: ZipReader, name: String) throws(DataError) -> ImageDataset {
        let train = try imageSet("train", archive)
        return try ImageDataset(
            name: name, train: train, test: try imageSet("test", archive), notes: ClassNames.notes(on: train))
    }

    private func imageSet(_ part: String, _ archive: ZipReader) throws(DataError) -> ImageSet {
        let images = try file("\(part)-images-idx3", archive)
        let labels = try file("\(part)-labels-idx1", archive)
        guard let lowest = labels.values.min(), lowest >= firstLabel else {
            throw DataError(
                .labelOutOfRange, "\(labels.path) has a label without a class.", needs: "\(firstLabel) or more",
                received: labels.values.min().map { "\($0)" } ?? "no label")
        }
        guard images.shape.rank == 3 else {
            throw DataError(.wrongMagic, "\(images.path) holds labels.", needs: "images: 00 00 08 03 at its start")
        }
        return try IDX.imageSet(
            images: images.transposed(), labels: labels.mapped { $0 - UInt8(firstLabel) }, classes: classes)
    }

    private func file(_ kind: String, _ archive: ZipReader) throws(DataError) -> IDX {
        let name = "gzip/emnist-\(split)-\(kind)-ubyte.gz"
        return try IDX(try archive.content(of: name, limit: Self.largestMember), path: name)
    }
}

extension IDX {
    /// `[N, H, W]` as `[N, W, H]`.
    fileprivate func transposed() -> IDX {
        let (height, width) = (shape[1], shape[2])
        let values = [UInt8](unsafeUninitializedCapacity: self.values.count) { target, count in
            for image in 0..<shape[0] {
                let start = image * height * width
                for y in 0..<height {
                    for x in 0..<width { target[start + x * height + y] = self.values[start + y * width + x] }
                }
            }
            count = self.values.count
        }
        return IDX(shape: [shape[0], width, height], values: values, path: path)
    }

    fileprivate func mapped(_ change: (UInt8) -> UInt8) -> IDX {
        IDX(shape: shape, values: values.map(change), path: path)
    }
}
