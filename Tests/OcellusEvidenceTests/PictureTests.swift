// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusData
import OcellusGraph
import OcellusInference
import OcellusModel
import OcellusPixels
import OcellusPlan
import OcellusReference
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusEvidence

@Suite("Pictures") struct PictureTests {
    /// Two gray images of 2×3 and their labels.
    let images: ImageSet
    init() throws {
        images = try ImageSet(
            classes: ["a", "b"], shape: [1, 2, 3], labels: [0, 1], pixels: [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16])
    }

    @Test("numbers become orange above 0 and blue below, 0 white, large ones full colour") func diverging() {
        #expect(
            Tiles.diverging([-1, 0, 1, 9], limit: 1) == [28, 92, 178, 247, 247, 244, 202, 84, 16, 202, 84, 16])
        #expect(Tiles.diverging([5, -5], limit: 0) == [247, 247, 244, 247, 247, 244])
        #expect(Tiles.diverging([-0.5], limit: 1) == [137, 169, 211])
        #expect(Tiles.diverging([], limit: 1) == [])
    }

    @Test("pixels become squares until both sides are large enough") func enlarged() {
        let image = DecodedImage(width: 2, height: 1, channels: 3, pixels: [1, 2, 3, 4, 5, 6])
        #expect(Tiles.enlarged(image, toAtLeast: 1) == image)
        let large = Tiles.enlarged(image, toAtLeast: 2)
        #expect(large.width == 4 && large.height == 2)
        #expect(large.pixels == [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6])
    }

    @Test("a patch is the image's part, chequered outside") func patch() throws {
        let whole = try Tiles.patch(images, 0, top: 0, left: 0, height: 2, width: 3)
        #expect(whole.pixels == [1, 2, 3, 4, 5, 6])
        let corner = try Tiles.patch(images, 1, top: 1, left: -1, height: 2, width: 3)
        #expect(corner.pixels == [104, 14, 15, 152, 104, 152])
        #expect(try Tiles.patch(images, 0, top: 5, left: 9, height: 1, width: 2).pixels == [104, 152])
        #expect(try Tiles.patch(images, 0, top: -7, left: 0, height: 2, width: 1).pixels == [104, 152])
    }

    @Test("a sheet keeps tiles one pixel apart") func sheet() {
        let tiles = (1...3).map { DecodedImage(width: 2, height: 1, channels: 1, pixels: [UInt8($0), UInt8($0)]) }
        let sheet = Tiles.sheet(tiles, columns: 2)
        #expect(sheet.width == 5 && sheet.height == 3)
        #expect(sheet.pixels == [1, 1, 128, 2, 2, 128, 128, 128, 128, 128, 3, 3, 128, 128, 128])
        let color = DecodedImage(width: 1, height: 1, channels: 3, pixels: [7, 8, 9])
        #expect(Tiles.sheet([color, color], columns: 5).pixels == [7, 8, 9, 128, 128, 128, 7, 8, 9])
    }

    @Test("shifted images come in black") @EngineActor func shift() throws {
        let right = try ShiftCurves.shifted(images, down: 0, right: 1)
        #expect(try right.pixels(at: 0) == [0, 1, 2, 0, 4, 5] && right.pixels(at: 1) == [0, 11, 12, 0, 14, 15])
        #expect(try ShiftCurves.shifted(images, down: 0, right: -2).pixels(at: 0) == [3, 0, 0, 6, 0, 0])
        #expect(try ShiftCurves.shifted(images, down: 1, right: 0).pixels(at: 0) == [0, 0, 0, 1, 2, 3])
        #expect(try ShiftCurves.shifted(images, down: -1, right: 0).pixels(at: 1) == [14, 15, 16, 0, 0, 0])
        #expect(try ShiftCurves.shifted(images, down: 6, right: 0).pixels(at: 0) == [0, 0, 0, 0, 0, 0])
        #expect(try ShiftCurves.shifted(images, down: 0, right: -6).pixels(at: 0) == [0, 0, 0, 0, 0, 0])
        #expect(right.labels == images.labels)
    }

    // One 2×2 filter that adds up its window: the brightest window wins.
    // Image 0 has 9 at row 0, column 3; image 1 a block of 3s at rows 2 to 3, columns 0 to 1; image 2 is dark.
    @Test("the patches that excite a filter most are found where they are") @EngineActor func patches() throws {
        var pixels = [UInt8](repeating: 0, count: 3 * 16)
        pixels[3] = 9
        for offset in [8, 9, 12, 13] { pixels[16 + offset] = 3 }
        let test = try ImageSet(classes: ["a", "b"], shape: [1, 4, 4], labels: [0, 1, 0], pixels: pixels)
        let network = Network(input: [1, 4, 4]) {
            Conv2D(1, kernelSize: 2, stride: 1, padding: .all(1), hasBias: false)
            ReLU()
            Flatten()
            Dense(2)
        }
        var weights = try network.initialWeights(seed: 1)
        weights.parameters[0] = Tensor([1, 1, 2, 2], [1, 1, 1, 1])
        let model = try Classifier(
            network: network, weights: weights, classes: ["a", "b"],
            preprocessing: Preprocessing(width: 4, height: 4, channels: 1), backend: MadeUpImages.backend)
        let sheets = try FilterPictures(model: model, test: test).sheets()
        #expect(sheets.count == 1 && sheets[0].count == 1 && sheets[0].layer == "0")
        #expect(sheets[0].receptiveField == 2)
        let kernel = try ImageDecoder.decode(sheets[0].filters[0].png, name: "kernel")
        #expect(kernel.width == 2 && kernel.height == 2 && kernel.pixels.prefix(3) == [202, 84, 16])
        #expect(sheets[0].scale == 1)
        // Image 1 with 3 + 3 + 3 + 3, then image 0 with its 9 (first where the window hangs over the upper edge), then
        // the dark one (first position of all).
        let strip = try ImageDecoder.decode(try #require(sheets[0].filters[0].patches), name: "patches")
        #expect(strip.width == 8 && strip.height == 2)
        #expect(strip.pixels == [3, 3, 128, 104, 152, 128, 104, 152, 3, 3, 128, 0, 9, 128, 152, 0])
    }

    // At stride 2 behind a pool, unit (i, j) of the second convolution sees rows 2i to 2i + 5.
    @Test("windows of layers inside blocks add up along the path") func windows() throws {
        let network = Network(input: [1, 32, 32]) {
            Conv2D(2, kernelSize: 3, padding: .valid).named("stem")
            MaxPool2D(2)
            Residual {
                Conv2D(2, kernelSize: 3)
                ReLU()
                Conv2D(2, kernelSize: 3)
            } shortcut: {
                Conv2D(2, kernelSize: 1)
            }
            Concatenate {
                Branch { Conv2D(1, kernelSize: 5) }
                Branch { ReLU() }
            }
        }
        let windows = try network.windows()
        #expect(windows["stem"]?.extent == 3 && windows["1"]?.extent == 4)
        #expect(windows["2.body.0"] == Window(extent: 8, stride: 2, before: 2))
        #expect(windows["2.body.2"] == Window(extent: 12, stride: 2, before: 4))
        #expect(windows["2.shortcut.0"] == Window(extent: 4, stride: 2, before: 0))
        #expect(windows["2"]?.extent == 12)
        #expect(windows["3.branches.0.0"]?.extent == 20 && windows["3.branches.1.0"]?.extent == 12)
        #expect(windows["3"]?.extent == 20)
    }

    @Test("tokens are drawn in reading order") @EngineActor func tokens() throws {
        let network = Network(input: [1, 8, 9]) {
            PatchEmbedding(5, patch: 4)
            LayerNorm()
            SelectToken(3)
            Dense(MadeUpImages.classes.count)
        }
        let model = try Classifier(
            network: network, weights: try network.initialWeights(seed: 1), classes: MadeUpImages.classes,
            preprocessing: Preprocessing(width: 9, height: 8, channels: 1), backend: MadeUpImages.backend)
        let sheets = try FeatureMapPictures(model: model).sheets(of: try MadeUpImages.set(count: 6, seed: 2), at: [0])
        #expect(sheets[0].layers.map(\.shape).first == [4, 5])
        // 20 values: 4 rows of 5.
        let tokens = try ImageDecoder.decode(sheets[0].layers[0].png, name: "tokens")
        #expect(tokens.width == 12 * 5 && tokens.height == 12 * 4)
        #expect(sheets[0].layers[0].shown == 20 && sheets[0].layers[0].values == nil)
        #expect(sheets[0].layers.last?.values?.count == MadeUpImages.classes.count)
    }

    @Test("every layer's maps are drawn for one picture per class") @EngineActor func maps() throws {
        let network = MadeUpImages.convolutional
        let model = try Classifier(
            network: network, weights: try network.initialWeights(seed: 1), classes: MadeUpImages.classes,
            preprocessing: Preprocessing(width: 9, height: 8, channels: 1), backend: MadeUpImages.backend)
        let test = try MadeUpImages.set(count: 6, seed: 2)
        let sheets = try FeatureMapPictures(model: model).sheets(
            of: test, at: [0, 1, 2])
        #expect(sheets.map(\.label) == [0, 1, 2])
        // Without Flatten, which changes nothing.
        #expect(sheets[0].layers.map(\.layer) == ["0", "1", "2", "4"])
        #expect(sheets[0].layers.map(\.shape) == [[4, 6, 7], [4, 6, 7], [4, 3, 3], [3]])
        let maps = try ImageDecoder.decode(sheets[0].layers[0].png, name: "maps")
        // Maps of 7×6 pixels, each pixel a square of 8.
        #expect(maps.width == 4 * (8 * 7 + 1) - 1 && maps.height == 8 * 6)
        #expect(sheets[0].layers.map(\.shown) == [4, 4, 4, 3])
        #expect(sheets[0].layers[0].png != sheets[1].layers[0].png)
        // Three logits: a square of 2×2 with one left over.
        let logits = try ImageDecoder.decode(sheets[0].layers[3].png, name: "logits")
        #expect(logits.width == 48 && logits.height == 48 && logits.pixels.suffix(3) == [247, 247, 244])
        #expect(sheets[0].layers[3].values?.count == 3 && sheets[0].layers[0].values == nil)
    }
}
