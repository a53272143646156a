// SPDX-License-Identifier: Apache-2.0

package import OcellusTensor

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A standard set that could not be fetched, with the file named.
package struct FetchError: CodedError {
    package enum Code: String, Sendable {
        /// There is no such set.
        case unknownSet
        /// The network was not to be used.
        case offline
        /// No address gave the whole file.
        case failed
        /// Whole files came, but none was the published one.
        case wrongContent
        /// Less free space than the files need.
        case noSpace
        /// A directory or file cannot be made.
        case cannotWrite
        /// Writing failed half-way.
        case writeFailed
    }

    package static let area = "fetch"
    package var facts: ErrorFacts<Code>

    package init(_ facts: ErrorFacts<Code>) { self.facts = facts }

    package var exitClass: ExitClass {
        switch kind {
        case .unknownSet: .usage
        case .offline: .missingInput
        case .failed, .writeFailed: .inputOutput
        case .wrongContent: .data
        case .noSpace, .cannotWrite: .cannotWrite
        }
    }
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
