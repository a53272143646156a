// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// A score that cannot be computed.
public struct MetricError: OcellusError, Equatable {
    public enum Code: String, Sendable {
        case empty, labelOutOfRange, shapesDiffer, notFinite, outOfRange
    }
    public var kind: Code
    public var summary: String
    public var needs: String?
    public var received: String?

    public init(_ kind: Code, _ summary: String, needs: String? = nil, received: String? = nil) {
        self.kind = kind
        self.summary = summary
        self.needs = needs
        self.received = received
    }

    public var code: String { "metric.\(kind.rawValue)" }
    public var exitClass: ExitClass { .data }
}
