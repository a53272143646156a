// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Synchronization
import Testing

@testable import OcellusOneDNN

@Suite("AlgorithmBook") struct AlgorithmBookTests {
    private struct Forgetful: AlgorithmCache {
        struct Failure: Error {}
        func read() -> (choices: [String: String], notice: String?) { ([:], "the file is broken") }
        func add(_ algorithm: String, for key: String, seconds: [String: Double]) throws -> String { throw Failure() }
    }

    private func task(_ direction: ConvolutionDirection = .forward, batchSize: Int = 2) throws -> ConvolutionTask {
        let layer = Conv2D(32, kernelSize: 3)
        let convolution = Convolution(
            geometry: try layer.geometry(for: [batchSize, 32, 8, 8]), inputChannels: 32, outputChannels: 32, groups: 1,
            hasBias: true)
        return ConvolutionTask(
            direction, of: convolution, batchSize: batchSize, precision: .float32, threads: 2,
            keepsFilters: false)
    }

    private func choose(
        _ book: AlgorithmBook, _ task: ConvolutionTask, _ candidates: [ConvolutionAlgorithm] = [.winograd, .direct]
    ) throws -> AlgorithmChoice {
        try book.choose(task, among: candidates) { (_, _) throws(PlanError) in
            throw PlanError(.invalid, "the backend's own timer was asked")
        }
    }

    @Test("takes what was fastest, asks once, and names what it was asked for")
    func fastest() throws {
        let planted = PlantedTimer { task, algorithm in (task.batchSize == 2) == (algorithm == .direct) ? 1 : 3 }
        let book = planted.book()
        #expect(try choose(book, task()) == AlgorithmChoice(.direct, .measured))
        #expect(try choose(book, task()) == AlgorithmChoice(.direct, .measured))
        #expect(try choose(book, task(batchSize: 4)) == AlgorithmChoice(.winograd, .measured))
        #expect(planted.asked == 2)
        #expect(
            try task().key
                == "forward, 2x32x8x8, to 32, kernel 3x3, stride 1x1, dilation 1x1, padding 1 1 1 1, groups 1, float32, threads 2"
        )
        let notices = book.takeNotices()
        #expect(
            notices.count == 1 && notices[0].hasPrefix("measured the algorithms of 2 convolutions and gradients in"))
        #expect(book.takeNotices() == [])
        // Nothing to choose from, nothing measured.
        #expect(try choose(book, task(batchSize: 9), [.direct]) == AlgorithmChoice(.direct, .fixed))
        #expect(planted.asked == 2)
    }

    @Test("the rule's choice stays unless another is clearly faster") func hysteresis() throws {
        #expect(AlgorithmBook.fastest([.winograd: 1, .direct: 0.96, .matrix: 5], rule: .winograd) == .winograd)
        #expect(AlgorithmBook.fastest([.winograd: 1, .direct: 0.94, .matrix: 5], rule: .winograd) == .direct)
        #expect(AlgorithmBook.fastest([.winograd: 1, .direct: 0.5, .matrix: 0.5], rule: .winograd) == .direct)
        // What could not be made has no time; without one for the rule's there is nothing to compare with.
        #expect(AlgorithmBook.fastest([.direct: 1], rule: .winograd) == .winograd)
        #expect(AlgorithmBook.fastest([:], rule: .direct) == .direct)
    }

    @Test("the rule measures nothing") func fixed() throws {
        let book = PlantedTimer(fastest: [.forward: .direct]).book(.fixed)
        #expect(try choose(book, task()) == AlgorithmChoice(.winograd, .fixed))
        #expect(book.table == nil && book.tracking(nil).table == nil && !book.isActive)
    }

    @Test("what a run or a model keeps comes first, with the rule for what it does not keep") func stored() throws {
        let planted = PlantedTimer(fastest: [.forward: .direct, .inputGradient: .direct])
        let run = planted.book().tracking(nil)
        #expect(try choose(run, task()) == AlgorithmChoice(.direct, .measured))
        let table = try #require(run.table)
        #expect(table == AlgorithmTable(machine: "test", choices: [try task().key: "direct"]))
        // Another process, where something else is the fastest.
        let later = PlantedTimer(fastest: [.forward: .winograd, .inputGradient: .direct]).book()
        let resumed = later.tracking(table)
        #expect(try choose(resumed, task()) == AlgorithmChoice(.direct, .stored))
        #expect(try choose(resumed, task(.inputGradient)) == AlgorithmChoice(.direct, .measured))
        #expect(resumed.table?.choices.count == 2)
        // A model read without being asked to measure; and where a person asks for the rule.
        let model = AlgorithmBook(.fixed, machine: "test").reusing(table)
        #expect(try choose(model, task()) == AlgorithmChoice(.direct, .stored))
        #expect(try choose(model, task(.inputGradient)) == AlgorithmChoice(.winograd, .fixed))
        let ruled = AlgorithmBook(.fixed, machine: "test", reuses: false).reusing(table)
        #expect(try choose(ruled, task()) == AlgorithmChoice(.winograd, .fixed))
        #expect(model.takeNotices() == [] && ruled.takeNotices() == [])
        // What a finished training hands on measures nothing more.
        let closed = resumed.reusing(table, policy: .fixed)
        #expect(try choose(closed, task(.weightGradient)) == AlgorithmChoice(.winograd, .fixed))
    }

    @Test("the choices of another machine, or impossible ones, are said and made anew") func otherMachine() throws {
        let table = AlgorithmTable(machine: "an older one", choices: [try task().key: "direct"])
        let book = AlgorithmBook(.fixed, machine: "test").reusing(table)
        #expect(try choose(book, task()) == AlgorithmChoice(.winograd, .fixed))
        let notices = book.takeNotices()
        #expect(notices.count == 1)
        #expect(notices[0].contains("on another machine (an older one) than this (test)"))

        for name in ["matrix", "strassen"] {
            let planted = PlantedTimer(fastest: [.forward: .direct])
            let table = AlgorithmTable(machine: "test", choices: [try task().key: name])
            let book = planted.book().reusing(table)
            #expect(try choose(book, task()) == AlgorithmChoice(.direct, .measured))
            let notices = book.takeNotices()
            #expect(
                notices.contains { $0.contains("the stored algorithm \"\(name)\" cannot be made here (forward, 2x32") })
            #expect(book.table?.choices == [try task().key: "direct"])
        }
    }

    @Test("a cache that fails is said, and the choice holds for the process") func failingCache() throws {
        let planted = PlantedTimer(fastest: [.forward: .direct])
        let book = planted.book(cache: Forgetful())
        #expect(try choose(book, task()).algorithm == .direct)
        #expect(try choose(book, task()).algorithm == .direct)
        #expect(planted.asked == 1)
        let notices = book.takeNotices()
        #expect(notices.contains("the file is broken"))
        #expect(notices.contains { $0.hasPrefix("measured algorithms cannot be kept for the next run: ") })
    }

    @Test("every choice of a run is kept as soon as it is made") func keeping() throws {
        let kept = Mutex<[AlgorithmTable]>([])
        let planted = PlantedTimer(fastest: [.forward: .direct])
        let run = planted.book().reusing(nil) { table in kept.withLock { $0.append(table) } }
        // A training of the run, which tracks its own.
        let training = run.tracking(nil)
        _ = try choose(training, task())
        _ = try choose(training, task())
        _ = try choose(run.tracking(nil), task(.inputGradient))
        let tables = kept.withLock { $0 }
        #expect(tables.map(\.choices.count) == [1, 2])
        #expect(training.table?.choices.count == 1)

        struct Full: Error {}
        let failing = planted.book().reusing(nil) { _ in throw Full() }
        #expect(try choose(failing, task()).algorithm == .direct)
        #expect(failing.takeNotices().contains { $0.hasPrefix("the choice of algorithms cannot be kept in the run") })
    }
}
