// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusImages
import OcellusTensor
import Testing

@Suite("Embedded images") struct EmbeddedImagesTests {
    @Test("are the 3,000 images of Fashion-MNIST that the notice names") func content() throws {
        let images = try ImageDataset.embedded
        #expect(images.name == "fashion-mini")
        #expect(images.shape == [1, 28, 28])
        #expect(
            images.classes == [
                "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
                "Ankle boot",
            ])
        #expect(images.train.classCounts == Array(repeating: 200, count: 10))
        #expect(images.test.classCounts == Array(repeating: 100, count: 10))
        #expect(images.validation == nil)
        // The published first training image is an ankle boot; its first bright pixel is known from the original file.
        #expect(images.classes[Int(images.train.labels[0])] == "Ankle boot")
        #expect(images.train.pixels(at: 0).firstIndex { $0 > 0 } == 96)
    }
}
