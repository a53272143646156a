// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusImages
import OcellusModel
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
        for resampling in Preprocessing.Resampling.allCases {
            let value = Preprocessing(width: 3, height: 4, channels: 1, resampling: resampling)
            let data = try JSONEncoder().encode(value)
            #expect(try JSONDecoder().decode(Preprocessing.self, from: data) == value)
            let text = String(decoding: data, as: UTF8.self)
            #expect(text.contains("\"version\":1") == (resampling == .bilinear))
            #expect(text.contains("resampling") == (resampling != .bilinear))
        }
        let newer = #"{"version":3,"width":1,"height":1,"channels":1,"fit":"crop","mean":[0],"standardDeviation":[1]}"#
        let error = #expect(throws: ModelError.self) {
            try JSONDecoder().decode(Preprocessing.self, from: Data(newer.utf8))
        }
        #expect(error?.kind == .unsupportedFormat)
    }

    @Test("colour becomes gray as Pillow computes it, gray becomes three equal channels") func channels() throws {
        let gray = try Preprocessing(width: 13, height: 7, channels: 1).apply(pattern(13, 7, 3))
        #expect(Data(gray) == Data(base64Encoded: PillowFixtures.gray))
        let colored = try Preprocessing(width: 2, height: 2, channels: 3)
            .apply(DecodedImage(width: 2, height: 2, channels: 1, pixels: [1, 2, 3, 4]))
        #expect(colored == [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4])
    }

    @Test("an even picture stays even at every size", arguments: Preprocessing.Fit.allCases)
    func even(fit: Preprocessing.Fit) throws {
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
