// SPDX-License-Identifier: Apache-2.0

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

extension Path {
    /// The bytes of a file, from its start.
    ///
    /// - Parameter count: Most bytes to read; `nil` for all.
    /// - Throws: What the system says when the file cannot be opened or read.
    package func content(count: Int? = nil) throws(SystemError) -> Data {
        // Opening a pipe would wait for its other end.
        let file = withCString { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
        guard file >= 0 else { throw SystemError(errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw SystemError(errno) }
        let limit = count ?? .max
        // One byte more than the file is said to have finds its end at once. Special files say 0 and have more.
        var content = Data(count: min(limit, max(Int(status.st_size) + 1, 1 << 12)))
        var done = 0
        while done < limit {
            if done == content.count { content.count = min(limit, 2 * content.count) }
            let got = content.withUnsafeMutableBytes { buffer in
                read(file, UnsafeMutableRawBufferPointer(rebasing: buffer[done...]).baseAddress, buffer.count - done)
            }
            if got < 0 {
                if errno == EINTR { continue }
                throw SystemError(errno)
            }
            if got == 0 { break }
            done += got
        }
        content.count = done
        return content
    }
}
