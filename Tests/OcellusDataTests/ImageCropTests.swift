// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusData
@testable import OcellusPixels

@Suite("Crops of files") struct ImageCropTests {
    /// Waves that a JPEG keeps well, in another colour towards each corner.
    private static func waves(_ width: Int, _ height: Int, _ channels: Int) -> DecodedImage {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<channels {
                    let (u, v) = (Double(x) / Double(width), Double(y) / Double(height))
                    let wave = sin(Double(x) / 9 + Double(c)) * 20 + cos(Double(y) / 7) * 15
                    pixels.append(UInt8(60 + 60 * [u, v, 1 - u][c] + 20 * u * v + wave))
                }
            }
        }
        return DecodedImage(width: width, height: height, channels: channels, pixels: pixels)
    }

    private static func encoded(_ data: Data, _ preprocessing: Preprocessing) throws -> EncodedImage {
        try EncodedImage(data, name: "it", preprocessing: preprocessing, limits: ImageLimits())
    }

    /// Rectangles at the edges, in the middle and of all sizes.
    private static func rectangles(_ width: Int, _ height: Int, count: Int = 12) -> [PixelRectangle] {
        var random = CounterRandom(seed: 1, purpose: .test)
        let all = PixelRectangle(left: 0, top: 0, width: width, height: height)
        return [all, PixelRectangle(left: width - 1, top: height - 1, width: 1, height: 1)]
            + (0..<count).map { _ in
                let (across, down) = (1 + random.nextIndex(below: width), 1 + random.nextIndex(below: height))
                return PixelRectangle(
                    left: random.nextIndex(below: width - across + 1), top: random.nextIndex(below: height - down + 1),
                    width: across, height: down)
            }
    }

    @Test("every orientation: the bytes that decoding everything and cutting gives", arguments: 1...8, [1, 3])
    func orientations(orientation: Int, channels: Int) throws {
        let stored = Self.waves(61, 43, channels)
        let data = Raw.jpeg(try ImageEncoder.jpeg(stored), withExif: Raw.exif(orientation, littleEndian: true))
        let whole = try ImageDecoder.decode(data)
        // Larger than half of any rectangle, so that all frequencies are decoded.
        let preprocessing = Preprocessing(
            width: 40, height: 33, channels: orientation % 2 == 0 ? 3 : 1, resampling: .bicubic)
        let file = try Self.encoded(data, preprocessing)
        #expect((file.width, file.height) == (whole.width, whole.height))
        for rectangle in Self.rectangles(whole.width, whole.height) {
            var stretching = preprocessing
            stretching.fitting.fit = .stretch
            let expected = try stretching.apply(whole.part(rectangle))
            #expect(try file.crop(rectangle) == expected, "\(rectangle)")
        }
    }

    @Test(
        "every kind of file",
        arguments: [
            "arithmetic-progressive.jpg", "arithmetic.jpg", "lossy.webp", "24.bmp", "palette.png", "plain.tif",
            "gray.gif",
        ])
    func formats(name: String) throws {
        let data = try Data(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(
                path: "Fixtures/formats/\(name)"))
        let whole = try ImageDecoder.decode(data)
        let preprocessing = Preprocessing(width: whole.width, height: whole.height, channels: 3, fit: .stretch)
        let file = try Self.encoded(data, preprocessing)
        for rectangle in Self.rectangles(whole.width, whole.height) {
            #expect(try file.crop(rectangle) == preprocessing.apply(whole.part(rectangle)), "\(rectangle)")
        }
    }

    @Test("fewer frequencies: nearly the same picture, at the same place", arguments: [(2, 1), (4, 6), (8, 3), (3, 5)])
    func reduced(factor: Int, orientation: Int) throws {
        let stored = Self.waves(203, 187, 3)
        let data = Raw.jpeg(
            try ImageEncoder.jpeg(stored, quality: 98), withExif: Raw.exif(orientation, littleEndian: true))
        let whole = try ImageDecoder.decode(data)
        let preprocessing = Preprocessing(width: 16, height: 14, channels: 3, fit: .stretch)
        let file = try Self.encoded(data, preprocessing)
        var random = CounterRandom(seed: UInt64(factor), purpose: .test)
        for _ in 0..<8 {
            let (width, height) = (16 * factor + random.nextIndex(below: 9), 14 * factor + random.nextIndex(below: 9))
            // Room for a shift by half of a reduced pixel to every side.
            let half = factor / 2
            let (left, top) = (
                half + random.nextIndex(below: whole.width - width - 2 * half),
                half + random.nextIndex(below: whole.height - height - 2 * half)
            )
            let crop = try file.crop(PixelRectangle(left: left, top: top, width: width, height: height))
            func distance(right: Int, down: Int) throws -> Double {
                let shifted = PixelRectangle(left: left + right, top: top + down, width: width, height: height)
                let exact = try preprocessing.apply(whole.part(shifted))
                return Double(zip(crop, exact).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }) / Double(crop.count)
            }
            let own = try distance(right: 0, down: 0)
            #expect(own < 1.5)
            for (right, down) in [(half, 0), (-half, 0), (0, half), (0, -half)] {
                #expect(try own < distance(right: right, down: down), "\(left) \(top) \(right) \(down)")
            }
        }
    }

    @Test("a crop above the damage is whole, one that needs the damaged rows is an error with the name") func damaged()
        throws
    {
        let data = try ImageEncoder.jpeg(Self.waves(120, 160, 3))
        let file = try Self.encoded(
            data.prefix(data.count * 2 / 3), Preprocessing(width: 60, height: 20, channels: 3, fit: .stretch))
        let above = try file.crop(PixelRectangle(left: 10, top: 5, width: 60, height: 20))
        let whole = try Self.encoded(data, Preprocessing(width: 60, height: 20, channels: 3))
        #expect(try whole.crop(PixelRectangle(left: 10, top: 5, width: 60, height: 20)) == above)
        let error = #expect(throws: DataError.self) {
            try file.crop(PixelRectangle(left: 10, top: 100, width: 60, height: 60))
        }
        #expect(error?.summary == "it cannot be decoded." && error?.because?.contains("cut off") == true)
    }

    @Test("crops have the area and the shape that was asked for, and lie everywhere in the file") func draws() throws {
        let augmentation = Augmentation(.horizontalFlip(), .randomResizedCrop(area: 0.2...0.6, aspect: 0.5...2))
        let draws = (0..<600).map {
            augmentation.draw(
                seed: 1, epoch: 0, sample: $0, shape: [3, 20, 30], count: 600, file: Size2D(480, 640))
        }
        var (lefts, tops) = (Set<Bool>(), Set<Bool>())
        for draw in draws {
            let crop = try #require(draw.crop)
            let area = Double(crop.width * crop.height) / (640 * 480)
            let aspect = Double(crop.width) / Double(crop.height) / 1.5
            #expect((0.198...0.602).contains(area) && (0.495...2.02).contains(aspect))
            #expect(crop.left >= 0 && crop.left + crop.width <= 640 && crop.top >= 0 && crop.top + crop.height <= 480)
            lefts.insert(crop.left * 2 < 640 - crop.width)
            tops.insert(crop.top * 2 < 480 - crop.height)
        }
        #expect(lefts.count == 2 && tops.count == 2)
        let flips = draws.count { $0.transform != .identity }
        #expect(abs(flips - 300) < 62)
        // A crop that fits nowhere becomes the largest in the middle.
        let wide = Augmentation(.randomResizedCrop(area: 1...1, aspect: 1...1)).draw(
            seed: 0, epoch: 0, sample: 0, shape: [3, 20, 20], count: 1, file: Size2D(10, 64))
        #expect(wide.crop == PixelRectangle(left: 27, top: 0, width: 10, height: 10))
    }

    @Test(
        "a crop comes out of the file unless something moved the image before",
        arguments: [
            ("resizedcrop", true), ("flip, altflip, brightness 0.2, resizedcrop, rotate 5", true),
            ("rotate 5, resizedcrop", false), ("padcrop 2, resizedcrop", false), ("randaugment, resizedcrop", false),
            ("flip, mixup", false),
        ])
    func firstCrop(text: String, expected: Bool) throws {
        #expect(try (Augmentation(text: text).firstCrop != nil) == expected)
    }

    @Test("training sees crops of the file's own pixels; images without augmentation stay the fitted ones")
    func augmented() async throws {
        let directory = try TemporaryDirectory()
        let large = Self.waves(160, 120, 3)
        for index in 0..<6 {
            try directory.write(ImageEncoder.jpeg(large, quality: 95), to: "\(["a", "b"][index % 2])/\(index).jpg")
        }
        var options = ImageFolderOptions(fitting: .init(size: Size2D(24, 24)))
        var sets: [ImageSet] = []
        for cache in [ImageCache.none, .memory] {
            options.cache = cache
            sets.append(try await ImageDataset(contentsOf: directory.url, options: options).train)
        }
        let augmentation = Augmentation(.randomResizedCrop(area: 0.05...0.1, aspect: 1...1))
        #expect(sets[0].cropsFiles(augmentation) && !sets[1].cropsFiles(augmentation) && !sets[0].cropsFiles(nil))
        #expect(try sets[0].pixels(at: 0) == sets[1].pixels(at: 0))
        let whole = try ImageDecoder.decode(ImageEncoder.jpeg(large, quality: 95))
        let augmenter = ImageAugmenter(augmentation, images: sets[0], seed: 4)
        for index in 0..<3 {
            let draw = augmentation.draw(
                seed: 4, epoch: 1, sample: index, shape: [3, 24, 24], count: sets[0].count, file: Size2D(120, 160))
            let crop = try #require(draw.crop)
            let expected = try Preprocessing(width: 24, height: 24, channels: 3, fit: .stretch).apply(whole.part(crop))
            #expect(try augmenter.augmented(index, epoch: 1).pixels == expected)
        }
    }
}
