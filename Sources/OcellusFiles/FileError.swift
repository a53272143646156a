// SPDX-License-Identifier: Apache-2.0

package import OcellusTensor

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file that cannot be read or written as a whole.
///
/// `ArchiveError` has the same codes for the same faults: scripts know them, whichever room finds the fault.
package struct FileError: CodedError {
    package enum Code: String, Sendable {
        /// The output cannot be created, or was abandoned half-way; what stood there before is untouched.
        case cannotWrite, diskFull, writeFailed
        /// The input is absent, is no file, or cannot be read.
        case missingFile, cannotRead, tooLarge
    }
    package static let area = "file"
    package var facts: ErrorFacts<Code>

    package init(_ facts: ErrorFacts<Code>) { self.facts = facts }

    package var exitClass: ExitClass {
        switch kind {
        case .cannotWrite: .cannotWrite
        case .diskFull, .writeFailed, .cannotRead: .inputOutput
        case .missingFile: .missingInput
        case .tooLarge: .data
        }
    }

    /// A write that failed with the system's error `number`.
    package static func writing(_ path: String, _ number: Int32) -> FileError {
        let reason = SystemError(number).reason
        switch number {
        case ENOSPC, EDQUOT, EFBIG:
            return FileError(
                .diskFull, "\(path) could not be written; what stood there before is untouched.",
                needs: "free space on the disk", because: reason, advice: "free some space, or another place")
        case EIO, ESTALE, ENOMEM, EMFILE, ENFILE:
            return FileError(
                .writeFailed, "\(path) could not be written; what stood there before is untouched.", because: reason,
                advice: number == EIO ? "check the disk" : "again")
        case ENOENT:
            return FileError(
                .cannotWrite, "\(path) cannot be written.", needs: "a directory that exists", because: reason,
                advice: "make the directory first")
        default:
            return FileError(
                .cannotWrite, "\(path) cannot be written.", because: reason,
                advice: "another place, or its permissions")
        }
    }

    /// A read that failed with the system's error `number`.
    package static func reading(_ path: String, _ number: Int32) -> FileError {
        let reason = SystemError(number).reason
        switch number {
        case ENOENT, ENOTDIR:
            return FileError(.missingFile, "\(path) does not exist.", because: reason, advice: "check the path")
        case EACCES, EPERM, ELOOP, ENAMETOOLONG, ENXIO:
            return FileError(
                .missingFile, "\(path) cannot be opened.", because: reason, advice: "check its permissions")
        default:
            return FileError(.cannotRead, "\(path) cannot be read.", because: reason, advice: "check the disk")
        }
    }
}
