// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// Compiled networks of one classifier, made when first needed and kept by batch size.
///
/// All run on the device's thread one after the other, so one for each batch size is enough.
final class PredictorPool {
    /// Each holds the activations of its batch, and those weights that others want in another layout, so few are kept.
    private static let capacity = 3

    private let graph: Graph
    private let weights: Weights
    private let backend: any Backend
    private lazy var shared = SharedWeights()
    /// The one used last is at the end.
    private var predictors: [Predictor] = []

    init(graph: Graph, weights: Weights, backend: any Backend) {
        self.graph = graph
        self.weights = weights
        self.backend = backend
    }

    /// - Throws: ``ModelError``, ``PlanError`` when the network cannot be compiled for this batch size.
    func predictor(batchSize: Int) throws -> Predictor {
        let predictor: Predictor
        if let position = predictors.firstIndex(where: { $0.batchSize == batchSize }) {
            predictor = predictors.remove(at: position)
        } else {
            predictor = try Predictor(graph, batchSize: batchSize, backend: backend, sharing: shared)
            try predictor.load(weights)
            if predictors.count == Self.capacity { predictors.removeFirst() }
        }
        predictors.append(predictor)
        return predictor
    }
}
