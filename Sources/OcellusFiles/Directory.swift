// SPDX-License-Identifier: Apache-2.0

import COcellusFiles

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An open directory. Names are looked up in it, not by a path that others can redirect meanwhile, and no symbolic link below
/// it is followed: nothing that is done through it happens elsewhere.
package struct Directory: ~Copyable {
    private let descriptor: Int32

    /// Opens a directory as the user named it, links followed.
    package init(_ path: Path) throws(SystemError) {
        descriptor = try Self.checked(path.withCString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// A directory in this one.
    ///
    /// - Throws: ELOOP or ENOTDIR when the name is one of a link, ENOENT when it is none.
    package func directory(_ name: Path) throws(SystemError) -> Directory {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        return Directory(descriptor: try Self.checked(name.withCString { openat(descriptor, $0, flags) }))
    }

    /// The directory at the end of a way through directories of this one; this one for an empty way.
    ///
    /// - Parameter making: Whether directories that are missing are made.
    package func directory(at way: some Sequence<Path>, making: Bool = false) throws(SystemError) -> Directory {
        var place = Directory(descriptor: try Self.checked(fcntl(descriptor, F_DUPFD_CLOEXEC, 0)))
        for name in way {
            if making { try place.makeDirectory(name) }
            place = try place.directory(name)
        }
        return place
    }

    /// What has a name in this directory, links not followed.
    ///
    /// - Throws: ENOENT when nothing has it, ENAMETOOLONG and whatever else the system says.
    package func status(of name: Path) throws(SystemError) -> FileStatus {
        var status = stat()
        _ = try Self.checked(name.withCString { fstatat(descriptor, $0, &status, AT_SYMLINK_NOFOLLOW) })
        return FileStatus(status)
    }

    /// Reads a regular file from start to end.
    ///
    /// - Parameter body: Gets the bytes, a piece at a time.
    package func read(_ name: Path, _ body: (UnsafeRawBufferPointer) -> Void) throws(SystemError) {
        // Opening a pipe would wait for its other end.
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        let file = try Self.checked(name.withCString { openat(descriptor, $0, flags) })
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes { received($0, from: file) }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError(errno)
            }
            if count == 0 { return }
            buffer.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }

    /// Moves a regular file to a name in another directory that nothing has.
    ///
    /// - Throws: EEXIST when something has it; nothing was replaced then.
    package func move(_ name: Path, to target: Path, in other: borrowing Directory) throws(SystemError) {
        let (from, to) = (descriptor, other.descriptor)
        _ = try Self.checked(
            name.withCString { name in target.withCString { ocellus_rename_to_new(from, name, to, $0) } })
    }

    /// Removes the directories below that hold nothing but such directories, this one not.
    package func removeEmptyDirectories() {
        for name in (try? names()) ?? [] {
            guard let inner = try? directory(name) else { continue }
            inner.removeEmptyDirectories()
            _ = name.withCString { unlinkat(descriptor, $0, AT_REMOVEDIR) }
        }
    }

    /// Removes a directory of this one that is empty; any other stays.
    package func removeEmptyDirectory(_ name: Path) {
        _ = name.withCString { unlinkat(descriptor, $0, AT_REMOVEDIR) }
    }

    private func makeDirectory(_ name: Path) throws(SystemError) {
        guard name.withCString({ mkdirat(descriptor, $0, 0o777) }) != 0, errno != EEXIST else { return }
        throw SystemError(errno)
    }

    /// All names but `.` and `..`, in no particular order.
    ///
    /// - Throws: What the system says when the directory cannot be listed to its end.
    package func names() throws(SystemError) -> [Path] {
        // The list takes the descriptor over, and reads from where the descriptor stands.
        let own = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0 else { throw SystemError(errno) }
        guard let list = fdopendir(own) else {
            defer { close(own) }
            throw SystemError(errno)
        }
        defer { closedir(list) }
        var names: [Path] = []
        while true {
            // The end and a failure look alike but for the number.
            errno = 0
            guard let entry = readdir(list) else { break }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Path(bytes: $0.prefix { $0 != 0 }) }
            if name != Path("."), name != Path("..") { names.append(name) }
        }
        guard errno == 0 else { throw SystemError(errno) }
        return names
    }

    private static func checked(_ status: Int32) throws(SystemError) -> Int32 {
        guard status >= 0 else { throw SystemError(errno) }
        return status
    }
}
