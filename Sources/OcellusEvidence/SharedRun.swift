// SPDX-License-Identifier: Apache-2.0

package import OcellusPlan
import OcellusTensor
import OcellusTraining

/// A run on disk whose cells several processes make at once. It is only read here but for its cells: record and configuration
/// are written by who has the run.
package struct SharedRun: Sendable {
    private enum Kind: Sendable {
        case comparison(Comparison)
        case evidence(EvidenceRun)
    }
    private var kind: Kind

    package enum Event: Sendable {
        case comparison(ComparisonEvent)
        case evidence(EvidenceRun.Event)
    }

    /// How far a run is.
    package struct State: Sendable {
        package var directory: String
        /// The command that began the run.
        package var verb: String
        package var finished: Int
        package var planned: Int
    }

    /// What tells runs apart.
    private struct Outline: Decodable {
        var kind: String?
        var networks: [Unread]?
        struct Unread: Decodable {}
    }

    /// - Parameter backend: Makes the one of the run.
    /// - Throws: ``TrainingError/Code/notARun`` for a directory that is none or has no cells; as resuming the run does where
    ///   this machine, these images or this version would give other results.
    package static func open(
        _ path: String, backend: (EngineSettings) throws -> any Backend
    ) async throws -> SharedRun {
        let directory = try RunDirectory.open(path)
        let outline = try directory.configuration(Outline.self)
        if outline.kind == "evidence" {
            let configuration = try EvidenceRun.configuration(of: directory)
            return SharedRun(
                kind: .evidence(
                    try await EvidenceRun.resume(
                        directory, images: try await configuration.data.open(),
                        backend: try backend(configuration.engine))))
        }
        guard outline.networks != nil else {
            throw TrainingError(
                .notARun, "\(directory.path) has no cells.", needs: "the directory of a comparison or an evidence run",
                received: "that of a single training", advice: "ocellus train --resume \(directory.path)")
        }
        let configuration = try Comparison.configuration(of: directory)
        return SharedRun(
            kind: .comparison(
                try Comparison.resume(
                    directory, images: try await configuration.data.open(),
                    backend: try backend(configuration.engine))))
    }

    /// Seconds between checkpoints of a training under way, where it writes any.
    package var checkpointInterval: Double {
        get { if case .comparison(let comparison) = kind { comparison.checkpointInterval } else { 0 } }
        set {
            guard case .comparison(var comparison) = kind else { return }
            comparison.checkpointInterval = newValue
            kind = .comparison(comparison)
        }
    }

    /// Takes the cells that this run lacks from a copy of it, on which another machine worked.
    ///
    /// - Returns: How many.
    /// - Throws: ``EvidenceError/Code/differentPlan`` for another run; errors of files.
    package func merge(_ path: String) throws -> Int {
        switch kind {
        case .comparison(let comparison): try comparison.merge(path)
        case .evidence(let run): try run.merge(path)
        }
    }

    /// Makes cells that nobody has, until everything is made, by whomever.
    ///
    /// - Parameters:
    ///   - deadline: When to end; `nil` for no end.
    ///   - shouldStop: Asked where nothing is lost; `true` throws ``TrainingError/Code/interrupted``.
    ///   - report: Gets what happens, in order.
    package func makeCells(
        until deadline: ContinuousClock.Instant? = nil, shouldStop: @escaping @Sendable () -> Bool = { false },
        report: @escaping @Sendable (Event) -> Void = { _ in }
    ) async throws -> State {
        switch kind {
        case .comparison(let comparison):
            let count = try await comparison.makeCells(
                until: deadline, shouldStop: shouldStop, report: { report(.comparison($0)) })
            return State(
                directory: comparison.directory.path, verb: "compare", finished: count.finished, planned: count.of)
        case .evidence(let run):
            let count = try await run.makeCells(
                until: deadline, shouldStop: shouldStop, report: { report(.evidence($0)) })
            return State(directory: run.directory.path, verb: "evidence", finished: count.finished, planned: count.of)
        }
    }
}
