// SPDX-License-Identifier: Apache-2.0

import COcellusThread
package import OcellusTensor

/// Whether the system starts threads. Swift's tasks and OpenMP's teams take that for granted: the one waits for ever where it
/// does not, the other ends the process.
package enum ThreadSupply {
    /// Starts that many threads at once, lets them end, and says how many there were.
    package static func started(of count: Int) -> Int {
        // Thread-safe in themselves.
        nonisolated(unsafe) let trial = Trial()
        var started = 0
        while started < count {
            let context = Unmanaged.passRetained(trial)
            let status = ocellus_thread_start(
                { context in
                    guard let context else { return }
                    let trial = Unmanaged<Trial>.fromOpaque(context).takeRetainedValue()
                    ocellus_semaphore_wait(trial.gate)
                    ocellus_semaphore_signal(trial.end)
                }, context.toOpaque())
            guard status == 0 else {
                context.release()
                break
            }
            started += 1
        }
        for _ in 0..<started { ocellus_semaphore_signal(trial.gate) }
        for _ in 0..<started { ocellus_semaphore_wait(trial.end) }
        return started
    }

    /// Throws unless the system starts that many threads.
    ///
    /// - Throws: ``ResourceError/Code/threads``.
    package static func require(_ count: Int) throws(ResourceError) {
        let started = started(of: count)
        guard started < count else { return }
        throw ResourceError(
            .threads, "the system starts too few threads.", needs: "\(count) threads beside those that run",
            received: "\(started)",
            advice: "a higher limit of processes (ulimit -u, or pids.max of the control group), or fewer --threads")
    }

    /// Lives as long as a thread that uses it.
    private final class Trial {
        let gate = ocellus_semaphore_create()
        let end = ocellus_semaphore_create()

        deinit {
            ocellus_semaphore_destroy(gate)
            ocellus_semaphore_destroy(end)
        }
    }
}
