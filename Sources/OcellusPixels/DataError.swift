// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// Images, labels or a split that cannot be used, with the file named.
public struct DataError: CodedError {
    /// What is wrong with the data.
    public enum Code: String, Sendable {
        /// No such name or path.
        case notFound
        /// A standard set that was not fetched.
        case notFetched
        /// The file or directory may not be read.
        case notPermitted
        /// Reading failed half-way.
        case cannotRead
        /// The files are none of the kinds that are read.
        case unknownKind
        /// More than one reading of the files is possible.
        case ambiguous
        /// A file of the data set is missing.
        case missingFile
        /// The first bytes are not those of the format.
        case wrongMagic
        /// The length is not the one that the header or the format demands.
        case wrongSize
        /// The compressed bytes are damaged.
        case damaged
        /// Images and labels, or two splits, do not belong together.
        case doNotMatch
        case labelOutOfRange
        /// Classes of a later split that the training images lack.
        case unknownClass
        /// Class names are missing, repeated or unreadable.
        case classNames
        case tooFewClasses
        case noImages
        /// Image files that cannot be decoded.
        case undecodableImages
        /// More pixels or bytes than the limit.
        case tooLarge
        /// More than this process may hold in memory.
        case noMemory
        /// An option has no meaning.
        case outOfRange
        /// A file cannot be written or moved.
        case cannotWrite
        /// There is no space for a file.
        case diskFull
    }

    public static let area = "data"
    public var facts: ErrorFacts<Code>

    public init(_ facts: ErrorFacts<Code>) { self.facts = facts }

    public var exitClass: ExitClass {
        switch kind {
        case .notFound, .notFetched, .notPermitted, .missingFile: .missingInput
        case .cannotRead, .diskFull: .inputOutput
        case .outOfRange: .usage
        case .noMemory: .resources
        case .cannotWrite: .cannotWrite
        default: .data
        }
    }
}
