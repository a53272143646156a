// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusModel
import OcellusPixels
import OcellusTraining
import Testing

@Suite("Data preview") struct DataPreviewTests {
    @Test("shows each class in turn, unchanged and as training sees it") func rows() throws {
        let images = try ImageDataset(name: "small", train: SmallData.images(9), test: SmallData.images(3, seed: 3))
        let parts = try TrainingParts(images, validationFraction: 0, seed: 0)
        let augmentation = Augmentation(.rotate(degrees: 10...90))
        let preview = try DataPreview(
            images, parts: parts, augmentation: augmentation, seed: 4, count: 4, epochs: 2)
        #expect(preview.rows.map(\.label) == ["left", "right", "top", "left"])
        let augmenter = ImageAugmenter(augmentation, images: parts.train, seed: 4)
        for row in preview.rows {
            #expect(row.epochs.count == 2)
            let original = try ImageDecoder.decode(row.original.png)
            #expect(try original.pixels == parts.train.pixels(at: row.position))
            for (epoch, tile) in row.epochs.enumerated() {
                let seen = try ImageDecoder.decode(tile.png)
                #expect(try seen.pixels == augmenter.augmented(row.position, epoch: epoch).pixels)
                #expect(seen != original && tile.label == row.label)
            }
        }
        // 3 columns and 4 rows of 60 pixels (six times ten), gaps of two between and around.
        let sheet = try ImageDecoder.decode(preview.sheet())
        #expect((sheet.width, sheet.height) == (3 * 62 + 2, 4 * 62 + 2))
        #expect(try sheet.pixels[2 * sheet.width + 2] == parts.train.pixels(at: preview.rows[0].position)[0])
    }

    @Test("says in which shares a mixed image has its labels") func mixed() throws {
        let images = try ImageDataset(name: "small", train: SmallData.images(9), test: SmallData.images(3, seed: 3))
        let parts = try TrainingParts(images, validationFraction: 0, seed: 0)
        let preview = try DataPreview(
            images, parts: parts, augmentation: Augmentation(.mixUp(alpha: 1)), seed: 4, count: 9, epochs: 4)
        let labels = preview.rows.flatMap { $0.epochs.map(\.label) }
        #expect(labels.contains { $0.wholeMatch(of: /(left|right|top) \d+ %, (left|right|top) \d+ %/) != nil })
        #expect(labels.contains { !$0.contains("%") })
    }
}
