// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusGraph
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusPixels
import OcellusPlan
import OcellusTensor

/// The explanations of one model as plain numbers.
struct ExplanationMaps {
    /// Numbers with their size, row-major.
    struct Grid {
        var height: Int
        var width: Int
        var values: [Float]
        /// Of ``ExplanationRecord/Map``.
        var smallestProbability: Double?
        var fill: [UInt8]?
    }

    let model: Classifier
    /// Of Grad-CAM; `nil` for none.
    let layer: String?
    /// Side of the square that occlusion covers, in pixels.
    let patch: Int
    private let reader: GradientReader

    init(_ model: Classifier, layer: String?, patch: Int) throws {
        self.model = model
        self.layer = layer
        self.patch = patch
        reader = try GradientReader(model, layer: layer)
    }

    /// Every method's map for the logit of a class, in the order of ``ExplanationRecord/Method``.
    ///
    /// - Parameter pixels: Planar `[C, H, W]`, of the model's size.
    func maps(
        of pixels: [UInt8], target: Int
    ) throws -> [(method: ExplanationRecord.Method, grid: Grid)] {
        var start = Tensor<Float>(repeating: 0, [1, model.classes.count])
        start.scalars[target] = 1
        let gradient = try reader.gradient(input: input(pixels), start: start)
        var maps: [(ExplanationRecord.Method, Grid)] = [
            (.saliency, saliency(gradient)), (.occlusion, try occlusion(pixels, target)),
        ]
        if let (output, gradient) = try reader.layerValues() {
            maps.append((.gradCAM, Self.gradCAM(output, gradient)))
        }
        return maps
    }

    private func input(_ pixels: [UInt8]) -> [Float] {
        let scaling = PixelScaling(model.preprocessing)
        return [Float](unsafeUninitializedCapacity: pixels.count) { buffer, count in
            pixels.withUnsafeBufferPointer {
                scaling.scale($0, into: UnsafeMutableBufferPointer(rebasing: buffer[0..<pixels.count]))
            }
            count = pixels.count
        }
    }

    /// The input was divided by the deviation, so the gradient of a pixel is too.
    private func saliency(_ gradient: Tensor<Float>) -> Grid {
        let (channels, height, width) = (gradient.shape[1], gradient.shape[2], gradient.shape[3])
        let deviations = model.preprocessing.standardDeviation
        let values = (0..<height * width).map { pixel in
            (0..<channels).reduce(Float(0)) {
                max($0, abs(gradient.scalars[$1 * height * width + pixel]) / deviations[$1])
            }
        }
        return Grid(height: height, width: width, values: values)
    }

    /// - Parameters:
    ///   - output: Maps A `[1, K, H, W]`.
    ///   - gradient: ∂logit/∂A, of the same shape.
    static func gradCAM(_ output: Tensor<Float>, _ gradient: Tensor<Float>) -> Grid {
        let (channels, height, width) = (output.shape[1], output.shape[2], output.shape[3])
        let plane = height * width
        var sums = [Double](repeating: 0, count: plane)
        for channel in 0..<channels {
            let range = channel * plane..<(channel + 1) * plane
            let weight = gradient.scalars[range].reduce(0.0) { $0 + Double($1) } / Double(plane)
            for (position, value) in output.scalars[range].enumerated() { sums[position] += weight * Double(value) }
        }
        return Grid(height: height, width: width, values: sums.map { Float(max(0, $0)) })
    }

    // MARK: Occlusion

    /// Pictures of one pass through the network.
    private static let batchSize = 64

    /// Where a patch begins along one axis: every third of its side, and at the end.
    static func offsets(side: Int, patch: Int) -> [Int] {
        let last = max(0, side - patch)
        let offsets = Array(stride(from: 0, to: last, by: max(1, patch / 3)))
        return offsets + [last]
    }

    /// Each patch in turn gets the colour that the network sees as 0: the mean of the training images where the model file
    /// has one, else black.
    private func occlusion(_ pixels: [UInt8], _ target: Int) throws -> Grid {
        let shape = model.network.input
        let (height, width) = (shape[1], shape[2])
        let rows = Self.offsets(side: height, patch: patch)
        let columns = Self.offsets(side: width, patch: patch)
        let places = rows.flatMap { row in columns.map { (row: row, column: $0) } }
        let original = try logits([pixels])[0][target]
        var grid = Grid(height: rows.count, width: columns.count, values: [], fill: fill)
        for start in stride(from: 0, to: places.count, by: Self.batchSize) {
            try Task.checkCancellation()
            let part = places[start..<min(places.count, start + Self.batchSize)]
            for row in try logits(part.map { covered(pixels, $0.row, $0.column) }) {
                grid.values.append(original - row[target])
                grid.smallestProbability = min(grid.smallestProbability ?? 1, softmax(row)[target])
            }
        }
        return grid
    }

    /// `[C]`, the levels that cover a patch.
    var fill: [UInt8] {
        (0..<model.network.input[0]).map { UInt8(max(0, min(255, (255 * model.preprocessing.mean[$0]).rounded()))) }
    }

    private func covered(_ pixels: [UInt8], _ top: Int, _ left: Int) -> [UInt8] {
        let shape = model.network.input
        var covered = pixels
        for (channel, level) in fill.enumerated() {
            for row in top..<min(shape[1], top + patch) {
                let start = (channel * shape[1] + row) * shape[2]
                for column in left..<min(shape[2], left + patch) { covered[start + column] = level }
            }
        }
        return covered
    }

    func logits(_ pictures: [[UInt8]]) throws -> [[Float]] {
        let images = try ImageSet(
            classes: ["picture"], shape: model.network.input, labels: Array(repeating: 0, count: pictures.count),
            pixels: Array(pictures.joined()))
        let logits = try model.logits(of: images)
        guard logits.scalars.allSatisfy(\.isFinite) else {
            throw EvidenceError(
                .cannotExplain, "a logit of the model is not finite.", needs: "finite weights and activations",
                because: "its weights or activations overflow 32-bit floats", advice: "another model")
        }
        return pictures.indices.map {
            Array(logits.scalars[$0 * model.classes.count..<($0 + 1) * model.classes.count])
        }
    }
}

extension ExplanationMaps.Grid {
    /// The mean over the patches that cover each pixel, `[H, W]` row-major.
    ///
    /// - Parameter patch: Side of the patches that the grid holds, laid by ``ExplanationMaps/offsets(side:patch:)``.
    func spread(patch: Int, height: Int, width: Int) -> [Float] {
        let rows = ExplanationMaps.offsets(side: height, patch: patch)
        let columns = ExplanationMaps.offsets(side: width, patch: patch)
        var (sums, counts) = (
            [Float](repeating: 0, count: height * width), [Float](repeating: 0, count: height * width)
        )
        for (i, top) in rows.enumerated() {
            for (j, left) in columns.enumerated() {
                for row in top..<min(height, top + patch) {
                    for column in left..<min(width, left + patch) {
                        sums[row * width + column] += values[i * columns.count + j]
                        counts[row * width + column] += 1
                    }
                }
            }
        }
        return zip(sums, counts).map { $1 > 0 ? $0 / $1 : 0 }
    }

    /// Each position drawn where its window is: bilinear between the windows' centres, and from the outermost centres on
    /// falling to 0 at the edge of their windows, `[H, W]` row-major.
    ///
    /// The centre of position i along an axis is `stride·i + (extent − 1)/2 − before` pixels from the first one. Spreading
    /// the map evenly over the picture would move it: without padding the centres keep half a window from the borders.
    func placed(by window: Window, height newHeight: Int, width newWidth: Int) -> [Float] {
        let columns = (0..<newWidth).map {
            Tap($0, of: width, stride: window.stride.width, extent: window.extent.width, before: window.before.width)
        }
        return (0..<newHeight).flatMap { pixel in
            let row = Tap(
                pixel, of: height, stride: window.stride.height, extent: window.extent.height,
                before: window.before.height)
            return columns.map { column in
                func across(_ line: Int) -> Float {
                    values[line * width + column.low] * (1 - column.share) + values[line * width + column.high]
                        * column.share
                }
                let value = across(row.low) * (1 - row.share) + across(row.high) * row.share
                return value * row.strength * column.strength
            }
        }
    }

    /// What one pixel takes of the positions along one axis.
    private struct Tap {
        var low: Int
        var high: Int
        /// Of `high`.
        var share: Float
        /// 1 between the outermost centres.
        var strength: Float

        init(_ pixel: Int, of count: Int, stride: Int, extent: Int, before: Int) {
            let first = (Double(extent) - 1) / 2 - Double(before)
            let place = (Double(pixel) - first) / Double(max(1, stride))
            let inside = max(0, min(Double(count - 1), place))
            low = Int(inside)
            high = min(count - 1, low + 1)
            share = Float(inside - Double(low))
            strength = Float(max(0, 1 - abs(place - inside) * Double(stride) / (Double(extent) / 2)))
        }
    }
}
