// SPDX-License-Identifier: Apache-2.0

import COcellusImageCodecs
import COcellusImageKernels
package import OcellusTensor
import RealModule

/// A change of the values of an image that moves none, with every number drawn. Results are rounded to bytes.
package enum PixelOperation: Hashable, Sendable {
    /// Times the factor.
    case brightness(Float)
    /// `factor · value + (1 − factor) · mean` with the gray image's mean, rounded.
    case contrast(Float)
    /// `factor · value + (1 − factor) · gray`.
    case saturation(Float)
    /// In turns of the circle.
    case hue(Float)
    /// `factor · value + (1 − factor) · smoothed`, Pillow's smoothing.
    case sharpness(Float)
    /// Standard deviation in pixels, cut off at three of them.
    case blur(Float)
    /// Standard deviation in levels.
    case noise(Float, key: UInt64)
    /// Filled with each channel's mean.
    case erase(PixelRectangle)
    /// Keeps the highest bits.
    case posterize(bits: Int)
    /// Inverts values from the threshold on.
    case solarize(threshold: Int)
    /// Spreads each channel over 0…255.
    case autoContrast
    /// Spreads each channel so that values are about equally frequent.
    case equalize
}

/// Applies pixel operations to images of one size. Holds scratch memory: one for each thread.
package struct PixelOperator {
    private let channels: Int
    private let plane: Int
    private let size: ocellus_planes_size
    private var bytes: [UInt8] = []
    private var floats: [Float] = []

    /// - Parameter shape: `[C, H, W]`
    package init(shape: Shape) {
        channels = shape[0]
        plane = shape[1] * shape[2]
        size = ocellus_planes_size(channels: shape[0], height: shape[1], width: shape[2])
    }

    /// - Parameter pixels: Planar `[C, H, W]`, changed in place.
    package mutating func apply(_ operation: PixelOperation, to pixels: UnsafeMutableBufferPointer<UInt8>) {
        precondition(pixels.count == channels * plane, "an image of the operator's size")
        guard let start = pixels.baseAddress else { return }
        let (channels, plane, size) = (channels, plane, size)
        switch operation {
        case .brightness(let factor): lookUp(pixels[...]) { factor * Float($0) }
        case .contrast(let factor):
            let mean = (grayMean(start) + 0.5).rounded(.down)
            lookUp(pixels[...]) { factor * Float($0) + (1 - factor) * Float(mean) }
        case .saturation(let factor):
            guard channels == 3 else { return }
            withBytes(plane) { gray in
                ocellus_planar_gray(start, plane, gray)
                for channel in 0..<3 { ocellus_blend(start + channel * plane, gray, plane, factor) }
            }
        case .hue(let turns): if channels == 3 { ocellus_turn_hue(start, plane, turns) }
        case .sharpness(let factor):
            withBytes(channels * plane) { smooth in
                ocellus_smooth(start, size, smooth)
                ocellus_blend(start, smooth, channels * plane, factor)
            }
        case .blur(let deviation): blur(start, deviation)
        case .noise(let deviation, let key): ocellus_add_noise(start, channels * plane, deviation, key, 0)
        case .erase(let rectangle): erase(start, rectangle)
        case .posterize(let bits):
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
            lookUp(pixels[...]) { Float(UInt8($0) & mask) }
        case .solarize(let threshold): lookUp(pixels[...]) { Float($0 >= threshold ? 255 - $0 : $0) }
        case .autoContrast:
            for channel in 0..<channels {
                let part = pixels[channel * plane..<(channel + 1) * plane]
                guard let low = part.min(), let high = part.max(), low < high else { continue }
                let scale = 255 / Float(high - low)
                lookUp(part) { (Float($0) - Float(low)) * scale }
            }
        case .equalize:
            for channel in 0..<channels { equalize(pixels[channel * plane..<(channel + 1) * plane]) }
        }
    }

    /// Replaces each value by what the function gives, rounded and within 0…255.
    private func lookUp(_ pixels: Slice<UnsafeMutableBufferPointer<UInt8>>, _ function: (Int) -> Float) {
        let table = (0...255).map { UInt8(max(0, min(255, (function($0) + 0.5).rounded(.down)))) }
        ocellus_look_up(UnsafeMutableBufferPointer(rebasing: pixels).baseAddress, pixels.count, table)
    }

    /// The mean of the gray image.
    private mutating func grayMean(_ start: UnsafeMutablePointer<UInt8>) -> Double {
        let plane = plane
        if channels == 1 { return Self.mean(start, plane) }
        return withBytes(plane) { gray in
            ocellus_planar_gray(start, plane, gray)
            return Self.mean(gray, plane)
        }
    }

    private static func mean(_ start: UnsafePointer<UInt8>, _ count: Int) -> Double {
        Double(UnsafeBufferPointer(start: start, count: count).reduce(0) { $0 + Int($1) }) / Double(count)
    }

    private mutating func blur(_ start: UnsafeMutablePointer<UInt8>, _ deviation: Float) {
        let radius = max(1, Int((3 * deviation).rounded(.up)))
        let weights = (0...radius).map { Double.exp(-Double($0 * $0) / (2 * Double(deviation) * Double(deviation))) }
        let sum = weights[0] + 2 * weights.dropFirst().reduce(0, +)
        if floats.count < plane { floats = [Float](repeating: 0, count: plane) }
        floats.withUnsafeMutableBufferPointer {
            ocellus_blur(start, size, weights.map { Float($0 / sum) }, radius, $0.baseAddress)
        }
    }

    private func erase(_ start: UnsafeMutablePointer<UInt8>, _ rectangle: PixelRectangle) {
        for channel in 0..<channels {
            let first = start + channel * plane
            let mean = UInt8(Self.mean(first, plane).rounded())
            for row in rectangle.top..<rectangle.top + rectangle.height {
                (first + row * size.width + rectangle.left).update(repeating: mean, count: rectangle.width)
            }
        }
    }

    /// Pillow's `ImageOps.equalize`.
    private func equalize(_ pixels: Slice<UnsafeMutableBufferPointer<UInt8>>) {
        var bins = [UInt64](repeating: 0, count: 256)
        ocellus_count_bytes(UnsafeMutableBufferPointer(rebasing: pixels).baseAddress, pixels.count, &bins)
        let counts = bins.map { Int($0) }
        guard let last = counts.last(where: { $0 > 0 }), last < pixels.count else { return }
        let step = (pixels.count - last) / 255
        guard step > 0 else { return }
        var sum = step / 2
        let table = counts.map { count in
            defer { sum += count }
            return sum / step
        }
        lookUp(pixels) { Float(table[$0]) }
    }

    private mutating func withBytes<Result>(_ count: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Result) -> Result {
        if bytes.count < count { bytes = [UInt8](repeating: 0, count: count) }
        return bytes.withUnsafeMutableBufferPointer { buffer in
            // An image has pixels, so the buffer has a start.
            body(buffer.baseAddress.unsafelyUnwrapped)
        }
    }
}
