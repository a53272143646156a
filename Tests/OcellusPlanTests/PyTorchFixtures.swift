// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusModel
import OcellusTensor
import OcellusTestSupport
import Testing

/// `Tests/Fixtures/layers.json`: what PyTorch computes in Double, written by `make_layer_fixtures.py`.
struct PyTorchFixtures: Decodable {
    /// Numbers in row-major order. `magnitude` is at least Σ|∂element/∂v|·|v| over all given numbers v, for each element.
    struct Values: Decodable {
        var shape: Shape?
        var values: [Double]
        var magnitude: Double?

        func tensor(_ shape: Shape) throws -> Tensor<Double> {
            try #require(self.shape.map { $0 == shape } ?? true, "PyTorch has \(self.shape ?? []), not \(shape)")
            try #require(values.count == shape.count)
            return Tensor(shape, values)
        }
    }

    struct LayerCase: Decodable {
        struct Expected: Decodable {
            var output: Values
            var inputGradient: Values?
            var parameterGradients: [String: Values]?
            var buffersAfter: [String: Values]?
        }
        var name: String
        /// `gradients` or `inference`.
        var mode: String
        var network: Network
        var batchSize: Int
        /// The longest sum of each layer, added up over the layers.
        var terms: Int
        var input: [Double]
        var outputGradient: [Double]?
        var parameters: [String: Values]
        var buffers: [String: Values]
        var expected: Expected
    }

    struct LossCase: Decodable {
        struct Expected: Decodable {
            var lossSum: Double
            var lossMagnitude: Double
            var weightSum: Double
            var correct: Int
            var count: Int
            var gradient: Values
        }
        var name: String
        var loss: Loss
        var classes: Int
        var terms: Int
        var logits: [Double]
        var labels: [Int32]
        var sampleWeights: [Float]
        var expected: Expected
    }

    struct OptimizerCase: Decodable {
        var name: String
        var optimizer: Optimizer
        /// The schedule's factor of each step.
        var factors: [Double]
        var terms: Int
        var start: [Double]
        var gradients: [[Double]]
        var after: [Values]
    }

    struct TrainingCase: Decodable {
        var name: String
        var network: Network
        var optimizer: Optimizer
        var loss: Loss
        var maximumGradientNorm: Double?
        var factors: [Double]
        var batchSize: Int
        var terms: Int
        var parameters: [String: Values]
        var inputs: [[Double]]
        var labels: [[Int32]]
        var meanLosses: [Double]
        var lossMagnitudes: [Double]
        var after: [String: Values]
    }

    struct ScheduleCase: Decodable {
        var name: String
        var schedule: Schedule
        var epochs: Int
        var stepsPerEpoch: Int
        var factors: [Double]
    }

    /// The version of PyTorch that computed the numbers.
    var torch: String
    var layers: [LayerCase]
    var losses: [LossCase]
    var optimizers: [OptimizerCase]
    var trainings: [TrainingCase]
    var schedules: [ScheduleCase]

    static let file = TestData.checkout.appending(components: "Tests", "Fixtures", "layers.json")
    static let loaded = Result { try JSONDecoder().decode(PyTorchFixtures.self, from: Data(contentsOf: file)) }

    /// One list of cases; empty when the file cannot be read, which a test of its own reports.
    static func cases<Case>(_ list: KeyPath<PyTorchFixtures, [Case]>) -> [Case] {
        (try? loaded.get())?[keyPath: list] ?? []
    }
}

extension PyTorchFixtures.LayerCase: CustomTestStringConvertible {
    var testDescription: String { name }
}
extension PyTorchFixtures.LossCase: CustomTestStringConvertible {
    var testDescription: String { name }
}
extension PyTorchFixtures.OptimizerCase: CustomTestStringConvertible {
    var testDescription: String { name }
}
extension PyTorchFixtures.TrainingCase: CustomTestStringConvertible {
    var testDescription: String { name }
}
extension PyTorchFixtures.ScheduleCase: CustomTestStringConvertible {
    var testDescription: String { name }
}
