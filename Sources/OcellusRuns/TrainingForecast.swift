// SPDX-License-Identifier: Apache-2.0

package import OcellusData
import OcellusFiles
import OcellusGraph
import OcellusModel
package import OcellusPlan
import OcellusTensor
import OcellusTraining

/// What a training will take, measured on a few of its own steps: nothing is written.
package struct TrainingForecast: Sendable {
    package let trainCount: Int
    package let validationCount: Int
    package let testCount: Int
    package let epochs: Int
    package let parameters: Int
    /// Trained in a second, by the steps that were measured.
    package let imagesPerSecond: Double
    /// Of the whole training with its validations and the one reading of the test images.
    package let seconds: Double
    /// The most that the process has held so far: it holds what a training holds.
    package let memory: Int

    /// Trains and predicts for a moment.
    ///
    /// - Parameters:
    ///   - images: What the settings' request opens.
    ///   - measured: Seconds of training steps that count; half of that for predictions.
    /// - Throws: What the training itself would throw at its beginning.
    package init(
        _ settings: TrainingJob.Settings, images: ImageDataset, backend: any Backend, measured: Double = 2
    ) throws {
        let settings = try settings.taking(images)
        let training = settings.training
        var parts = try TrainingParts(
            images, validationFraction: settings.validationFraction, fold: settings.fold, seed: training.seed,
            preprocessing: settings.preprocessing, calibrationFraction: settings.calibrationFraction ?? 0)
        if let start = settings.start { parts = try parts.relabelled(among: start.classes) }
        trainCount = parts.train.count
        validationCount = parts.validation?.count ?? 0
        testCount = images.test.count
        epochs = training.epochs
        parameters = try settings.network.parameters().reduce(0) { $0 + $1.shape.count }
        let benchmark = Benchmark(
            network: settings.network, images: parts.train, configuration: training, backend: backend)
        let steps = try benchmark.train(seconds: measured, warmup: 5)
        let answers = try benchmark.predict(seconds: measured / 2, warmup: 2)
        imagesPerSecond = steps.imagesPerSecond
        let updates = training.steps.map { $0 * training.batchSize } ?? epochs * trainCount
        // The features of a head are answers up to the last layer; a fine-tuning also validates and tests that head.
        var headAnswers = 0
        if let fineTuning = settings.fineTuning {
            headAnswers = (fineTuning.head.mirrors ? 2 : 1) * trainCount + validationCount + testCount
        }
        seconds =
            steps.startSeconds + Double(updates) / steps.imagesPerSecond
            + Double(epochs * validationCount + testCount + headAnswers) / answers.imagesPerSecond
        memory = peakMemory()
    }
}
