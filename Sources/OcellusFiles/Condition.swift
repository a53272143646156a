// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A lock whose holders can wait until another has changed what it guards.
package final class Condition: Sendable {
    // Initialised once; the system's calls on them exclude each other.
    nonisolated(unsafe) private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    nonisolated(unsafe) private let signal = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init() {
        // Neither fails without attributes (POSIX, pthread_mutex_init).
        mutex.initialize(to: pthread_mutex_t())
        signal.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(signal, nil)
    }

    deinit {
        pthread_cond_destroy(signal)
        pthread_mutex_destroy(mutex)
        signal.deallocate()
        mutex.deallocate()
    }

    package func lock() { pthread_mutex_lock(mutex) }
    package func unlock() { pthread_mutex_unlock(mutex) }

    /// Releases the lock until ``broadcast()``, and has it again afterwards. May also return without one.
    package func wait() { pthread_cond_wait(signal, mutex) }

    package func broadcast() { pthread_cond_broadcast(signal) }
}
