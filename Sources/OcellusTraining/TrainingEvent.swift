// SPDX-License-Identifier: Apache-2.0

/// What a training says while it runs.
public enum TrainingEvent: Sendable {
    /// Before the first step: what the plan holds and, after a resume, where it goes on.
    case started(parameters: Int, memory: Int, epoch: Int, step: Int)
    /// A message a person should see, e.g. that the engine chose other algorithms than before the resume.
    case notice(String)
    /// Some steps were made; at most ten times a second.
    case progress(TrainingProgress)
    case epochEnded(EpochRecord)
    case checkpointed(epoch: Int, step: Int)
    /// The validation accuracy has not risen for as long as the configuration allows.
    case stoppedEarly(epoch: Int, bestEpoch: Int)
}

/// Where a training is. Means cover the running epoch.
public struct TrainingProgress: Sendable, Equatable {
    /// 1-based.
    public var epoch: Int
    public var epochs: Int
    /// Steps made in this epoch.
    public var step: Int
    public var steps: Int
    public var loss: Double
    public var accuracy: Double
    public var imagesPerSecond: Double
}
