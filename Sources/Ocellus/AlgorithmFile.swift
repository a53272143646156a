// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusData
import OcellusFiles
package import OcellusOneDNN
package import OcellusPlan
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// What was measured on this machine, for later processes: a JSON file for each machine and version of the engine.
///
/// Processes that write at the same time wait for each other, and the first choice for a convolution stays. A file that
/// cannot be used is said and written anew.
package struct AlgorithmFile: AlgorithmCache {
    package let url: URL
    private let machine: String

    private struct Content: Codable {
        struct Choice: Codable {
            var algorithm: String
            /// What was measured, by algorithm.
            var microseconds: [String: Double]
        }
        var schema = 1
        var machine: String
        var choices: [String: Choice] = [:]
    }

    /// More than any machine has networks for; a file of another kind is not read to its end.
    private static let limit = 16 << 20

    /// - Parameter directory: Need not exist.
    package init(in directory: URL, machine: String) {
        self.machine = machine
        // FNV-1a: the machine's own name stands in the file.
        let hash = machine.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        url = directory.appending(path: String(hash, radix: 16) + ".json")
    }

    /// The file of this machine in the user's cache.
    package static func ofThisMachine(_ machine: String) -> AlgorithmFile {
        AlgorithmFile(in: ImageCache.directory.appending(path: "algorithms"), machine: machine)
    }

    package func read() -> (choices: [String: String], notice: String?) {
        do {
            return (try content().choices.mapValues(\.algorithm), nil)
        } catch {
            return ([:], unusable(error))
        }
    }

    package func add(_ algorithm: String, for key: String, seconds: [String: Double]) throws -> String {
        try AtomicFile.createDirectory(url.deletingLastPathComponent())
        let lock = try lock()
        defer { withExtendedLifetime(lock) {} }
        AtomicFile.removeLeftovers(in: url.deletingLastPathComponent())
        // What could not be used was said when it was read.
        var content = (try? content()) ?? Content(machine: machine)
        if let known = content.choices[key]?.algorithm, seconds[known] != nil { return known }
        content.choices[key] = Content.Choice(
            algorithm: algorithm, microseconds: seconds.mapValues { ($0 * 1e8).rounded() / 100 })
        try AtomicFile.write(Data((try CanonicalJSON.encode(content) + "\n").utf8), to: url)
        return algorithm
    }

    /// Waits while another process has the file.
    private func lock() throws -> FileLock {
        let path = url.appendingPathExtension("lock").path(percentEncoded: false)
        do {
            return try FileLock(file: Path(path))
        } catch {
            throw FileError.writing(path, error.number)
        }
    }

    private func content() throws -> Content {
        let path = url.path(percentEncoded: false)
        guard FileManager.default.fileExists(atPath: path) else { return Content(machine: machine) }
        let text = String(decoding: try AtomicFile.read(url, limit: Self.limit), as: UTF8.self)
        let content = try CanonicalJSON.decode(Content.self, from: text, what: path)
        guard content.schema == 1, content.machine == machine else {
            throw ArchiveError(
                .foreignFormat, "\(path) is of another machine or version.", needs: machine, received: content.machine)
        }
        return content
    }

    private func unusable(_ error: any Error) -> String {
        let reason = (error as? any OcellusError)?.summary ?? "\(error)"
        return "the algorithms measured earlier cannot be used, so they are measured anew: \(reason)"
    }
}

extension AlgorithmBook {
    /// The choices of the engine on this machine.
    ///
    /// - Parameters:
    ///   - policy: `nil` takes the rule, and what a run or a model keeps.
    package static func ofThisMachine(_ policy: AlgorithmPolicy?) -> AlgorithmBook {
        let machine = "\(Processor.name); \(OneDNNBackend.details) version \(OneDNNBackend.kernelsVersion)"
        return AlgorithmBook(
            policy ?? .fixed, machine: machine, reuses: policy != .fixed,
            cache: policy == .measured ? AlgorithmFile.ofThisMachine(machine) : nil)
    }
}

/// What the processor is called.
private enum Processor {
    /// The kernel's name and numbers of the first processor, without what differs between two of a kind.
    static var name: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let fields = ["model name", "cpu family", "model", "CPU implementer", "CPU part"]
        let values = text.split(separator: "\n").prefix(40).compactMap { line -> String? in
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmed }
            return parts.count == 2 && fields.contains(parts[0]) ? parts[1] : nil
        }
        return values.isEmpty ? "unknown processor" : values.prefix(3).joined(separator: " ")
    }
}
