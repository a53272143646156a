// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// A file of another program's format that cannot be read or written as a model.
public struct ExchangeError: OcellusError, Equatable {
    public enum Code: String, Sendable {
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

    public var code: String { "exchange.\(kind.rawValue)" }
    public var exitClass: ExitClass {
        switch kind {
        case .corrupt, .tooLarge, .unsafeReference: .data
        case .newerFormat, .unknownOperators, .notClassifier, .notKnown, .notExpressible: .usage
        }
    }
}
