// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// A network that cannot be built, with the layer named as the user wrote it.
public struct ModelError: OcellusError, Equatable {
    /// What is wrong with the network.
    public enum Code: String, Sendable {
        case kernelExceedsInput, channelsNotDivisible, wrongRank, notPositive, outOfRange, emptyNetwork
        case branchShapesDiffer, unknownLayer, unknownParameter, unknownNetwork, duplicateName, unreadableText, tooLarge
        case notClasses, weightsMismatch, unsupportedFormat, unknownOperator, wrongOperands
    }

    public var kind: Code
    /// What happened, without the layer; the layer is put in front once it is known.
    public var what: String
    public var needs: String?
    public var received: String?
    public var because: String?
    public var advice: String?
    /// The layer's place and printed form, e.g. `layer 7 of 9, Conv2D(128, 5×5, padding valid)`; set by ``Network``.
    public var layer: String?

    public init(
        _ kind: Code, _ what: String, needs: String? = nil, received: String? = nil, because: String? = nil,
        advice: String? = nil, layer: String? = nil
    ) {
        self.kind = kind
        self.what = what
        self.needs = needs
        self.received = received
        self.because = because
        self.advice = advice
        self.layer = layer
    }

    public var code: String { "model.\(kind.rawValue)" }
    public var summary: String { layer.map { "\($0), \(what)" } ?? what }
    public var exitClass: ExitClass { .usage }
}
