// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusTensor
import Testing

@testable import OcellusArchive

/// A directory of its own for one test, removed afterwards.
final class Scratch {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "ocellus-archive-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(at: url) }

    func file(_ name: String) -> URL { url.appending(path: name) }

    /// Writes bytes as they are, past every check.
    func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> URL {
        try Data(bytes).write(to: file(name))
        return file(name)
    }

    var contents: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() } }
}

/// A safetensors file made by hand: the header as given, then `data` zero bytes.
func handmade(_ header: String, data: Int) -> [UInt8] {
    let text = Array(header.utf8)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
        + [UInt8](repeating: 0, count: data)
}

/// The error that `body` throws, when it is one of ours.
func archiveError(_ body: () throws -> Void) -> ArchiveError? {
    do {
        try body()
        return nil
    } catch let error as ArchiveError {
        return error
    } catch {
        Issue.record("another error: \(error)")
        return nil
    }
}
