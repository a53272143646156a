// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

/// One unit of work of an evidence run: what it gives is a function of the run's configuration and of itself alone.
package enum EvidenceCell: Codable, Sendable, Hashable {
    /// A network trained and tested.
    case training(TrainingCell)
    /// A trained model on shifted test images.
    case shift(TrainingCell)
    /// A trained model on turned and scaled test images.
    case warp(TrainingCell)
    /// How far a trained model is from one linear map.
    case linearity(TrainingCell)
    /// How far the maps of a trained model move with the image.
    case equivariance(TrainingCell)
    /// What the filters of a trained model detect.
    case filters(TrainingCell)
    /// Whether a network whose first weights are permuted with the pixels learns the same.
    case exchange(TrainingCell)
    /// The time of one image at another size; nothing is trained.
    case timing(NetworkVariant, side: Int)

    /// The name of the cell's file.
    package var id: String {
        switch self {
        case .training(let model): "train-\(model.id)"
        case .shift(let model): "shift-\(model.id)"
        case .warp(let model): "warp-\(model.id)"
        case .linearity(let model): "linearity-\(model.id)"
        case .equivariance(let model): "equivariance-\(model.id)"
        case .filters(let model): "filters-\(model.id)"
        case .exchange(let model): "exchange-\(model.id)"
        case .timing(let network, let side): "timing-\(network.id)-side-\(side)"
        }
    }

    /// The training that must be done before.
    var model: TrainingCell? {
        switch self {
        case .training, .timing, .exchange: nil
        case .shift(let model), .warp(let model), .linearity(let model), .equivariance(let model), .filters(let model):
            model
        }
    }
}

/// One training: which network on which images with which seed.
package struct TrainingCell: Codable, Sendable, Hashable {
    /// What is done to the images before a network sees them.
    package enum Images: String, Codable, Sendable, CaseIterable {
        case plain
        /// One fixed random order of the pixels, in training and test images alike.
        case permuted
        /// Training images turned by random angles.
        case rotated
        /// Training images moved by random whole pixels.
        case shifted
        /// Training images made smaller by random factors down to a half.
        case scaled
        /// All images at three quarters of their size in the middle of black, so that a shift by an eighth of the side moves
        /// nothing out.
        case inset
        /// All images at half their size in black: in the left half to train, in the right one to test.
        case halves
    }

    package var network: NetworkVariant
    package var images: Images = .plain
    /// Share of the run's training images, in percent.
    package var percent = 100
    package var seed: UInt64

    package var id: String {
        network.id + (images == .plain ? "" : "-\(images.rawValue)") + (percent == 100 ? "" : "-\(percent)-percent")
            + "-seed-\(seed)"
    }
}

/// What a cell found, as its file holds it. Only fields named `seconds` or `milliseconds` may differ between two runs of the
/// same cell on one machine.
enum CellResult: Codable, Sendable {
    case training(TrainingResult)
    case shift(ShiftResult)
    case warp(WarpResult)
    case linearity(LinearityResult)
    case equivariance(EquivarianceResult)
    case filters(FilterResult)
    case exchange(ExchangeResult)
    case timing(TimingResult)
    /// A training that diverged, and how.
    case failed(String)

    /// Test images that its accuracies count; `nil` where it has none.
    var scored: Int? {
        switch self {
        case .training(let result): result.testCount
        case .shift(let result): result.count
        case .warp(let result): result.count
        case .filters(let result): result.count
        case .linearity, .equivariance, .exchange, .timing, .failed: nil
        }
    }
}

/// A cell's file.
struct CellFile: Codable, Sendable {
    var schema = 1
    var cell: EvidenceCell
    var result: CellResult
    /// Wall time of the cell.
    var seconds: Double
}

struct TrainingResult: Codable, Sendable {
    /// Images of one epoch, copies included.
    var trainCount: Int
    var steps: Int
    var testCorrect: Int
    var testCount: Int
    var testLoss: Double
    /// Of the trained model on training images as they are, without copies; at most 2,000 and at most as many as there are test images.
    var trainCorrect: Int
    var trainScored: Int
    /// SHA-256 of the images trained on.
    var trainSha256: String
    var trainingSeconds: Double
    /// Mean of the images that were scored again; absent in older cells.
    var trainLoss: Double?

    var lossGap: Double? { trainLoss.map { testLoss - $0 } }
    var testAccuracy: Double { Double(testCorrect) / Double(testCount) }
    var trainAccuracy: Double { Double(trainCorrect) / Double(trainScored) }
}

struct ShiftResult: Codable, Sendable {
    /// Pixels, ascending, 0 in the middle: of the first seed many, of others those that verdicts need.
    var shifts: [Int]
    /// `[down][right]`, vacated pixels black.
    var accuracy: [[Double]]
    /// `[down][right]`, share of images that get the same class as unshifted.
    var consistency: [[Double]]
    /// At each shift of ``shifts`` along one axis, mean of both, with reflected borders.
    var reflected: [Double]
    /// Mean of half a pixel in four directions, bilinear.
    var halfPixel: Double
    /// Smoothed as much as by half a pixel there and back, without moving.
    var smoothed: Double
    var count: Int

    /// Along one axis, mean over both axes.
    func along(_ table: [[Double]]) -> [Double] {
        guard let middle = shifts.firstIndex(of: 0) else { return [] }
        return shifts.indices.map { (table[middle][$0] + table[$0][middle]) / 2 }
    }

    /// Share of images that keep their class after a shift along one axis, mean over four directions.
    func kept(at distance: Int) -> Double? {
        let curve = along(consistency)
        guard let plus = shifts.firstIndex(of: distance), let minus = shifts.firstIndex(of: -distance) else {
            return nil
        }
        return (curve[plus] + curve[minus]) / 2
    }

    /// Accuracy lost by a shift along one axis, mean over four directions.
    func loss(at distance: Int) -> Double? {
        let curve = along(accuracy)
        guard let zero = shifts.firstIndex(of: 0), let plus = shifts.firstIndex(of: distance),
            let minus = shifts.firstIndex(of: -distance)
        else { return nil }
        return curve[zero] - (curve[plus] + curve[minus]) / 2
    }
}

struct WarpResult: Codable, Sendable {
    /// Degrees, ascending.
    var angles: [Double]
    var byAngle: [Double]
    /// Ascending, 1 among them.
    var factors: [Double]
    var byFactor: [Double]
    var count: Int

    /// Mean accuracy over the angles whose size is in the range.
    func accuracy(angles range: ClosedRange<Double>) -> Double? {
        mean(zip(angles, byAngle).filter { range.contains(abs($0.0)) }.map(\.1))
    }
    func accuracy(factor: Double) -> Double? { factors.firstIndex(of: factor).map { byFactor[$0] } }
}

struct LinearityResult: Codable, Sendable {
    /// Largest distance between the logits and those of the linear map that the network gives for single pixels, over the
    /// largest logit.
    var relativeDifference: Double
    var count: Int
}

struct ExchangeResult: Codable, Sendable {
    /// Largest distance between the logits of two networks after training, one of them on permuted images from weights
    /// permuted in the same way, over the largest logit.
    var relativeDifference: Double
    /// The same with the weights as they were drawn.
    var withoutExchange: Double
    var steps: Int
    var count: Int
}

struct EquivarianceResult: Codable, Sendable {
    struct Layer: Codable, Sendable {
        /// E.g. `0 Conv2D(32, 3×3, padding valid)`.
        var name: String
        /// Image pixels from one position of the map to the next.
        var stride: Int
        /// For each shift, the largest distance between the map of the shifted image and the shifted map, away from the
        /// borders, over the map's largest value; `nil` where the shift is no whole number of positions.
        var differences: [Double?]
    }
    var shifts: [Int]
    var layers: [Layer]
    var count: Int
}

struct FilterResult: Codable, Sendable {
    /// Path of the convolution in parameter names.
    var layer: String
    var filters: Int
    /// Maps that the layer gave when it ran.
    var maps: Int
    /// Accuracy of the nearest class mean by the strongest response of every filter alone.
    var trained: Double
    /// The same with the filters that training began with.
    var drawn: Double
    /// Share of the most frequent class.
    var chance: Double
    /// Accuracy of a linear classifier on the strongest response of every filter of the last convolution; absent in older
    /// cells.
    var probed: Double?
    /// The same with the filters that training began with.
    var probedDrawn: Double?
    /// Of the whole network, then with every second filter switched off.
    var accuracy: Double
    var withoutHalf: Double
    /// Accuracy lost without each filter alone.
    var lostWithout: [Double]
    /// For the first seed; patches and maps only where pictures are wanted.
    var sheet: ComparisonRecord.FilterSheet?
    var featureMaps: ComparisonRecord.FeatureMapSheet?
    var count: Int
}

struct TimingResult: Codable, Sendable {
    var parameters: Int
    var multiplyAdds: Int
    /// One image of a batch, forward.
    var millisecondsPerImage: Double
}
