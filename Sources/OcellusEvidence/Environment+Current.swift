// SPDX-License-Identifier: Apache-2.0

import OcellusModel
package import OcellusPlan
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension ComparisonRecord.Environment {
    /// This machine and this program.
    package static func current(backend: any Backend) -> ComparisonRecord.Environment {
        let process = ProcessInfo.processInfo
        return ComparisonRecord.Environment(
            processor: processorName ?? "unknown processor", cores: process.activeProcessorCount,
            memory: Int(clamping: process.physicalMemory), system: systemName, swift: compiler,
            ocellus: OcellusVersion.current, backend: backend.name, backendDetails: backend.details,
            threads: backend.threads, precision: backend.precision.rawValue)
    }

    /// The first processor's name as the kernel gives it; `nil` where there is no such file.
    private static var processorName: String? {
        let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
        for line in (text ?? "").split(separator: "\n") where line.hasPrefix("model name") {
            return line.split(separator: ":", maxSplits: 1).last.map { $0.trimmed }
        }
        return nil
    }

    /// `Debian GNU/Linux 12 (bookworm), x86_64`
    private static var systemName: String {
        let release = try? String(contentsOfFile: "/etc/os-release", encoding: .utf8)
        let name = (release ?? "").split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
            .map { $0.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" } }
        #if arch(x86_64)
            let architecture = "x86_64"
        #elseif arch(arm64)
            let architecture = "arm64"
        #else
            let architecture = "another architecture"
        #endif
        return "\(name ?? ProcessInfo.processInfo.operatingSystemVersionString), \(architecture)"
    }

    /// The compiler tells its version only by conditions.
    private static var compiler: String {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3)
            "6.3"
        #elseif compiler(>=6.2)
            "6.2"
        #else
            "6.1"
        #endif
    }
}
