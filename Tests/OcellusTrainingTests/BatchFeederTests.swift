// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusData
import OcellusModel
import OcellusPixels
import OcellusPlan
import OcellusReference
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusTraining

@Suite("Batches") @EngineActor struct BatchFeederTests {
    /// The reference with a team of real threads.
    private struct TeamBackend: Backend {
        var threads: Int
        var name: String { "team" }
        var details: String { "" }
        var thread: DeviceThread { .shared }
        func compile(_ program: Program) throws(PlanError) -> any Executable {
            try ReferenceBackend(storage: .float).compile(program)
        }
        func runTeam(_ body: (_ thread: Int, _ team: Int) -> Void) {
            withoutActuallyEscaping(body) { body in
                // Each call has parts of its own, as the feeder promises.
                nonisolated(unsafe) let body = body
                DispatchQueue.concurrentPerform(iterations: threads) { body($0, threads) }
            }
        }
    }

    @Test(
        "the same pixels and labels for 1, 2 and 8 workers",
        arguments: [
            nil, "flip, rotate 15, scale 0.8..1.2", "randaugment, noise 0.1, erase 1", "altflip, mixup", "cutmix",
        ])
    func workers(text: String?) throws {
        let augmentation = try text.map { try Augmentation(text: $0) }
        let images = try SmallData.images(30)
        let order = (0..<30).map { $0 * 7 % 30 }
        var seen: [[[Float]]] = []
        var labels: [[[Int32]]] = []
        for threads in [1, 2, 8] {
            let backend = TeamBackend(threads: threads)
            let plan = try Plan(SmallData.network, mode: .training(Loss(), .sgd()), batchSize: 16, backend: backend)
            let feeder = try BatchFeeder(
                images, scaling: PixelScaling(mean: [0.4], standardDeviation: [0.3]), augmentation: augmentation,
                seed: 9, backend: backend, schedule: BatchSchedule(batchSize: 16, epochs: 2) { _ in order })
            var batches: [[Float]] = []
            var given: [[Int32]] = []
            for epoch in [0, 1] {
                for batch in [order[..<16], order[16...]] {
                    let mixture = try feeder.fill(plan.executable, batchSize: 16, with: batch, epoch: epoch)
                    batches.append(plan.executable.withInput { Array($0.images) })
                    given.append(plan.executable.withInput { Array($0.labels) } + (mixture?.others ?? []))
                    #expect(plan.executable.withInput { $0.sampleWeights.count { $0 == 1 } } == batch.count)
                    #expect((mixture == nil) == (text?.contains("mix") != true))
                }
            }
            seen.append(batches)
            labels.append(given)
        }
        #expect(seen[0] == seen[1] && seen[0] == seen[2])
        #expect(labels[0] == labels[1] && labels[0] == labels[2])
        // Epochs differ exactly when images are changed.
        #expect((seen[0][0] == seen[0][2]) == (text == nil))
        // The short batch ends in nothing.
        #expect(seen[0][1].suffix(2 * 36).allSatisfy { $0 == 0 })
    }

    @Test("mixed images learn what there is to learn, and the loss says that they were mixed") func mixed() throws {
        var configuration = TrainingConfiguration(
            epochs: 15, batchSize: 8, optimizer: .adam(learningRate: 0.01), seed: 3)
        configuration.augmentation = Augmentation(.mixUp(alpha: 1))
        let session = try SmallData.session(configuration)
        let records = try TrainingSessionTests.finish(session)
        #expect((records.last?.validationAccuracy ?? 0) > 0.8)
        // Half of one label and half of another cost at least ln 2 where they differ.
        #expect((records.last?.trainLoss ?? 0) > 0.2)
    }
}
