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

/// Whole files, so that a reader sees either the old content or the new one, never a part: also after a crash.
package enum AtomicFile {
    /// Writes `data` into a temporary file beside `url`, flushes it to the disk and moves it into place.
    ///
    /// A link to a file stays, and the file that it names is written. Temporary files that killed processes left in the
    /// directory are removed.
    ///
    /// - Throws: ``FileError``; the file that stood at `url` is then untouched and the temporary one removed.
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
        let path = Path(url)
        if replacing { try requireRegular(path) }
        let place = replacing ? try linkedFile(of: path) : path
        let directory = place.parent
        removeLeftovers(in: URL(directory))
        let (temporary, descriptor) = try openTemporary(in: directory, for: path)
        do {
            do {
                defer { close(descriptor) }
                try body(Sink(descriptor: descriptor, path: path.text))
                guard fsync(descriptor) == 0 else { throw FileError.writing(path.text, errno) }
            }
            if replacing {
                let status = temporary.withCString { from in place.withCString { rename(from, $0) } }
                guard status == 0 else { throw FileError.writing(path.text, errno) }
            } else {
                do {
                    try temporary.move(toNew: path)
                } catch {
                    guard error.number == EEXIST else { throw FileError.writing(path.text, error.number) }
                    throw error
                }
            }
        } catch {
            _ = temporary.withCString { unlink($0) }
            throw error
        }
        try flushDirectory(directory, for: path)
    }

    /// Reads a whole file.
    ///
    /// - Parameter limit: Most bytes that are accepted.
    /// - Throws: ``FileError/Code/missingFile`` when it is absent, a directory or closed to this user;
    ///   ``FileError/Code/tooLarge``; ``FileError/Code/cannotRead`` when reading fails or the file shrinks
    ///   meanwhile.
    package static func read(_ url: URL, limit: Int = .max) throws -> Data {
        let file = try RegularFile(url)
        guard file.size <= limit else {
            throw FileError(
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
            return try Path(url).makeDirectories()
        } catch {
            throw FileError.writing(Path(url).text, error.number)
        }
    }

    /// Removes temporary files that killed processes left in a directory; those of living processes stay.
    package static func removeLeftovers(in directory: URL) {
        let path = Path(directory)
        let names = (try? Directory(path).names()) ?? []
        for name in names where name.bytes.starts(with: ".ocellus-".utf8) && name.ends(with: ".tmp") {
            guard
                let process = name.text.dropFirst(".ocellus-".count).split(separator: "-").first.flatMap({ Int32($0) }),
                kill(process, 0) == -1, errno == ESRCH
            else { continue }
            // A process of another container has another number here, but its lock.
            let leftover = path.appending(name)
            // For writing, because file systems of a network lock nothing else.
            let descriptor = leftover.withCString { open($0, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
            guard descriptor >= 0 else { continue }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                _ = leftover.withCString { unlink($0) }
            }
            close(descriptor)
        }
    }

    /// The open temporary file.
    package struct Sink: ~Copyable {
        fileprivate let descriptor: Int32
        fileprivate let path: String

        package func write(_ bytes: UnsafeRawBufferPointer) throws {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = written(UnsafeRawBufferPointer(rebasing: rest), to: descriptor)
                if count < 0 {
                    if errno == EINTR { continue }
                    throw FileError.writing(path, errno)
                }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Moving a file onto a device or pipe would replace it, e.g. `/dev/null`.
    private static func requireRegular(_ path: Path) throws {
        guard let kind = FileStatus(of: path)?.kind else { return }
        guard kind == .file else {
            throw FileError(
                .cannotWrite, "\(path) cannot be written.", needs: "a file that is new or a regular one",
                received: kind == .directory ? "a directory" : "a device or pipe", advice: "another file name")
        }
    }

    /// The file that is replaced when a path is written: for a link the one that it names.
    ///
    /// `/dev/stdout` and the like are links too. Replacing what they name would take the file from whoever has it open, and
    /// replacing the link would take it from everyone.
    private static func linkedFile(of path: Path) throws -> Path {
        guard FileStatus(of: path, followsLinks: false)?.kind == .link else { return path }
        let folder = path.parent.resolved
        let target = path.resolved
        let isOfSystem = folder == Path("/dev") || folder.components.first == Path("proc")
        guard !isOfSystem, target != path else {
            throw FileError(
                .cannotWrite, "\(path) cannot be written.", needs: "a file that is new or a regular one",
                received: isOfSystem ? "a link of the system" : "a link that leads nowhere",
                advice: "another file name")
        }
        return target
    }

    private static func openTemporary(in directory: Path, for path: Path) throws -> (Path, Int32) {
        // Short, so that it fits where the name itself fits; the process number keeps processes apart.
        for number in 0..<10_000 {
            let name = ".ocellus-\(getpid())-\(number).tmp"
            let temporary = directory.appending(name)
            let descriptor = temporary.withCString { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
            if descriptor >= 0 {
                flock(descriptor, LOCK_EX | LOCK_NB)
                return (temporary, descriptor)
            }
            guard errno == EEXIST else { throw FileError.writing(path.text, errno) }
        }
        throw FileError.writing(path.text, EEXIST)
    }

    /// Without this a crash of the machine may forget the rename.
    private static func flushDirectory(_ directory: Path, for path: Path) throws {
        let descriptor = directory.withCString { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw FileError.writing(path.text, errno) }
        defer { close(descriptor) }
        // EINVAL: the file system cannot flush directories and so has nothing to forget.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw FileError.writing(path.text, errno) }
    }
}
