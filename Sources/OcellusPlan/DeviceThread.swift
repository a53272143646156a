// SPDX-License-Identifier: Apache-2.0

import COcellusThread
import OcellusTensor
import Synchronization

/// The one thread on which a device compiles and runs.
///
/// GNU OpenMP keeps a spinning team for each thread that calls it, and two callers taking turns lose a third of their
/// speed; Swift's cooperative pool moves tasks between threads. So everything that owns a ``Plan`` runs here. It is not
/// `Sendable` and is made inside a call of ``run(_:)``, or lies in a ``DeviceOwned``. The thread starts at the first call and
/// ends behind the last one, when nobody can make another.
///
/// Devices with threads of their own compute at the same time, each what it computes alone.
package final class DeviceThread: Sendable {
    /// Of the devices that nobody gave another.
    package static let shared = DeviceThread()

    private let owner = Owner()

    package init() {}

    /// For an actor whose work belongs on this thread, which a call has started.
    package var unownedExecutor: UnownedSerialExecutor { owner.executor.asUnownedSerialExecutor() }

    /// Runs `body` on the thread, in the task of the caller: its cancellation can be asked for there.
    ///
    /// - Throws: What `body` throws; ``ResourceError/Code/threads``.
    package func run<Success: Sendable>(_ body: @Sendable () throws -> Success) async throws -> Success {
        try owner.executor.start()
        return try await owner.run(body)
    }

    /// As ``run(_:)`` for callers that are not asynchronous: the calling thread sleeps until the device is done.
    ///
    /// Nothing but the device's own thread is needed for that, and it waits for no other: this ends also when every thread of
    /// the cooperative pool sleeps here. On the device's own thread `body` runs at once.
    ///
    /// - Throws: What `body` throws; ``ResourceError/Code/threads``.
    package func wait<Success>(_ body: @escaping () throws -> Success) throws -> Success {
        if owner.executor.isCurrent { return try body() }
        try owner.executor.start()
        var outcome: Result<Success, any Error>?
        owner.executor.call { outcome = Result(catching: body) }
        guard let outcome else { preconditionFailure("the device's thread went on without a result") }
        return try outcome.get()
    }

    private actor Owner {
        nonisolated let executor = DeviceExecutor()
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        deinit { executor.stop() }

        func run<Success: Sendable>(_ body: @Sendable () throws -> Success) throws -> Success { try body() }
    }
}

/// A value that the thread of one device alone uses: made there at its first use, by one caller at a time.
package final class DeviceOwned<Value>: @unchecked Sendable {
    // Every use of the two below is on the thread, so that neither is ever used from two threads at once.
    private var value: Value?
    private let make: () throws -> Value
    private let thread: DeviceThread

    package init(_ thread: DeviceThread, _ make: @escaping @Sendable () throws -> Value) {
        self.thread = thread
        self.make = make
    }

    /// - Throws: What making the value or `body` throws; ``ResourceError/Code/threads``.
    package func run<Success: Sendable>(_ body: @Sendable (Value) throws -> Success) async throws -> Success {
        try await thread.run { try body(try made()) }
    }

    /// As ``DeviceThread/wait(_:)``.
    package func wait<Success>(_ body: @escaping (Value) throws -> Success) throws -> Success {
        try thread.wait { try body(try self.made()) }
    }

    private func made() throws -> Value {
        if let value { return value }
        let made = try make()
        value = made
        return made
    }
}

/// A serial executor on a thread of its own.
private final class DeviceExecutor: SerialExecutor {
    private enum Job {
        case task(UnownedJob)
        /// Of a caller that sleeps until the semaphore says that it is done.
        case call(Call)
    }
    /// Both belong to the caller, who keeps them until the call is done.
    private struct Call: @unchecked Sendable {
        let body: UnsafePointer<() -> Void>
        let done: OpaquePointer
    }
    private struct Queue {
        var jobs: [Job] = []
        var isStarted = false
        var isStopped = false
    }
    private let queue = Mutex(Queue())
    // Thread-safe in itself.
    nonisolated(unsafe) private let semaphore: OpaquePointer = ocellus_semaphore_create()

    deinit { ocellus_semaphore_destroy(semaphore) }

    func enqueue(_ job: consuming ExecutorJob) { append(.task(UnownedJob(job))) }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// Runs `body` on the thread while the calling one sleeps.
    func call(_ body: () -> Void) {
        let done: OpaquePointer = ocellus_semaphore_create()
        defer { ocellus_semaphore_destroy(done) }
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { pointer in
                append(.call(Call(body: pointer, done: done)))
                ocellus_semaphore_wait(done)
            }
        }
    }

    /// Lets the thread end when nothing is left to do.
    func stop() {
        queue.withLock { $0.isStopped = true }
        ocellus_semaphore_signal(semaphore)
    }

    /// Makes the thread, where there is none yet.
    ///
    /// - Throws: ``ResourceError/Code/threads``; the next call tries again.
    func start() throws(ResourceError) {
        try queue.withLock { (queue) throws(ResourceError) in
            guard !queue.isStarted else { return }
            // The thread keeps the executor until it ends.
            let context = Unmanaged.passRetained(self)
            let status = ocellus_thread_start(
                { context in
                    guard let context else { return }
                    Unmanaged<DeviceExecutor>.fromOpaque(context).takeRetainedValue().loop()
                }, context.toOpaque())
            guard status == 0 else {
                context.release()
                throw ResourceError(
                    .threads, "the system does not start the thread that computes.", needs: "one thread more",
                    received: "status \(status) of pthread_create",
                    advice: "a higher limit of processes (ulimit -u, or pids.max of the control group), or of memory")
            }
            queue.isStarted = true
        }
    }

    /// Whether the calling thread is this executor's.
    var isCurrent: Bool { ocellus_thread_owner() == UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }

    private func append(_ job: Job) {
        queue.withLock { $0.jobs.append(job) }
        ocellus_semaphore_signal(semaphore)
    }

    private func loop() {
        ocellus_thread_set_owner(Unmanaged.passUnretained(self).toOpaque())
        while true {
            ocellus_semaphore_wait(semaphore)
            let (job, isStopped) = queue.withLock { queue in
                (queue.jobs.isEmpty ? nil : queue.jobs.removeFirst(), queue.isStopped)
            }
            switch job {
            case .task(let job): job.runSynchronously(on: asUnownedSerialExecutor())
            case .call(let call):
                Self.make(call.body)
                ocellus_semaphore_signal(call.done)
            case nil where isStopped: return
            case nil: continue
            }
        }
    }

    /// Apart, so that nothing of the body is held when its caller wakes up.
    @inline(never)
    private static func make(_ body: UnsafePointer<() -> Void>) { body.pointee() }
}
