// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Keeps a set's directory for one process. The system gives it back when the process ends, however it ends.
final class SetLock {
    private let descriptor: Int32

    /// Waits while another process has it.
    ///
    /// - Parameters:
    ///   - path: A file that is made for this; it stays, because removing it would give two processes two files to lock.
    ///   - willWait: Called once before waiting.
    /// - Throws: ``FetchError/Code/cannotWrite``.
    init(_ path: String, willWait: () -> Void) throws(FetchError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FetchError.writing(path, errno) }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
        if errno == EWOULDBLOCK { willWait() }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                let number = errno
                close(descriptor)
                throw FetchError.writing(path, number)
            }
        }
    }

    deinit { close(descriptor) }
}

extension FetchError {
    /// A file that cannot be made or written.
    ///
    /// - Parameter number: The system's error number.
    static func writing(_ path: String, _ number: Int32) -> FetchError {
        let isHalfWay = [ENOSPC, EDQUOT, EFBIG, EIO].contains(number)
        return FetchError(
            isHalfWay ? .writeFailed : .cannotWrite, "\(path) cannot be written.",
            because: String(cString: strerror(number)),
            advice: "another place by XDG_CACHE_HOME")
    }
}
