// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusOneDNN
package import OcellusPlan
import OcellusReference
import OcellusTensor

/// What computes: chosen by name, never by falling back.
package enum EngineChoice: String, CaseIterable, Codable, Sendable {
    /// The engine.
    case onednn
    /// Nested loops, for checking; thousands of times slower.
    case reference

    /// - Parameter threads: As given by the user; `nil` decides by ``ThreadCount``.
    /// - Throws: ``ConfigurationError`` for an impossible thread count.
    package func make(threads: Int? = nil) throws -> any Backend {
        switch self {
        case .onednn: OneDNNBackend(threads: try ThreadCount.resolve(threads))
        case .reference: ReferenceBackend()
        }
    }
}

/// The one place that decides how many threads compute.
package enum ThreadCount {
    /// The flag, else `OCELLUS_THREADS`, else `OMP_NUM_THREADS`, else the control group's CPU quota, else all cores.
    ///
    /// - Throws: ``ConfigurationError`` when the flag or a variable is not a number in 1 ... 1024.
    package static func resolve(
        _ flag: Int?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> Int {
        if let flag { return try checked(flag, "--threads", "\(flag)") }
        for name in ["OCELLUS_THREADS", "OMP_NUM_THREADS"] {
            guard let text = environment[name], !text.isEmpty else { continue }
            // OpenMP allows one number for each nesting level; the first counts here.
            let first = text.split(separator: ",").first.map { $0.trimmingCharacters(in: .whitespaces) } ?? text
            return try checked(Int(first), name, text)
        }
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return min(cores, quota() ?? cores)
    }

    private static func checked(_ value: Int?, _ source: String, _ text: String) throws(ConfigurationError) -> Int {
        guard let value, (1...1024).contains(value) else {
            throw ConfigurationError(
                summary: "\(source) is not a number of threads.", needs: "1 to 1024", received: text)
        }
        return value
    }

    /// Whole cores that the control group (version 2) of this process grants; `nil` without a limit.
    private static func quota() -> Int? {
        guard let text = try? String(contentsOfFile: "/sys/fs/cgroup/cpu.max", encoding: .utf8) else { return nil }
        let parts = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard parts.count == 2, let quota = Double(parts[0]), let period = Double(parts[1]), period > 0 else {
            return nil
        }
        return max(1, Int((quota / period).rounded(.down)))
    }
}

/// An environment variable or a flag that cannot be used.
package struct ConfigurationError: OcellusError, Equatable {
    package var summary: String
    package var needs: String?
    package var received: String?
    package var code: String { "configuration.invalid" }
    package var exitClass: ExitClass { .configuration }
}
