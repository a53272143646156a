// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Ctrl-C and SIGTERM: the first asks for a clean stop, the second ends the process at once.
enum StopRequest {
    private static let signal = Atomic<Int32>(0)

    /// The signal that asked to stop; `nil` when none did.
    static var received: Int32? {
        let value = signal.load(ordering: .relaxed)
        return value == 0 ? nil : value
    }

    /// Whether work should stop at the next point where nothing is lost.
    static var isPending: Bool { received != nil }

    static func install() {
        // Touched here so that the handler finds it initialised.
        signal.store(0, ordering: .relaxed)
        for number in [SIGINT, SIGTERM] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                let (first, _) = StopRequest.signal.compareExchange(
                    expected: 0, desired: number, ordering: .relaxed)
                if !first { _exit(128 + number) }
            }
            sigaction(number, &action, nil)
        }
    }
}
