// SPDX-License-Identifier: Apache-2.0

package import OcellusData
import OcellusGraph
public import OcellusInference
import OcellusMetrics
package import OcellusModel
public import OcellusPixels
import OcellusPlan
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Asks models why they say what they say of pictures, and whether the answer depends on what they have learned.
///
///     let record = try await Explainer().record(
///         of: [(name: "CNN", model: classifier)], pictures: [.init(name: "cat.jpg", image: photo)])
///     record.models[0].explanations[0].maps[0].rankCorrelation
public struct Explainer: Sendable {
    /// A picture of any size, fitted by each model's own preprocessing.
    public struct Picture: Sendable {
        private enum Content: Sendable {
            case decoded(DecodedImage)
            /// Planar bytes `[C, H, W]`.
            case fitted([Preprocessing: [UInt8]])
        }

        /// A path, or a position in a data set.
        public var name: String
        /// Its true class, where it is known.
        public var label: String?
        private let content: Content

        public init(name: String, image: DecodedImage, label: String? = nil) {
            (self.name, self.label, content) = (name, label, .decoded(image))
        }

        /// A picture of which only what the models see is kept.
        ///
        /// - Parameter pixels: Planar bytes `[C, H, W]` for the preprocessing of every model that explains it.
        package init(name: String, fitted pixels: [Preprocessing: [UInt8]], label: String? = nil) {
            (self.name, self.label, content) = (name, label, .fitted(pixels))
        }

        /// Planar bytes `[C, H, W]` as a model sees them.
        ///
        /// - Throws: ``DataError`` when memory is short, ``EvidenceError/Code/cannotExplain`` for a picture that was not
        ///   fitted to this model.
        func pixels(for preprocessing: Preprocessing) throws -> [UInt8] {
            switch content {
            case .decoded(let image): return try preprocessing.apply(image)
            case .fitted(let pixels):
                guard let fitted = pixels[preprocessing] else {
                    throw EvidenceError(.cannotExplain, "\(name) was not fitted to the model.")
                }
                return fitted
            }
        }
    }

    /// The images of a set at the given positions, named by them.
    ///
    /// - Throws: ``EvidenceError`` for a position that the set does not have.
    package static func pictures(of images: ImageSet, at positions: [Int], named name: String) throws -> [Picture] {
        try positions.map { position in
            guard (0..<images.count).contains(position) else {
                throw EvidenceError(
                    .outOfRange, "there is no \(name) \(position).", needs: "0 to \(images.count - 1)",
                    received: "\(position)")
            }
            return Picture(
                name: "\(name) \(position)", image: try images.image(at: position),
                label: images.classes[Int(images.labels[position])])
        }
    }

    /// The class whose logit is explained; each model's most probable one when `nil`.
    public var className: String?
    /// Path of the layer of Grad-CAM and of the receptive field; the last layer with filters when `nil`.
    public var layer: String?
    /// Side of the square that occlusion covers, in pixels; a fifth of the picture's shorter side when `nil`.
    public var patch: Int?
    /// Models with random weights that each explanation is compared with.
    public var randomModels = 3
    /// Inputs over which the effective receptive field is averaged.
    public var noiseImages = 32
    /// Whether the record gets pictures: maps in colour, filters and feature maps.
    public var drawsPictures = true

    /// Seeds of the random models begin here, far from those that people train with: a model is not compared with the
    /// weights that it started from.
    static let firstSeed: UInt64 = 0x6F63_656C_6C75_7300

    public init() {}

    /// Explains each picture by each model.
    ///
    /// - Parameters:
    ///   - models: Under the names that they have in tables.
    ///   - command: The command line that repeats it, for the record.
    ///   - report: Gets a line before each piece of work.
    /// - Throws: ``EvidenceError``, ``ModelError`` for an unknown layer, ``InferenceError`` for an unknown class,
    ///   ``DataError`` when a picture cannot be fitted, `CancellationError`.
    public func record(
        of models: [(name: String, model: Classifier)], pictures: [Picture], command: [String] = [],
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> ExplanationRecord {
        guard !models.isEmpty, !pictures.isEmpty else {
            throw EvidenceError(
                .cannotExplain, "there is nothing to explain.", needs: "at least one model and one picture",
                received: "\(models.count) models, \(pictures.count) pictures")
        }
        guard (1...100).contains(randomModels), (1...10_000).contains(noiseImages) else {
            throw EvidenceError(
                .outOfRange, "the number of random models or noise images is out of range.",
                needs: "1 to 100 models and 1 to 10000 images",
                received: "\(randomModels) models, \(noiseImages) images")
        }
        // Everything that can be wrong with a request is found before anything is computed.
        let parts = try models.map { try Part(name: $0.name, model: $0.model, self) }
        if let layer, parts.allSatisfy({ $0.layer == nil }) {
            throw EvidenceError(
                .cannotExplain, "no model has maps, so layer \(layer) cannot be explained.",
                needs: "a network with convolutions", advice: "leave the layer out")
        }
        let results = try await models[0].model.backend.thread.run {
            try parts.map { try ModelExplainer(part: $0, options: self).result(pictures, report: report) }
        }
        return ExplanationRecord(
            ocellus: OcellusVersion.current, created: Date.now.formatted(.iso8601), command: command,
            pictures: pictures.map { ExplanationRecord.Picture(name: $0.name, label: $0.label) }, models: results,
            randomModels: randomModels)
    }

    /// A model and what of it is explained.
    struct Part: Sendable {
        let name: String
        let model: Classifier
        let layer: ExplainedLayer?
        let patch: Int
        /// Index of the class; `nil` for the most probable one.
        let target: Int?

        init(name: String, model: Classifier, _ options: Explainer) throws {
            self.name = name
            self.model = model
            let side = min(model.network.input[1], model.network.input[2])
            patch = options.patch ?? max(1, (side + 2) / 5)
            guard (1...side).contains(patch) else {
                throw EvidenceError(
                    .outOfRange, "the patch of occlusion does not fit into the pictures of \(name).",
                    needs: "a side of 1 to \(side) pixels", received: "\(patch)")
            }
            target = try options.className.map { try Self.index(of: $0, in: model, name) }
            let last = try model.network.lastLayerWithMaps()
            guard let path = options.layer, last != nil else {
                layer = last
                return
            }
            let (named, output) = try model.network.explainedLayer(path)
            guard output.rank == 4 else {
                throw EvidenceError(
                    .cannotExplain, "layer \(named.words) of \(name) gives features, which have no place in a picture.",
                    needs: "a layer that gives maps", received: "\(output)", advice: last.map { "layer \($0.path)" })
            }
            layer = named
        }

        private static func index(of className: String, in model: Classifier, _ name: String) throws -> Int {
            if let index = model.classes.firstIndex(of: className) { return index }
            throw InferenceError(
                .unknownClass, "\(name) does not know the class \"\(className)\".",
                needs: "one of \(model.classes.joined(separator: ", "))", received: "\"\(className)\"",
                advice: closestMatch(to: className, in: model.classes).map { "did you mean \"\($0)\"?" })
        }
    }
}

/// Explains pictures by one model.
private struct ModelExplainer {
    private static let candidates = 3

    let part: Explainer.Part
    let options: Explainer
    private var model: Classifier { part.model }

    init(part: Explainer.Part, options: Explainer) {
        self.part = part
        self.options = options
    }

    func result(_ pictures: [Explainer.Picture], report: (String) -> Void) throws -> ExplanationRecord.Model {
        let pixels = try pictures.map { try $0.pixels(for: model.preprocessing) }
        let predictions = try model.predict(fitted: pixels)
        let targets = predictions.map { part.target ?? $0.index }
        let images = try ImageSet(
            classes: ["picture"], shape: model.network.input, labels: pictures.map { _ in 0 },
            pixels: Array(pixels.joined()))
        let maps = try ExplanationMaps(model, layer: part.layer?.path, patch: part.patch)
        let randomMaps = try (0..<options.randomModels).map { number in
            report("\(part.name): random weights \(number + 1) of \(options.randomModels)")
            return try mapsOfRandomModel(number, pixels, targets)
        }
        var featureMaps =
            options.drawsPictures
            ? try FeatureMapPictures(model: model).sheets(of: images, at: Array(pictures.indices)) : []
        for index in featureMaps.indices { featureMaps[index].label = targets[index] }
        let explanations = try pictures.indices.map { index in
            report("\(part.name): \(pictures[index].name)")
            try Task.checkCancellation()
            let target = targets[index]
            let own = try maps.maps(of: pixels[index], target: target)
            let others = randomMaps.map { $0[index] }
            let picture = try images.image(at: index)
            let random = try maps.randomAreas(of: pixels[index], target: target)
            return ExplanationRecord.Explanation(
                predictions: predictions[index].top(Self.candidates).map {
                    ExplanationRecord.Answer(label: $0.label, probability: $0.probability)
                },
                target: ExplanationRecord.Answer(
                    label: model.classes[target], probability: predictions[index].probabilities[target]),
                picture: options.drawsPictures ? try ImageEncoder.png(picture) : nil,
                maps: try own.enumerated().map { position, entry in
                    var drawn = try map(entry.method, entry.grid, others.map { $0[position].grid }, on: picture)
                    try addCurves(to: &drawn.map, maps, pixels[index], target, heat: drawn.heat, random: random)
                    return drawn.map
                }, featureMaps: options.drawsPictures ? featureMaps[index] : nil)
        }
        return ExplanationRecord.Model(
            name: part.name, summary: try NetworkSummary(model.network), layer: part.layer?.path,
            receptiveField: try part.layer.map { layer in
                report("\(part.name): receptive field of layer \(layer.path)")
                return try receptiveField(of: layer, pixels, images, try randomModel(0))
            }, explanations: explanations,
            filters: options.drawsPictures ? try FilterPictures(model: model, test: images).sheets() : [],
            classes: model.classes)
    }

    /// The maps of every picture by a network of random weights; it goes before the next is made, as each holds the memory of
    /// several plans.
    private func mapsOfRandomModel(
        _ number: Int, _ pixels: [[UInt8]], _ targets: [Int]
    ) throws -> [[(method: ExplanationRecord.Method, grid: ExplanationMaps.Grid)]] {
        let maps = try ExplanationMaps(try randomModel(number), layer: part.layer?.path, patch: part.patch)
        return try zip(pixels, targets).map { pixels, target in
            try Task.checkCancellation()
            return try maps.maps(of: pixels, target: target)
        }
    }

    private func randomModel(_ number: Int) throws -> Classifier {
        try Classifier(
            network: model.network,
            weights: try model.network.initialWeights(seed: Explainer.firstSeed &+ UInt64(number)),
            classes: model.classes,
            preprocessing: model.preprocessing, backend: model.backend)
    }

    private func map(
        _ method: ExplanationRecord.Method, _ grid: ExplanationMaps.Grid, _ others: [ExplanationMaps.Grid],
        on picture: DecodedImage
    ) throws -> (map: ExplanationRecord.Map, heat: [Float]) {
        let (height, width) = (picture.height, picture.width)
        let magnitudes = grid.values.map { Double(abs($0)) }
        let pixels: [Float]
        var limit: Float?
        switch method {
        case .saliency:
            pixels = grid.values
            // Single pixels stand out so much that all others would be dark.
            limit = HeatPictures.quantile(pixels, 0.99)
        case .occlusion: pixels = grid.spread(patch: part.patch, height: height, width: width)
        case .gradCAM:
            let window = part.layer?.window ?? .pointwise
            pixels = grid.placed(by: window, height: height, width: width)
        }
        let record = ExplanationRecord.Map(
            method: method, shape: [grid.height, grid.width], values: grid.values,
            patch: method == .occlusion ? part.patch : nil, fill: grid.fill,
            smallestProbability: grid.smallestProbability,
            // One position has no order.
            randomCorrelations: magnitudes.count < 2
                ? others.map { _ in nil }
                : try others.map { try rankCorrelation(magnitudes, $0.values.map { Double(abs($0)) }) },
            chanceCorrelation: try chanceCorrelation(others),
            picture: options.drawsPictures
                ? try ImageEncoder.png(HeatPictures.overlay(pixels, on: picture, limit: limit)) : nil)
        return (record, pixels)
    }

    /// Mean rank correlation of the random models' maps with each other.
    private func chanceCorrelation(_ maps: [ExplanationMaps.Grid]) throws -> Double? {
        let magnitudes = maps.map { $0.values.map { Double(abs($0)) } }
        guard let first = magnitudes.first, first.count > 1 else { return nil }
        let pairs = magnitudes.indices.flatMap { i in magnitudes.indices.filter { $0 > i }.map { (i, $0) } }
        let defined = try pairs.compactMap { try rankCorrelation(magnitudes[$0], magnitudes[$1]) }
        return defined.isEmpty ? nil : defined.reduce(0, +) / Double(defined.count)
    }

    /// - Parameters:
    ///   - heat: Of each pixel, `[H, W]`.
    ///   - random: Areas of orders drawn at random.
    private func addCurves(
        to map: inout ExplanationRecord.Map, _ maps: ExplanationMaps, _ pixels: [UInt8], _ target: Int, heat: [Float],
        random: (deletion: Double, insertion: Double)
    ) throws {
        // The same everywhere is no order.
        guard Set(heat).count > 1 else { return }
        let curves = try maps.curves(of: pixels, target: target, order: ExplanationMaps.order(of: heat))
        map.deletion = ExplanationRecord.PixelCurve(
            probabilities: curves.deletion, area: ExplanationMaps.area(curves.deletion), randomArea: random.deletion)
        map.insertion = ExplanationRecord.PixelCurve(
            probabilities: curves.insertion, area: ExplanationMaps.area(curves.insertion), randomArea: random.insertion)
    }

    private func receptiveField(
        of layer: ExplainedLayer, _ pixels: [[UInt8]], _ images: ImageSet, _ random: Classifier
    ) throws -> ExplanationRecord.ReceptiveField {
        let meter = try ReceptiveFieldMeter(model, layer: layer.path)
        let noise = meter.noise(count: options.noiseImages, seed: Explainer.firstSeed)
        let field = try meter.field(over: pixels.map(model.preprocessing.input(ofFitted:)))
        let window = layer.window
        var png: Data?
        if options.drawsPictures {
            let heat = HeatPictures.overlay(field, on: try images.image(at: 0))
            png = try ImageEncoder.png(
                HeatPictures.framed(
                    heat, top: meter.center.row * window.stride.height - window.before.height,
                    left: meter.center.column * window.stride.width - window.before.width,
                    height: window.extent.height, width: window.extent.width))
        }
        return ExplanationRecord.ReceptiveField(
            layer: layer.words, theoretical: window.extent, noiseImages: noise.count,
            overNoise: ReceptiveFieldMeter.size(try meter.field(over: noise)),
            overPictures: ReceptiveFieldMeter.size(field),
            withRandomWeights: ReceptiveFieldMeter.size(
                try ReceptiveFieldMeter(random, layer: layer.path).field(over: noise)),
            values: field, shape: [images.shape[1], images.shape[2]], picture: png)
    }
}
