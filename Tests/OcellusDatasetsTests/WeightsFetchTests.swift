// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusData
import OcellusTensor
import Testing

@testable import OcellusDatasets

/// Against a server on this machine that does what a hub may do.
@Suite("Fetching weights") struct WeightsFetchTests {
    static let weights = PublishedWeights("net.recipe", license: "MIT", parameters: 3)
    static let config = Data("{\"architecture\":\"net\"}".utf8)
    static let pointer = Data(
        "version https://git-lfs.github.com/spec/v1\noid sha256:\(MadeUp.largeFile.sha256)\nsize \(MadeUp.large.count)\n"
            .utf8)

    /// The hub's answers, before a test changes them.
    static func hub(_ request: UnreliableServer.Request) -> [UnreliableServer.Step] {
        switch request.path {
        case "/timm/net.recipe/raw/main/model.safetensors": Answer.file(pointer, from: 0)
        case "/timm/net.recipe/resolve/main/config.json": Answer.file(config, from: request.offset)
        case "/timm/net.recipe/resolve/main/model.safetensors": Answer.file(MadeUp.large, from: request.offset)
        default: [.send(Answer.head("404 Not Found", "Content-Length: 0"))]
        }
    }

    static func fetcher(_ directory: TemporaryDirectory, _ hub: String) -> WeightsFetcher {
        var fetcher = WeightsFetcher()
        fetcher.root = directory.url
        fetcher.hub = hub
        (fetcher.pause, fetcher.patience) = (0, 20)
        fetcher.neighbour = nil
        return fetcher
    }

    static func error(_ body: () throws(FetchError) -> Void) -> FetchError? {
        do {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test("a first fetch checks the hub's hash and keeps it; the second sends nothing") func pins() throws {
        let server = try UnreliableServer(Self.hub)
        let directory = try TemporaryDirectory()
        var fetcher = Self.fetcher(directory, server.address)
        #expect(fetcher.presence(of: Self.weights) == .absent)
        #expect(try fetcher.pins(of: Self.weights) == nil)
        let path = try fetcher.fetch(Self.weights)
        #expect(directory.read("net.recipe/model.safetensors") == MadeUp.large)
        #expect(directory.read("net.recipe/config.json") == Self.config)
        let pins = try #require(try fetcher.pins(of: Self.weights))
        #expect(pins.map(\.name) == ["config.json", "model.safetensors"])
        #expect(pins.map(\.statedBy) == ["first fetch", "hub"])
        #expect(pins[1].sha256 == MadeUp.largeFile.sha256 && pins[1].bytes == MadeUp.large.count)
        let count = server.requests.count
        #expect(try fetcher.fetch(Self.weights) == path)
        fetcher.isOffline = true
        #expect(try fetcher.fetch(Self.weights) == path)
        #expect(server.requests.count == count)
        #expect(fetcher.presence(of: Self.weights) == .fetched(path))
    }

    @Test("what the hub gives later is compared with what was kept") func changed() throws {
        let server = try UnreliableServer(Self.hub)
        let directory = try TemporaryDirectory()
        _ = try Self.fetcher(directory, server.address).fetch(Self.weights)
        // Another content under another stated hash, after the file was lost.
        let other = Data(repeating: 7, count: MadeUp.large.count)
        let hub = try UnreliableServer { request in
            request.path.hasSuffix("resolve/main/model.safetensors")
                ? Answer.file(other, from: request.offset) : Self.hub(request)
        }
        try FileManager.default.removeItem(at: directory.url.appending(path: "net.recipe/model.safetensors"))
        let error = Self.error { () throws(FetchError) in
            _ = try Self.fetcher(directory, hub.address).fetch(Self.weights)
        }
        #expect(error?.kind == .wrongContent)
        #expect(error?.needs?.contains(MadeUp.largeFile.sha256) == true)
        #expect(directory.read("net.recipe/model.safetensors") == nil)
        #expect(!hub.requests.contains { $0.path.contains("/raw/") })
        // The right one is taken from whoever has it.
        _ = try Self.fetcher(directory, server.address).fetch(Self.weights)
        #expect(directory.read("net.recipe/model.safetensors") == MadeUp.large)
    }

    @Test("a damaged file is replaced, and a list of hashes that is damaged is refused") func damage() throws {
        let server = try UnreliableServer(Self.hub)
        let directory = try TemporaryDirectory()
        let fetcher = Self.fetcher(directory, server.address)
        _ = try fetcher.fetch(Self.weights)
        try directory.write(Data(repeating: 1, count: MadeUp.large.count), to: "net.recipe/model.safetensors")
        _ = try fetcher.fetch(Self.weights)
        #expect(directory.read("net.recipe/model.safetensors") == MadeUp.large)
        for text in ["{", "{}", "{\"schema\":1,\"repository\":\"timm/other\",\"license\":\"MIT\",\"files\":[]}"] {
            try directory.write(Data(text.utf8), to: "net.recipe/pinned.json")
            #expect(Self.error { () throws(FetchError) in _ = try fetcher.fetch(Self.weights) }?.kind == .wrongContent)
        }
    }

    @Test(
        "a hub that states no hash is of no use",
        arguments: [
            "<html>", "", "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 3\n",
            "version https://git-lfs.github.com/spec/v1\noid sha256:\(MadeUp.largeFile.sha256)\nsize -3\n",
            "version https://git-lfs.github.com/spec/v1\noid md5:\(MadeUp.largeFile.sha256)\nsize 3\n",
            "version https://git-lfs.github.com/spec/v1\noid sha256:\(MadeUp.largeFile.sha256.uppercased())\nsize 3\n",
            "version https://git-lfs.github.com/spec/v1\noid sha256:\(MadeUp.largeFile.sha256)\nsize 99999999999999\n",
        ])
    func noHash(text: String) throws {
        let bad = try UnreliableServer { request in
            request.path.contains("/raw/") ? Answer.file(Data(text.utf8), from: 0) : Self.hub(request)
        }
        let directory = try TemporaryDirectory()
        var fetcher = Self.fetcher(directory, bad.address)
        let error = Self.error { () throws(FetchError) in _ = try fetcher.fetch(Self.weights) }
        #expect(error?.kind == .failed)
        #expect(error?.because?.contains("no content hash") == true)
        #expect(try fetcher.pins(of: Self.weights) == nil)
        // The next address is asked.
        let good = try UnreliableServer(Self.hub)
        fetcher.mirrors = [bad.address]
        fetcher.hub = good.address
        let events = Events()
        _ = try fetcher.fetch(Self.weights, report: events.add)
        #expect(events.notices.first?.hasPrefix(bad.address) == true)
        #expect(directory.read("net.recipe/model.safetensors") == MadeUp.large)
    }

    @Test("weights that are not those of the stated hash are not taken") func wrongContent() throws {
        let wrong = Data(repeating: 9, count: MadeUp.large.count)
        let server = try UnreliableServer { request in
            request.path.hasSuffix("resolve/main/model.safetensors")
                ? Answer.file(wrong, from: request.offset) : Self.hub(request)
        }
        let directory = try TemporaryDirectory()
        let fetcher = Self.fetcher(directory, server.address)
        let error = Self.error { () throws(FetchError) in _ = try fetcher.fetch(Self.weights) }
        #expect(error?.kind == .wrongContent)
        #expect(try fetcher.pins(of: Self.weights) == nil)
        #expect(directory.read("net.recipe/model.safetensors") == nil)
        #expect(fetcher.presence(of: Self.weights).directory == nil)
    }

    @Test("a transfer that ends early goes on, also in the next call") func resumes() throws {
        let server = try UnreliableServer { request in
            request.path.hasSuffix("resolve/main/model.safetensors")
                ? Answer.cut(MadeUp.large, from: request.offset, after: 90_000) : Self.hub(request)
        }
        let directory = try TemporaryDirectory()
        _ = try Self.fetcher(directory, server.address).fetch(Self.weights)
        #expect(directory.read("net.recipe/model.safetensors") == MadeUp.large)
        let offsets = server.requests.filter { $0.path.hasSuffix("resolve/main/model.safetensors") }.map(\.offset)
        #expect(offsets == [0, 90_000, 180_000, 270_000])
    }

    @Test("mirrors come first, and nothing is sent offline") func mirrors() throws {
        let hub = try UnreliableServer(Self.hub)
        let mirror = try UnreliableServer(Self.hub)
        let directory = try TemporaryDirectory()
        var fetcher = Self.fetcher(directory, hub.address)
        fetcher.isOffline = true
        #expect(Self.error { () throws(FetchError) in _ = try fetcher.fetch(Self.weights) }?.kind == .offline)
        fetcher.isOffline = false
        // Without a slash at its end.
        fetcher.mirrors = [String(mirror.address.dropLast())]
        _ = try fetcher.fetch(Self.weights)
        #expect(hub.requests.isEmpty)
        #expect(mirror.requests.count == 4)
    }

    @Test(
        "busy hubs are asked again, others not",
        arguments: [("503 Busy", 3), ("404 Not Found", 1), ("401 Unauthorized", 1)])
    func statuses(status: String, requests: Int) throws {
        let server = try UnreliableServer { _ in [.send(Answer.head(status, "Content-Length: 0"))] }
        let directory = try TemporaryDirectory()
        let error = Self.error { () throws(FetchError) in
            _ = try Self.fetcher(directory, server.address).fetch(Self.weights)
        }
        #expect(error?.kind == .failed)
        #expect(error?.because?.contains("HTTP status \(status.prefix(3))") == true)
        #expect(server.requests.count == requests)
    }

    @Test("a configuration without an end is not taken") func endless() throws {
        let server = try UnreliableServer { request in
            request.path.hasSuffix("config.json")
                ? [.send(Answer.head("200 OK") + Data(count: 2 << 20))] : Self.hub(request)
        }
        let directory = try TemporaryDirectory()
        let error = Self.error { () throws(FetchError) in
            _ = try Self.fetcher(directory, server.address).fetch(Self.weights)
        }
        #expect(error?.because?.contains("more than 1048576 bytes") == true)
    }

    @Test("the cache of the hub's own programs is used where it is right") func neighbour() throws {
        let server = try UnreliableServer(Self.hub)
        let cache = try TemporaryDirectory()
        let folder = "models--timm--net.recipe"
        try cache.write(MadeUp.large, to: "\(folder)/blobs/\(MadeUp.largeFile.sha256)")
        try cache.write(Self.config, to: "\(folder)/snapshots/abc/config.json")
        let link = cache.url.appending(path: "\(folder)/snapshots/abc/model.safetensors").path
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: "../../blobs/\(MadeUp.largeFile.sha256)")
        let directory = try TemporaryDirectory()
        var fetcher = Self.fetcher(directory, server.address)
        fetcher.neighbour = cache.url
        fetcher.isOffline = true
        _ = try fetcher.fetch(Self.weights)
        #expect(directory.read("net.recipe/model.safetensors") == MadeUp.large)
        #expect(server.requests.isEmpty)
        // A blob that is not what its name says is left alone.
        try cache.write(Data(repeating: 1, count: 9), to: "\(folder)/blobs/\(MadeUp.largeFile.sha256)")
        let other = try TemporaryDirectory()
        fetcher.root = other.url
        #expect(Self.error { () throws(FetchError) in _ = try fetcher.fetch(Self.weights) }?.kind == .offline)
        fetcher.isOffline = false
        _ = try fetcher.fetch(Self.weights)
        #expect(other.read("net.recipe/model.safetensors") == MadeUp.large)
        #expect(!server.requests.isEmpty)
    }

    @Test("the table holds what may be used by everybody, once") func table() {
        #expect(Set(PublishedWeights.all.map(\.name)).count == PublishedWeights.all.count)
        for weights in PublishedWeights.all {
            #expect(["Apache-2.0", "BSD-3-Clause", "MIT"].contains(weights.license))
            #expect(weights.topOne.map { (50..<100).contains($0) } ?? (weights.note != nil))
            #expect(weights.parameters > 1_000_000)
            #expect(PublishedWeights.named(weights.name) == weights)
        }
        #expect(PublishedWeights.named("convnextv2_atto.fcmae") == nil)
    }
}
