// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The cache of the Hugging Face hub's own programs on this machine, in which weights may lie already.
///
/// `models--timm--NAME/snapshots/COMMIT/FILE` is a link to `blobs/HASH`. Of a large file the blob's name is its SHA-256 as the hub
/// states it, so it can be checked without asking anybody.
enum HubCache {
    /// `HF_HUB_CACHE`, `HF_HOME/hub`, or `~/.cache/huggingface/hub`.
    static var directory: URL {
        let environment = ProcessInfo.processInfo.environment
        func folder(_ name: String) -> URL? {
            environment[name].flatMap { $0.isEmpty ? nil : URL(filePath: $0) }
        }
        return folder("HF_HUB_CACHE") ?? folder("HF_HOME")?.appending(path: "hub")
            ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache/huggingface/hub")
    }

    /// Copies the files of weights that are there and right.
    ///
    /// - Parameters:
    ///   - cache: As ``directory``.
    ///   - target: The directory that they go to.
    /// - Returns: What was copied; `nil` where something is missing or has another hash, and nothing is copied then.
    static func copy(
        _ weights: PublishedWeights, from cache: URL, to target: URL
    ) throws(FetchError) -> [WeightsFetcher.Pin]? {
        let repository = "models--" + weights.repository.replacing("/", with: "--")
        let snapshots = cache.appending(path: repository).appending(path: "snapshots")
        let commits = (try? Directory(Path(snapshots)).names()) ?? []
        for commit in commits.map(\.text).sorted() {
            let folder = snapshots.appending(path: commit)
            var pins: [WeightsFetcher.Pin] = []
            var contents: [Data] = []
            for name in PublishedWeights.files {
                let file = folder.appending(path: name)
                guard let content = try? AtomicFile.read(file, limit: 1 << 32), !content.isEmpty else { break }
                var hash = SHA256()
                hash.add(content)
                let blob = file.resolvingSymlinksInPath().lastPathComponent
                // A small file's blob has the name of its Git hash.
                guard name == "config.json" || blob == hash.hexadecimal else { break }
                pins.append(
                    WeightsFetcher.Pin(
                        name: name, bytes: content.count, sha256: hash.hexadecimal,
                        statedBy: name == "config.json" ? "first fetch" : "hub"))
                contents.append(content)
            }
            guard pins.count == PublishedWeights.files.count else { continue }
            for (pin, content) in zip(pins, contents) {
                do {
                    try AtomicFile.createDirectory(target)
                    try AtomicFile.write(content, to: target.appending(path: pin.name))
                } catch {
                    throw FetchError(
                        .cannotWrite, "\(pin.name) cannot be copied from the hub's cache.", because: "\(error)",
                        advice: "another place by XDG_CACHE_HOME")
                }
            }
            return pins
        }
        return nil
    }
}
