// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ocellus
import OcellusOneDNN
import OcellusPlan
import Testing

/// What was measured, on disk.
@Suite("AlgorithmFile") struct AlgorithmFileTests {
    private func inDirectory(_ body: (URL) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "ocellus-algorithms-\(UUID())")
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory)
    }

    @Test("what is added is read by the next process, and the first choice stays") func roundTrip() throws {
        try inDirectory { directory in
            let file = AlgorithmFile(in: directory, machine: "this one")
            #expect(file.read().choices == [:] && file.read().notice == nil)
            #expect(try file.add("direct", for: "forward", seconds: ["direct": 1e-3, "winograd": 2e-3]) == "direct")
            #expect(try file.add("winograd", for: "weight gradient", seconds: ["winograd": 1]) == "winograd")
            let other = AlgorithmFile(in: directory, machine: "this one")
            #expect(other.read().choices == ["forward": "direct", "weight gradient": "winograd"])
            #expect(try other.add("winograd", for: "forward", seconds: ["direct": 2, "winograd": 1]) == "direct")
            // One that cannot be made any more gives way.
            #expect(try other.add("matrix", for: "weight gradient", seconds: ["matrix": 1, "direct": 2]) == "matrix")
            #expect(file.read().choices == ["forward": "direct", "weight gradient": "matrix"])
            #expect(AlgorithmFile(in: directory, machine: "another").read().choices == [:])
            let text = try String(contentsOf: file.url, encoding: .utf8)
            #expect(text.contains(#""microseconds":{"direct":1000,"winograd":2000}"#))
        }
    }

    @Test(
        "a broken file is said and written anew",
        arguments: [
            "", "{", "[1, 2]", #"{"schema":1}"#, #"{"schema":2,"machine":"this one","choices":{}}"#,
            #"{"schema":1,"machine":"another","choices":{}}"#,
            #"{"schema":1,"machine":"this one","choices":{"forward":{"algorithm":7,"microseconds":{}}}}"#,
        ])
    func broken(text: String) throws {
        try inDirectory { directory in
            let file = AlgorithmFile(in: directory, machine: "this one")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file.url)
            let (choices, notice) = file.read()
            #expect(choices == [:])
            #expect(
                notice?.hasPrefix("the algorithms measured earlier cannot be used, so they are measured anew: ") == true
            )
            #expect(notice?.contains(file.url.lastPathComponent) == true)
            #expect(try file.add("direct", for: "forward", seconds: ["direct": 1]) == "direct")
            #expect(file.read().choices == ["forward": "direct"] && file.read().notice == nil)
        }
    }

    @Test("what is in the place of the file is left alone") func directoryInItsPlace() throws {
        try inDirectory { directory in
            let file = AlgorithmFile(in: directory, machine: "this one")
            try FileManager.default.createDirectory(at: file.url, withIntermediateDirectories: true)
            #expect(file.read().notice != nil)
            #expect(throws: (any Error).self) { try file.add("direct", for: "forward", seconds: ["direct": 1]) }
            #expect(FileManager.default.fileExists(atPath: file.url.path(percentEncoded: false)))
        }
    }

    @Test("two writers lose nothing of each other's") func writers() throws {
        try inDirectory { directory in
            DispatchQueue.concurrentPerform(iterations: 8) { writer in
                // Locks belong to the open file, so each writer is as another process.
                let file = AlgorithmFile(in: directory, machine: "this one")
                for number in 0..<6 {
                    #expect(throws: Never.self) {
                        _ = try file.add("direct", for: "\(writer) \(number)", seconds: ["direct": 1])
                        let names = ["direct", "winograd"]
                        _ = try file.add(names[writer % 2], for: "shared", seconds: ["direct": 1, "winograd": 1])
                    }
                }
            }
            let file = AlgorithmFile(in: directory, machine: "this one")
            #expect(file.read().choices.count == 8 * 6 + 1)
            let leftovers = try FileManager.default.contentsOfDirectory(atPath: directory.path(percentEncoded: false))
            #expect(leftovers.sorted() == [file.url.lastPathComponent, file.url.lastPathComponent + ".lock"])
        }
    }

    @Test("the machine's name holds what choices depend on") func machine() {
        let book = AlgorithmBook.ofThisMachine(.measured)
        #expect(book.machine.contains("oneDNN") && book.machine.contains("kernels"))
        #expect(book.policy == .measured && AlgorithmBook.ofThisMachine(nil).policy == .fixed)
    }
}
