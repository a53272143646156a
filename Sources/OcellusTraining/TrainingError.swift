// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// A training that cannot start or go on.
public struct TrainingError: OcellusError, Equatable {
    public enum Code: String, Sendable {
        case nonFiniteLoss, nonFiniteWeights, nonFiniteValidation, interrupted, batchOfOne, shapesDiffer, classesDiffer,
            noImages
        case runExists, runInUse, notARun, differentRun, finishedRun, noValidation
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

    public var code: String { "training.\(kind.rawValue)" }
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
