// SPDX-License-Identifier: Apache-2.0

import OcellusPlan

/// Runs tests that own plans on the thread of the shared device, one after the other: on a machine with few cores, teams of
/// several threads would only wait for each other.
@globalActor
package actor EngineActor {
    package static let shared = EngineActor()
    package nonisolated var unownedExecutor: UnownedSerialExecutor { DeviceThread.shared.unownedExecutor }

    private init() {
        precondition((try? DeviceThread.shared.wait {}) != nil, "the tests need a thread that computes")
    }

    /// Runs `body` between two tests.
    package static func run<Success: Sendable>(
        _ body: @EngineActor @Sendable () throws -> Success
    ) async rethrows -> Success {
        try await body()
    }
}
