// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// A comparison or an evidence run that cannot be made.
public struct EvidenceError: OcellusError, Equatable {
    public enum Code: String, Sendable {
        case noNetworks, duplicateName, noSeeds, duplicateSeed, outOfRange, differentData, differentEngine, diverged
        case newerRecord, unknownClaim, budgetTooSmall, budgetSpent, tooLarge, differentPlan, cannotMatch, cannotExplain
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

    public var code: String { "comparison.\(kind.rawValue)" }
    public var exitClass: ExitClass {
        switch kind {
        case .newerRecord: .data
        case .tooLarge: .resources
        default: .usage
        }
    }
}
