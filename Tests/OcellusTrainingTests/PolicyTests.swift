// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusGraph
import OcellusModel
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusTraining

@Suite("Policies of a training") @EngineActor struct PolicyTests {
    private func epoch(_ number: Int, _ accuracy: Double?, _ loss: Double?) -> EpochRecord {
        EpochRecord(
            epoch: number, trainLoss: 1, trainAccuracy: 0.5, validationLoss: loss, validationAccuracy: accuracy,
            learningRate: 0.1, seconds: 1, imagesPerSecond: 1)
    }

    @Test("the best epoch: accuracy first, of equals the lower loss, of those the earlier")
    func best() {
        var best = BestEpoch(.best)
        let weights = (0..<6).map { Weights(parameters: [Tensor([1], [Float($0)])], buffers: []) }
        let history = [
            epoch(1, 0.5, 0.9), epoch(2, 0.5, 0.8), epoch(3, 0.5, 0.8), epoch(4, 0.75, 2), epoch(5, 0.5, 0.1),
            epoch(6, 0.75, 2.5),
        ]
        var known: EpochRecord?
        for (record, weights) in zip(history, weights) where best.takes(record, after: known, weights) {
            known = record
        }
        #expect(known?.epoch == 4 && best.weights == weights[3])
        #expect(BestEpoch.isBetter(history[1], than: history[0]) && !BestEpoch.isBetter(history[2], than: history[1]))
        #expect(!BestEpoch.isBetter(epoch(1, nil, nil), than: nil))
        // A training of an earlier program goes on by its rule.
        var earlier = BestEpoch(.best, breaksTiesByLoss: false)
        var taken: [Bool] = []
        for (position, best) in [(0, nil), (1, history[0]), (3, history[0])] as [(Int, EpochRecord?)] {
            taken.append(earlier.takes(history[position], after: best, weights[position]))
        }
        #expect(taken == [true, false, true] && earlier.weights == weights[3])
        var last = BestEpoch(.last)
        let isTaken = last.takes(history[0], after: nil, weights[0])
        #expect(isTaken && last.weights == nil)
    }

    @Test("patience counts from the last rise of the accuracy, not from a lower loss at the same one") func patience() {
        let stopping = EarlyStopping(patience: 2)
        var history = [epoch(1, 0.5, 0.9), epoch(2, 0.5, 0.8)]
        #expect(!stopping.ends(after: history))
        history.append(epoch(3, 0.5, 0.7))
        #expect(stopping.ends(after: history))
        history[2] = epoch(3, 0.6, 3)
        #expect(!stopping.ends(after: history))
        #expect(!stopping.ends(after: [epoch(1, nil, nil), epoch(2, nil, nil), epoch(3, nil, nil)]))
    }

    @Test("averaged weights by hand") func average() throws {
        // d = min(0.5, 2/11), min(0.5, 3/12), min(0.5, 4/13) … 0.5 from update 8 on.
        let averaging = WeightAveraging(decay: 0.5)
        #expect((1...9).map(averaging.share).prefix(2) == [2.0 / 11, 0.25])
        #expect(averaging.share(update: 8) == 0.5 && averaging.share(update: 1000) == 0.5)
        var average = AveragedWeights(averaging)
        for (update, value) in [(1, Float(3)), (2, 7), (3, -6)] {
            average.follow(update: update) {
                Weights(
                    parameters: [Tensor([1], [value])], buffers: [Tensor([1], [2 * value])], batchesTracked: update)
            }
        }
        // 3; 3/4 + 7·3/4 = 6; 6·4/13 − 6·9/13 = −30/13.
        let weights = try #require(average.weights)
        #expect(abs(weights.parameters[0].scalars[0] + 30.0 / 13) < 1e-6)
        #expect(abs(weights.buffers[0].scalars[0] + 60.0 / 13) < 1e-6 && weights.batchesTracked == 3)
        #expect(throws: ModelError.self) { try WeightAveraging(decay: 1).validate() }
        #expect(throws: ModelError.self) { try WeightAveraging(decay: .nan).validate() }
    }

    private static let network = Network(input: [1, 6, 6]) {
        Conv2D(4, kernelSize: 3, padding: .valid)
        BatchNorm2D()
        ReLU()
        Flatten()
        Dropout(0.2)
        Dense(3)
    }

    private func session(_ decay: Double?, resume: Checkpoint? = nil) throws -> TrainingSession {
        var configuration = TrainingSessionTests.configuration
        configuration.averaging = decay.map { WeightAveraging(decay: $0) }
        return try SmallData.session(configuration, network: Self.network, resume: resume)
    }

    @Test("training goes on with its own weights; the average is validated, is the result, and moves from them")
    func result() throws {
        let (plain, averaged) = (try session(nil), try session(0.8))
        let (first, second) = (try TrainingSessionTests.finish(plain), try TrainingSessionTests.finish(averaged))
        #expect(first.map(\.trainLoss) == second.map(\.trainLoss))
        #expect(first.map(\.validationLoss) != second.map(\.validationLoss))
        #expect(try plain.checkpoint().weights == averaged.checkpoint().weights)
        let (result, own) = (try averaged.lastWeights, try plain.lastWeights)
        #expect(result.parameters != own.parameters && result.buffers != own.buffers)
        #expect(try averaged.checkpoint().averagedWeights == result)
    }

    @Test(
        "a resume after any step gives the averages of an undisturbed run, bit for bit", arguments: [1, 5, 6, 13, 23])
    func resume(stop: Int) throws {
        let undisturbed = try session(0.8)
        _ = try TrainingSessionTests.finish(undisturbed)
        let file = FileManager.default.temporaryDirectory.appending(path: "ocellus-\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        let first = try session(0.8)
        var steps = 0
        try first.run(
            emit: { _ in },
            while: { _ in
                steps += 1
                return steps < stop
            })
        try first.checkpoint().write(to: file)
        let second = try session(0.8, resume: Checkpoint(contentsOf: file))
        _ = try TrainingSessionTests.finish(second)
        let (last, whole) = (try second.lastWeights, try undisturbed.lastWeights)
        #expect(last == whole)
        let (result, expected) = (try second.result, try undisturbed.result)
        #expect(result.weights == expected.weights && result.epoch == expected.epoch)
    }
}
