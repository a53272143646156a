// SPDX-License-Identifier: Apache-2.0

import OcellusOneDNN
package import OcellusPlan
import OcellusReference

/// What computes: chosen by name, never by falling back.
package enum EngineChoice: String, CaseIterable, Codable, Sendable {
    /// The engine.
    case onednn
    /// Nested loops, for checking; thousands of times slower.
    case reference

    /// - Parameters:
    ///   - threads: As given by the user; `nil` decides by ``ThreadCount``.
    ///   - loaderThreads: Likewise.
    /// - Throws: ``ConfigurationError`` for an impossible thread count.
    package func make(threads: Int? = nil, loaderThreads: Int? = nil) throws -> any Backend {
        switch self {
        case .onednn:
            let threads = try ThreadCount.resolve(threads)
            return OneDNNBackend(
                threads: threads, loaderThreads: try ThreadCount.resolveLoaders(loaderThreads, computing: threads))
        case .reference: return ReferenceBackend()
        }
    }
}
