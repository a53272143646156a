// SPDX-License-Identifier: Apache-2.0

package import OcellusData
import OcellusFiles
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Fetches published weights into the cache directory by the rules of ``SetFetcher``, when it is told to and never otherwise.
///
/// A first fetch asks the hub for the content hash of the weights (the pointer of Git LFS), and compares what comes with it. Hash
/// and size are then kept beside the files: every later fetch and check is against them, whatever the hub says by then.
package struct WeightsFetcher: Sendable {
    /// Holds a directory for each name.
    package var root = PublishedWeights.root
    /// Addresses in the hub's place that are tried before it: `timm/NAME/…` is appended.
    package var mirrors: [String] = []
    /// As in ``SetFetcher``.
    package var isOffline = false
    package var patience = 30
    package var tries = 3
    package var pause = 1.0
    /// Tried after the mirrors.
    package var hub = PublishedWeights.hub
    /// The cache of the hub's own programs, whose files are copied where they are there and right; `nil` looks nowhere.
    package var neighbour: URL? = HubCache.directory

    package init() {}

    /// What is kept of a file that was fetched.
    package struct Pin: Codable, Sendable, Hashable {
        package var name: String
        package var bytes: Int
        /// Hexadecimal.
        package var sha256: String
        /// Who stated the hash: the hub, or nobody before the first fetch.
        package var statedBy: String
    }

    private struct Pins: Codable {
        var schema = 1
        var repository: String
        var license: String
        var files: [Pin]
    }

    private static let pinFile = "pinned.json"
    /// No configuration and no pointer has a hundredth of it.
    private static let smallFile = 1 << 20

    // MARK: What is here

    package func directory(of weights: PublishedWeights) -> URL { root.appending(path: weights.name) }

    /// What was kept at the first fetch; `nil` before it.
    ///
    /// - Throws: ``FetchError/Code/wrongContent`` for a file that is damaged.
    package func pins(of weights: PublishedWeights) throws(FetchError) -> [Pin]? {
        let url = directory(of: weights).appending(path: Self.pinFile)
        guard FileManager.default.fileExists(atPath: url.path(percentEncoded: false)) else { return nil }
        func isWhole(_ pins: Pins) -> Bool {
            pins.repository == weights.repository && pins.files.map(\.name) == PublishedWeights.files
                && pins.files.allSatisfy { Self.isHash($0.sha256) && $0.bytes > 0 }
        }
        guard let data = try? AtomicFile.read(url, limit: Self.smallFile),
            let pins = try? JSONDecoder().decode(Pins.self, from: data), isWhole(pins)
        else {
            throw FetchError(
                .wrongContent, "\(url.path(percentEncoded: false)) is damaged.",
                needs: "the hashes of the files beside it, as the first fetch wrote them",
                advice: "remove the directory and fetch again")
        }
        return pins.files
    }

    /// Tells by the files' sizes, not by their content.
    package func presence(of weights: PublishedWeights) -> StandardSet.Presence {
        guard let pins = try? pins(of: weights) else { return .absent }
        return set(weights, pins).presence(in: root)
    }

    // MARK: Fetching

    /// Makes sure that the files are here, by their checksums.
    ///
    /// - Parameter report: Called on this thread.
    /// - Returns: The directory, which `ocellus import` takes.
    /// - Throws: ``FetchError``; what was received stays for the next call.
    package func fetch(
        _ weights: PublishedWeights, report: (FetchEvent) -> Void = { _ in }
    ) throws(FetchError) -> String {
        var fetcher = SetFetcher()
        fetcher.root = root
        fetcher.mirrors = mirrors.map { resolved($0, weights) }
        (fetcher.isOffline, fetcher.patience, fetcher.tries, fetcher.pause) = (isOffline, patience, tries, pause)
        if let pins = try pins(of: weights) { return try fetcher.fetch(set(weights, pins), report: report) }
        if let pins = try copied(weights, report) { return try fetcher.fetch(set(weights, pins), report: report) }
        guard !isOffline else {
            throw FetchError(
                .offline, "\(weights.name) is not on this machine, and nothing may be fetched.",
                needs: PublishedWeights.files.joined(separator: ", "), advice: "the same without --offline")
        }
        let pins = try statedHashes(of: weights, report)
        let path = try fetcher.fetch(set(weights, pins), report: report)
        try write(pins, of: weights)
        return path
    }

    /// What the hub's own programs fetched before.
    private func copied(
        _ weights: PublishedWeights, _ report: (FetchEvent) -> Void
    ) throws(FetchError) -> [Pin]? {
        guard let neighbour, FileManager.default.fileExists(atPath: neighbour.path(percentEncoded: false)) else {
            return nil
        }
        let target = directory(of: weights)
        guard let pins = try HubCache.copy(weights, from: neighbour, to: target) else { return nil }
        report(.notice("\(weights.name) is copied from \(neighbour.path(percentEncoded: false))"))
        try write(pins, of: weights)
        return pins
    }

    private func set(_ weights: PublishedWeights, _ pins: [Pin]) -> StandardSet {
        StandardSet(
            weights.name, "weights", page: weights.page,
            files: pins.map { StandardSet.File($0.name, size: $0.bytes, sha256: $0.sha256) },
            mirrors: [resolved(hub, weights)], form: .arrays)
    }

    private func resolved(_ base: String, _ weights: PublishedWeights) -> String {
        (base.hasSuffix("/") ? base : base + "/") + weights.repository + "/resolve/main/"
    }

    private func write(_ pins: [Pin], of weights: PublishedWeights) throws(FetchError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let url = directory(of: weights).appending(path: Self.pinFile)
        do {
            let data = try encoder.encode(
                Pins(repository: weights.repository, license: weights.license, files: pins))
            try AtomicFile.write(data, to: url)
        } catch {
            throw FetchError(.cannotWrite, "\(url.path(percentEncoded: false)) cannot be written.", because: "\(error)")
        }
    }

    /// What the hub says of the files: the pointer of large ones, and small ones themselves.
    private func statedHashes(
        of weights: PublishedWeights, _ report: (FetchEvent) -> Void
    ) throws(FetchError) -> [Pin] {
        var reasons: [String] = []
        for base in mirrors + [hub] {
            let root = (base.hasSuffix("/") ? base : base + "/") + weights.repository
            switch try small(root + "/raw/main/model.safetensors") {
            case .failure(let problem): reasons.append("\(base): \(problem.reason)")
            case .success(let text):
                guard let pointer = Self.pointer(text) else {
                    reasons.append("\(base): no content hash, but other text")
                    break
                }
                switch try small(root + "/resolve/main/config.json") {
                case .failure(let problem): reasons.append("\(base): \(problem.reason)")
                case .success(let config):
                    guard !config.isEmpty else {
                        reasons.append("\(base): an empty config.json")
                        break
                    }
                    var hash = SHA256()
                    hash.add(config)
                    return [
                        Pin(
                            name: "config.json", bytes: config.count, sha256: hash.hexadecimal, statedBy: "first fetch"),
                        Pin(name: "model.safetensors", bytes: pointer.size, sha256: pointer.sha256, statedBy: "hub"),
                    ]
                }
            }
            report(.notice(reasons[reasons.count - 1]))
        }
        throw FetchError(
            .failed, "\(weights.name) could not be fetched.", needs: "the hub's content hash of model.safetensors",
            because: reasons.joined(separator: "; "), advice: "again later, or another address by --mirror")
    }

    private func small(_ address: String) throws(FetchError) -> Result<Data, SmallTransfer.Problem> {
        var last = SmallTransfer.Problem(reason: "", isLasting: false)
        for request in 0..<max(1, tries) {
            if request > 0 { waitHere(seconds: pause * Double(1 << (request - 1))) }
            switch SmallTransfer.run(address, limit: Self.smallFile, patience: patience) {
            case .success(let data): return .success(data)
            case .failure(let problem):
                last = problem
                if problem.isLasting { return .failure(problem) }
            }
        }
        return .failure(last)
    }

    /// Git LFS, specification of pointers, version 1.
    static func pointer(_ data: Data) -> (sha256: String, size: Int)? {
        guard data.count < 1024, let text = String(validating: data, as: UTF8.self) else { return nil }
        let lines = text.split(separator: "\n")
        guard lines.first == "version https://git-lfs.github.com/spec/v1" else { return nil }
        func value(_ key: String) -> String? {
            let found = lines.filter { $0.hasPrefix(key) }
            return found.count == 1 ? String(found[0].dropFirst(key.count)) : nil
        }
        guard let hash = value("oid sha256:"), isHash(hash), let size = value("size ").flatMap(Int.init), size > 0,
            size <= 1 << 32
        else { return nil }
        return (hash, size)
    }

    private static func isHash(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
