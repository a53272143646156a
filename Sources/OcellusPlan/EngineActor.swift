// SPDX-License-Identifier: Apache-2.0

import COcellusThread
import Synchronization

/// The one thread of the process that runs plans.
///
/// GNU OpenMP keeps a spinning team for each thread that calls it, and two callers taking turns lose a third of their
/// speed; Swift's cooperative pool moves tasks between threads. So everything that owns a ``Plan`` runs here.
@globalActor
package actor EngineActor {
    package static let shared = EngineActor()
    private nonisolated let executor = EngineExecutor()
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Runs `body` on the engine's thread.
    package static func run<Result: Sendable>(
        _ body: @EngineActor @Sendable () throws -> Result
    ) async rethrows -> Result {
        try await body()
    }

    /// As ``run(_:)`` for callers that are not asynchronous: the calling thread sleeps until the engine is done.
    ///
    /// The engine's thread never waits for others, so this cannot deadlock even when every thread of the cooperative
    /// pool sleeps here. On the engine's own thread `body` runs at once.
    package static func wait<Success: Sendable>(
        _ body: @escaping @EngineActor @Sendable () throws -> Success
    ) throws -> Success {
        if shared.executor.isCurrent {
            // As in MainActor.assumeIsolated: the thread is the actor's, which the type cannot say.
            return try unsafeBitCast(body, to: (() throws -> Success).self)()
        }
        // Used by the two threads below only, and thread-safe in itself.
        nonisolated(unsafe) let semaphore = ocellus_semaphore_create()
        defer { ocellus_semaphore_destroy(semaphore) }
        let outcome = Outcome<Success>()
        Task { @EngineActor in
            let result = Result { try body() }
            outcome.result.withLock { $0 = result }
            ocellus_semaphore_signal(semaphore)
        }
        ocellus_semaphore_wait(semaphore)
        guard let result = outcome.result.withLock({ $0 }) else {
            preconditionFailure("the engine signalled without a result")
        }
        return try result.get()
    }
}

/// What the engine's thread hands to one that sleeps.
private final class Outcome<Success: Sendable>: Sendable {
    let result = Mutex<Result<Success, any Error>?>(nil)
}

/// A serial executor on a thread of its own.
private final class EngineExecutor: SerialExecutor {
    private struct Queue {
        var jobs: [UnownedJob] = []
        var isStarted = false
    }
    private let queue = Mutex(Queue())
    // Made once, never freed and thread-safe in itself.
    nonisolated(unsafe) private let semaphore = ocellus_semaphore_create()

    func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        let starts = queue.withLock { queue in
            queue.jobs.append(unowned)
            defer { queue.isStarted = true }
            return !queue.isStarted
        }
        if starts { start() }
        ocellus_semaphore_signal(semaphore)
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    private func start() {
        // The executor lives as long as the process, like the actor that owns it.
        let context = Unmanaged.passRetained(self).toOpaque()
        let status = ocellus_thread_start(
            { context in
                guard let context else { return }
                Unmanaged<EngineExecutor>.fromOpaque(context).takeUnretainedValue().loop()
            }, context)
        precondition(status == 0, "the system refused to start a thread (status \(status))")
    }

    /// Whether the calling thread is this executor's.
    var isCurrent: Bool { ocellus_thread_owner() == UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }

    private func loop() {
        ocellus_thread_set_owner(Unmanaged.passUnretained(self).toOpaque())
        while true {
            ocellus_semaphore_wait(semaphore)
            let job = queue.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
            job?.runSynchronously(on: asUnownedSerialExecutor())
        }
    }
}
