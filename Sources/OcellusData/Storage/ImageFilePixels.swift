// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusModel
import OcellusPixels
import OcellusTensor

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Images that stay in their files: each is read, decoded and fitted whenever it is lent. Any thread may ask.
final class ImageFilePixels: Sendable {
    private let paths: [Path]
    private let preprocessing: Preprocessing
    private let limits: ImageLimits

    init(_ paths: [Path], preprocessing: Preprocessing, limits: ImageLimits) {
        self.paths = paths
        self.preprocessing = preprocessing
        self.limits = limits
    }

    /// Bytes of one image.
    var size: Int { preprocessing.shape.count }

    /// Planar bytes `[C, H, W]`.
    ///
    /// - Throws: ``DataError`` naming the file.
    func image(at position: Int) throws(DataError) -> [UInt8] {
        try ImageFiles.fitted(paths[position], to: [preprocessing], limits: limits).pixels[0]
    }

    /// The file, not decoded yet.
    ///
    /// - Throws: ``DataError`` naming the file.
    func encoded(_ position: Int) throws(DataError) -> EncodedImage {
        let path = paths[position]
        return try EncodedImage(
            try Files.read(path, limit: limits.bytes), name: path.text, preprocessing: preprocessing, limits: limits)
    }

    /// Has the system read a file ahead.
    func prefetch(_ position: Int) {
        #if canImport(Glibc)
            let descriptor = paths[position].withCString { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
            guard descriptor >= 0 else { return }
            posix_fadvise(descriptor, 0, 0, POSIX_FADV_WILLNEED)
            close(descriptor)
        #endif
    }
}
