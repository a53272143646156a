// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusReference
import OcellusTensor

@testable import OcellusExchange

/// What the reference computes of images.
enum Answers {
    static func of(_ graph: Graph, _ weights: Weights, _ input: [Float], count: Int = 1) throws -> [Float] {
        try DeviceThread.shared.wait {
            let plan = try Plan(graph, mode: .inference, batchSize: count, backend: ReferenceBackend())
            try plan.load(weights)
            plan.executable.withInput { buffers in _ = buffers.images.update(fromContentsOf: input) }
            try plan.forward()
            return try plan.tensor(plan.program.output).scalars
        }
    }

    /// Weights as after a training: no statistic is that of the start.
    static func weights(_ graph: Graph, seed: UInt64) -> Weights {
        var random = CounterRandom(seed: seed, purpose: .test)
        func unit() -> Float { Float(random.next() >> 40) / Float(1 << 24) }
        return Weights(
            parameters: graph.parameters.map { spec in
                Tensor(
                    spec.shape,
                    (0..<spec.shape.count).map { _ in (unit() - 0.5) * (spec.initializer == .ones ? 2 : 0.6) })
            },
            buffers: graph.buffers.map { spec in
                Tensor(
                    spec.shape, (0..<spec.shape.count).map { _ in spec.initialValue == 0 ? unit() - 0.5 : 0.5 + unit() }
                )
            })
    }

    static func image(_ count: Int, seed: UInt64) -> [Float] {
        var random = CounterRandom(seed: seed, purpose: .test, sample: 1)
        return (0..<count).map { _ in Float(random.next() >> 40) / Float(1 << 23) - 1 }
    }

    /// The largest difference as a share of the largest number.
    static func difference(_ a: [Float], _ b: [Float]) -> Float {
        guard a.count == b.count else { return .infinity }
        let scale = max(1e-6, b.map { abs($0) }.max() ?? 0)
        // Written so that a NaN is a difference.
        return zip(a, b).reduce(0) { worst, pair in
            let difference = abs(pair.0 - pair.1) / scale
            return difference <= worst ? worst : difference
        }
    }
}
