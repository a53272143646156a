// SPDX-License-Identifier: Apache-2.0

import COcellusImageCodecs
package import OcellusModel
import OcellusTensor
import Synchronization

/// The arithmetic of ``Preprocessing`` on bytes: `(pixel / 255 − mean[c]) / standardDeviation[c]`.
///
/// A byte has 256 values, so each channel is a table; training, evaluation and prediction all look up in it.
package struct PixelScaling: Sendable {
    /// `[C, 256]`
    private let tables: [Float]
    package let channels: Int

    /// - Precondition: `mean` and `standardDeviation` have one value for each channel.
    package init(mean: [Float], standardDeviation: [Float]) {
        precondition(mean.count == standardDeviation.count, "a mean and a deviation for each channel")
        channels = mean.count
        tables = zip(mean, standardDeviation).flatMap { mean, deviation in
            (0...255).map { (Float($0) / 255 - mean) / deviation }
        }
    }

    package init(_ preprocessing: Preprocessing) {
        self.init(mean: preprocessing.mean, standardDeviation: preprocessing.standardDeviation)
    }

    /// Scales one image.
    ///
    /// - Parameters:
    ///   - pixels: Planar `[C, H, W]`.
    ///   - output: Gets as many numbers, in the same order.
    /// - Precondition: Both have the same length, a multiple of the number of channels.
    package func scale(_ pixels: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<Float>) {
        precondition(output.count == pixels.count && pixels.count % channels == 0, "one number for each pixel")
        guard let source = pixels.baseAddress, let target = output.baseAddress else { return }
        let plane = pixels.count / channels
        tables.withUnsafeBufferPointer { tables in
            guard let table = tables.baseAddress else { return }
            for channel in 0..<channels {
                ocellus_map_bytes(
                    source + channel * plane, plane, table + channel * 256, target + channel * plane)
            }
        }
    }
}

/// Runs a body for every thread of a team at the same time and waits.
package typealias TeamRun = (_ body: (_ thread: Int, _ team: Int) -> Void) -> Void

/// Fewer pixels than these are scaled sooner than a team is awake.
private let pixelsForTeam = 1 << 16

extension PixelScaling {
    /// Scales images that lie one after the other.
    ///
    /// - Parameters:
    ///   - images: `[N, C, H, W]`
    ///   - size: Bytes of one.
    ///   - output: At least as many numbers.
    ///   - run: Divides the images among threads.
    package func scale(
        images: UnsafeBufferPointer<UInt8>, size: Int, into output: UnsafeMutableBufferPointer<Float>,
        on run: TeamRun
    ) {
        func scaleShare(thread: Int, team: Int) {
            for start in stride(from: thread * size, to: images.count, by: team * size) {
                scale(
                    UnsafeBufferPointer(rebasing: images[start..<start + size]),
                    into: UnsafeMutableBufferPointer(rebasing: output[start..<start + size]))
            }
        }
        if images.count < pixelsForTeam { scaleShare(thread: 0, team: 1) } else { run(scaleShare) }
    }
}

extension ImageSet {
    /// Copies images as a network's input: `(pixel / 255 − mean[c]) / standardDeviation[c]`.
    ///
    /// - Parameters:
    ///   - indices: Which images, n of them, each in `0 ..< count`.
    ///   - mean: One for each channel, on the scale 0…1.
    ///   - standardDeviation: One for each channel.
    ///   - buffer: Gets `[n, C, H, W]`; as long as that.
    /// - Throws: ``DataError`` naming the file when an image cannot be read: of several the first in the indices' order.
    package func copyScaled(
        _ indices: some RandomAccessCollection<Int>, mean: [Float], standardDeviation: [Float],
        into buffer: UnsafeMutableBufferPointer<Float>
    ) throws(DataError) {
        try copyScaled(indices, by: PixelScaling(mean: mean, standardDeviation: standardDeviation), into: buffer)
    }

    /// As ``copyScaled(_:mean:standardDeviation:into:)`` with tables made beforehand: allocates nothing.
    ///
    /// - Parameter run: Divides the images among threads; on the caller's when left out.
    package func copyScaled(
        _ indices: some RandomAccessCollection<Int>, by scaling: PixelScaling,
        into buffer: UnsafeMutableBufferPointer<Float>, on run: TeamRun = { $0(0, 1) }
    ) throws(DataError) {
        precondition(scaling.channels == shape[0], "a mean for each of \(shape[0]) channels")
        let size = shape.count
        precondition(indices.count * size <= buffer.count, "the buffer is too short")
        let failure = Mutex<(position: Int, error: DataError)?>(nil)
        func copyShare(thread: Int, team: Int) {
            for position in stride(from: thread, to: indices.count, by: team) {
                let index = indices[indices.index(indices.startIndex, offsetBy: position)]
                let part = UnsafeMutableBufferPointer(rebasing: buffer[position * size..<(position + 1) * size])
                do throws(DataError) {
                    try withPixels(at: index) { scaling.scale($0, into: part) }
                } catch {
                    failure.withLock { if position < $0?.position ?? .max { $0 = (position, error) } }
                    return
                }
            }
        }
        if indices.count * size < pixelsForTeam { copyShare(thread: 0, team: 1) } else { run(copyShare) }
        if let failure = failure.withLock({ $0 }) { throw failure.error }
    }

    /// Mean and standard deviation of `pixel / 255` over all images, for each channel.
    ///
    /// Computed from exact counts of the 256 values. A channel that is constant (and an empty set) has no spread to
    /// divide by: its deviation is given as 1, so that scaling by the result only subtracts the mean.
    ///
    /// - Throws: ``DataError`` naming the file when an image cannot be read.
    package func channelStatistics() throws(DataError) -> (mean: [Float], standardDeviation: [Float]) {
        let channels = shape[0]
        let plane = shape[1] * shape[2]
        var bins = [UInt64](repeating: 0, count: channels * 256)
        for index in 0..<count {
            try withPixels(at: index) { pixels in
                bins.withUnsafeMutableBufferPointer { bins in
                    guard let pixels = pixels.baseAddress, let bins = bins.baseAddress else { return }
                    for channel in 0..<channels {
                        ocellus_count_bytes(pixels + channel * plane, plane, bins + channel * 256)
                    }
                }
            }
        }
        var means: [Float] = []
        var deviations: [Float] = []
        for channel in 0..<channels {
            let counts = bins[channel * 256..<(channel + 1) * 256]
            let total = max(1, Double(count * plane))
            var mean = 0.0
            for (value, count) in zip(0...255, counts) { mean += Double(value) / 255 * Double(count) / total }
            var variance = 0.0
            for (value, count) in zip(0...255, counts) {
                let distance = Double(value) / 255 - mean
                variance += distance * distance * Double(count) / total
            }
            let isConstant = counts.filter { $0 > 0 }.count <= 1
            means.append(Float(mean))
            deviations.append(isConstant ? 1 : Float(variance.squareRoot()))
        }
        return (means, deviations)
    }
}
