// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file opened for reading whose size was asked once, so that a part can be checked before the rest is read.
package struct RegularFile: ~Copyable {
    package let path: String
    package let size: Int
    private let descriptor: Int32

    package init(_ url: URL) throws {
        let path = Path(url)
        (descriptor, size) = try Self.open(path)
        self.path = path.text
    }

    private static func open(_ path: Path) throws -> (descriptor: Int32, size: Int) {
        // Opening a pipe would wait for its other end.
        let descriptor = path.withCString { opened($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { throw FileError.reading(path.text, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            defer { close(descriptor) }
            throw FileError.reading(path.text, errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileError(
                .missingFile, "\(path) is not a file.", needs: "a regular file",
                received: status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "a device or pipe")
        }
        return (descriptor, Int(status.st_size))
    }

    deinit { close(descriptor) }

    /// The bytes at `range`, which must lie inside the file.
    package func read(_ range: Range<Int>) throws -> Data {
        var data = Data(count: range.count)
        try data.withUnsafeMutableBytes { buffer in
            var done = 0
            while done < buffer.count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
                let count = pread(descriptor, rest.baseAddress, rest.count, off_t(range.lowerBound + done))
                if count < 0 {
                    if errno == EINTR { continue }
                    throw FileError.reading(path, errno)
                }
                guard count > 0 else {
                    throw FileError(
                        .cannotRead, "\(path) became shorter while it was read.", needs: "\(size) bytes",
                        received: "\(range.lowerBound + done) bytes", advice: "again when nothing writes to it")
                }
                done += count
            }
        }
        return data
    }
}
