// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusTensor
import Testing

@testable import Ocellus

@Suite("threads") struct ThreadCountTests {
    @Test("the flag wins over both variables, OCELLUS_THREADS over OpenMP's, and those over the machine")
    func order() throws {
        let both = ["OCELLUS_THREADS": "3", "OMP_NUM_THREADS": "5,2"]
        #expect(try ThreadCount.resolve(7, environment: both, processors: 2, quota: nil) == 7)
        #expect(try ThreadCount.resolve(nil, environment: both, processors: 2, quota: nil) == 3)
        let openMP = ["OCELLUS_THREADS": "", "OMP_NUM_THREADS": " 5,2"]
        #expect(try ThreadCount.resolve(nil, environment: openMP, processors: 2, quota: nil) == 5)
    }

    @Test(
        "without them the smaller of processors and quota counts",
        arguments: [(4, nil, 4), (4, 2, 2), (4, 9, 4), (0, 0, 1)])
    func machine(processors: Int, quota: Int?, expected: Int) throws {
        #expect(try ThreadCount.resolve(nil, environment: [:], processors: processors, quota: quota) == expected)
    }

    @Test("what is no number of threads is named", arguments: ["many", "0", "-1", "1025", ",2", "1.5"])
    func invalid(text: String) throws {
        let error = try #require(throws: ConfigurationError.self) {
            try ThreadCount.resolve(nil, environment: ["OMP_NUM_THREADS": text], processors: 2, quota: nil)
        }
        #expect(error.summary == "OMP_NUM_THREADS is not a number of threads.")
        #expect(error.needs == "1 to 1024")
        #expect(error.received == text)
        #expect(throws: ConfigurationError.self) { try ThreadCount.resolve(0, environment: [:]) }
    }

    @Test("as many threads read images as compute, unless the flag or the variable says otherwise") func loaders()
        throws
    {
        let variable = ["OCELLUS_LOADER_THREADS": "5"]
        #expect(try ThreadCount.resolveLoaders(0, computing: 3, environment: variable) == 0)
        #expect(try ThreadCount.resolveLoaders(nil, computing: 3, environment: variable) == 5)
        #expect(try ThreadCount.resolveLoaders(nil, computing: 3, environment: ["OCELLUS_LOADER_THREADS": "0"]) == 0)
        #expect(try ThreadCount.resolveLoaders(nil, computing: 3, environment: [:]) == 3)
        let error = try #require(throws: ConfigurationError.self) {
            try ThreadCount.resolveLoaders(nil, computing: 3, environment: ["OCELLUS_LOADER_THREADS": "-1"])
        }
        #expect(error.summary == "OCELLUS_LOADER_THREADS is not a number of threads." && error.needs == "0 to 1024")
    }

    /// The quota in a folder that holds these files.
    private func quota(_ files: [String: String]) throws -> Int? {
        let root = FileManager.default.temporaryDirectory.appending(path: "ocellus-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, content) in files {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(content.utf8).write(to: file)
        }
        return CPUQuota.current(root: root.path)
    }

    @Test("version 2: the smallest quota on the way to the root, rounded down") func unified() throws {
        let group = ["proc/self/cgroup": "0::/user.slice/job\n"]
        func with(_ files: [String: String]) throws -> Int? { try quota(group.merging(files) { $1 }) }
        #expect(try with([:]) == nil)
        #expect(try with(["sys/fs/cgroup/cpu.max": "max 100000\n"]) == nil)
        #expect(try with(["sys/fs/cgroup/user.slice/job/cpu.max": "250000 100000\n"]) == 2)
        #expect(try with(["sys/fs/cgroup/user.slice/job/cpu.max": "20000 100000\n"]) == 1)
        #expect(
            try with([
                "sys/fs/cgroup/user.slice/cpu.max": "300000 100000\n",
                "sys/fs/cgroup/user.slice/job/cpu.max": "max 100000\n",
            ]) == 3)
        #expect(try with(["sys/fs/cgroup/cpu.max": "lots\n"]) == nil)
        #expect(try with(["sys/fs/cgroup/cpu.max": "1e300 1\n"]) == nil)
    }

    @Test("version 2 in a container, whose own path only the host sees") func container() throws {
        let files = ["proc/self/cgroup": "0::/../../docker/1234\n", "sys/fs/cgroup/cpu.max": "150000 50000\n"]
        #expect(try quota(files) == 3)
    }

    @Test("version 1: quota and period in two files", arguments: ["cpu,cpuacct", "cpu"])
    func divided(folder: String) throws {
        let group = "12:memory:/job\n4:cpu,cpuacct:/job\n"
        func with(_ quota: String) throws -> Int? {
            try self.quota([
                "proc/self/cgroup": group, "sys/fs/cgroup/\(folder)/job/cpu.cfs_quota_us": quota,
                "sys/fs/cgroup/\(folder)/job/cpu.cfs_period_us": "100000\n",
            ])
        }
        #expect(try with("400000\n") == 4)
        #expect(try with("-1\n") == nil)
    }

    @Test("a system without control groups has no quota") func absent() throws {
        #expect(try quota([:]) == nil)
    }
}
