// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusData
import OcellusDatasets
import Synchronization

/// A directory that is removed with the object.
final class TemporaryDirectory {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "ocellus-datasets-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ data: Data, to name: String) throws {
        let file = url.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
    }

    func read(_ name: String) -> Data? { try? Data(contentsOf: url.appending(path: name)) }

    /// Names in the set's directory, the lock left out.
    var names: [String] {
        let path = url.appending(path: "made-up").path(percentEncoded: false)
        return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { $0 != ".lock" }.sorted()
    }
}

/// A set of two files that exists nowhere.
enum MadeUp {
    /// Larger than one piece of a transfer.
    static let large = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 * 7 + ($0 >> 9)) })
    static let small = Data("a small file".utf8)

    /// By `sha256sum`.
    static let largeFile = StandardSet.File(
        "large.bin", size: large.count, sha256: "cd3ed54b4dea7b5e373063758f5c1d38480cdc0c6435f0ce5795513ebe968c09")
    static let smallFile = StandardSet.File(
        "small.bin", size: small.count, sha256: "58831986bf022035197bd05d44de7eb9b1f5a6cac36994a862a7164c5ead0b41")

    static func set(
        _ mirrors: [String], files: [StandardSet.File] = [largeFile], installed: String? = nil
    ) -> StandardSet {
        StandardSet(
            "made-up", "two files", page: "http://127.0.0.1/", files: files, mirrors: mirrors, installed: installed,
            form: .arrays)
    }

    static func content(of path: String) -> Data { path == "/small.bin" ? small : large }

    /// Waits for nothing.
    static func fetcher(_ directory: TemporaryDirectory) -> SetFetcher {
        var fetcher = SetFetcher()
        fetcher.root = directory.url
        fetcher.pause = 0
        fetcher.patience = 20
        return fetcher
    }
}

/// What a fetcher said.
final class Events: Sendable {
    private let list = Mutex<[FetchEvent]>([])
    var all: [FetchEvent] { list.withLock { $0 } }
    var notices: [String] { all.compactMap { if case .notice(let text) = $0 { text } else { nil } } }
    func add(_ event: FetchEvent) { list.withLock { $0.append(event) } }
}
