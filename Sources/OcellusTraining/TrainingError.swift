// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// A training that cannot start or go on.
public struct TrainingError: CodedError {
    public enum Code: String, Sendable {
        case nonFiniteLoss, nonFiniteWeights, nonFiniteValidation, interrupted, batchOfOne, shapesDiffer, classesDiffer,
            noImages
        case runExists, runInUse, notARun, differentRun, finishedRun, noValidation
    }
    public static let area = "training"
    public var facts: ErrorFacts<Code>

    public init(_ facts: ErrorFacts<Code>) { self.facts = facts }

    /// Whether the numbers of the training grew beyond what a float holds, wherever that was seen first.
    public var isDivergence: Bool { [.nonFiniteLoss, .nonFiniteWeights, .nonFiniteValidation].contains(kind) }

    /// The one text for every such training.
    ///
    /// - Parameters:
    ///   - kind: Where it was seen.
    ///   - epoch: 1-based.
    static func divergence(_ kind: Code, epoch: Int, received: String, because: String? = nil) -> TrainingError {
        TrainingError(
            kind, "the training diverged in epoch \(epoch): its numbers are no longer finite.", received: received,
            because: because,
            advice: "a smaller learning rate (--lr), gradient clipping (--clip-grad 1), or warm-up (--warmup-epochs 1)")
    }

    public var exitClass: ExitClass {
        switch kind {
        case .nonFiniteLoss, .nonFiniteWeights, .nonFiniteValidation, .batchOfOne, .shapesDiffer, .classesDiffer,
            .noValidation,
            .differentRun, .finishedRun:
            .usage
        case .noImages: .data
        case .notARun: .missingInput
        case .runExists, .runInUse: .cannotWrite
        case .interrupted: .internal
        }
    }
}
