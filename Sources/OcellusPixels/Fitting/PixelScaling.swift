// SPDX-License-Identifier: Apache-2.0

import COcellusImageCodecs
package import OcellusModel
package import OcellusTensor

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
package let pixelsForTeam = 1 << 16

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

/// How often each of the 256 values occurs in each channel of some images.
package struct ChannelCounts {
    private let plane: Int
    private let channels: Int
    private var count = 0
    private var bins: [UInt64]

    /// - Parameter shape: `[C, H, W]` of the images.
    package init(shape: Shape) {
        channels = shape[0]
        plane = shape[1] * shape[2]
        bins = [UInt64](repeating: 0, count: channels * 256)
    }

    /// Counts one image, planar.
    package mutating func add(_ pixels: UnsafeBufferPointer<UInt8>) {
        count += 1
        bins.withUnsafeMutableBufferPointer { bins in
            guard let pixels = pixels.baseAddress, let bins = bins.baseAddress else { return }
            for channel in 0..<channels {
                ocellus_count_bytes(pixels + channel * plane, plane, bins + channel * 256)
            }
        }
    }

    /// Mean and standard deviation of `pixel / 255` over all images, for each channel.
    ///
    /// Computed from the exact counts. A channel that is constant (and no image at all) has no spread to divide by: its deviation
    /// is given as 1, so that scaling by the result only subtracts the mean.
    package var statistics: (mean: [Float], standardDeviation: [Float]) {
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
