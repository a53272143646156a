// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The one place that decides how many threads compute, and how many read images beside them.
package enum ThreadCount {
    /// Variables that set the number, the first that is set wins. Both are numbers in `allowed`.
    package static let variables = ["OCELLUS_THREADS", "OMP_NUM_THREADS"]

    /// More is no number of threads.
    package static let allowed = 1...1024

    /// The flag, else `OCELLUS_THREADS`, else `OMP_NUM_THREADS`, else the processors that the process may run on and the
    /// control groups' CPU quota allows.
    ///
    /// - Parameters:
    ///   - flag: As given by the user.
    ///   - environment: The process's variables.
    ///   - processors: That the process may run on.
    ///   - quota: Whole processors that the control groups grant; `nil` without a limit.
    /// - Throws: ``ConfigurationError`` when the flag or a variable is not a number in 1 ... 1024.
    package static func resolve(
        _ flag: Int?, environment: [String: String] = ProcessInfo.processInfo.environment,
        processors: Int = ProcessInfo.processInfo.activeProcessorCount, quota: Int? = CPUQuota.current()
    ) throws(ConfigurationError) -> Int {
        if let flag { return try checked(flag, "--threads", "\(flag)") }
        for name in variables {
            guard let text = environment[name], !text.isEmpty else { continue }
            // OpenMP allows one number for each nesting level; the first counts here.
            let first = text.prefix { $0 != "," }.trimmed
            return try checked(Int(first), name, text)
        }
        return min(max(1, min(processors, quota ?? processors)), allowed.upperBound)
    }

    /// Sets the number of threads that read and decode images, 0 … 1024.
    package static let loaderVariable = "OCELLUS_LOADER_THREADS"

    /// The flag, else `OCELLUS_LOADER_THREADS`, else as many as compute: either kind can then use every processor while
    /// the other waits.
    ///
    /// - Parameters:
    ///   - flag: As given by the user; 0 for none of their own.
    ///   - computing: What ``resolve(_:environment:processors:quota:)`` gave.
    /// - Throws: ``ConfigurationError`` when the flag or the variable is not a number in 0 ... 1024.
    package static func resolveLoaders(
        _ flag: Int?, computing: Int, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ConfigurationError) -> Int {
        let allowed = 0...allowed.upperBound
        if let flag { return try checked(flag, "--loader-threads", "\(flag)", allowed) }
        guard let text = environment[loaderVariable], !text.isEmpty else { return computing }
        return try checked(Int(text.trimmed), loaderVariable, text, allowed)
    }

    private static func checked(
        _ value: Int?, _ source: String, _ text: String, _ allowed: ClosedRange<Int> = allowed
    ) throws(ConfigurationError) -> Int {
        guard let value, allowed.contains(value) else {
            throw ConfigurationError(
                summary: "\(source) is not a number of threads.",
                needs: "\(allowed.lowerBound) to \(allowed.upperBound)", received: text)
        }
        return value
    }
}

/// What Linux's control groups grant of the processors' time.
///
/// A group is bound by its own quota and by those of all groups that hold it.
package enum CPUQuota {
    /// Whole processors granted, at least 1; `nil` without a limit and on other systems.
    ///
    /// A quota of 2.5 processors gives 2: a third thread would be stopped for half of the time, and the others wait for it.
    ///
    /// - Parameter root: Where the system's files lie; another folder in tests.
    package static func current(root: String = "") -> Int? {
        let quotas = ControlGroups(controller: "cpu", root: root).folders.compactMap { folder in
            switch folder {
            // "max period" or "quota period".
            case .unified(let path):
                let parts = (ControlGroups.text("\(path)/cpu.max") ?? "").split(whereSeparator: \.isWhitespace)
                return parts.count == 2 ? ratio(Double(parts[0]), Double(parts[1])) : nil
            // A file for the quota, -1 without one, and one for the period.
            case .divided(let path):
                return ratio(
                    ControlGroups.number("\(path)/cpu.cfs_quota_us"), ControlGroups.number("\(path)/cpu.cfs_period_us"))
            }
        }
        return quotas.min().map { $0 < 1 ? 1 : Int($0.rounded(.down)) }
    }

    private static func ratio(_ quota: Double?, _ period: Double?) -> Double? {
        guard let quota, let period, quota > 0, period > 0 else { return nil }
        let processors = quota / period
        return processors < Double(ThreadCount.allowed.upperBound) ? processors : nil
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
