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

    /// A run was to go on with fewer seeds than it has.
    static func fewerSeeds(_ seeds: Int, than count: Int, of path: String) -> EvidenceError {
        EvidenceError(
            .outOfRange, "the number of seeds of a run may only grow.", needs: "at least the \(count) of \(path)",
            received: "\(seeds)", because: "trainings that were made are not left out of a result",
            advice: "leave out --seeds, or start a new run")
    }

    /// A folder from which results were to be taken is not of the run.
    static func noCopy(_ copy: String, of path: String) -> EvidenceError {
        EvidenceError(
            .differentPlan, "\(copy) is no copy of \(path).", needs: "a run of the same images, networks and settings",
            received: "another configuration.json",
            advice: "the folder of the run, copied after it was begun and worked on elsewhere")
    }

    public var exitClass: ExitClass {
        switch kind {
        case .newerRecord: .data
        case .tooLarge: .resources
        default: .usage
        }
    }
}
