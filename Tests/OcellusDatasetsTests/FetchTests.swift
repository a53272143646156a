// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusData
import OcellusDatasets
import OcellusTensor
import Testing

@Suite("Fetching sets") struct FetchTests {
    /// One way in which a server can be of no use.
    struct Misbehaviour: CustomTestStringConvertible, Sendable {
        var testDescription: String
        /// What the note on the mirror says, where it is ours to say.
        var says: String
        var answer: @Sendable (UnreliableServer.Request) -> [UnreliableServer.Step]

        init(
            _ name: String, says: String,
            _ answer: @escaping @Sendable (UnreliableServer.Request) -> [UnreliableServer.Step]
        ) {
            testDescription = name
            self.says = says
            self.answer = answer
        }
    }

    static let wrong = Data(repeating: 7, count: MadeUp.large.count)

    static let misbehaviours = [
        Misbehaviour("404", says: "HTTP status 404") { _ in [.send(Answer.head("404 Not Found", "Content-Length: 0"))]
        },
        Misbehaviour("403 with a page", says: "HTTP status 403") { _ in
            [.send(Answer.head("403 Forbidden") + Data("<html>".utf8))]
        },
        Misbehaviour("busy", says: "HTTP status 503") { _ in [.send(Answer.head("503 Busy", "Content-Length: 0"))] },
        Misbehaviour("no content", says: "HTTP status 204") { _ in [.send(Answer.head("204 No Content"))] },
        Misbehaviour("an empty file", says: "a file of 0 bytes instead of 300000") { _ in
            [.send(Answer.head("200 OK", "Content-Length: 0"))]
        },
        Misbehaviour("a part that was not asked for", says: "HTTP status 206") { _ in
            [.send(Answer.head("206 Partial Content", "Content-Range: bytes 0-9/300000") + Data(count: 10))]
        },
        Misbehaviour("another length", says: "a file of 12 bytes instead of 300000") { _ in
            Answer.file(MadeUp.small, from: 0)
        },
        Misbehaviour("a length beyond all numbers", says: "http://") { _ in
            [.send(Answer.head("200 OK", "Content-Length: 99999999999999999999999") + MadeUp.small), .reset]
        },
        Misbehaviour("a negative length", says: "http://") { _ in
            [.send(Answer.head("200 OK", "Content-Length: -5") + MadeUp.small)]
        },
        Misbehaviour("too much without a length", says: "more than the 300000 bytes") { _ in
            [.send(Answer.head("200 OK") + MadeUp.large + Data([1]))]
        },
        Misbehaviour("a page that ends early", says: "it has no such range") { request in
            request.offset > 0
                ? [.send(Answer.head("416 Range Not Satisfiable", "Content-Length: 0"))]
                : [.send(Answer.head("200 OK") + Data("<html>".utf8))]
        },
        Misbehaviour("other bytes", says: "its SHA-256 is") { _ in Answer.file(wrong, from: 0) },
        Misbehaviour("not HTTP", says: "no usable answer") { _ in [.send(Data("220 ftp ready\r\n".utf8))] },
        Misbehaviour("nothing", says: "the connection ended after 0 of") { _ in [] },
        Misbehaviour("a reset", says: "the connection ended after 0 of") { _ in [.reset] },
        Misbehaviour("half a head", says: "after 0 of 300000 bytes") { _ in
            [.send(Data("HTTP/1.1 200 OK\r\nConte".utf8))]
        },
        Misbehaviour("itself, again and again", says: "no usable answer") { _ in
            [.send(Answer.head("302 Found", "Location: /again"))]
        },
        Misbehaviour("a redirection into this machine", says: "no usable answer") { _ in
            [.send(Answer.head("302 Found", "Location: file:///etc/passwd"))]
        },
        Misbehaviour("a redirection to nowhere", says: "HTTP status 302") { _ in [.send(Answer.head("302 Found"))] },
        Misbehaviour("broken pieces", says: "of 300000 bytes") { _ in
            [.send(Answer.head("200 OK", "Transfer-Encoding: chunked") + Data("zz\r\nabc".utf8))]
        },
    ]

    @Test("takes the next mirror", arguments: misbehaviours) func misbehaves(row: Misbehaviour) throws {
        let bad = try UnreliableServer(row.answer)
        let good = try UnreliableServer { Answer.file(MadeUp.large, from: $0.offset) }
        let directory = try TemporaryDirectory()
        let events = Events()
        let path = try MadeUp.fetcher(directory).fetch(MadeUp.set([bad.address, good.address]), report: events.add)
        #expect(path == directory.url.appending(path: "made-up").path(percentEncoded: false))
        #expect(directory.read("made-up/large.bin") == MadeUp.large)
        #expect(directory.names == ["large.bin"])
        #expect(events.notices.count == 1)
        #expect(events.notices.first?.hasPrefix("\(bad.address): ") == true)
        #expect(events.notices.first?.contains(row.says) == true, "\(events.notices)")
        // The good one is asked once more only where bytes of the bad one had come.
        #expect((1...2).contains(good.requests.count))
    }

    @Test("fetches whole files once") func once() throws {
        let server = try UnreliableServer { Answer.file(MadeUp.content(of: $0.path), from: $0.offset) }
        let directory = try TemporaryDirectory()
        let set = MadeUp.set([String(server.address.dropLast())], files: [MadeUp.largeFile, MadeUp.smallFile])
        let events = Events()
        let fetcher = MadeUp.fetcher(directory)
        #expect(set.presence(in: directory.url) == .absent)
        _ = try fetcher.fetch(set, report: events.add)
        #expect(directory.names == ["large.bin", "small.bin"])
        #expect(directory.read("made-up/small.bin") == MadeUp.small)
        #expect(server.requests == [.init(path: "/large.bin", offset: 0), .init(path: "/small.bin", offset: 0)])
        #expect(
            events.all.first == .started(file: "large.bin", address: "\(server.address)large.bin", offset: 0))
        #expect(events.all.last == .finished(file: "small.bin", size: 12))
        #expect(events.all.contains(.progress(file: "large.bin", bytes: 300_000, size: 300_000)))
        let again = Events()
        let path = try fetcher.fetch(set, report: again.add)
        #expect(server.requests.count == 2)
        #expect(again.all == [.present(file: "large.bin"), .present(file: "small.bin")])
        #expect(set.presence(in: directory.url) == .fetched(path))
    }

    @Test("goes on after a connection that ended") func resumes() throws {
        let server = try UnreliableServer { Answer.cut(MadeUp.large, from: $0.offset, after: 70_000) }
        let directory = try TemporaryDirectory()
        let events = Events()
        _ = try MadeUp.fetcher(directory).fetch(MadeUp.set([server.address]), report: events.add)
        #expect(directory.read("made-up/large.bin") == MadeUp.large)
        #expect(server.requests.map(\.offset) == [0, 70_000, 140_000, 210_000, 280_000])
        #expect(
            events.all.contains(
                .again(file: "large.bin", reason: "the connection ended after 70000 of 300000 bytes", offset: 70_000)))
    }

    @Test("begins again where a server gives no ranges") func noRanges() throws {
        let cuts = Counter()
        let server = try UnreliableServer { _ in
            cuts.next() == 1
                ? Answer.cut(MadeUp.large, from: 0, after: 1000) : Answer.file(MadeUp.large, from: 0)
        }
        let directory = try TemporaryDirectory()
        _ = try MadeUp.fetcher(directory).fetch(MadeUp.set([server.address]))
        #expect(directory.read("made-up/large.bin") == MadeUp.large)
        #expect(server.requests.map(\.offset) == [0, 1000])
    }

    @Test(
        "begins again where a server gives another range",
        arguments: ["Content-Range: bytes 5-299999/300000", "Content-Range: lines 7-8", "X: y"])
    func wrongRange(field: String) throws {
        let server = try UnreliableServer { request in
            request.offset == 0
                ? Answer.file(MadeUp.large, from: 0)
                : [.send(Answer.head("206 Partial Content", field) + MadeUp.large.dropFirst(request.offset))]
        }
        let directory = try TemporaryDirectory()
        try directory.write(MadeUp.large.prefix(7), to: "made-up/large.bin.part")
        _ = try MadeUp.fetcher(directory).fetch(MadeUp.set([server.address]))
        #expect(directory.read("made-up/large.bin") == MadeUp.large)
        #expect(server.requests.map(\.offset) == [7, 0])
    }

    @Test("begins again when what was left was of another file") func wrongPart() throws {
        let server = try UnreliableServer { Answer.file(MadeUp.large, from: $0.offset) }
        let directory = try TemporaryDirectory()
        try directory.write(Data(count: 5000), to: "made-up/large.bin.part")
        _ = try MadeUp.fetcher(directory).fetch(MadeUp.set([server.address]))
        #expect(directory.names == ["large.bin"])
        #expect(directory.read("made-up/large.bin") == MadeUp.large)
        #expect(server.requests.map(\.offset) == [5000, 0])
    }

    @Test("takes what a killed process had received whole, and nothing longer", arguments: [0, 1]) func left(extra: Int)
        throws
    {
        let server = try UnreliableServer { Answer.file(MadeUp.large, from: $0.offset) }
        let directory = try TemporaryDirectory()
        try directory.write(MadeUp.large + Data(count: extra), to: "made-up/large.bin.part")
        _ = try MadeUp.fetcher(directory).fetch(MadeUp.set([server.address]))
        #expect(directory.read("made-up/large.bin") == MadeUp.large)
        #expect(server.requests.map(\.offset) == (extra == 0 ? [] : [0]))
    }

    @Test("leaves a server that stalls, and goes on at the next", arguments: [0, 500]) func stalls(count: Int)
        throws
    {
        let silent = try UnreliableServer { _ in
            let start = Answer.head("200 OK", "Content-Length: 300000") + MadeUp.large.prefix(count)
            return [.send(count == 0 ? Data() : start), .wait(60)]
        }
        let good = try UnreliableServer { Answer.file(MadeUp.large, from: $0.offset) }
        let directory = try TemporaryDirectory()
        var fetcher = MadeUp.fetcher(directory)
        fetcher.patience = 1
        fetcher.tries = 1
        fetcher.mirrors = [silent.address]
        let events = Events()
        _ = try fetcher.fetch(MadeUp.set([good.address]), report: events.add)
        #expect(directory.read("made-up/large.bin") == MadeUp.large)
        #expect(good.requests.map(\.offset) == [count])
        let notes =
            events.notices + events.all.compactMap { if case .again(_, let reason, _) = $0 { reason } else { nil } }
        #expect(notes.contains { $0.contains("it stalled after \(count) of 300000 bytes") }, "\(notes)")
    }

    @Test("follows a redirection") func redirection() throws {
        let server = try UnreliableServer { request in
            request.path == "/elsewhere"
                ? Answer.file(MadeUp.large, from: request.offset)
                : [.send(Answer.head("301 Moved", "Location: /elsewhere", "Content-Length: 5") + Data("moved".utf8))]
        }
        let directory = try TemporaryDirectory()
        _ = try MadeUp.fetcher(directory).fetch(MadeUp.set([server.address]))
        #expect(directory.read("made-up/large.bin") == MadeUp.large)
    }

    @Test("says which mirror did what, and keeps what came for the next call") func failed() throws {
        let isCut = Counter()
        let server = try UnreliableServer { request in
            isCut.next() == 1 ? Answer.cut(MadeUp.large, from: 0, after: 1234) : []
        }
        let gone = try UnreliableServer { _ in [.send(Answer.head("404 Not Found", "Content-Length: 0"))] }
        let directory = try TemporaryDirectory()
        let set = MadeUp.set([gone.address, server.address])
        let error = #expect(throws: FetchError.self) { _ = try MadeUp.fetcher(directory).fetch(set) }
        #expect(
            error?.rendered == """
                error[fetch.failed]: large.bin of made-up could not be fetched.
                  needs     300000 bytes with the SHA-256 \(MadeUp.largeFile.sha256)
                  because   \(gone.address): it answered with HTTP status 404; \(server.address): the connection ended after 1234 of 300000 bytes
                  try       again later: what was received is kept; or another address by --mirror
                """)
        #expect(error?.exitClass == .inputOutput)
        #expect(directory.names == ["large.bin.part"])
        #expect(set.presence(in: directory.url) == .absent)
        let good = try UnreliableServer { Answer.file(MadeUp.large, from: $0.offset) }
        _ = try MadeUp.fetcher(directory).fetch(MadeUp.set([good.address]))
        #expect(good.requests.map(\.offset) == [1234])
        #expect(directory.names == ["large.bin"])
    }

    @Test("keeps a wrong file apart and says both checksums") func wrongContent() throws {
        let server = try UnreliableServer { _ in Answer.file(Self.wrong, from: 0) }
        let directory = try TemporaryDirectory()
        let error = #expect(throws: FetchError.self) {
            _ = try MadeUp.fetcher(directory).fetch(MadeUp.set([server.address]))
        }
        #expect(error?.code == "fetch.wrongContent" && error?.exitClass == .data)
        #expect(error?.needs?.contains(MadeUp.largeFile.sha256) == true)
        // sha256sum of 300,000 bytes of 7.
        #expect(
            error?.because?.contains("08f166476de183f7a1b2874d544d37912aaf8d19b92013e1aafe233ba231024a") == true,
            "\(error?.because ?? "")")
        #expect(directory.names == ["large.bin.bad"])
        #expect(directory.read("made-up/large.bin.bad") == Self.wrong)
        #expect(server.requests.count == 1)
    }

    @Test("says that nobody answers") func nobody() throws {
        var server: UnreliableServer? = try UnreliableServer { _ in [] }
        let address = try #require(server?.address)
        server = nil
        let directory = try TemporaryDirectory()
        let error = #expect(throws: FetchError.self) {
            _ = try MadeUp.fetcher(directory).fetch(MadeUp.set([address]))
        }
        #expect(error?.code == "fetch.failed")
        #expect(error?.because?.hasPrefix("\(address): no connection: ") == true, "\(error?.because ?? "")")
        #expect(error?.advice == "again later, or another address by --mirror")
        #expect(directory.names == [])
    }
}

/// Counts calls from any thread.
final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    func next() -> Int {
        lock.withLock {
            count += 1
            return count
        }
    }
}
