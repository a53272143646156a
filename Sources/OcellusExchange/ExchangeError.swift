// SPDX-License-Identifier: Apache-2.0

package import OcellusTensor

/// A file of another program's format that cannot be read or written as a model.
package struct ExchangeError: CodedError {
    package enum Code: String, Sendable {
        /// The file breaks the rules of its format, or is no such file.
        case corrupt
        /// The file asks for more than any network needs.
        case tooLarge
        /// The file is written in a version that is not known.
        case newerFormat
        /// Data outside the file are named in a way that could lead anywhere.
        case unsafeReference
        /// Operators, or settings of operators, that no graph of this library can hold.
        case unknownOperators
        /// The graph is no classifier of images.
        case notClassifier
        /// Something the file does not say must be given.
        case notKnown
        /// What was asked for has no form in the format.
        case notExpressible
    }
    package static let area = "exchange"
    package var facts: ErrorFacts<Code>

    package init(_ facts: ErrorFacts<Code>) { self.facts = facts }

    package var exitClass: ExitClass {
        switch kind {
        case .corrupt, .tooLarge, .unsafeReference: .data
        case .newerFormat, .unknownOperators, .notClassifier, .notKnown, .notExpressible: .usage
        }
    }
}
