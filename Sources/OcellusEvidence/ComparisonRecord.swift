// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
public import OcellusMetrics
public import OcellusModel
public import OcellusTensor
public import OcellusTraining

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// Everything a comparison of networks found, in one value: the terminal table and the page are made from it alone.
///
/// Written as `record.json` in the run's directory. Accuracies are fractions in 0…1, times are seconds, memory is bytes.
public struct ComparisonRecord: Codable, Sendable {
    /// Raised when a field changes its meaning; a reader refuses a higher number.
    ///
    /// 2: the verdict is that of the interval over test images and trainings; visible differences are exact.
    public var schema = 2
    /// ISO 8601, UTC.
    public var created: String
    /// The command line to repeat the run, one word an element.
    public var command: [String]
    /// Wall time of the whole comparison.
    public var seconds: Double
    public var environment: Environment
    public var data: DataDescription
    /// `tutorial`, `matched` or `best-effort`.
    public var recipe: String
    /// What the recipe holds equal and what it does not, one sentence each.
    public var recipeNotes: [String]
    /// In the order in which they are shown; the first two are the pair that is compared.
    public var networks: [NetworkRecord]
    /// Verdict over seeds; absent with fewer than three seeds or two networks.
    public var difference: DifferenceRecord?
    /// Per seed, the two networks on the same test images.
    public var pairs: [PairRecord]
    /// What ``difference`` and ``pairs`` are computed from; absent without a pair, and in records of schema 1.
    public var counts: PairedCounts? = nil
    /// How many times the test images were scored: once for each trained model, those of a seed that is not finished for
    /// all networks included. The pictures and shift curves read them
    /// again for the models of one seed; nothing is chosen by them.
    public var testReadings: Int
    public var pictures: Pictures?
    /// What the networks were made equal in, and what each got.
    public var match: MatchRecord
    /// What was planned and what the time sufficed for.
    public var plan: PlanRecord

    /// How equal the networks were made, and everything else that they differ in.
    public struct MatchRecord: Codable, Sendable {
        public var kind: NetworkMatch
        /// One for each network, in their order.
        public var costs: [Cost]
        /// The first network's share of what was to be made equal divided by the second's: parameters, multiply-adds, images
        /// seen (``NetworkMatch/recipe``) or trials (``NetworkMatch/bestEffort``). Absent where nothing of that kind was.
        public var ratio: Double?
        /// Training time of the first network divided by the second's as it was planned for equal times
        /// (``NetworkMatch/time``): 1 but for the rounding to whole steps. Absent for other matches.
        public var plannedSecondsRatio: Double? = nil
        /// The same as measured: the median over seeds of the ratio within a seed.
        public var secondsRatio: Double?

        /// Whether times that were planned equal came out more than a tenth apart; absent for other matches.
        public var timesDiffer: Bool? = nil

        /// What a network got and what it costs.
        public struct Cost: Codable, Sendable {
            public var parameters: Int
            /// Of one image forward.
            public var multiplyAdds: Int
            /// Planned for each training; a fraction where the last one is cut short.
            public var epochs: Double
            /// In one training, repetitions included; the mean over seeds.
            public var imagesSeen: Double
            /// Trainings made to tune it.
            public var trials: Int
            /// Median over seeds of one training, evaluation left out.
            public var trainingSeconds: Double
        }
    }

    /// The queue of trainings and how far it came.
    public struct PlanRecord: Codable, Sendable {
        /// Those that every network was to be trained with; the results hold the first of them.
        public var seeds: [UInt64]
        /// Trainings of all networks, tuning included.
        public var trainingsPlanned: Int
        public var trainingsFinished: Int
        /// Whether there was no time left to draw.
        public var lacksPictures: Bool

        public var isFinished: Bool { trainingsFinished == trainingsPlanned && !lacksPictures }
    }

    /// The machine and the software.
    public struct Environment: Codable, Sendable {
        public var processor: String
        public var cores: Int
        public var memory: Int
        public var system: String
        public var swift: String
        public var ocellus: String
        /// `onednn` or `reference`.
        public var backend: String
        /// Library, version and instruction set.
        public var backendDetails: String
        public var threads: Int
        public var precision: String
    }

    /// The images and how they were divided.
    public struct DataDescription: Codable, Sendable {
        /// `embedded (fashion-mini)`, or the path as given.
        public var name: String
        public var classes: [String]
        /// `[C, H, W]`
        public var shape: Shape
        public var trainCount: Int
        /// 0 when the recipe trains on all images.
        public var validationCount: Int
        public var testCount: Int
        /// Images of each class in the test set.
        public var testCounts: [Int]
        /// How uneven those are; absent where there are none, and in the published record of `docs/results`.
        public var imbalance: ClassImbalance?
        /// SHA-256 of the training images, their labels and class names, hexadecimal.
        public var sha256: String
        /// The same of the test images.
        public var testSha256: String
        /// What was said while the data were read: skipped files, sizes, class order.
        public var notes: [String]
    }

    /// One network with all its trainings.
    public struct NetworkRecord: Codable, Sendable {
        /// `ANN`, `CNN`, or the name given.
        public var name: String
        public var network: Network
        public var summary: NetworkSummary
        public var configuration: TrainingConfiguration
        public var preprocessing: Preprocessing
        /// Trials of the recipe's search, in their order; empty when nothing was tuned.
        public var tuning: [TuningTrial]
        /// What the training plan holds.
        public var trainingMemory: Int
        /// One for each seed, in the order of the seeds given.
        public var runs: [RunRecord]
        /// Test accuracy over seeds.
        public var accuracy: SampleSummary
        /// Balanced test accuracy over seeds.
        public var balancedAccuracy: SampleSummary
        /// Cost of the same network for its own images and at photo sizes, as far as it can take them.
        public var atPhotoSizes: [PhotoSizeCost]
    }

    /// One point of the search, tried on validation images.
    public struct TuningTrial: Codable, Sendable {
        public var learningRate: Double
        public var validationAccuracy: Double
        public var chosen: Bool
        /// Why the training ended early, when it diverged.
        public var failure: String? = nil
        /// Absent for 0.
        public var weightDecay: Double? = nil
        /// In its one-line form; absent for none.
        public var augmentation: String? = nil
        /// Rate of the dropout before the last layer; absent for 0.
        public var dropout: Double? = nil
    }

    /// What a network would hold and compute for larger images.
    public struct PhotoSizeCost: Codable, Sendable {
        /// `[C, H, W]`
        public var input: Shape
        public var parameters: Int
        public var multiplyAdds: Int
    }

    /// One training.
    public struct RunRecord: Codable, Sendable {
        public var seed: UInt64
        public var history: [EpochRecord]
        /// Epoch whose weights were tested, 1-based.
        public var testedEpoch: Int
        public var testCorrect: Int
        public var testCount: Int
        public var testAccuracy: Double
        /// Wilson interval over the test images.
        public var testInterval: Interval
        /// Of the balanced accuracy, over the test images of each class; absent in records of schema 1.
        public var balancedInterval: Interval? = nil
        /// Mean cross-entropy on the test images.
        public var testLoss: Double
        public var confusion: ConfusionMatrix
        /// Training alone, evaluation left out.
        public var trainingSeconds: Double
        public var imagesPerSecond: Double
        /// Training seconds until the validation accuracy first reached the first network's best of the same seed;
        /// `nil` when it never did or there is no validation split.
        public var secondsToFirstBest: Double?
        /// SHA-256 of the split (training and validation indices), hexadecimal.
        public var splitSha256: String
        /// Model file, relative to the run's directory.
        public var model: String
    }

    /// Two networks on the same test images, one seed.
    public struct PairRecord: Codable, Sendable {
        public var seed: UInt64
        /// Second minus first, as a fraction.
        public var difference: Double
        /// Images that only the first or only the second classified correctly.
        public var onlyFirstCorrect: Int
        public var onlySecondCorrect: Int
        /// McNemar's test.
        public var pValue: Double
        /// `exact` or `mid-p`.
        public var method: String
        /// Smallest difference of accuracy with McNemar's p below 0.05 at this number of discordant images, from the exact
        /// count; absent when no split of them reaches that.
        public var smallestVisibleDifference: Double?
        /// The difference that would be seen with a chance of 80 %; absent with the other, and in records of schema 1.
        public var likelyVisibleDifference: Double? = nil
    }

    /// The mean difference over seeds, second minus first.
    public struct DifferenceRecord: Codable, Sendable {
        /// Balanced accuracy where it leads, else accuracy; absent in records of schema 1, which compare accuracy.
        public var measure: PairedDifference.Measure? = nil
        /// One for each seed, in their order; absent in records of schema 1.
        public var points: [Double]? = nil
        public var mean: Double
        /// Paired t interval over seeds, 95 %: other trainings on these test images.
        public var interval: Interval
        /// Other trainings on other test images of the same kind, 95 %; it decides. Absent in records of schema 1, where
        /// ``interval`` did.
        public var imageInterval: Interval? = nil
        /// Half-width of the deciding interval: a smaller mean difference could not have been told from 0.
        public var smallestVisibleDifference: Double
        /// The difference that would get a verdict with a chance of 80 %; absent in records of schema 1.
        public var likelyVisibleDifference: Double? = nil
        public var verdict: Verdict
    }

    public enum Verdict: String, Codable, Sendable {
        case firstBetter, secondBetter, cannotTell
    }

    /// Mean, spread and every point.
    public struct SampleSummary: Codable, Sendable {
        public var mean: Double
        /// Sample standard deviation; `nil` for one point.
        public var standardDeviation: Double?
        public var points: [Double]
    }

    /// Pictures of the first seed's models, as encoded PNG.
    public struct Pictures: Codable, Sendable {
        public var seed: UInt64
        /// Some test images with what each network said.
        public var samples: [Sample]
        /// For each network, in order, the test images with the largest loss.
        public var worst: [[Sample]]
        /// For each network, the filters of each convolution (none for a dense network).
        public var filters: [[FilterSheet]]
        /// For each network, the maps of one picture per class (the first ten classes) through the network.
        public var featureMaps: [[FeatureMapSheet]]
        /// For each network, accuracy against the shift of the test images.
        public var shifts: [ShiftCurve]
    }

    public struct Sample: Codable, Sendable {
        public var png: Data
        public var name: String
        public var label: Int
        /// For each network, the predicted class and its probability (softmax, not calibrated).
        public var predictions: [Prediction]
    }

    public struct Prediction: Codable, Sendable {
        public var label: Int
        public var probability: Double
    }

    /// The filters of one convolution.
    public struct FilterSheet: Codable, Sendable {
        /// The layer's path in parameter names, e.g. `3`.
        public var layer: String
        /// Input positions that one output sees.
        public var receptiveField: Size2D
        public var filters: [Filter]
        /// Filters of the layer, of which ``filters`` may show the first ones.
        public var count: Int
        /// The weight of full colour around 0, the same for all filters; absent where each is gray to its own range.
        public var scale: Double? = nil
    }

    public struct Filter: Codable, Sendable {
        public var index: Int
        /// The kernel (mean over input channels behind the first layer), see ``FilterSheet/scale``.
        public var png: Data
        /// The test patches that excite it most, as one strip, most exciting first; absent where pictures are left out.
        public var patches: Data?
        /// Test accuracy that switching off this filter alone costs, where it was measured.
        public var accuracyLost: Double?
    }

    /// The maps of one picture.
    public struct FeatureMapSheet: Codable, Sendable {
        public var label: Int
        public var png: Data
        public var layers: [LayerMaps]
    }

    public struct LayerMaps: Codable, Sendable {
        /// The layer's path in parameter names, e.g. `3`.
        public var layer: String
        /// Number of maps and their size `[C, H, W]`, or `[F]` for features.
        public var shape: Shape
        /// The first maps in rows, each scaled to its own range; features as one picture in reading order.
        public var png: Data
        /// How many maps or features are shown, in colour around 0 and large enough to see; absent where maps are small and
        /// gray, one pixel apart.
        public var shown: Int? = nil
        /// The first features as numbers; absent for maps, and where ``shown`` is.
        public var values: [Double]? = nil
    }

    /// Accuracy of one network against the shift of the images; vacated pixels are black.
    public struct ShiftCurve: Codable, Sendable {
        public var network: String
        /// Pixels to the right or down (negative: left or up).
        public var shifts: [Int]
        /// Mean over the shift to the right and the same shift down.
        public var accuracy: [Double]
        /// Wilson intervals over the test images.
        public var intervals: [Interval]
    }
}
