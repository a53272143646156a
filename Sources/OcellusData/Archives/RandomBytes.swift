// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Bytes that are read at any place.
protocol RandomBytes {
    /// Named in errors.
    var path: String { get }
    var count: Int { get }
    /// - Precondition: `range` is within `0 ..< count`.
    func read(_ range: Range<Int>) throws(DataError) -> [UInt8]
}

/// A regular file.
final class FileBytes: RandomBytes {
    let path: String
    let count: Int
    private let descriptor: Int32

    /// - Throws: ``DataError/Code/notFound``, ``DataError/Code/cannotRead``.
    init(_ path: Path) throws(DataError) {
        guard let kind = Files.kind(at: path) else { throw DataError(.notFound, "\(path) does not exist.") }
        guard kind == .file else { throw DataError(.cannotRead, "\(path) is not a regular file.", needs: "a file") }
        descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC) }
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            if descriptor >= 0 { close(descriptor) }
            throw DataError(.notPermitted, "\(path) cannot be opened.", advice: "change its permissions")
        }
        self.path = path.text
        count = Int(status.st_size)
    }

    deinit { close(descriptor) }

    func read(_ range: Range<Int>) throws(DataError) -> [UInt8] {
        var number: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, initialized in
            while initialized < range.count {
                let rest = UnsafeMutableRawBufferPointer(buffer)[initialized...]
                let got = pread(
                    descriptor, UnsafeMutableRawBufferPointer(rebasing: rest).baseAddress, rest.count,
                    off_t(range.lowerBound + initialized))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else {
                    number = got < 0 ? errno : 0
                    return
                }
                initialized += got
            }
        }
        guard bytes.count == range.count else {
            throw DataError(
                .cannotRead, "\(path) could not be read.",
                because: number == 0 ? "it became shorter meanwhile" : String(cString: strerror(number)))
        }
        return bytes
    }
}

/// Bytes in memory.
struct MemoryBytes: RandomBytes {
    let bytes: [UInt8]
    let path: String
    var count: Int { bytes.count }

    func read(_ range: Range<Int>) -> [UInt8] { Array(bytes[range]) }
}
