// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusModel
import Synchronization

/// Images that stay in their files: each is read, decoded and fitted whenever it is lent. Any thread may ask.
final class ImageFilePixels: Sendable {
    private let paths: [String]
    private let preprocessing: Preprocessing
    private let limits: ImageLimits
    private let firstFailure = Mutex<DataError?>(nil)

    init(_ paths: [String], preprocessing: Preprocessing, limits: ImageLimits) {
        self.paths = paths
        self.preprocessing = preprocessing
        self.limits = limits
    }

    /// The first file that could not be used, with its name.
    var failure: DataError? { firstFailure.withLock { $0 } }

    /// Planar bytes `[C, H, W]`; all zero for a file that cannot be used, which ``failure`` then names.
    func image(at position: Int, size: Int) -> [UInt8] {
        do {
            let image = try preprocessing.apply(try ImageFiles.decode(paths[position], limits: limits))
            if image.count == size { return image }
        } catch {
            firstFailure.withLock { $0 = $0 ?? error }
        }
        return [UInt8](repeating: 0, count: size)
    }

    /// Has the system read a file ahead.
    func prefetch(_ position: Int) {
        #if canImport(Glibc)
            let descriptor = open(paths[position], O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            guard descriptor >= 0 else { return }
            posix_fadvise(descriptor, 0, 0, POSIX_FADV_WILLNEED)
            close(descriptor)
        #endif
    }
}
