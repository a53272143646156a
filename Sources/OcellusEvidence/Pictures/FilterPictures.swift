// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusGraph
import OcellusInference
import OcellusModel
import OcellusPixels
import OcellusPlan
import OcellusTensor

/// The filters of a model's convolutions and the test patches that excite each most.
struct FilterPictures {
    /// Test images that are searched, from the first.
    private static let searched = 1000
    private static let patches = 6
    private static let batchSize = 50
    /// Filters drawn of one layer at most, and of a whole network about.
    private static let mostInLayer = 32
    private static let mostInNetwork = 96

    let model: Classifier
    let test: ImageSet

    /// Where a filter's output is largest in one image.
    private struct Peak {
        var value: Float
        var image: Int
        var row: Int
        var column: Int
    }

    /// One sheet for each convolution; none for a network without.
    ///
    /// - Parameter layers: Convolutions to draw, from the first.
    func sheets(layers: Int = .max) throws -> [ComparisonRecord.FilterSheet] {
        guard model.network.hasConvolution else { return [] }
        let reader = try ActivationReader(
            model, batchSize: min(Self.batchSize, test.count))
        let convolutions = reader.convolutions.prefix(layers)
        guard !convolutions.isEmpty else { return [] }
        let shown = min(Self.mostInLayer, max(4, Self.mostInNetwork / convolutions.count))
        let peaks = try peaks(of: convolutions.map { ($0.output, min(shown, $0.convolution.outputChannels)) }, reader)
        return try zip(convolutions, peaks).map { layer, peaks in
            let window = layer.window
            let kernels = Kernels(try reader.plan.tensor(layer.weight), count: peaks.count)
            return ComparisonRecord.FilterSheet(
                layer: layer.path, receptiveField: window.extent,
                filters: try peaks.enumerated().map { index, peaks in
                    ComparisonRecord.Filter(
                        index: index, png: try ImageEncoder.png(kernels.picture(index)),
                        patches: try ImageEncoder.png(
                            Tiles.sheet(try peaks.map { try patch(at: $0, window) }, columns: Self.patches)))
                }, count: layer.convolution.outputChannels, scale: Double(kernels.limit))
        }
    }

    /// For each layer and each of its first filters, the images of largest output, each with its largest position.
    private func peaks(of layers: [(output: ValueID, filters: Int)], _ reader: ActivationReader) throws -> [[[Peak]]] {
        var best = layers.map { [[Peak]](repeating: [], count: $0.filters) }
        let count = min(Self.searched, test.count)
        let batchSize = reader.plan.batchSize
        for start in stride(from: 0, to: count, by: batchSize) {
            let indices = Array(start..<min(count, start + batchSize))
            try reader.run(test, indices)
            for (layer, (output, filters)) in layers.enumerated() {
                let values = try reader.plan.tensor(output)
                let (channels, height, width) = (values.shape[1], values.shape[2], values.shape[3])
                for (position, image) in indices.enumerated() {
                    for filter in 0..<filters {
                        let base = (position * channels + filter) * height * width
                        var top = 0
                        for offset in 0..<height * width
                        where values.scalars[base + offset] > values.scalars[base + top] {
                            top = offset
                        }
                        let peak = Peak(
                            value: values.scalars[base + top], image: image, row: top / width, column: top % width)
                        Self.insert(peak, into: &best[layer][filter])
                    }
                }
            }
        }
        return best
    }

    /// Keeps the list sorted, largest first and the earlier image among equals.
    private static func insert(_ peak: Peak, into list: inout [Peak]) {
        if list.count == patches, let last = list.last, last.value >= peak.value { return }
        list.insert(peak, at: list.firstIndex { $0.value < peak.value } ?? list.count)
        if list.count > patches { list.removeLast() }
    }

    /// The input window of a position; along an axis where it is as large as the image, the whole image.
    private func patch(at peak: Peak, _ window: Window) throws -> DecodedImage {
        let (rows, columns) = (test.shape[1], test.shape[2])
        let isTall = window.extent.height >= rows
        let isWide = window.extent.width >= columns
        return try Tiles.patch(
            test, peak.image, top: isTall ? 0 : peak.row * window.stride.height - window.before.height,
            left: isWide ? 0 : peak.column * window.stride.width - window.before.width,
            height: isTall ? rows : window.extent.height, width: isWide ? columns : window.extent.width)
    }
}

/// The kernels of a convolution as pictures around 0, all to one scale.
private struct Kernels {
    /// `[channels drawn, H, W]` of each.
    private let values: [[Float]]
    private let width: Int
    private let height: Int
    private let isColored: Bool
    /// The weight of full colour.
    let limit: Float

    /// The share of weights that do not reach full colour: a few large ones do not make the rest pale.
    private static let share = 0.99

    /// - Parameters:
    ///   - weight: `[filters, C, H, W]`; behind a colour image the three channels are drawn, else their mean.
    ///   - count: Filters that are drawn, from the first.
    init(_ weight: Tensor<Float>, count: Int) {
        let channels = weight.shape[1]
        (height, width) = (weight.shape[2], weight.shape[3])
        isColored = channels == 3
        let size = height * width
        let isColored = isColored
        values = (0..<count).map { filter in
            let own = Array(weight.scalars[filter * channels * size..<(filter + 1) * channels * size])
            guard !isColored else { return own }
            return (0..<size).map { offset in
                (0..<channels).reduce(Float(0)) { $0 + own[$1 * size + offset] } / Float(channels)
            }
        }
        limit = HeatPictures.quantile(values.flatMap(\.self), Self.share)
    }

    func picture(_ index: Int) -> DecodedImage {
        guard isColored else {
            return DecodedImage(
                width: width, height: height, channels: 3, pixels: Tiles.diverging(values[index], limit: limit))
        }
        let levels = values[index].map { value in
            let share = value / limit
            return UInt8(127.5 + 127.5 * (share.isFinite ? max(-1, min(1, share)) : 0))
        }
        return DecodedImage(width: width, height: height, channels: 3, planar: levels)
    }
}
