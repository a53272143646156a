// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusData
import OcellusDatasets
import OcellusTensor
import Testing

@Suite("Cache of sets") struct CacheTests {
    private static func server() throws -> UnreliableServer {
        try UnreliableServer { Answer.file(MadeUp.content(of: $0.path), from: $0.offset) }
    }

    @Test("one set is fetched by one at a time") func atOnce() async throws {
        let server = try UnreliableServer { request in
            [.wait(0.05)] + Answer.file(MadeUp.content(of: request.path), from: request.offset)
        }
        let directory = try TemporaryDirectory()
        let set = MadeUp.set([server.address], files: [MadeUp.largeFile, MadeUp.smallFile])
        let fetcher = MadeUp.fetcher(directory)
        // Threads of their own: a call blocks its thread.
        let results = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        Thread.detachNewThread {
                            continuation.resume(returning: (try? fetcher.fetch(set)) != nil)
                        }
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == [true, true, true, true])
        #expect(server.requests.map(\.path).sorted() == ["/large.bin", "/small.bin"])
        #expect(directory.names == ["large.bin", "small.bin"])
    }

    @Test("offline sends nothing") func offline() throws {
        let server = try Self.server()
        let directory = try TemporaryDirectory()
        let set = MadeUp.set([server.address], files: [MadeUp.largeFile, MadeUp.smallFile])
        var fetcher = MadeUp.fetcher(directory)
        fetcher.isOffline = true
        let error = #expect(throws: FetchError.self) { _ = try fetcher.fetch(set) }
        #expect(error?.code == "fetch.offline" && error?.exitClass == .missingInput)
        #expect(error?.needs == "large.bin, small.bin")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.url.path).isEmpty)
        fetcher.isOffline = false
        _ = try fetcher.fetch(set)
        fetcher.isOffline = true
        let count = server.requests.count
        _ = try fetcher.fetch(set)
        #expect(server.requests.count == count)
    }

    @Test("finds a damaged file and fetches it again") func damaged() throws {
        let server = try Self.server()
        let directory = try TemporaryDirectory()
        let set = MadeUp.set([server.address], files: [MadeUp.largeFile, MadeUp.smallFile])
        let fetcher = MadeUp.fetcher(directory)
        _ = try fetcher.fetch(set)
        #expect(SetVerification.files(of: set, in: directory.url).map(\.state) == [.good, .good])
        try directory.write(Data("A small file".utf8), to: "made-up/small.bin")
        #expect(
            SetVerification.files(of: set, in: directory.url).map(\.state) == [
                .good,
                .damaged(
                    needs: MadeUp.smallFile.sha256,
                    received: "46f35dcc228a97468b81e8504309f5b2cf16314ef4bbf7557d0dc2e103c2f2ec"),
            ])
        let events = Events()
        _ = try fetcher.fetch(set, report: events.add)
        #expect(events.notices.count == 1 && events.notices[0].hasSuffix("now small.bin.bad"))
        #expect(directory.read("made-up/small.bin") == MadeUp.small)
        #expect(directory.names == ["large.bin", "small.bin"])
        try FileManager.default.removeItem(at: directory.url.appending(path: "made-up/small.bin"))
        #expect(SetVerification.files(of: set, in: directory.url).map(\.state) == [.good, .missing])
        #expect(set.presence(in: directory.url) == .incomplete(missing: ["small.bin"]))
    }

    @Test("takes the files of a package, also compressed anew") func installed() throws {
        let directory = try TemporaryDirectory()
        // "a small file" as gzip, stored.
        let packed = Data(
            [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + [0x01, 12, 0, 0xF3, 0xFF] + MadeUp.small + [0x2A, 0xBE, 0x97, 0xBD]
                + [12, 0, 0, 0])
        try directory.write(packed, to: "package/small.bin")
        let package = directory.url.appending(path: "package").path(percentEncoded: false)
        var file = StandardSet.File("small.bin", size: 999, sha256: "0")
        file.contentSHA256 = MadeUp.smallFile.sha256
        let server = try Self.server()
        let set = MadeUp.set([server.address], files: [file], installed: package)
        #expect(set.presence(in: directory.url) == .installed(package))
        let events = Events()
        #expect(try MadeUp.fetcher(directory).fetch(set, report: events.add) == package)
        #expect(events.all == [.present(file: "small.bin")])
        #expect(server.requests.isEmpty)
        #expect(SetVerification.files(of: set, in: directory.url).map(\.state) == [.good])
        file.contentSHA256 = MadeUp.largeFile.sha256
        let other = MadeUp.set([], files: [file], installed: package)
        #expect(
            SetVerification.files(of: other, in: directory.url).map(\.state) == [
                .damaged(needs: "\(MadeUp.largeFile.sha256) of its content", received: MadeUp.smallFile.sha256)
            ])
    }

    @Test("refuses places that cannot be written") func places() throws {
        let server = try Self.server()
        let set = MadeUp.set([server.address])
        let directory = try TemporaryDirectory()
        try directory.write(Data(), to: "file")
        var fetcher = MadeUp.fetcher(directory)
        fetcher.root = directory.url.appending(path: "file")
        #expect(throws: FetchError.self) { _ = try fetcher.fetch(set) }
        fetcher.root = directory.url
        for (name, make) in Self.obstacles {
            let path = directory.url.appending(path: "made-up/large.bin.part")
            try? FileManager.default.removeItem(at: path)
            try make(path.path(percentEncoded: false))
            let error = #expect(throws: FetchError.self, "\(name)") { _ = try fetcher.fetch(set) }
            #expect(error?.code == "fetch.cannotWrite" && error?.exitClass == .cannotWrite, "\(name)")
        }
        #expect(server.requests.isEmpty)
    }

    /// What can have the name of a part file.
    private static let obstacles: [(String, @Sendable (String) throws -> Void)] = [
        ("directory", { try FileManager.default.createDirectory(atPath: $0, withIntermediateDirectories: true) }),
        ("link", { try FileManager.default.createSymbolicLink(atPath: $0, withDestinationPath: "/dev/null") }),
        ("pipe", { #expect(mkfifo($0, 0o600) == 0) }),
    ]

    @Test("refuses what has no space before anything is sent") func space() throws {
        let server = try Self.server()
        let directory = try TemporaryDirectory()
        let file = StandardSet.File("large.bin", size: 1 << 60, sha256: MadeUp.largeFile.sha256)
        let error = #expect(throws: FetchError.self) {
            _ = try MadeUp.fetcher(directory).fetch(MadeUp.set([server.address], files: [file]))
        }
        #expect(error?.code == "fetch.noSpace" && error?.needs == "\(1 << 60) bytes")
        #expect(server.requests.isEmpty)
    }

    @Test("the table of sets is well formed") func table() throws {
        let sets = StandardSet.all
        #expect(Set(sets.map(\.name)).count == sets.count)
        for set in sets {
            #expect(StandardSet.named(set.name) == set)
            #expect(!set.files.isEmpty && !set.mirrors.isEmpty)
            #expect(set.mirrors.allSatisfy { $0.hasPrefix("http") && $0.hasSuffix("/") && URL(string: $0) != nil })
            for file in set.files {
                let digests = [file.sha256] + (file.contentSHA256.map { [$0] } ?? [])
                #expect(digests.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{64}/) != nil }, "\(file.name)")
                #expect(file.size > 0 && !file.name.contains("/") && !file.name.hasPrefix("."))
            }
        }
    }
}
