// SPDX-License-Identifier: Apache-2.0

package import Foundation
import OcellusFiles

/// Whole files, so that a reader sees either the old content or the new one, never a part: also after a crash.
package enum AtomicFile {
    /// Writes `data` into a temporary file beside `url`, flushes it to the disk and moves it into place.
    ///
    /// - Throws: ``ArchiveError``; the file that stood at `url` is then untouched and the temporary one removed.
    package static func write(_ data: Data, to url: URL) throws {
        try write(to: url) { sink in try data.withUnsafeBytes { try sink.write($0) } }
    }

    /// As ``write(_:to:)`` for content that comes in pieces, so that large files need no second copy in memory.
    package static func write(to url: URL, _ body: (borrowing Sink) throws -> Void) throws {
        try write(to: url, replacing: true, body)
    }

    /// As ``write(_:to:)``, but nothing is replaced.
    ///
    /// - Returns: Whether the file was written; `false` when something stands there. Of several processes at once one is
    ///   told `true`.
    package static func writeNew(_ data: Data, to url: URL) throws -> Bool {
        do {
            try write(to: url, replacing: false) { sink in try data.withUnsafeBytes { try sink.write($0) } }
            return true
        } catch let error as SystemError where error.number == EEXIST {
            return false
        }
    }

    private static func write(
        to url: URL, replacing: Bool, _ body: (borrowing Sink) throws -> Void
    ) throws {
        let path = url.path(percentEncoded: false)
        if replacing { try requireRegular(path) }
        let directory = Path(path).parent.text
        let (temporary, descriptor) = try openTemporary(in: directory, for: path)
        do {
            do {
                defer { close(descriptor) }
                try body(Sink(descriptor: descriptor, path: path))
                guard fsync(descriptor) == 0 else { throw ArchiveError.writing(path, errno) }
            }
            if replacing {
                guard rename(temporary, path) == 0 else { throw ArchiveError.writing(path, errno) }
            } else {
                do {
                    try Path(temporary).move(toNew: Path(path))
                } catch {
                    guard error.number == EEXIST else { throw ArchiveError.writing(path, error.number) }
                    throw error
                }
            }
        } catch {
            unlink(temporary)
            throw error
        }
        try flushDirectory(directory, for: path)
    }

    /// Reads a whole file.
    ///
    /// - Parameter limit: Most bytes that are accepted.
    /// - Throws: ``ArchiveError/Code/missingFile`` when it is absent, a directory or closed to this user;
    ///   ``ArchiveError/Code/tooLarge``; ``ArchiveError/Code/cannotRead`` when reading fails or the file shrinks
    ///   meanwhile.
    package static func read(_ url: URL, limit: Int = .max) throws -> Data {
        let file = try RegularFile(url)
        guard file.size <= limit else {
            throw ArchiveError(
                .tooLarge, "\(file.path) is too large.", needs: "at most \(limit) bytes",
                received: "\(file.size) bytes")
        }
        return try file.read(0..<file.size)
    }

    /// Makes a directory and those above it; one that exists is fine.
    ///
    /// - Returns: Whether this call made it; of several processes at once one is told so.
    @discardableResult
    package static func createDirectory(_ url: URL) throws -> Bool {
        do {
            return try Path(url.path(percentEncoded: false)).makeDirectories()
        } catch {
            throw ArchiveError.writing(url.path(percentEncoded: false), error.number)
        }
    }

    /// Removes temporary files that killed processes left in a directory; those of living processes stay.
    package static func removeLeftovers(in directory: URL) {
        let path = directory.path(percentEncoded: false)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names where name.hasPrefix(".ocellus-") && name.hasSuffix(".tmp") {
            guard let process = name.dropFirst(".ocellus-".count).split(separator: "-").first.flatMap({ Int32($0) }),
                kill(process, 0) == -1, errno == ESRCH
            else { continue }
            unlink(directory.appending(path: name).path(percentEncoded: false))
        }
    }

    /// The open temporary file.
    package struct Sink: ~Copyable {
        fileprivate let descriptor: Int32
        fileprivate let path: String

        package func write(_ bytes: UnsafeRawBufferPointer) throws {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 {
                    if errno == EINTR { continue }
                    throw ArchiveError.writing(path, errno)
                }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Moving a file onto a device or pipe would replace it, e.g. `/dev/null`.
    private static func requireRegular(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ArchiveError(
                .cannotWrite, "\(path) cannot be written.", needs: "a file that is new or a regular one",
                received: status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "a device or pipe",
                advice: "another file name")
        }
    }

    private static func openTemporary(in directory: String, for path: String) throws -> (String, Int32) {
        // Short, so that it fits where the name itself fits; the process number keeps processes apart.
        for number in 0..<10_000 {
            let name = ".ocellus-\(getpid())-\(number).tmp"
            let temporary = Path(directory).appending(name).text
            let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor >= 0 { return (temporary, descriptor) }
            guard errno == EEXIST else { throw ArchiveError.writing(path, errno) }
        }
        throw ArchiveError.writing(path, EEXIST)
    }

    /// Without this a crash of the machine may forget the rename.
    private static func flushDirectory(_ directory: String, for path: String) throws {
        let descriptor = open(directory, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ArchiveError.writing(path, errno) }
        defer { close(descriptor) }
        // EINVAL: the file system cannot flush directories and so has nothing to forget.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw ArchiveError.writing(path, errno) }
    }
}

/// A file opened for reading whose size was asked once, so that a part can be checked before the rest is read.
struct RegularFile: ~Copyable {
    let path: String
    let size: Int
    private let descriptor: Int32

    init(_ url: URL) throws {
        let path = url.path(percentEncoded: false)
        (descriptor, size) = try Self.open(path)
        self.path = path
    }

    private static func open(_ path: String) throws -> (descriptor: Int32, size: Int) {
        // Opening a pipe would wait for its other end.
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw ArchiveError.reading(path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            defer { close(descriptor) }
            throw ArchiveError.reading(path, errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw ArchiveError(
                .missingFile, "\(path) is not a file.", needs: "a regular file",
                received: status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "a device or pipe")
        }
        return (descriptor, Int(status.st_size))
    }

    deinit { close(descriptor) }

    /// The bytes at `range`, which must lie inside the file.
    func read(_ range: Range<Int>) throws -> Data {
        var data = Data(count: range.count)
        try data.withUnsafeMutableBytes { buffer in
            var done = 0
            while done < buffer.count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
                let count = pread(descriptor, rest.baseAddress, rest.count, off_t(range.lowerBound + done))
                if count < 0 {
                    if errno == EINTR { continue }
                    throw ArchiveError.reading(path, errno)
                }
                guard count > 0 else {
                    throw ArchiveError(
                        .cannotRead, "\(path) became shorter while it was read.", needs: "\(size) bytes",
                        received: "\(range.lowerBound + done) bytes", advice: "again when nothing writes to it")
                }
                done += count
            }
        }
        return data
    }
}
