// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import Synchronization
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

    @Test("a vanishing file has one holder at a time, and none afterwards, also what a killed process left")
    func vanishing() throws {
        let path = Path(scratch.file("lock").path)
        for _ in 0..<2 {
            let first = try FileLock(vanishing: path)
            #expect(first != nil)
            #expect(try FileLock(vanishing: path) == nil)
            withExtendedLifetime(first) {}
        }
        #expect(try scratch.contents.isEmpty)
        try Data().write(to: scratch.file("lock"))
        #expect(try FileLock(vanishing: path) != nil)
        #expect(try scratch.contents.isEmpty)
        #expect(throws: SystemError(ENOENT)) { try FileLock(vanishing: Path(scratch.url.path).appending("none/lock")) }
    }

    @Test("of many who take, release and take again, one has it") func contention() async throws {
        let path = Path(scratch.file("lock").path)
        let inside = Inside()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<50 {
                        guard let lock = try FileLock(vanishing: path) else { continue }
                        inside.enter()
                        await Task.yield()
                        inside.leave()
                        withExtendedLifetime(lock) {}
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(inside.most == 1)
        #expect(try scratch.contents.isEmpty)
    }

    /// Counts who is in at once.
    private final class Inside: Sendable {
        private let counts = Mutex((now: 0, most: 0))
        var most: Int { counts.withLock { $0.most } }
        func enter() { counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
        func leave() { counts.withLock { $0.now -= 1 } }
    }
}
