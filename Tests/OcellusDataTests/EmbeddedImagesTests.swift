// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusTensor
import Testing

@Suite("Embedded images") struct EmbeddedImagesTests {
    @Test("are 3,000 images of Fashion-MNIST") func content() throws {
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
        #expect(images.notes == [])
    }

    // The digests, the mean and the deviation were computed by a Python program from the gzipped IDX files.
    @Test("have the digests and statistics that another program computes") func digests() throws {
        let images = try ImageDataset.embedded
        #expect(try images.train.sha256 == "31a53d2e6c4fc232f045558ab2e8739e7a0627781becab74bd11674375ec7d98")
        #expect(try images.test.sha256 == "a1cc98eb3896a90baece705ac295e9578755d602430650bd4033213028807261")
        let (mean, deviation) = try images.train.channelStatistics()
        #expect(mean == [Float(0.2864486769707883)])
        #expect(abs(deviation[0] - 0.35443460461585524) < 1e-7)
    }
}
