// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reading files and directories, with errors that name them.
enum Files {
    typealias Kind = FileStatus.Kind

    struct Entry {
        let name: Path
        let kind: Kind
    }

    /// What lies at a path, a symbolic link followed; `nil` for nothing.
    static func kind(at path: Path) -> Kind? { FileStatus(of: path)?.kind }

    /// Bytes of a regular file; `nil` for anything else.
    static func size(of path: Path) -> Int? {
        FileStatus(of: path).flatMap { $0.kind == .file ? $0.size : nil }
    }

    /// Whether anything has this name, a link that leads nowhere too.
    static func exists(_ path: Path) -> Bool { FileStatus(of: path, followsLinks: false) != nil }

    /// The last part of a path, for a directory given as `.` too.
    static func name(of path: Path) -> String { path.absolute.normalized.name.text }

    /// The entries of a directory, in the order of their names' bytes, without hidden ones and those that begin with two
    /// underscores (`.DS_Store`, `.ipynb_checkpoints`, `__MACOSX`).
    ///
    /// - Throws: ``DataError/Code/notFound``, ``DataError/Code/notPermitted``, ``DataError/Code/cannotRead``.
    static func entries(of directory: Path) throws(DataError) -> [Entry] {
        let names: [Path]
        do {
            names = try Directory(directory).names()
        } catch {
            throw failure(error, path: directory)
        }
        return names.filter { !isHidden($0) }.sorted()
            .map { Entry(name: $0, kind: unfollowedKind(at: directory.appending($0))) }
    }

    /// Whether a name begins with a dot or with two underscores.
    static func isHidden(_ name: Path) -> Bool {
        name.bytes.first == UInt8(ascii: ".") || name.bytes.starts(with: "__".utf8)
    }

    private static func unfollowedKind(at path: Path) -> Kind {
        FileStatus(of: path, followsLinks: false)?.kind ?? .other
    }

    /// The content of a regular file.
    ///
    /// - Parameter limit: Most bytes that are accepted; `nil` for as many as memory holds.
    /// - Throws: ``DataError/Code/notFound``, ``DataError/Code/notPermitted``, ``DataError/Code/cannotRead``,
    ///   ``DataError/Code/tooLarge``.
    static func read(_ path: Path, limit: Int? = nil) throws(DataError) -> Data {
        let status = FileStatus(of: path)
        if let limit, let size = status?.size, size > limit {
            throw DataError(
                .tooLarge, "\(path) is too large.", needs: "at most \(limit) bytes", received: "\(size) bytes")
        }
        // Only regular files are read: a pipe or device could block for ever. What is missing fails below.
        guard status == nil || status?.kind == .file else {
            throw DataError(.cannotRead, "\(path) is not a regular file.", needs: "a file")
        }
        do {
            return try path.content()
        } catch {
            throw failure(error, path: path)
        }
    }

    /// The first bytes of a regular file; empty when it cannot be read.
    static func prefix(of path: Path, count: Int) -> Data {
        guard kind(at: path) == .file else { return Data() }
        return (try? path.content(count: count)) ?? Data()
    }

    private static func failure(_ error: SystemError, path: Path) -> DataError {
        switch error.number {
        case ENOENT, ENOTDIR: DataError(.notFound, "\(path) does not exist.")
        case EACCES, EPERM: DataError(.notPermitted, "\(path) may not be read.", advice: "change its permissions")
        default: DataError(.cannotRead, "\(path) could not be read.", because: error.reason)
        }
    }

    /// Names for an error message: the first few, and how many more there are.
    static func list(_ names: [String], limit: Int = 5) -> String {
        let shown = names.prefix(limit).joined(separator: ", ")
        return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
    }

    /// As ``list(_:limit:)`` for paths.
    static func list(_ paths: [Path], limit: Int = 5) -> String {
        let shown = paths.prefix(limit).map(\.text).joined(separator: ", ")
        return paths.count > limit ? "\(shown) and \(paths.count - limit) more" : shown
    }

    /// What a directory holds, for an error message.
    static func summary(of entries: [Entry]) -> String {
        entries.isEmpty
            ? "an empty directory" : list(entries.map { $0.kind == .directory ? "\($0.name)/" : $0.name.text })
    }
}
