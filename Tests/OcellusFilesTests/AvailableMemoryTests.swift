// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import Testing

@Suite("Available memory") struct AvailableMemoryTests {
    /// What is left of 1,000,000 bytes in a folder that holds these files.
    private func bytes(_ files: [String: String], addresses: UInt64? = nil) throws -> UInt64 {
        let root = FileManager.default.temporaryDirectory.appending(path: "ocellus-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, content) in files {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(content.utf8).write(to: file)
        }
        return AvailableMemory.bytes(machine: 1_000_000, addresses: addresses, root: root.path)
    }

    @Test("version 2: the smallest limit on the way to the root") func unified() throws {
        let group = ["proc/self/cgroup": "0::/user.slice/job\n"]
        func with(_ files: [String: String]) throws -> UInt64 { try bytes(group.merging(files) { $1 }) }
        #expect(try with([:]) == 1_000_000)
        #expect(try with(["sys/fs/cgroup/user.slice/job/memory.max": "max\n"]) == 1_000_000)
        #expect(try with(["sys/fs/cgroup/user.slice/job/memory.max": "400000\n"]) == 400_000)
        #expect(
            try with([
                "sys/fs/cgroup/user.slice/memory.max": "300000\n",
                "sys/fs/cgroup/user.slice/job/memory.max": "400000\n",
            ]) == 300_000)
        #expect(try with(["sys/fs/cgroup/memory.max": "200000\n"]) == 200_000)
        #expect(try with(["sys/fs/cgroup/user.slice/job/memory.max": "lots\n"]) == 1_000_000)
        #expect(try with(["sys/fs/cgroup/user.slice/job/memory.max": "2000000\n"]) == 1_000_000)
    }

    @Test("version 1: a file without a limit holds a number beyond every machine") func divided() throws {
        func with(_ limit: String, _ folder: String = "memory/job") throws -> UInt64 {
            try bytes([
                "proc/self/cgroup": "12:cpu:/job\n4:memory:/job\n",
                "sys/fs/cgroup/\(folder)/memory.limit_in_bytes": limit,
            ])
        }
        #expect(try with("9223372036854771712\n") == 1_000_000)
        #expect(try with("500000\n") == 500_000)
        #expect(try with("1e300\n") == 1_000_000)
        // Of another controller's tree.
        #expect(try with("500000\n", "cpu/job") == 1_000_000)
    }

    @Test("a limit on addresses binds as well") func addresses() throws {
        #expect(try bytes([:], addresses: 700_000) == 700_000)
        #expect(try bytes([:], addresses: 2_000_000) == 1_000_000)
        #expect(AvailableMemory.bytes <= ProcessInfo.processInfo.physicalMemory)
    }
}
