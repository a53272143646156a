// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import Testing

@Suite("Child processes") struct ChildProcessTests {
    @Test("are asked line by line and answer, however long the lines") func talk() throws {
        let process = try #require(ChildProcess(["sed", "-u", "s/a/b/g"]))
        for text in ["a", "", "banana", String(repeating: "a", count: 300_000)] {
            #expect(process.send(Array((text + "\n").utf8)))
            #expect(process.line() == Array(text.utf8).map { $0 == UInt8(ascii: "a") ? UInt8(ascii: "b") : $0 })
        }
    }

    @Test("that end say so, to who asks and to who sends") func end() throws {
        let process = try #require(ChildProcess(["sh", "-c", "echo last; printf half"]))
        #expect(process.line() == Array("last".utf8))
        #expect(process.line() == nil)
        var isTaken = true
        for _ in 0..<100 where isTaken { isTaken = process.send([UInt8](repeating: 0, count: 1 << 16)) }
        #expect(!isTaken)
    }

    @Test("that are not there are not started") func missing() {
        #expect(ChildProcess(["ocellus-no-such-program"]) == nil)
    }
}
