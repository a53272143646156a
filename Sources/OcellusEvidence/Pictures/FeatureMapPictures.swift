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
    private static let columns = 8
    /// Maps drawn of one layer, fewer for networks of many layers.
    private static let (most, fewer) = (32, 16)
    private static let manyLayers = 12
    /// Of a map on the page, at least.
    private static let side = 48
    /// Features that are kept as numbers.
    private static let mostFeatures = 256

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
        let most = layers.count > Self.manyLayers ? Self.fewer : Self.most
        return try indices.map { index in
            try reader.run(images, [index])
            return ComparisonRecord.FeatureMapSheet(
                label: Int(images.labels[index]), png: try ImageEncoder.png(images.image(at: index)),
                layers: try layers.map { path, output in
                    let values = try reader.plan.tensor(output)
                    let isMap = values.shape.rank == 4
                    return ComparisonRecord.LayerMaps(
                        layer: path, shape: values.shape.dropFirst(),
                        png: try ImageEncoder.png(isMap ? Self.maps(values, most: most) : Self.features(values)),
                        shown: values.shape.rank == 3
                            ? values.scalars.count : min(isMap ? most : Self.mostFeatures, values.shape[1]),
                        values: values.shape.rank == 2
                            ? values.scalars.prefix(Self.mostFeatures).map(Double.init) : nil)
                })
        }
    }

    /// The first maps in rows, each large enough to see.
    private static func maps(_ values: Tensor<Float>, most: Int) -> DecodedImage {
        let (channels, height, width) = (values.shape[1], values.shape[2], values.shape[3])
        let maps = (0..<min(most, channels)).map { channel in
            Tiles.enlarged(
                Tiles.map(
                    values.scalars[channel * height * width..<(channel + 1) * height * width], height: height,
                    width: width), toAtLeast: side)
        }
        return Tiles.sheet(maps, columns: columns)
    }

    /// Features and tokens have no place: in reading order, as square as it goes, what is left over as 0.
    private static func features(_ values: Tensor<Float>) -> DecodedImage {
        let count = values.scalars.count
        let width = (1...).first { $0 * $0 >= count } ?? count
        let height = (count + width - 1) / width
        let scalars = values.scalars + [Float](repeating: 0, count: width * height - count)
        return Tiles.enlarged(Tiles.map(scalars, height: height, width: width), toAtLeast: side)
    }
}

extension Graph.Operation {
    /// Whether it makes something new of its input: not a mere change of shape or size.
    fileprivate var isWorthShowing: Bool {
        !(kind is Op.Reshape || kind is any DrawingOperator || kind is Op.Scale || kind is Op.Softmax)
    }
}
