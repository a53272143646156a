// SPDX-License-Identifier: Apache-2.0

package import OcellusModel
import OcellusOneDNN
package import OcellusPlan
import OcellusReference
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What computes: chosen by name, never by falling back.
package enum EngineChoice: String, CaseIterable, Codable, Sendable {
    /// The engine.
    case onednn
    /// Nested loops, for checking; thousands of times slower.
    case reference

    /// Lets the engine's threads sleep soon when they wait: a step gets longer, but processes on the same cores do not stand
    /// still. For a process that is done before it could have started itself anew, with GNU OpenMP's environment set.
    package static func sleepSoon() { OneDNNBackend.sleepSoon() }

    /// - Parameters:
    ///   - threads: As given by the user; `nil` decides by ``ThreadCount``.
    ///   - loaderThreads: Likewise.
    ///   - precision: What products are computed in.
    ///   - algorithms: How algorithms are chosen; `nil` by the rule, and as a run or a model keeps them.
    /// - Throws: ``ConfigurationError`` for an impossible thread count, ``PlanError/Code/unsupported`` for a precision that
    ///   the processor does not compute in, ``ResourceError`` when the system starts too few threads.
    package func make(
        threads: Int? = nil, loaderThreads: Int? = nil, precision: Precision = .float32,
        algorithms: AlgorithmPolicy? = nil
    ) throws -> any Backend {
        switch self {
        case .onednn:
            let threads = try ThreadCount.resolve(threads)
            // The engine's, and those that Swift's tasks run on.
            try ThreadSupply.require(threads + ProcessInfo.processInfo.activeProcessorCount)
            return try OneDNNBackend(
                threads: threads, loaderThreads: try ThreadCount.resolveLoaders(loaderThreads, computing: threads),
                precision: precision, algorithms: .ofThisMachine(algorithms))
        case .reference: return ReferenceBackend(precision: precision)
        }
    }
}

extension EngineSettings {
    /// The engine that a run was made with.
    ///
    /// - Parameter loaderThreads: As given by the user; `nil` decides by ``ThreadCount``. They do not decide results.
    /// - Throws: As ``EngineChoice/make(threads:loaderThreads:precision:algorithms:)``, and ``ConfigurationError`` for a
    ///   backend that this program does not have.
    package func makeBackend(loaderThreads: Int? = nil) throws -> any Backend {
        guard let choice = EngineChoice(rawValue: backend) else {
            throw ConfigurationError(
                summary: "the run's backend is unknown.",
                needs: EngineChoice.allCases.map(\.rawValue).joined(separator: " or "), received: backend)
        }
        return try choice.make(
            threads: threads, loaderThreads: loaderThreads, precision: precision, algorithms: algorithms)
    }
}
