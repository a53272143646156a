// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusOneDNN
import OcellusPlan
import OcellusReference
import OcellusTensor
import OcellusTestSupport
import Synchronization
import Testing

@Suite("The thread of a device", .timeLimit(.minutes(2))) struct DeviceThreadTests {
    private struct Refusal: Error {}

    /// The calling thread's number; the system gives one to no two that live at the same time.
    private static var current: pthread_t { pthread_self() }

    @Test("everything runs on one thread, which is not the caller's") func one() async throws {
        let thread = DeviceThread()
        let first = try thread.wait { Self.current }
        #expect(first != Self.current)
        for _ in 0..<20 {
            #expect(try thread.wait { Self.current } == first)
            #expect(try await thread.run { Self.current } == first)
        }
        #expect(try thread.wait { try thread.wait { Self.current } } == first, "a call inside a call runs at once")
        let other = DeviceThread()
        #expect(try other.wait { try thread.wait { Self.current } } == first, "one device may wait for another")
        #expect(try other.wait { Self.current } != first)
    }

    @Test("errors of the work are the caller's, and the thread goes on") func errors() async throws {
        let thread = DeviceThread()
        #expect(throws: Refusal.self) { try thread.wait { throw Refusal() } }
        await #expect(throws: Refusal.self) { try await thread.run { throw Refusal() } }
        #expect(try thread.wait { 7 } == 7)
    }

    @Test("the work knows that its task was cancelled") func cancellation() async throws {
        let thread = DeviceThread()
        let task = Task {
            try await thread.run {
                while !Task.isCancelled { Thread.sleep(forTimeInterval: 0.001) }
                return Task.isCancelled
            }
        }
        task.cancel()
        #expect(try await task.value)
    }

    @Test("more callers than there are threads for tasks, asleep and suspended, all come back") func manyCallers()
        async throws
    {
        let thread = DeviceThread()
        let owned = DeviceOwned(thread) { Counter() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<200 {
                group.addTask {
                    if index.isMultiple(of: 2) {
                        try owned.wait { $0.count += 1 }
                    } else {
                        try await owned.run { $0.count += 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try owned.wait { $0.count } == 200)
    }

    /// Not safe to be used from two threads.
    private final class Counter {
        var count = 0
    }

    @Test("a value that cannot be made is tried again") func making() throws {
        let attempts = Mutex(0)
        let owned = DeviceOwned(DeviceThread()) {
            try attempts.withLock {
                $0 += 1
                if $0 == 1 { throw Refusal() }
            }
            return Counter()
        }
        #expect(throws: Refusal.self) { try owned.wait { $0.count } }
        try owned.wait { $0.count += 1 }
        #expect(try owned.wait { $0.count } == 1)
        #expect(attempts.withLock { $0 } == 2)
    }

    @Test(
        "a device that is gone leaves no thread behind",
        .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/task"), "the system does not list threads"))
    func end() async throws {
        let before = try Self.threads
        do {
            let devices = (0..<40).map { _ in DeviceThread() }
            for device in devices { try device.wait {} }
            #expect(try Self.threads >= before + 20)
        }
        // Other tests start and end threads meanwhile, but not forty.
        for _ in 0..<1000 where try Self.threads >= before + 20 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try Self.threads < before + 20)
    }

    /// Of the process.
    private static var threads: Int {
        get throws { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count }
    }

    private static let network = Network(input: [3, 16, 16]) {
        Conv2D(16, kernelSize: 3)
        BatchNorm2D()
        ReLU()
        MaxPool2D(2)
        Dropout(0.3)
        Flatten()
        Dense(10)
    }

    /// Weights after some steps of training.
    private static func trained(_ backend: any Backend, seed: UInt64) throws -> Weights {
        let plan = try Plan(
            network, mode: .training(Loss(), .adam(), maximumGradientNorm: 0.5), batchSize: 8, backend: backend)
        try plan.load(network.initialWeights(seed: seed))
        for step in 1...30 {
            let images = Samples.uniform([8, 3, 16, 16], seed: step)
            _ = plan.executable.withInput { $0.images.update(fromContentsOf: images.scalars.map { Float($0) }) }
            plan.executable.withInput { for index in 0..<8 { $0.labels[index] = Int32((index * step) % 10) } }
            plan.executable.settings.learningRate = 0.001
            plan.executable.settings.updateNumber = step
            plan.executable.settings.dropoutSeed = seed
            plan.executable.settings.dropoutStep = step
            _ = try plan.forwardAndLoss()
            try plan.backwardAndUpdate()
        }
        return try plan.weights()
    }

    @Test("two devices train at once to the bits that each has alone", arguments: [1, 2]) func two(threads: Int)
        async throws
    {
        func device() -> OneDNNBackend { OneDNNBackend(threads: threads, thread: DeviceThread()) }
        func train(_ device: OneDNNBackend, seed: UInt64) async throws -> Weights {
            try await device.thread.run { try Self.trained(device, seed: seed) }
        }
        let (first, second) = (device(), device())
        let alone = (try await train(first, seed: 1), try await train(second, seed: 2))
        #expect(alone.0 != alone.1)
        for _ in 0..<3 {
            async let one = train(first, seed: 1)
            async let other = train(second, seed: 2)
            let together = (try await one, try await other)
            #expect(together.0 == alone.0)
            #expect(together.1 == alone.1)
        }
    }

    @Test("what is made of a backend computes on its thread") func derived() {
        for backend in [OneDNNBackend(threads: 1, thread: DeviceThread()), ReferenceBackend(thread: DeviceThread())]
            as [any Backend]
        {
            #expect(backend.inFloat32.thread === backend.thread)
            #expect(backend.reusing(nil).thread === backend.thread)
            #expect(backend.tracking(nil).thread === backend.thread)
        }
        #expect(OneDNNBackend(threads: 1).thread === OneDNNBackend(threads: 2).thread)
    }
}
