// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusGraph
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTraining

/// Predicted classes of images; asks between calls whether to go on.
struct ProbeReader {
    let model: Classifier
    /// Throws when the time is up.
    let mayGoOn: () throws -> Void

    /// Images between two questions.
    private static let batch = 1024

    /// `[N, classes]`
    func logits(_ images: ImageSet) throws -> Tensor<Float> {
        var scalars: [Float] = []
        for start in stride(from: 0, to: images.count, by: Self.batch) {
            try mayGoOn()
            let part = images.subset(Array(start..<min(images.count, start + Self.batch)))
            scalars += try model.logits(of: part).scalars
        }
        return Tensor([images.count, images.classes.count], scalars)
    }

    func predictions(_ images: ImageSet) throws -> [Int] {
        try OcellusMetrics.predictions(logits: try logits(images))
    }

    func accuracy(_ images: ImageSet) throws -> Double {
        let labels = images.labels
        return Double(zip(try predictions(images), labels).count { $0 == Int($1) }) / Double(labels.count)
    }
}

/// Accuracy and consistency of moved images.
enum ShiftProbe {
    /// Ascending and symmetric: 1, 2, 4, … pixels and an eighth of the side, up to half of it.
    static func shifts(for shape: Shape) -> [Int] {
        let side = min(shape[1], shape[2])
        let distances = Set([1, 2, 4, 8, 16, LocationClaim.distance(shape)]).filter { $0 <= max(1, side / 2) }
        return (distances.map { -$0 } + [0] + distances).sorted()
    }

    /// - Parameter isWhole: Whether all shifts are tried, not only those that verdicts need.
    static func result(_ reader: ProbeReader, _ images: ImageSet, isWhole: Bool = true) throws -> ShiftResult {
        let shape = images.shape
        let shifts = shifts(for: shape)
        guard isWhole else { return try few(reader, images, LocationClaim.distance(shape)) }
        let labels = images.labels.map(Int.init)
        let base = try reader.predictions(images)
        func share(_ first: [Int], _ second: [Int]) -> Double {
            Double(zip(first, second).count { $0 == $1 }) / Double(first.count)
        }
        var accuracy: [[Double]] = []
        var consistency: [[Double]] = []
        for down in shifts {
            let rows = try shifts.map { right in
                down == 0 && right == 0
                    ? base
                    : try reader.predictions(
                        PixelMap.shift(down: Double(down), right: Double(right)).applied(to: images))
            }
            accuracy.append(rows.map { share($0, labels) })
            consistency.append(rows.map { share($0, base) })
        }
        let reflected = try shifts.map { shift in
            let moves = [(shift, 0), (0, shift)]
            return try moves.reduce(0.0) { sum, move in
                let map = PixelMap.shift(down: Double(move.0), right: Double(move.1), border: .reflect)
                return try sum + reader.accuracy(map.applied(to: images)) / 2
            }
        }
        let halves = [(0.5, 0.0), (-0.5, 0), (0, 0.5), (0, -0.5)]
        let half = try halves.map { move in
            try PixelMap.shift(down: move.0, right: move.1).applied(to: images)
        }
        let halfPixel = try half.reduce(0.0) { try $0 + reader.accuracy($1) / 4 }
        let back = try zip(half, halves).map { moved, move in
            try PixelMap.shift(down: -move.0, right: -move.1).applied(to: moved)
        }
        return ShiftResult(
            shifts: shifts, accuracy: accuracy, consistency: consistency, reflected: reflected, halfPixel: halfPixel,
            smoothed: try back.reduce(0.0) { try $0 + reader.accuracy($1) / 4 }, count: images.count)
    }

    /// One distance along each axis; nothing of the diagonals, borders and half pixels.
    private static func few(_ reader: ProbeReader, _ images: ImageSet, _ distance: Int) throws -> ShiftResult {
        let labels = images.labels.map(Int.init)
        let base = try reader.predictions(images)
        func share(_ first: [Int], _ second: [Int]) -> Double {
            Double(zip(first, second).count { $0 == $1 }) / Double(first.count)
        }
        let shifts = [-distance, 0, distance]
        var accuracy = [[Double]](repeating: [0, 0, 0], count: 3)
        var consistency = accuracy
        for (row, column) in [(1, 1), (0, 1), (2, 1), (1, 0), (1, 2)] {
            let map = PixelMap.shift(down: Double(shifts[row]), right: Double(shifts[column]))
            let predicted = row == 1 && column == 1 ? base : try reader.predictions(map.applied(to: images))
            accuracy[row][column] = share(predicted, labels)
            consistency[row][column] = share(predicted, base)
        }
        return ShiftResult(
            shifts: shifts, accuracy: accuracy, consistency: consistency, reflected: [], halfPixel: 0, smoothed: 0,
            count: images.count)
    }
}

/// Accuracy of turned and scaled images.
enum WarpProbe {
    /// - Parameter isWhole: Whether all angles and factors are tried, not only those that verdicts need.
    static func result(_ reader: ProbeReader, _ images: ImageSet, isWhole: Bool = true) throws -> WarpResult {
        let (angles, factors) = RotationClaim.probed(isFirst: isWhole)
        return WarpResult(
            angles: angles,
            byAngle: try angles.map {
                try reader.accuracy(PixelMap.rotation(degrees: $0).applied(to: images))
            },
            factors: factors,
            byFactor: try factors.map {
                try reader.accuracy(PixelMap.scaling(factor: $0).applied(to: images))
            }, count: images.count)
    }
}

/// Distance of a network from the affine map that it gives for black and for single bright pixels.
enum LinearityProbe {
    static func result(_ reader: ProbeReader, _ images: ImageSet) throws -> LinearityResult {
        let size = images.shape.count
        // Black, then every pixel of every channel alone.
        var pixels = [UInt8](repeating: 0, count: (size + 1) * size)
        for pixel in 0..<size { pixels[(pixel + 1) * size + pixel] = 255 }
        let basis = try ImageSet(
            classes: images.classes, shape: images.shape, labels: Array(repeating: 0, count: size + 1), pixels: pixels)
        let columns = try reader.logits(basis)
        let classes = columns.shape[1]
        let offset = columns.scalars[0..<classes].map(Double.init)
        let logits = try reader.logits(images)
        var (difference, largest) = (0.0, 0.0)
        for image in 0..<images.count {
            var expected = offset
            for (pixel, value) in try images.pixels(at: image).enumerated() where value > 0 {
                let share = Double(value) / 255
                for label in 0..<classes {
                    expected[label] += share * (Double(columns.scalars[(pixel + 1) * classes + label]) - offset[label])
                }
            }
            for label in 0..<classes {
                let logit = Double(logits.scalars[image * classes + label])
                difference = max(difference, abs(logit - expected[label]))
                largest = max(largest, abs(logit))
            }
        }
        return LinearityResult(relativeDifference: difference / max(largest, 1e-30), count: images.count)
    }
}

/// Whether a dense network notices an order of the pixels: trained from weights that are permuted with them, it must become
/// the same network with permuted weights, up to rounding.
enum PermutationProbe {
    /// Images trained on, once.
    static let mostImages = 512

    /// Belongs on the thread of the device.
    static func result(
        _ network: Network, _ train: ImageSet, _ test: ImageSet, settings: TrainingConfiguration, backend: any Backend,
        mayGoOn: @escaping () throws -> Void
    ) throws -> ExchangeResult? {
        let map = TrainingImages.permutation(train.shape)
        let drawn = try network.initialWeights(seed: settings.seed)
        guard let exchanged = try map.permuted(drawn, of: network) else { return nil }
        // One preprocessing: the order of the pixels does not change their mean.
        let (mean, deviation) = try train.channelStatistics()
        let preprocessing = Preprocessing(
            width: train.shape[2], height: train.shape[1], channels: train.shape[0], mean: mean,
            standardDeviation: deviation)
        func logits(_ weights: Weights, _ train: ImageSet, _ test: ImageSet) throws -> [Float] {
            let session = try TrainingSession(
                network: network, configuration: settings, preprocessing: preprocessing, train: train, validation: nil,
                backend: backend, resume: nil, initialWeights: weights)
            try session.run(
                emit: { _ in },
                while: { _ in
                    try mayGoOn()
                    return true
                })
            let model = try Classifier(
                network: network, weights: session.lastWeights, classes: train.classes, preprocessing: preprocessing,
                backend: backend)
            return try model.logits(of: test).scalars
        }
        let (permutedTrain, permutedTest) = (try map.applied(to: train), try map.applied(to: test))
        let plain = try logits(drawn, train, test)
        func difference(_ other: [Float]) -> Double {
            let largest = plain.reduce(Float(1e-30)) { max($0, abs($1)) }
            return Double(zip(plain, other).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) } / largest)
        }
        return ExchangeResult(
            relativeDifference: difference(try logits(exchanged, permutedTrain, permutedTest)),
            withoutExchange: difference(try logits(drawn, permutedTrain, permutedTest)),
            steps: (train.count + settings.batchSize - 1) / settings.batchSize * settings.epochs, count: test.count)
    }
}

/// How far maps are from moving with the image.
enum EquivarianceProbe {
    static func result(_ model: Classifier, _ images: ImageSet) throws -> EquivarianceResult {
        let network = model.network
        let reader = try ActivationReader(model, batchSize: images.count)
        let layers = try layers(of: network).filter { reader.output(of: $0.path) != nil }
        let longest = layers.map(\.stride).max() ?? 1
        let shifts = [1, 2, 4, 8].filter { $0 <= longest }
        func maps(_ images: ImageSet) throws -> [Tensor<Float>] {
            try reader.run(images, Array(0..<images.count))
            return try layers.compactMap { try reader.output(of: $0.path).map(reader.plan.tensor) }
        }
        let still = try maps(images)
        let moved = try shifts.map { shift in
            try maps(try PixelMap.shift(down: 0, right: Double(shift)).applied(to: images))
        }
        return EquivarianceResult(
            shifts: shifts,
            layers: layers.enumerated().map { index, layer in
                EquivarianceResult.Layer(
                    name: layer.name, stride: layer.stride,
                    differences: zip(shifts, moved).map { shift, maps in
                        difference(
                            still[index], maps[index], shift: shift, stride: layer.stride, field: layer.field,
                            side: images.shape[2])
                    })
            }, count: images.count)
    }

    /// The layers that keep places apart, with the step of their maps and the side of what a position sees.
    private static func layers(
        of network: Network
    ) throws -> [(path: String, name: String, stride: Int, field: Int)] {
        let graph = try network.graph()
        let windows = try GraphWalk(graph).windows
        return graph.outermostScopes.prefix { graph.shape($0.output).rank == 4 }.map { scope in
            let window = windows[scope.output.index]
            return (scope.path, "\(scope.path) \(scope.layer)", window.stride.width, window.extent.width)
        }
    }

    private static func difference(
        _ still: Tensor<Float>, _ moved: Tensor<Float>, shift: Int, stride: Int, field: Int, side: Int
    ) -> Double? {
        guard shift % stride == 0 else { return nil }
        let step = shift / stride
        let width = still.shape[3]
        // Positions that see neither a border nor what came in from outside.
        let columns = (0..<width).filter { $0 >= step && $0 * stride >= shift + field && $0 * stride + field < side }
        guard !columns.isEmpty else { return nil }
        var (difference, largest) = (Float(0), Float(0))
        for row in 0..<still.shape.count / width {
            for column in columns {
                let expected = still.scalars[row * width + column - step]
                difference = max(difference, abs(moved.scalars[row * width + column] - expected))
                largest = max(largest, abs(expected))
            }
        }
        return largest > 0 ? Double(difference / largest) : nil
    }
}
