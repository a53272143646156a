// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A lock between processes, kept as long as this object. The system releases it when the process ends, however it ends.
///
/// It binds only those who ask for it. Two objects of one process exclude each other too.
package final class FileLock: Sendable {
    private let descriptor: Int32
    /// Removed with the lock; `nil` for what stays.
    private let vanishing: Path?

    /// Locks a directory itself, so that no file is left in it, or gives up at once.
    ///
    /// Some network file systems lock only files that are open for writing, some nothing at all. Working without a lock there
    /// is better than not working.
    ///
    /// - Returns: `nil` when another has it.
    /// - Throws: ENOENT, ENOTDIR and whatever else the system says when the directory cannot be opened.
    package init?(directory path: Path) throws(SystemError) {
        vanishing = nil
        descriptor = try Self.open(path, O_RDONLY | O_DIRECTORY)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EWOULDBLOCK { return nil }
            if errno != EINTR { return }
        }
    }

    /// Locks a file, and waits while another has it.
    ///
    /// - Parameters:
    ///   - path: A file that is made for this; it stays, because removing it would give two processes two files to lock.
    ///   - willWait: Called once before waiting.
    package init(file path: Path, willWait: () -> Void = {}) throws(SystemError) {
        vanishing = nil
        descriptor = try Self.open(path, O_RDWR | O_CREAT)
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
        if errno == EWOULDBLOCK { willWait() }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw SystemError(errno) }
        }
    }

    /// Makes and locks a file that is removed with the lock, or gives up at once.
    ///
    /// A process that is killed leaves the file but not the lock: who takes it next removes it.
    ///
    /// - Returns: `nil` when another has it.
    /// - Throws: ENOTSUP, ENOLCK and the like where the file system locks nothing; whatever else the system says when the
    ///   file cannot be made.
    package init?(vanishing path: Path) throws(SystemError) {
        while true {
            let descriptor = try Self.open(path, O_RDWR | O_CREAT)
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let number = errno
                close(descriptor)
                if number == EINTR { continue }
                guard number == EWOULDBLOCK else { throw SystemError(number) }
                return nil
            }
            // Its last holder may have removed the file after it was opened here.
            var (own, there) = (stat(), stat())
            let isThere = path.withCString { stat($0, &there) } == 0
            if isThere, fstat(descriptor, &own) == 0, own.st_ino == there.st_ino, own.st_dev == there.st_dev {
                self.descriptor = descriptor
                vanishing = path
                return
            }
            close(descriptor)
        }
    }

    /// As ``init(vanishing:)``, but waits while another has it.
    package static func waiting(forVanishing path: Path) throws(SystemError) -> FileLock {
        while true {
            if let lock = try FileLock(vanishing: path) { return lock }
            usleep(20_000)
        }
    }

    deinit {
        // While it is locked, so that nobody loses a file that he has just locked.
        _ = vanishing?.withCString { unlink($0) }
        close(descriptor)
    }

    private static func open(_ path: Path, _ flags: Int32) throws(SystemError) -> Int32 {
        let descriptor = path.withCString { opened($0, flags | O_CLOEXEC) }
        guard descriptor >= 0 else { throw SystemError(errno) }
        return descriptor
    }
}
