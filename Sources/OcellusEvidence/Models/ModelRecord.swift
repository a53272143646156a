// SPDX-License-Identifier: Apache-2.0

public import OcellusInference
public import OcellusModel
public import OcellusTensor
public import OcellusTraining

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// One model and how it does on labelled images, in one value: the page of a training or an evaluation is made from it alone.
///
/// Written as `record.json` in the run of a training. Accuracies are fractions in 0…1, times are seconds, memory is bytes.
public struct ModelRecord: Codable, Sendable {
    /// Raised when a field changes its meaning; a reader refuses a higher number.
    public var schema = 1
    /// Tells it from the records of comparisons, evidence and probes.
    public var kind: Kind
    /// ISO 8601, UTC.
    public var created: String
    /// The command line to repeat it, one word an element.
    public var command: [String]
    public var environment: ComparisonRecord.Environment
    /// Of the network or the backbone, e.g. `cnn`.
    public var name: String
    /// The model file as a person would type it.
    public var model: String
    /// The run's directory; absent for an evaluation.
    public var run: String?
    public var network: NetworkSummary
    public var data: DataDescription
    /// How it does, the score to read first; never empty.
    public var scores: [Score]
    /// How all layers were trained; absent for an evaluation and for a head on features.
    public var training: Training?
    /// How a head was trained on the features of a backbone; absent for anything else.
    public var transfer: Transfer?
    /// What the scores say beyond their numbers, as sentences; empty where there is nothing.
    public var advice: [String]
    /// Mistakes of the first score; absent where pictures are left out.
    public var mistakes: Mistakes?

    /// What the record is of.
    public enum Kind: String, Codable, Sendable { case train, evaluate }

    /// The images.
    public struct DataDescription: Codable, Sendable {
        /// The name of the data, or their path.
        public var name: String
        /// As `--data` takes it.
        public var path: String
        /// Of the model.
        public var classes: [String]
        /// `[C, H, W]`, as the model sees them.
        public var shape: Shape
        public var parts: [Part]
        /// What was said while the data were read.
        public var notes: [String]

        /// Images of one use.
        public struct Part: Codable, Sendable {
            /// e.g. `training`
            public var name: String
            public var count: Int
            /// Of the images, hexadecimal; absent where it was not computed.
            public var sha256: String?
        }
    }

    /// How the model did on some images.
    public struct Score: Codable, Sendable {
        /// e.g. `test images`
        public var images: String
        public var evaluation: Evaluation

        package init(images: String, evaluation: Evaluation) { (self.images, self.evaluation) = (images, evaluation) }
    }

    /// A training of all layers.
    public struct Training: Codable, Sendable {
        public var configuration: TrainingConfiguration
        public var history: [EpochRecord]
        /// Whose weights the model holds, 1-based.
        public var epoch: Int
        /// Training alone, evaluation left out.
        public var seconds: Double
        public var memory: Int
        /// SHA-256 of what trained and what validated.
        public var splitSha256: String
    }

    /// A last layer on the features of a network that was trained elsewhere.
    public struct Transfer: Codable, Sendable {
        public var backbone: WeightsOrigin
        /// λ of the penalty that was chosen.
        public var strength: Double
        public var trials: [StrengthTrial]
        /// What held photos out, e.g. `5 folds`.
        public var heldOutBy: String
        public var seconds: Double
    }

    /// Images that were taken for another class.
    public struct Mistakes: Codable, Sendable {
        /// All that there are, of which ``shown`` are some.
        public var count: Int
        /// Whether images have files of their own, whose copies these are.
        public var areFiles: Bool
        /// The largest loss first: the worst of all, and the worst of the pairs of classes that are confused most.
        public var shown: [Mistake]
    }

    /// One image and what was said of it.
    public struct Mistake: Codable, Sendable {
        /// Of its file, or its number.
        public var name: String
        /// A small upright copy without metadata, PNG or JPEG.
        public var picture: Data
        public var width: Int
        public var height: Int
        /// Index of its class.
        public var label: Int
        /// Index of the class that it was taken for.
        public var answer: Int
        /// Of the answer and of its own class (softmax).
        public var answerProbability: Double
        public var labelProbability: Double
    }
}
