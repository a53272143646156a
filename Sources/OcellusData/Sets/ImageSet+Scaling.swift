// SPDX-License-Identifier: Apache-2.0

package import OcellusPixels
import OcellusTensor
import Synchronization

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

    /// Mean and standard deviation of `pixel / 255` over all images, for each channel; see ``ChannelCounts/statistics``.
    ///
    /// - Throws: ``DataError`` naming the file when an image cannot be read.
    package func channelStatistics() throws(DataError) -> (mean: [Float], standardDeviation: [Float]) {
        var counts = ChannelCounts(shape: shape)
        for index in 0..<count { try withPixels(at: index) { counts.add($0) } }
        return counts.statistics
    }
}
