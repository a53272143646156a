// SPDX-License-Identifier: Apache-2.0

import Dispatch
package import OcellusPixels
import OcellusTensor

extension ImageSet {
    /// The same images corrupted, made by several threads.
    ///
    /// - Parameters:
    ///   - severity: 1…5.
    ///   - samples: A number for each image that its random numbers are made of; by default its position.
    /// - Throws: ``DataError`` as ``Corruption/corrupted(_:shape:severity:seed:sample:)``, or when a file cannot be read.
    package func corrupted(
        by corruption: Corruption, severity: Int, seed: UInt64, samples: [Int]? = nil, threads: Int = 1
    ) throws(DataError) -> ImageSet {
        precondition(samples.map { $0.count == count } ?? true, "a number for each image")
        let size = shape.count
        let threads = max(1, min(threads, count))
        var failures = [DataError?](repeating: nil, count: threads)
        let pixels = [UInt8](unsafeUninitializedCapacity: count * size) { buffer, initialized in
            buffer.initialize(repeating: 0)
            failures.withUnsafeMutableBufferPointer { failures in
                // Every thread has its own images and its own place for an error.
                nonisolated(unsafe) let (buffer, failures) = (buffer, failures)
                DispatchQueue.concurrentPerform(iterations: threads) { thread in
                    do throws(DataError) {
                        for index in stride(from: thread, to: count, by: threads) {
                            let image = try corruption.corrupted(
                                try self.pixels(at: index), shape: shape, severity: severity, seed: seed,
                                sample: samples?[index] ?? index)
                            for (offset, value) in image.enumerated() { buffer[index * size + offset] = value }
                        }
                    } catch {
                        failures[thread] = error
                    }
                }
            }
            initialized = count * size
        }
        if let failure = failures.compactMap({ $0 }).first { throw failure }
        return try ImageSet(classes: classes, shape: shape, labels: labels, pixels: pixels)
    }
}
