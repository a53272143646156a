// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// A network that cannot be built, with the layer named as the user wrote it.
public struct ModelError: CodedError {
    /// What is wrong with the network.
    public enum Code: String, Sendable {
        case kernelExceedsInput, channelsNotDivisible, wrongRank, notPositive, outOfRange, emptyNetwork
        case branchShapesDiffer, unknownLayer, unknownParameter, unknownNetwork, duplicateName, unreadableText, tooLarge
        case notClasses, weightsMismatch, unsupportedFormat, unknownOperator, wrongOperands
    }

    public static let area = "model"
    public var facts: ErrorFacts<Code>
    /// The layer's place and printed form, e.g. `layer 7 of 9, Conv2D(128, 5×5, padding valid)`; set by ``Network``.
    public var layer: String?

    public init(_ facts: ErrorFacts<Code>) { self.facts = facts }

    /// - Parameters:
    ///   - kind: Which error it is.
    ///   - what: What happened, without the layer.
    ///   - needs: What was needed.
    ///   - received: What came instead.
    ///   - because: Why, when it is not obvious.
    ///   - advice: What to try next.
    ///   - layer: The layer, where it is known.
    public init(
        _ kind: Code, _ what: String, needs: String? = nil, received: String? = nil, because: String? = nil,
        advice: String? = nil, layer: String?
    ) {
        facts = ErrorFacts(kind, what, needs: needs, received: received, because: because, advice: advice)
        self.layer = layer
    }

    /// What happened, without the layer; the layer is put in front once it is known.
    public var what: String {
        get { facts.summary }
        set { facts.summary = newValue }
    }
    public var summary: String { layer.map { "\($0), \(what)" } ?? what }
    public var exitClass: ExitClass { .usage }
}
