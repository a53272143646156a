// SPDX-License-Identifier: Apache-2.0

// A training as a run on disk, byte for byte what `ocellus train` makes, times aside.
// snippet.hide
import Foundation
// snippet.show
import Ocellus

// snippet.hide
let arguments = CommandLine.arguments
let directory: String? = arguments.count > 1 ? arguments[1] : nil
// snippet.show
let network = try Network(text: "conv 4 5x5, relu, maxpool 4, flatten, dense classes", input: [1, 28, 28], classes: 10)
let settings = try TrainingJob.Settings(
    DataRequest("embedded"), network: network, training: TrainingConfiguration(epochs: 2, seed: 3))
let job = try await TrainingJob.create(settings, at: directory)  // or: TrainingJob.resume(directory)
let result = try await job.run { event in
    if case .training(.epochEnded(let epoch)) = event { print(epoch.epoch, epoch.trainLoss) }
}
print(result.test.accuracy, result.file.relativePath)
