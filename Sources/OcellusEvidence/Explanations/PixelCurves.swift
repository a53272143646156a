// SPDX-License-Identifier: Apache-2.0

import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusTensor

extension ExplanationMaps {
    /// Shares of the pixels at which curves are measured, 0 and 1 included.
    static let curveSteps = 20
    /// Orders drawn at random that an order is compared with.
    static let randomOrders = 3

    /// What becomes of the class's probability while pixels are covered in an order, and while they are uncovered.
    ///
    /// Petsiuk, Das and Saenko 2018 (RISE), arXiv:1806.07421, section 4.2: covered pixels have the colour that the network sees
    /// as 0, as for occlusion.
    ///
    /// - Parameters:
    ///   - pixels: Planar `[C, H, W]`, of the model's size.
    ///   - order: `[H·W]`, the pixels that matter most first.
    /// - Returns: Probabilities after 0, 1/20, … 1 of the pixels.
    func curves(
        of pixels: [UInt8], target: Int, order: [Int]
    ) throws -> (deletion: [Double], insertion: [Double]) {
        let shape = model.network.input
        let plane = shape[1] * shape[2]
        var (deleted, inserted) = (pixels, pixels)
        for (channel, level) in fill.enumerated() {
            for pixel in 0..<plane { inserted[channel * plane + pixel] = level }
        }
        var pictures = [deleted, inserted]
        for step in 1...Self.curveSteps {
            let part = order[(step - 1) * plane / Self.curveSteps..<step * plane / Self.curveSteps]
            for (channel, level) in fill.enumerated() {
                for pixel in part {
                    deleted[channel * plane + pixel] = level
                    inserted[channel * plane + pixel] = pixels[channel * plane + pixel]
                }
            }
            pictures += [deleted, inserted]
        }
        let probabilities = try logits(pictures).map { softmax($0)[target] }
        return (
            stride(from: 0, to: probabilities.count, by: 2).map { probabilities[$0] },
            stride(from: 1, to: probabilities.count, by: 2).map { probabilities[$0] }
        )
    }

    /// Area under both curves of orders drawn at random, the mean of ``randomOrders``.
    func randomAreas(of pixels: [UInt8], target: Int) throws -> (deletion: Double, insertion: Double) {
        let plane = model.network.input[1] * model.network.input[2]
        var (deletion, insertion) = (0.0, 0.0)
        for order in 0..<Self.randomOrders {
            var random = CounterRandom(seed: Explainer.firstSeed, purpose: .order, sample: order)
            let curves = try curves(of: pixels, target: target, order: random.permutation(of: plane))
            deletion += Self.area(curves.deletion) / Double(Self.randomOrders)
            insertion += Self.area(curves.insertion) / Double(Self.randomOrders)
        }
        return (deletion, insertion)
    }

    /// Area under a curve over the shares 0…1 by trapezoids: its mean height.
    static func area(_ curve: [Double]) -> Double {
        guard curve.count > 1, let first = curve.first, let last = curve.last else { return curve.first ?? 0 }
        return (curve.reduce(0, +) - (first + last) / 2) / Double(curve.count - 1)
    }

    /// Pixels by falling heat; equal ones in their order.
    static func order(of heat: [Float]) -> [Int] {
        heat.indices.sorted { (heat[$1], $0) < (heat[$0], $1) }
    }
}
