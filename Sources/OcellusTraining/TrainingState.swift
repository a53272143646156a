// SPDX-License-Identifier: Apache-2.0

package import OcellusModel
package import OcellusPlan

/// Everything besides tensors that a training needs to go on exactly where it was.
///
/// Random numbers need no state: they are functions of the seed, the epoch and the step.
package struct TrainingState: Codable, Sendable, Equatable {
    package var version = 2
    package var network: Network
    package var preprocessing: Preprocessing
    package var configuration: TrainingConfiguration
    /// SHA-256 of the training and validation images and labels: a resume on other images is refused.
    package var dataSha256: String
    /// 0-based epoch under way, and steps already made in it.
    package var epoch = 0
    package var step = 0
    /// Updates since the start.
    package var updates = 0
    package var history: [EpochRecord] = []
    /// Sums of the epoch under way.
    package var lossSum = 0.0
    package var weightSum = 0.0
    package var correct = 0
    package var seen = 0
    package var epochSeconds = 0.0
    package var lastLearningRate = 0.0
    /// 1-based; 0 before the first validation.
    package var bestEpoch = 0
    package var bestAccuracy = -1.0
    package var stoppedEarly = false
    /// What decided the bits, e.g. the algorithm of each convolution.
    package var choices: [String: String] = [:]
    /// What was chosen by measuring, for the resume; absent where a rule of the shapes chose.
    package var algorithms: AlgorithmTable?
    /// Whether random crops are cut out of the files' own pixels.
    package var cropsFiles: Bool
    /// Its algorithms are in ``choices`` and ``algorithms``.
    package var engine: EngineSettings

    /// Whether every planned step was made, or the training stopped early.
    package var isFinished: Bool {
        stoppedEarly || epoch >= configuration.epochs || configuration.steps.map { updates >= $0 } ?? false
    }
}
