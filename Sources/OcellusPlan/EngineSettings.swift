// SPDX-License-Identifier: Apache-2.0

package import OcellusModel

/// What computes, and how: one value from the command line into a run's configuration and back.
package struct EngineSettings: Hashable, Codable, Sendable, CustomStringConvertible {
    /// `onednn` or `reference`, as on the command line.
    package var backend: String
    package var threads: Int
    package var precision: Precision
    /// `nil` for the rule of the shapes, and for what a run or a model keeps.
    package var algorithms: AlgorithmPolicy?

    package init(
        backend: String, threads: Int, precision: Precision = .float32, algorithms: AlgorithmPolicy? = nil
    ) {
        self.backend = backend
        self.threads = threads
        self.precision = precision
        self.algorithms = algorithms
    }

    /// - Parameter algorithms: As a person asked for them: the backend does not tell a rule that was asked for from one
    ///   that holds because nothing was.
    package init(_ backend: any Backend, algorithms: AlgorithmPolicy? = nil) {
        self.init(
            backend: backend.name, threads: backend.threads, precision: backend.precision, algorithms: algorithms)
    }

    /// Whether the backend is this engine. Algorithms play no part: what was chosen is kept and compared by itself.
    package func describes(_ backend: any Backend) -> Bool {
        self == EngineSettings(backend, algorithms: algorithms)
    }

    package var description: String { "\(backend) with \(threads) threads in \(precision)" }
}
