// SPDX-License-Identifier: Apache-2.0

/// What happens while a set is fetched.
package enum FetchEvent: Sendable, Hashable {
    /// Another process fetches the same set.
    case waiting
    /// The file is here and its checksum is right; nothing is sent.
    case present(file: String)
    /// A transfer begins.
    ///
    /// - Parameters:
    ///   - address: From where.
    ///   - offset: Bytes that an earlier transfer left.
    case started(file: String, address: String, offset: Int)
    /// The same address is asked once more, because the last request ended early.
    case again(file: String, reason: String, offset: Int)
    /// Bytes of the file that are here, of all that it has.
    case progress(file: String, bytes: Int, size: Int)
    /// Something that a person should know: a mirror that failed, a file that was replaced.
    case notice(String)
    /// The file came whole and its checksum is right.
    case finished(file: String, size: Int)
}
