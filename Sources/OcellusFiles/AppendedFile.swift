// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file that grows at its end, such as a log that another program reads meanwhile.
package final class AppendedFile: Sendable {
    private let descriptor: Int32

    /// - Throws: ``SystemError`` unless the file is there and may be written.
    package init(_ path: Path) throws(SystemError) {
        descriptor = path.withCString { opened($0, O_WRONLY | O_APPEND | O_CLOEXEC) }
        guard descriptor >= 0 else { throw SystemError(errno) }
    }

    deinit { close(descriptor) }

    package func append(_ bytes: some Collection<UInt8>) throws(SystemError) {
        let bytes = Array(bytes)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { written(UnsafeRawBufferPointer(rebasing: $0[done...]), to: descriptor) }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError(errno)
            }
            done += count
        }
    }
}
