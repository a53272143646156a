// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import Testing

@Suite("FileLock") struct FileLockTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    @Test("a directory has one holder at a time, and nothing is left in it") func directory() throws {
        let path = Path(scratch.url.path)
        do {
            let first = try FileLock(directory: path)
            #expect(first != nil)
            #expect(try FileLock(directory: path) == nil)
            withExtendedLifetime(first) {}
        }
        #expect(try FileLock(directory: path) != nil)
        #expect(try scratch.contents.isEmpty)
        #expect(throws: SystemError(ENOENT)) { try FileLock(directory: path.appending("none")) }
    }

    @Test("a file's second holder waits for the first") func file() async throws {
        let path = Path(scratch.file("lock").path)
        var first: FileLock? = try FileLock(file: path)
        let (waiting, continuation) = AsyncStream<Void>.makeStream()
        let second = Task.detached { try FileLock(file: path) { continuation.yield() } }
        for await _ in waiting { break }
        withExtendedLifetime(first) {}
        first = nil
        _ = try await second.value
        #expect(try scratch.contents == ["lock"])
    }
}
