// SPDX-License-Identifier: Apache-2.0

import OcellusInference
import OcellusModel
import OcellusPlan
import OcellusTensor
import RealModule

/// Measures how far the central unit of a layer sees, see ``ExplanationRecord/ReceptiveField``.
struct ReceptiveFieldMeter {
    private let reader: GradientReader
    private let input: Shape
    private let start: Tensor<Float>
    /// Row and column of the central position.
    let center: (row: Int, column: Int)

    /// - Throws: ``EvidenceError`` unless the layer gives maps.
    init(_ model: Classifier, layer: String) throws {
        reader = try GradientReader(model, from: layer)
        input = model.network.input
        guard let shape = reader.startShape, shape.rank == 4 else {
            throw EvidenceError(
                .cannotExplain, "layer \(layer) gives features, which have no place in the picture.",
                needs: "a layer that gives maps", advice: "a layer before the network's flatten")
        }
        let (row, column) = (shape[2] / 2, shape[3] / 2)
        center = (row, column)
        var start = Tensor<Float>(repeating: 0, shape)
        for channel in 0..<shape[1] { start[0, channel, row, column] = 1 }
        self.start = start
    }

    /// Mean over inputs of `Σ_c |∂unit/∂x[c, i, j]|`, `[H, W]` row-major, divided by its largest value.
    ///
    /// - Parameter inputs: Each `[C, H, W]`, scaled as the network takes it.
    func field(over inputs: some Sequence<[Float]>) throws -> [Float] {
        let plane = input[1] * input[2]
        var sums = [Double](repeating: 0, count: plane)
        for values in inputs {
            try Task.checkCancellation()
            let gradient = try reader.gradient(input: values, start: start).scalars
            for (index, value) in gradient.enumerated() { sums[index % plane] += Double(abs(value)) }
        }
        let largest = sums.max() ?? 0
        return largest > 0 ? sums.map { Float($0 / largest) } : sums.map { Float($0) }
    }

    /// Inputs of independent normal numbers, mean 0 and deviation 1.
    func noise(count: Int, seed: UInt64) -> [[Float]] {
        (0..<count).map { sample in
            var random = CounterRandom(seed: seed, purpose: .noise, sample: sample)
            return (0..<input.count).map { _ in
                // Box and Muller 1958; 1 − u is never 0.
                let radius = (-2 * Double.log(1 - random.nextUniformDouble())).squareRoot()
                return Float(radius * Double.cos(2 * .pi * random.nextUniformDouble()))
            }
        }
    }

    /// Root of the number of pixels that reach 1 − 0.9545 of the largest, the paper's size of the field.
    static func size(_ field: [Float]) -> Double {
        guard let largest = field.max(), largest > 0 else { return 0 }
        return Double(field.count { $0 > (1 - 0.9545) * largest }).squareRoot()
    }
}
