// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// A score that cannot be computed.
public struct MetricError: CodedError {
    public enum Code: String, Sendable {
        case empty, labelOutOfRange, shapesDiffer, notFinite, outOfRange, noSpread
    }
    public static let area = "metric"
    public var facts: ErrorFacts<Code>

    public init(_ facts: ErrorFacts<Code>) { self.facts = facts }

    public var exitClass: ExitClass { .data }

    /// Points that are all the same: they do not say how far others may lie from them.
    static func noSpread(_ count: Int) -> MetricError {
        MetricError(
            .noSpread, "points without spread have no interval.",
            needs: "points that differ, or the step of their counts",
            received: "\(count) equal points")
    }
}
