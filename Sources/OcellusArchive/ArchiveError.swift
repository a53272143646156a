// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
public import OcellusTensor

/// A file that cannot be read or written, or whose content is not what it should be.
public struct ArchiveError: CodedError {
    public enum Code: String, Sendable {
        /// The output cannot be created, or was abandoned half-way; what stood there before is untouched.
        case cannotWrite, diskFull, writeFailed
        /// The input is absent, is no file, or cannot be read.
        case missingFile, cannotRead, tooLarge
        /// The file is of another kind than asked for.
        case foreignFormat, newerFormat, noNetwork
        /// The file breaks the rules of its kind.
        case corrupt, unreadableJSON, unsupportedType
        /// The file is sound but does not hold the tensors of its network.
        case missingTensor, unexpectedTensor, shapeMismatch
        /// A tensor holds NaN or an infinity.
        case notFinite
        /// A value has no form in the file, e.g. a number that is not finite.
        case unwritableValue
        /// This machine computes other logits than the machine that wrote the file.
        case selfTestFailed
    }
    public static let area = "archive"
    public var facts: ErrorFacts<Code>

    public init(_ facts: ErrorFacts<Code>) { self.facts = facts }

    /// Faults of any file have one word, whichever room finds them.
    public var code: String {
        switch kind {
        case .cannotWrite, .diskFull, .writeFailed, .missingFile, .cannotRead, .tooLarge: "file.\(kind.rawValue)"
        case .foreignFormat, .newerFormat, .noNetwork, .corrupt, .unreadableJSON, .unsupportedType, .missingTensor,
            .unexpectedTensor, .shapeMismatch, .notFinite, .unwritableValue, .selfTestFailed:
            "\(Self.area).\(kind.rawValue)"
        }
    }
    public var exitClass: ExitClass {
        switch kind {
        case .cannotWrite: .cannotWrite
        case .diskFull, .writeFailed, .cannotRead: .inputOutput
        case .missingFile: .missingInput
        case .foreignFormat, .newerFormat, .noNetwork, .unsupportedType: .usage
        case .tooLarge, .corrupt, .unreadableJSON, .missingTensor, .unexpectedTensor, .shapeMismatch, .notFinite,
            .unwritableValue:
            .data
        case .selfTestFailed: .internal
        }
    }
}

extension ArchiveError {
    /// Runs `body`; what it says of a file, an ``ArchiveError`` says in the same words.
    package static func ofFiles<Result: ~Copyable>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as FileError {
            throw ArchiveError(error)
        }
    }

    private init(_ error: FileError) {
        let kind: Code =
            switch error.kind {
            case .cannotWrite: .cannotWrite
            case .diskFull: .diskFull
            case .writeFailed: .writeFailed
            case .missingFile: .missingFile
            case .cannotRead: .cannotRead
            case .tooLarge: .tooLarge
            }
        self.init(
            kind, error.summary, needs: error.needs, received: error.received, because: error.because,
            advice: error.advice)
    }
}
