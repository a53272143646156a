// SPDX-License-Identifier: Apache-2.0

package import OcellusData
package import OcellusModel
package import OcellusPlan
import OcellusTensor

/// A training that is made a piece at a time to see how fast it is, so that several can take turns.
package final class TrainingMeter {
    private let session: TrainingSession

    /// - Parameters:
    ///   - images: Of the network's size; they train, and nothing validates.
    ///   - configuration: Its end does not matter.
    package init(
        _ network: Network, images: ImageSet, configuration: TrainingConfiguration, backend: any Backend
    ) throws {
        var configuration = configuration
        (configuration.epochs, configuration.steps) = (1_000_000, nil)
        // What the training does early stopping by is not there.
        configuration.patience = nil
        session = try TrainingSession(
            network: network, configuration: configuration,
            preprocessing: Preprocessing(width: images.shape[2], height: images.shape[1], channels: images.shape[0]),
            train: images, validation: nil, backend: backend)
    }

    /// Bytes that the training holds.
    package var memory: Int { session.memory }

    /// Trains on for a while.
    ///
    /// - Parameter seconds: Of the wall clock; at least one step is made.
    /// - Returns: Mean seconds of one step as a training counts them: loading included, evaluation left out.
    package func stepSeconds(during seconds: Double) throws -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        var (spent, steps, before) = (0.0, 0, session.state.epochSeconds)
        try session.run(
            emit: { _ in },
            while: { session in
                // The epoch's clock begins anew behind its last step.
                let ended = session.state.step == 0 ? session.state.history.last?.seconds : nil
                spent += (ended ?? session.state.epochSeconds) - before
                steps += 1
                before = session.state.epochSeconds
                return (clock.now - start).seconds < seconds
            })
        return spent / Double(max(1, steps))
    }
}
