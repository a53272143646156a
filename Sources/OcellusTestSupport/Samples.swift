// SPDX-License-Identifier: Apache-2.0

package import OcellusTensor

/// Seeded tensors for tests. Every value is exact in Float, so that all engines get the same numbers.
package enum Samples {
    /// Whole numbers in −3…3: any order of summation gives the same Float as long as sums stay below 2²⁴.
    package static func integers(_ shape: Shape, in range: ClosedRange<Int> = -3...3, seed: Int) -> Tensor<Double> {
        var random = CounterRandom(seed: UInt64(seed), purpose: .test)
        return Tensor(
            shape, (0..<shape.count).map { _ in Double(range.lowerBound + random.nextIndex(below: range.count)) })
    }

    /// Uniform in −1 ..< 1.
    package static func uniform(_ shape: Shape, seed: Int) -> Tensor<Double> {
        var random = CounterRandom(seed: UInt64(seed), purpose: .test, epoch: 1)
        return Tensor(shape, (0..<shape.count).map { _ in Double(2 * random.nextUniform() - 1) })
    }

    /// A shuffle of …, −3/2, −1/2, 1/2, 3/2, … times `spacing`: no two values are nearer than that and none is
    /// nearer than half of it to 0, so that small steps cross neither a tie of a maximum nor the kink of a ReLU.
    package static func distinct(_ shape: Shape, spacing: Double = 0.0625, seed: Int) -> Tensor<Double> {
        var random = CounterRandom(seed: UInt64(seed), purpose: .test, epoch: 2)
        let half = Double(shape.count / 2)
        return Tensor(
            shape, random.permutation(of: shape.count).map { (Double($0) - half + 0.5) * spacing })
    }

    /// `start`, `start + 1`, … in row-major order.
    package static func counting(_ shape: Shape, from start: Int = 1) -> Tensor<Double> {
        Tensor(shape, (0..<shape.count).map { Double(start + $0) })
    }
}

extension Tensor where Scalar == Double {
    /// This tensor with every element replaced by `transform` of it.
    package func mapped(_ transform: (Double) -> Double) -> Tensor<Double> { Tensor(shape, scalars.map(transform)) }
}
