// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusGraph
import OcellusInference
import OcellusModel
import OcellusPixels
import OcellusPlan
import OcellusTensor

/// What every layer of a model makes of single pictures.
struct FeatureMapPictures {
    private static let columns = 16
    /// Maps drawn of one layer, fewer for networks of many layers.
    private static let most = 32
    private static let manyLayers = 12

    let model: Classifier

    /// One sheet for each of the images at `indices`.
    func sheets(of images: ImageSet, at indices: [Int]) throws -> [ComparisonRecord.FeatureMapSheet] {
        let reader = try ActivationReader(model, batchSize: 1)
        let graph = reader.plan.graph
        let layers = graph.outermostScopes.compactMap { scope -> (String, ValueID)? in
            guard graph.operations[scope.operations].contains(where: \.isWorthShowing),
                let output = reader.output(of: scope.path)
            else { return nil }
            return (scope.path, output)
        }
        let shown = layers.count > Self.manyLayers ? Self.columns : Self.most
        return try indices.map { index in
            try reader.run(images, [index])
            return ComparisonRecord.FeatureMapSheet(
                label: Int(images.labels[index]), png: try ImageEncoder.png(images.image(at: index)),
                layers: try layers.map { path, output in
                    let values = try reader.plan.tensor(output)
                    return ComparisonRecord.LayerMaps(
                        layer: path, shape: values.shape.dropFirst(),
                        png: try ImageEncoder.png(Self.picture(values, shown: shown)))
                })
        }
    }

    private static func picture(_ values: Tensor<Float>, shown: Int) -> DecodedImage {
        guard values.shape.rank == 4 else {
            // Features and tokens have no place: in reading order, as square as it goes, what is left over black.
            let count = values.scalars.count
            let width = (1...).first { $0 * $0 >= count } ?? count
            let height = (count + width - 1) / width
            let pixels = Tiles.gray(values.scalars) + [UInt8](repeating: 0, count: width * height - count)
            return DecodedImage(width: width, height: height, channels: 1, pixels: pixels)
        }
        let (channels, height, width) = (values.shape[1], values.shape[2], values.shape[3])
        let maps = (0..<min(shown, channels)).map { channel in
            Tiles.map(
                values.scalars[channel * height * width..<(channel + 1) * height * width], height: height,
                width: width)
        }
        return Tiles.sheet(maps, columns: columns)
    }
}

extension Graph.Operation {
    /// Whether it makes something new of its input: not a mere change of shape or size.
    fileprivate var isWorthShowing: Bool {
        !(kind is Op.Reshape || kind is any DrawingOperator || kind is Op.Scale || kind is Op.Softmax)
    }
}
