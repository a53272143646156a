// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusTensor

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What was received so far of a file, beside its place: it stays when a transfer ends early and is gone on from.
final class PartFile {
    let path: String
    /// Bytes that are there.
    private(set) var count: Int
    private var descriptor: Int32

    /// - Throws: ``FetchError/Code/cannotWrite``.
    init(_ path: String) throws(FetchError) {
        (descriptor, count) = try Self.open(path)
        self.path = path
    }

    private static func open(_ path: String) throws(FetchError) -> (descriptor: Int32, count: Int) {
        // A pipe of this name must not block, a link must not lead elsewhere.
        let descriptor = opened(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw FetchError.writing(path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FetchError(.cannotWrite, "\(path) cannot be written.", needs: "a regular file", advice: "remove it")
        }
        return (descriptor, Int(status.st_size))
    }

    deinit { close(descriptor) }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FetchError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = pwrite(
                descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count, off_t(count))
            if written < 0 {
                if errno == EINTR { continue }
                throw FetchError.writing(path, errno)
            }
            count += written
            rest = rest.dropFirst(written)
        }
    }

    /// Forgets what was received.
    func empty() throws(FetchError) {
        guard ftruncate(descriptor, 0) == 0 else { throw FetchError.writing(path, errno) }
        count = 0
    }

    /// Gives the file another name and begins a new one.
    func keep(as name: String) throws(FetchError) {
        guard rename(path, name) == 0 else { throw FetchError.writing(name, errno) }
        let new = try Self.open(path)
        close(descriptor)
        (descriptor, count) = new
    }

    /// Puts the file into its place, on the disk.
    func move(to place: String) throws(FetchError) {
        guard fsync(descriptor) == 0, rename(path, place) == 0 else { throw FetchError.writing(place, errno) }
        // Without this a crash of the machine may forget the name. Some file systems cannot, and forget nothing.
        let directory = Path(place).parent.withCString { opened($0, O_RDONLY | O_CLOEXEC) }
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }
}
