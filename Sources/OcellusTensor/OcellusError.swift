// SPDX-License-Identifier: Apache-2.0

/// What a failed command tells its caller by its exit status (the values of BSD's sysexits).
public enum ExitClass: Int32, Sendable, Codable {
    /// The command line, a network or a model cannot be used as given.
    case usage = 64
    /// Data are damaged or do not fit.
    case data = 65
    /// An input does not exist or cannot be opened.
    case missingInput = 66
    /// A defect of Ocellus.
    case `internal` = 70
    /// The system gives too little memory, or no threads or descriptors.
    case resources = 71
    /// An output cannot be created.
    case cannotWrite = 73
    /// Reading or writing failed half-way.
    case inputOutput = 74
    /// A configuration file or environment variable is wrong.
    case configuration = 78
}

/// Every error that Ocellus throws: the same seven facts for a person and for a program.
///
/// Rendered by ``rendered`` as
///
///     error[model.kernelExceedsInput]: layer 7 of 9, Conv2D(128, 5×5, padding valid), cannot run.
///       needs     an image of at least 5×5
///       received  [N, 64, 4, 4] from layer 6, MaxPool2D(2×2)
///       because   three 2×2 poolings reduce 32×32 images to 4×4
///       try       padding same, a 3×3 kernel, or one pooling layer fewer
public protocol OcellusError: Error, Sendable, CustomStringConvertible {
    /// `area.case`, e.g. `model.kernelExceedsInput`. Stable: scripts match on it.
    var code: String { get }
    /// What happened and where, as one sentence.
    var summary: String { get }
    /// What was needed.
    var needs: String? { get }
    /// What came instead.
    var received: String? { get }
    /// Why, when it is not obvious.
    var because: String? { get }
    /// What to try next.
    var advice: String? { get }
    /// The exit status of a command that ends with this error.
    var exitClass: ExitClass { get }
}

extension OcellusError {
    public var needs: String? { nil }
    public var received: String? { nil }
    public var because: String? { nil }
    public var advice: String? { nil }

    /// The error as text for a person; the wording is tested but is not API. Control characters, e.g. of a file's name, are
    /// shown as `�`, so no name can steer a terminal or add a line.
    public var rendered: String {
        var lines = ["error[\(code)]: \(harmless(summary))"]
        for (label, text) in [("needs", needs), ("received", received), ("because", because), ("try", advice)] {
            guard let text else { continue }
            lines.append("  " + label + String(repeating: " ", count: 10 - label.count) + harmless(text))
        }
        return lines.joined(separator: "\n")
    }

    public var description: String { rendered }
}

/// The facts of an error and which of its room's errors it is: what every ``CodedError`` holds.
public struct ErrorFacts<Code: Hashable & Sendable>: Hashable, Sendable {
    public var kind: Code
    public var summary: String
    public var needs: String?
    public var received: String?
    public var because: String?
    public var advice: String?

    /// - Parameters:
    ///   - kind: Which error it is.
    ///   - summary: What happened and where, as one sentence.
    ///   - needs: What was needed.
    ///   - received: What came instead.
    ///   - because: Why, when it is not obvious.
    ///   - advice: What to try next.
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
}

/// The errors of one room: an area, a code for each, and the facts. Everything else follows from them.
public protocol CodedError: OcellusError, Equatable {
    associatedtype Code: RawRepresentable<String>, Hashable, Sendable
    /// The first half of ``OcellusError/code``, e.g. `data`.
    static var area: String { get }
    /// What the error says.
    var facts: ErrorFacts<Code> { get set }

    /// - Parameter facts: What the error says.
    init(_ facts: ErrorFacts<Code>)
}

extension CodedError {
    /// - Parameters:
    ///   - kind: Which error it is.
    ///   - summary: What happened and where, as one sentence.
    ///   - needs: What was needed.
    ///   - received: What came instead.
    ///   - because: Why, when it is not obvious.
    ///   - advice: What to try next.
    public init(
        _ kind: Code, _ summary: String, needs: String? = nil, received: String? = nil, because: String? = nil,
        advice: String? = nil
    ) {
        self.init(ErrorFacts(kind, summary, needs: needs, received: received, because: because, advice: advice))
    }

    /// Which error it is.
    public var kind: Code {
        get { facts.kind }
        set { facts.kind = newValue }
    }
    public var code: String { "\(Self.area).\(kind.rawValue)" }
    public var summary: String {
        get { facts.summary }
        set { facts.summary = newValue }
    }
    public var needs: String? {
        get { facts.needs }
        set { facts.needs = newValue }
    }
    public var received: String? {
        get { facts.received }
        set { facts.received = newValue }
    }
    public var because: String? {
        get { facts.because }
        set { facts.because = newValue }
    }
    public var advice: String? {
        get { facts.advice }
        set { facts.advice = newValue }
    }
}
