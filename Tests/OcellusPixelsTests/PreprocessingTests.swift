// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusPixels
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Preprocessing of images") struct PreprocessingTests {
    @Test("resizes as Pillow does, to the last bit", arguments: PillowFixtures.resizes)
    func resizes(fixture: PillowFixtures.Resize) throws {
        let preprocessing = Preprocessing(
            width: fixture.outputWidth, height: fixture.outputHeight, channels: fixture.channels, fit: fixture.fit)
        let result = try preprocessing.apply(pattern(fixture.width, fixture.height, fixture.channels))
        #expect(Data(result) == Data(base64Encoded: fixture.expected), "\(fixture)")
    }

    @Test("resizes with other filters as Pillow does, to the last bit", arguments: PillowFixtures.filtered)
    func filters(fixture: PillowFixtures.Filtered) throws {
        let preprocessing = Preprocessing(
            width: fixture.outputWidth, height: fixture.outputHeight, channels: fixture.channels, fit: .stretch,
            resampling: fixture.resampling)
        let result = try preprocessing.apply(pattern(fixture.width, fixture.height, fixture.channels))
        #expect(Data(result) == Data(base64Encoded: fixture.expected), "\(fixture)")
    }

    @Test("another filter than bilinear raises the version; a newer version is refused") func versions() throws {
        for resampling in ImageFitting.Resampling.allCases {
            let value = Preprocessing(width: 3, height: 4, channels: 1, resampling: resampling)
            let data = try JSONEncoder().encode(value)
            #expect(try JSONDecoder().decode(Preprocessing.self, from: data) == value)
            let text = String(decoding: data, as: UTF8.self)
            #expect(text.contains("\"version\":1") == (resampling == .bilinear))
            #expect(text.contains("resampling") == (resampling != .bilinear))
        }
        let newer = #"{"version":4,"width":1,"height":1,"channels":1,"fit":"crop","mean":[0],"standardDeviation":[1]}"#
        let error = #expect(throws: ModelError.self) {
            try JSONDecoder().decode(Preprocessing.self, from: Data(newer.utf8))
        }
        #expect(error?.kind == .unsupportedFormat)
    }

    @Test("versions 1 and 2 are read and written byte for byte; a crop by a rule is version 3") func bytes() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let texts = [
            #"{"channels":1,"fit":"pad","height":4,"mean":[0.5],"standardDeviation":[0.25],"version":1,"width":3}"#,
            #"{"channels":1,"fit":"crop","height":4,"mean":[0],"resampling":"bicubic","standardDeviation":[1],"version":2,"#
                + #""width":3}"#,
            #"{"channels":1,"crop":{"fraction":0.875},"fit":"crop","height":4,"mean":[0],"resampling":"bilinear","#
                + #""standardDeviation":[1],"version":3,"width":3}"#,
            #"{"channels":1,"crop":{"resizeSide":9},"fit":"crop","height":4,"mean":[0],"resampling":"lanczos","#
                + #""standardDeviation":[1],"version":3,"width":3}"#,
        ]
        for text in texts {
            let value = try JSONDecoder().decode(Preprocessing.self, from: Data(text.utf8))
            try value.validate()
            #expect(String(decoding: try encoder.encode(value), as: UTF8.self) == text)
        }
    }

    @Test(
        "a crop by a rule cuts the middle out of the resized image",
        // Worked by hand: the whole image's size, and where the cut begins. Half pixels are rounded to even.
        arguments: [
            // 40×20 to cover 10×10: the shorter side is scaled to 10. (20 − 8)/2 = 6, (10 − 8)/2 = 1.
            (40, 20, ImageFitting.Crop.fraction(0.8), 20, 10, 6, 1), (40, 20, .resizeSide(10), 20, 10, 6, 1),
            // 8/0.9 = 8.89, rounded down. 30·8/21 = 11.4, rounded down; (11 − 8)/2 = 1.5 becomes 2.
            (30, 21, .fraction(0.9), 11, 8, 2, 0),
            // Upright. 33·9/15 = 19.8, rounded down; (9 − 8)/2 = 0.5 becomes 0, (19 − 8)/2 = 5.5 becomes 6.
            (15, 33, .resizeSide(9), 9, 19, 0, 6),
            // Enlarged.
            (5, 5, .resizeSide(12), 12, 12, 2, 2),
        ])
    func rules(
        width: Int, height: Int, crop: ImageFitting.Crop, wholeWidth: Int, wholeHeight: Int, left: Int, top: Int
    ) throws {
        let image = pattern(width, height, 1)
        for resampling in ImageFitting.Resampling.allCases {
            let fitting = ImageFitting(8, resampling: resampling, crop: crop)
            let whole = try Preprocessing(
                width: wholeWidth, height: wholeHeight, channels: 1, fit: .stretch, resampling: resampling
            ).apply(image)
            let middle = (top..<top + 8).flatMap { row in
                whole[row * wholeWidth + left..<row * wholeWidth + left + 8]
            }
            let cropped = Preprocessing(fitting: fitting, channels: 1)
            #expect(try cropped.apply(image) == middle)
            let seen = 64.0 / Double(wholeWidth * wholeHeight)
            #expect(abs(cropped.croppedShare(width: width, height: height) - (1 - seen)) < 1e-12)
        }
    }

    @Test("a crop that cannot be is refused") func impossibleCrops() {
        let crops: [ImageFitting.Crop] = [
            .fraction(0), .fraction(.nan), .fraction(1.01), .fraction(-0.5), .resizeSide(7), .resizeSide(.max),
        ]
        for crop in crops {
            let preprocessing = Preprocessing(fitting: ImageFitting(8, crop: crop), channels: 1)
            #expect(throws: ModelError.self) { try preprocessing.validate() }
        }
        let padded = Preprocessing(fitting: ImageFitting(8, fit: .pad, crop: .fraction(0.9)), channels: 1)
        #expect(throws: ModelError.self) { try padded.validate() }
    }

    @Test("a choice is completed as a whole: a rule goes with its fit") func choices() {
        let model = ImageFitting(224, resampling: .bicubic, crop: .fraction(0.95))
        #expect(ImageFitting.Choice().completed(by: model) == model)
        #expect(ImageFitting.Choice(model).completed(by: ImageFitting(1)) == model)
        #expect(
            ImageFitting.Choice(fit: .pad).completed(by: model) == ImageFitting(224, fit: .pad, resampling: .bicubic))
        #expect(
            ImageFitting.Choice(size: 64, resampling: .lanczos).completed(by: model)
                == ImageFitting(64, resampling: .lanczos, crop: .fraction(0.95)))
    }

    @Test("colour becomes gray as Pillow computes it, gray becomes three equal channels") func channels() throws {
        let gray = try Preprocessing(width: 13, height: 7, channels: 1).apply(pattern(13, 7, 3))
        #expect(Data(gray) == Data(base64Encoded: PillowFixtures.gray))
        let colored = try Preprocessing(width: 2, height: 2, channels: 3)
            .apply(DecodedImage(width: 2, height: 2, channels: 1, pixels: [1, 2, 3, 4]))
        #expect(colored == [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4])
    }

    @Test("an even picture stays even at every size", arguments: ImageFitting.Fit.allCases)
    func even(fit: ImageFitting.Fit) throws {
        for (width, height) in [(1, 1), (1, 50), (50, 1), (7, 300), (33, 2)] {
            for side in [1, 2, 9, 64] {
                let result = try Preprocessing(width: side, height: side, channels: 1, fit: fit)
                    .apply(solid(width, height, [200]))
                #expect(result.count == side * side)
                let shades = Set(result)
                #expect(fit == .pad ? shades.isSubset(of: [0, 200]) && shades.contains(200) : shades == [200])
            }
        }
    }

    @Test("the input of a network is the scaled picture") func input() throws {
        let preprocessing = Preprocessing(
            width: 1, height: 1, channels: 3, mean: [0, 0.5, 1], standardDeviation: [1, 0.5, 2])
        let input = try preprocessing.input(for: solid(4, 4, [51, 255, 0]))
        #expect(input == [0.2, 1, -0.5])
    }

    @Test("knows what a crop leaves out") func cropped() {
        let square = Preprocessing(width: 8, height: 8, channels: 1)
        #expect(square.croppedShare(width: 100, height: 100) == 0)
        #expect(abs(square.croppedShare(width: 200, height: 100) - 0.5) < 1e-12)
        #expect(abs(square.croppedShare(width: 30, height: 120) - 0.75) < 1e-12)
        #expect(Preprocessing(width: 8, height: 8, channels: 1, fit: .pad).croppedShare(width: 9, height: 1) == 0)
    }
}
