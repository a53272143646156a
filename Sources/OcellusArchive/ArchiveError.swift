// SPDX-License-Identifier: Apache-2.0

import Foundation
public import OcellusTensor

/// A file that cannot be read or written, or whose content is not what it should be.
public struct ArchiveError: OcellusError, Equatable {
    public enum Code: String, Sendable {
        /// The output cannot be created, or was abandoned half-way; what stood there before is untouched.
        case cannotWrite, diskFull, writeFailed
        /// The input is absent, is no file, or cannot be read.
        case missingFile, cannotRead
        /// The file is of another kind than asked for.
        case foreignFormat, newerFormat, noNetwork
        /// The file breaks the rules of its kind.
        case corrupt, unreadableJSON, unsupportedType
        /// The file is sound but does not hold the tensors of its network.
        case missingTensor, unexpectedTensor, shapeMismatch
        /// A value has no form in the file, e.g. a number that is not finite.
        case unwritableValue
        /// This machine computes other logits than the machine that wrote the file.
        case selfTestFailed
    }
    public var kind: Code
    public var summary: String
    public var needs: String?
    public var received: String?
    public var because: String?
    public var advice: String?

    public init(
        _ kind: Code, _ summary: String, needs: String? = nil, received: String? = nil, because: String? = nil,
        advice: String? = nil
    ) {
        self.kind = kind
        self.summary = summary
        self.needs = needs
        self.received = received
        self.because = because
        self.advice = advice
    }

    public var code: String { "archive.\(kind.rawValue)" }
    public var exitClass: ExitClass {
        switch kind {
        case .cannotWrite: .cannotWrite
        case .diskFull, .writeFailed, .cannotRead: .inputOutput
        case .missingFile: .missingInput
        case .foreignFormat, .newerFormat, .noNetwork, .unsupportedType: .usage
        case .corrupt, .unreadableJSON, .missingTensor, .unexpectedTensor, .shapeMismatch, .unwritableValue: .data
        case .selfTestFailed: .internal
        }
    }

    /// An output that cannot be created, with the system's reason.
    ///
    /// - Parameter error: As Foundation threw it; an ``ArchiveError`` passes through.
    package static func cannotWrite(_ path: String, _ error: any Error) -> ArchiveError {
        if let error = error as? ArchiveError { return error }
        guard let number = systemError(of: error) else {
            return ArchiveError(
                .cannotWrite, "\(path) cannot be written.", because: error.localizedDescription,
                advice: "another place, or its permissions")
        }
        return writing(path, number)
    }

    /// A write that failed with the system's error `number`.
    static func writing(_ path: String, _ number: Int32) -> ArchiveError {
        let reason = String(cString: strerror(number))
        switch number {
        case ENOSPC, EDQUOT, EFBIG:
            return ArchiveError(
                .diskFull, "\(path) could not be written; what stood there before is untouched.",
                needs: "free space on the disk", because: reason, advice: "free some space, or another place")
        case EIO, ESTALE, ENOMEM, EMFILE, ENFILE:
            return ArchiveError(
                .writeFailed, "\(path) could not be written; what stood there before is untouched.", because: reason,
                advice: number == EIO ? "check the disk" : "again")
        case ENOENT:
            return ArchiveError(
                .cannotWrite, "\(path) cannot be written.", needs: "a directory that exists", because: reason,
                advice: "make the directory first")
        default:
            return ArchiveError(
                .cannotWrite, "\(path) cannot be written.", because: reason,
                advice: "another place, or its permissions")
        }
    }

    /// A read that failed with the system's error `number`.
    static func reading(_ path: String, _ number: Int32) -> ArchiveError {
        let reason = String(cString: strerror(number))
        switch number {
        case ENOENT, ENOTDIR:
            return ArchiveError(.missingFile, "\(path) does not exist.", because: reason, advice: "check the path")
        case EACCES, EPERM, ELOOP, ENAMETOOLONG, ENXIO:
            return ArchiveError(
                .missingFile, "\(path) cannot be opened.", because: reason, advice: "check its permissions")
        default:
            return ArchiveError(.cannotRead, "\(path) cannot be read.", because: reason, advice: "check the disk")
        }
    }

    /// The number behind a Foundation error, which carries it in another error.
    private static func systemError(of error: any Error) -> Int32? {
        if let error = error as? POSIXError { return error.code.rawValue }
        let wrapped = error as NSError
        if wrapped.domain == NSPOSIXErrorDomain { return Int32(wrapped.code) }
        return (wrapped.userInfo[NSUnderlyingErrorKey] as? any Error).flatMap(systemError)
    }
}
