// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// A score that cannot be computed.
public struct MetricError: OcellusError, Equatable {
    public enum Code: String, Sendable {
        case empty, labelOutOfRange, shapesDiffer, notFinite, outOfRange, noSpread
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

    /// Points that are all the same: they do not say how far others may lie from them.
    static func noSpread(_ count: Int) -> MetricError {
        MetricError(
            .noSpread, "points without spread have no interval.",
            needs: "points that differ, or the step of their counts",
            received: "\(count) equal points")
    }
}
