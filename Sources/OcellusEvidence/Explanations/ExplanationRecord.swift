// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
public import OcellusModel
public import OcellusTensor

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// What models look at in pictures: everything that `ocellus explain` measured.
///
/// A plain value: reports are made from it alone.
public struct ExplanationRecord: Codable, Sendable {
    /// Raised when a field changes its meaning.
    public var schema = 1
    public var ocellus: String
    /// When it was made, ISO 8601 in UTC.
    public var created: String
    /// The command line that repeats it.
    public var command: [String]
    public var pictures: [Picture]
    public var models: [Model]
    /// Models with random weights that each explanation was compared with.
    public var randomModels: Int

    /// A picture that all models explain.
    public struct Picture: Codable, Sendable {
        /// A path, or a position in the data set.
        public var name: String
        /// Its true class, where it is known.
        public var label: String?
    }

    /// One model and what it makes of each picture.
    public struct Model: Codable, Sendable {
        public var name: String
        public var summary: NetworkSummary
        /// Path of the layer whose maps Grad-CAM and the effective receptive field speak of; `nil` for a network without
        /// maps of more than one position.
        public var layer: String?
        public var receptiveField: ReceptiveField?
        /// One for each picture.
        public var explanations: [Explanation]
        /// Filters and the patches of the pictures that excite each most; empty unless pictures are drawn.
        public var filters: [ComparisonRecord.FilterSheet]
        /// Class names in the order of the last layer's units; absent in records of earlier versions.
        public var classes: [String]? = nil
    }

    /// What one model says about one picture, and why.
    public struct Explanation: Codable, Sendable {
        /// The most probable classes, most probable first.
        public var predictions: [Answer]
        /// The class that is explained: its logit is what every method asks about.
        public var target: Answer
        /// The picture in the model's size, PNG; `nil` unless pictures are drawn.
        public var picture: Data?
        /// In the order of ``Method``; without Grad-CAM for a network without maps.
        public var maps: [Map]
        /// What each layer makes of the picture; `nil` unless pictures are drawn.
        public var featureMaps: ComparisonRecord.FeatureMapSheet?
    }

    /// A class and how much the model believes in it.
    public struct Answer: Codable, Hashable, Sendable {
        public var label: String
        /// Softmax of the logits, 0…1.
        public var probability: Double
    }

    /// A way to say which pixels matter.
    public enum Method: String, Codable, Sendable, CaseIterable {
        /// The largest |∂logit/∂pixel| over the channels. Simonyan, Vedaldi and Zisserman 2013, arXiv:1312.6034.
        case saliency
        /// How much the logit falls when a patch is covered. Zeiler and Fergus 2013, arXiv:1311.2901, section 4.2.
        case occlusion
        /// `max(0, Σ αₖ·Aₖ)`, αₖ the mean gradient of the logit over map k. Selvaraju et al. 2016, arXiv:1610.02391.
        case gradCAM
    }

    /// One explanation as numbers.
    public struct Map: Codable, Sendable {
        public var method: Method
        /// `[H, W]`: pixels for saliency, patches for occlusion, the layer's positions for Grad-CAM.
        public var shape: Shape
        /// Row-major. Saliency: logit for each unit of a pixel on the scale 0…1. Occlusion: logit. Grad-CAM: no unit.
        public var values: [Float]
        /// For occlusion, side of the covered square in pixels.
        public var patch: Int?
        /// For occlusion, the levels of each channel (0…255) that cover the square: what the model sees as 0. Absent in
        /// records of 0.1.0.
        public var fill: [UInt8]? = nil
        /// For occlusion, the smallest probability of the target class that one covered patch leaves.
        public var smallestProbability: Double?
        /// Spearman's correlation of absolute values with the same explanation of each model of random weights; `nil`
        /// where one of the two maps is the same everywhere.
        ///
        /// Adebayo et al. 2018, arXiv:1810.03292: an explanation that hardly changes when the weights are replaced
        /// does not speak of what the model has learned.
        public var randomCorrelations: [Double?]
        /// Mean of the same correlation between those models' maps: what maps of one picture share by its edges and the network's
        /// form alone. `nil` for a single random model, and in earlier records.
        public var chanceCorrelation: Double? = nil
        /// The class's probability while the pixels are covered, the hottest first, after 0, 1/20, … 1 of them; `nil` in earlier
        /// records, and where the map is the same everywhere.
        public var deletion: PixelCurve? = nil
        /// The same while they are uncovered on a picture of the covering colour.
        public var insertion: PixelCurve? = nil
        /// Over the gray picture, PNG; `nil` unless pictures are drawn.
        public var picture: Data?

        /// Mean of the defined ``randomCorrelations``; `nil` when there is none.
        public var rankCorrelation: Double? {
            let defined = randomCorrelations.compactMap(\.self)
            return defined.isEmpty ? nil : defined.reduce(0, +) / Double(defined.count)
        }
    }

    /// How a class's probability follows an order of the pixels. Petsiuk, Das and Saenko 2018, arXiv:1806.07421.
    public struct PixelCurve: Codable, Sendable {
        /// At equal steps of the share of pixels, 0 and 1 included.
        public var probabilities: [Double]
        /// Under the curve, 0…1.
        public var area: Double
        /// The same of orders drawn at random, their mean.
        public var randomArea: Double
    }

    /// How far the central unit of a layer sees: `|∂unit/∂pixel|`, averaged over inputs.
    ///
    /// Luo, Li, Urtasun and Zemel 2016, arXiv:1701.04128. The unit is the sum over the channels of the central position;
    /// absolute values are averaged, and summed over the input's channels, so that signs do not cancel.
    public struct ReceptiveField: Codable, Sendable {
        /// The layer as it prints itself.
        public var layer: String
        /// Input pixels that the position can see, the image's borders not counted.
        public var theoretical: Size2D
        /// Inputs of normally distributed noise.
        public var noiseImages: Int
        /// Root of the number of pixels that reach 1 − 0.9545 of the largest value, in pixels: of the model over noise,
        /// of the model over the pictures, of a model with random weights over noise.
        public var overNoise: Double
        public var overPictures: Double
        public var withRandomWeights: Double
        /// Over the pictures, `[H, W]`, row-major; the largest is 1 unless all are 0.
        public var values: [Float]
        public var shape: Shape
        /// Over the first picture, the theoretical field framed, PNG; `nil` unless pictures are drawn.
        public var picture: Data?
    }
}
