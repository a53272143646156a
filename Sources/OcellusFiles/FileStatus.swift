// SPDX-License-Identifier: Apache-2.0

import COcellusFiles
import OcellusTensor

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the system tells about a file.
package struct FileStatus: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case file, directory, link, other }

    package let kind: Kind
    /// Bytes of content.
    package let size: Int
    package let place: Place

    /// What no two files of a machine share: names that lead to one file have one place.
    package struct Place: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
    }

    /// - Returns: `nil` when nothing is there or the system does not tell.
    package init?(of path: Path, followsLinks: Bool = true) {
        var status = stat()
        guard path.withCString({ followsLinks ? stat($0, &status) : lstat($0, &status) }) == 0 else { return nil }
        self.init(status)
    }

    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFLNK: .link
            default: .other
            }
        size = Int(status.st_size)
        place = Place(device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(status.st_ino))
    }
}

extension Path {
    /// Whether anything is there, links followed.
    package var exists: Bool { FileStatus(of: self) != nil }

    /// Without symbolic links, `.` and `..`, as the system finds them; this path when it leads nowhere.
    package var resolved: Path {
        guard let pointer = withCString({ realpath($0, nil) }) else { return self }
        defer { free(pointer) }
        return Path(cString: pointer)
    }

    /// Makes a directory whose parent exists.
    ///
    /// - Returns: Whether it was made: of any number of processes that try at once, one is told `true`. `false` when
    ///   something has this name.
    package func makeDirectory() throws(SystemError) -> Bool {
        if withCString({ mkdir($0, 0o777) }) == 0 { return true }
        guard errno == EEXIST else { throw SystemError(errno) }
        return false
    }

    /// Makes a directory and those above it; ones that exist are fine.
    ///
    /// - Returns: Whether the last one was made by this call.
    @discardableResult
    package func makeDirectories() throws(SystemError) -> Bool {
        var path = Path(bytes: isAbsolute ? [UInt8(ascii: "/")] : [])
        var isNew = false
        for part in components {
            path = path.appending(part)
            do {
                isNew = try path.makeDirectory()
            } catch {
                // A directory that exists may stand where this user can make none.
                guard FileStatus(of: path)?.kind == .directory else { throw error }
                isNew = false
            }
        }
        guard FileStatus(of: self)?.kind == .directory else { throw SystemError(isEmpty ? ENOENT : ENOTDIR) }
        return isNew
    }
}

extension Path {
    /// Writes a file that does not exist yet, and flushes it to the disk. When that fails no part of it stays.
    ///
    /// - Throws: EEXIST when something has this name, links that lead nowhere included.
    package func writeNew(_ bytes: [UInt8]) throws(SystemError) {
        let file = withCString { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
        guard file >= 0 else { throw SystemError(errno) }
        var failure = bytes.withUnsafeBytes { Self.write($0, to: file) }
        if failure == nil, fsync(file) != 0 { failure = SystemError(errno) }
        close(file)
        if let failure {
            _ = withCString { unlink($0) }
            throw failure
        }
        // Without this a crash of the machine may forget the name. Some file systems cannot, and forget nothing.
        let directory = parent.withCString { open($0, O_RDONLY | O_CLOEXEC) }
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }

    /// Removes a file, or a link and not what it leads to.
    package func remove() throws(SystemError) {
        guard withCString({ unlink($0) }) == 0 else { throw SystemError(errno) }
    }

    /// Renames a file and replaces nothing.
    ///
    /// - Throws: EEXIST when something has the new name.
    package func move(toNew other: Path) throws(SystemError) {
        let status = withCString { from in
            other.withCString { ocellus_rename_to_new(AT_FDCWD, from, AT_FDCWD, $0) }
        }
        guard status == 0 else { throw SystemError(errno) }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> SystemError? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = written(UnsafeRawBufferPointer(rebasing: rest), to: file)
            if count < 0 {
                if errno == EINTR { continue }
                return SystemError(errno)
            }
            rest = rest.dropFirst(count)
        }
        return nil
    }
}
