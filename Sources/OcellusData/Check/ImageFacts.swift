// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusModel
import OcellusPixels

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What one file tells when it is decoded.
struct ImageFacts: Sendable {
    /// SHA-256 of the bytes, in hexadecimal.
    var sha256 = ""
    var format = ImageFormat.unknown("")
    var failure: ImageFailure?
    var header: ImageHeader?
    var look: ImageLook?

    /// - Parameter cache: Spares the decoding of content that it knows.
    init(_ load: () throws(ImageFailure) -> Data, limits: ImageLimits, cache: CheckCache?) {
        do {
            let data = try load()
            let digest = SHA256.digest(of: data)
            sha256 = digest.hexadecimal
            format = ImageFormat(data)
            if let known = cache?.facts(digest) {
                (header, look) = (known.header, known.look)
                return
            }
            let (header, info) = try ImageDecoder.readHeader(data, limits: limits)
            self.header = header
            look = try DecodingTurns.shared.decode(bytes: ImageDecoder.bytes(for: info)) { () throws(ImageFailure) in
                try ImageLook(ImageDecoder.decodePixels(data, header: info))
            }
        } catch {
            failure = error
        }
    }

    /// The facts of pixels that need no decoding.
    init(_ image: DecodedImage) {
        sha256 = SHA256.digest(of: image.pixels).hexadecimal
        header = ImageHeader(
            width: image.width, height: image.height, channels: image.channels, orientation: 1, hasAlpha: false,
            bitsPerSample: 8)
        look = try? ImageLook(image)
    }
}

/// A picture seen from afar: what decides whether two are almost the same.
struct ImageLook: Sendable {
    static let width = 18
    static let height = 16

    /// Planar red, green, blue of ``width``×``height``.
    let thumbnail: [UInt8]
    /// A bit for each of 8×8 places: whether it is darker than its right neighbour by more than ``margin`` levels, in
    /// averages of 2×2 of the thumbnail (a "difference hash"). The margin keeps even areas from being decided by noise.
    let hash: UInt64
    /// Standard deviation of the thumbnail's luma.
    let contrast: Double
    /// Whether all pixels of the picture differ by at most ``sameColor`` levels in every channel.
    let isSingleColor: Bool

    static let sameColor = 4
    private static let margin = 3

    init(thumbnail: [UInt8], hash: UInt64, contrast: Double, isSingleColor: Bool) {
        self.thumbnail = thumbnail
        self.hash = hash
        self.contrast = contrast
        self.isSingleColor = isSingleColor
    }

    init(_ image: DecodedImage) throws(ImageFailure) {
        let small = Preprocessing(width: Self.width, height: Self.height, channels: 3, fit: .stretch)
        do {
            thumbnail = try small.apply(image)
        } catch {
            throw ImageFailure(.noMemory, "it does not fit into memory")
        }
        let plane = Self.width * Self.height
        var luma = [Int](repeating: 0, count: plane)
        for index in 0..<plane {
            luma[index] =
                299 * Int(thumbnail[index]) + 587 * Int(thumbnail[plane + index])
                + 114 * Int(thumbnail[2 * plane + index])
        }
        func block(_ x: Int, _ y: Int) -> Int {
            let corner = 2 * y * Self.width + 2 * x
            return luma[corner] + luma[corner + 1] + luma[corner + Self.width] + luma[corner + Self.width + 1]
        }
        var hash: UInt64 = 0
        for y in 0..<8 {
            for x in 0..<8 { hash = hash << 1 | (block(x, y) + 4000 * Self.margin < block(x + 1, y) ? 1 : 0) }
        }
        self.hash = hash
        let mean = Double(luma.reduce(0, +)) / Double(plane)
        let squares = luma.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        contrast = (squares / Double(plane)).squareRoot() / 1000
        isSingleColor = contrast < Double(Self.sameColor) && Self.isSingleColor(image)
    }

    private static func isSingleColor(_ image: DecodedImage) -> Bool {
        image.pixels.withUnsafeBufferPointer { pixels in
            (0..<image.channels).allSatisfy { channel in
                var low = UInt8.max
                var high = UInt8.min
                var index = channel
                while index < pixels.count {
                    low = min(low, pixels[index])
                    high = max(high, pixels[index])
                    if Int(high) - Int(low) > sameColor { return false }
                    index += image.channels
                }
                return true
            }
        }
    }

    /// Whether two thumbnails that differ by few levels also agree where they show something. Two digits of different hands,
    /// on the same black, differ by few levels on average, but not along their strokes.
    ///
    /// They agree when their luma correlates, or when three quarters of the places where one of them is away from its median
    /// differ little, as where only a part of a picture was covered.
    func showsTheSame(as other: ImageLook) -> Bool {
        let (first, second) = (luma, other.luma)
        if Self.correlation(first, second) >= Self.leastCorrelation { return true }
        let (middle, otherMiddle) = (Self.median(first), Self.median(second))
        let shown = first.indices.filter {
            abs(first[$0] - middle) > Self.background || abs(second[$0] - otherMiddle) > Self.background
        }
        let differences = shown.map { abs(first[$0] - second[$0]) }.sorted()
        return differences.isEmpty || differences[3 * (differences.count - 1) / 4] <= Self.mostDifference
    }

    static let leastCorrelation = 0.996
    /// Levels from the median within which a place shows nothing.
    private static let background = 8.0
    /// Levels.
    private static let mostDifference = 3.0

    /// Of the thumbnail, in levels.
    private var luma: [Double] {
        let plane = Self.width * Self.height
        return (0..<plane).map { (place: Int) -> Double in
            let red = 0.299 * Double(thumbnail[place])
            let green = 0.587 * Double(thumbnail[plane + place])
            let blue = 0.114 * Double(thumbnail[2 * plane + place])
            return red + green + blue
        }
    }

    private static func median(_ levels: [Double]) -> Double { levels.sorted()[levels.count / 2] }

    /// Pearson's correlation, in −1…1; 0 where one has no contrast.
    private static func correlation(_ first: [Double], _ second: [Double]) -> Double {
        let count = Double(first.count)
        let (mean, otherMean) = (first.reduce(0, +) / count, second.reduce(0, +) / count)
        var (product, square, otherSquare) = (0.0, 0.0, 0.0)
        for (a, b) in zip(first, second) {
            product += (a - mean) * (b - otherMean)
            square += (a - mean) * (a - mean)
            otherSquare += (b - otherMean) * (b - otherMean)
        }
        let scale = (square * otherSquare).squareRoot()
        return scale > 0 ? product / scale : 0
    }

    /// Mean absolute difference of two thumbnails, in levels.
    func distance(to other: ImageLook) -> Double {
        var sum = 0
        for index in thumbnail.indices { sum += abs(Int(thumbnail[index]) - Int(other.thumbnail[index])) }
        return Double(sum) / Double(thumbnail.count)
    }
}
