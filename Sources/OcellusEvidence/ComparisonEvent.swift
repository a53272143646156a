// SPDX-License-Identifier: Apache-2.0

public import OcellusTraining

/// What a comparison says while it runs.
public enum ComparisonEvent: Sendable {
    /// Before the first training: where the run is kept, how many trainings it takes and how many are done already.
    case started(directory: String, trainings: Int, finished: Int)
    /// What is missing should take so long.
    case expected(seconds: Double)
    /// A training begins; `number` is 1-based among all trainings of the comparison.
    case trainingStarted(ComparisonTask, number: Int, of: Int)
    /// What the training itself says.
    case training(ComparisonTask, TrainingEvent)
    /// One point of the recipe's search was tried.
    case tried(ComparisonTask, ComparisonRecord.TuningTrial)
    /// A model was trained and tested.
    case tested(ComparisonTask, ComparisonRecord.RunRecord)
    /// Other processes make whatever is left.
    case waiting
    /// The time is up; what is under way goes on from its checkpoint later.
    case budgetSpent(finished: Int, of: Int)
    /// Trainings are done; pictures are drawn.
    case drawing
    case finished(ComparisonRecord)
}

/// One training of a comparison.
public struct ComparisonTask: Sendable, Hashable {
    public enum Purpose: Sendable, Hashable {
        /// To try settings on validation images; the number is 1-based.
        case tuning(trial: Int, of: Int, TrialSettings)
        /// To be tested.
        case comparison
    }
    /// The network's name in tables.
    public var network: String
    public var seed: UInt64
    public var purpose: Purpose
}
