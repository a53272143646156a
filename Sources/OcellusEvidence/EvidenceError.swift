// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// A comparison or an evidence run that cannot be made.
public struct EvidenceError: CodedError {
    public enum Code: String, Sendable {
        case noNetworks, duplicateName, noSeeds, duplicateSeed, outOfRange, differentData, differentEngine, diverged
        case newerRecord, unknownClaim, budgetTooSmall, budgetSpent, tooLarge, differentPlan, cannotMatch, cannotExplain
    }
    public static let area = "comparison"
    public var facts: ErrorFacts<Code>

    public init(_ facts: ErrorFacts<Code>) { self.facts = facts }

    public var exitClass: ExitClass {
        switch kind {
        case .newerRecord: .data
        case .tooLarge: .resources
        default: .usage
        }
    }
}
