// SPDX-License-Identifier: Apache-2.0

import CEmbeddedImages
import OcellusPixels
import OcellusTensor

extension ImageDataset {
    /// Fashion-mini, compiled into the binary: 2,000 training and 1,000 test images of Fashion-MNIST, gray, 28×28, ten
    /// classes of clothing (the first 200 and 100 of each class; copyright 2017 Zalando SE, MIT licence).
    ///
    /// - Throws: ``DataError`` when the bytes in the binary are damaged.
    public static var embedded: ImageDataset {
        get throws(DataError) { try decodedFashionMini.get() }
    }

    private static let decodedFashionMini: Result<ImageDataset, DataError> = Result { () throws(DataError) in
        let classes = ClassNames.lines(of: String(decoding: bytes(ocellus_fashion_mini_classes()), as: UTF8.self))
        let train = try IDX.imageSet(
            images: file("train-images-idx3-ubyte.gz", ocellus_fashion_mini_train_images()),
            labels: file("train-labels-idx1-ubyte.gz", ocellus_fashion_mini_train_labels()), classes: classes)
        let test = try IDX.imageSet(
            images: file("t10k-images-idx3-ubyte.gz", ocellus_fashion_mini_test_images()),
            labels: file("t10k-labels-idx1-ubyte.gz", ocellus_fashion_mini_test_labels()), classes: classes)
        return try ImageDataset(name: "fashion-mini", train: train, test: test)
    }

    private static func file(_ name: String, _ file: ocellus_embedded_file) throws(DataError) -> IDX {
        try IDX(bytes(file), path: "embedded/\(name)")
    }

    private static func bytes(_ file: ocellus_embedded_file) -> [UInt8] {
        Array(UnsafeBufferPointer(start: file.bytes, count: file.count))
    }
}
