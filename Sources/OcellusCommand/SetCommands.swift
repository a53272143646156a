// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import OcellusData
import OcellusDatasets
import OcellusPixels
import OcellusReport
import OcellusTensor

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `ocellus data list`: the sets that are known by name.
struct SetListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the data sets that are known by name, and which of them are here.")

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let sets = StandardSet.all.map { (set: $0, presence: $0.presence()) }
        if output.json {
            var document = SetDocument(sets: sets.map { .init($0.set, $0.presence) })
            document.builtIn = BuiltInSet.words.map { .init(name: $0.word, content: $0.summary) }
            return try Console.outputJSON(document)
        }
        let builtIn = BuiltInSet.words.map { [$0.word, $0.summary, "", "built in"] }
        let table = TextTable(
            [
                .init("name", .left), .init("content", .left, shrinks: true), .init("download"), .init("here", .left),
            ],
            rows: builtIn
                + sets.map { set, presence in [set.name, set.summary, NumberText.bytes(set.size), presence.word] })
        try Console.output(table.rendered(output.stdout))
    }
}

/// `ocellus data fetch`: downloads, because somebody asked for it.
struct FetchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch", abstract: "Download standard data sets.",
        discussion: """
              ocellus data fetch mnist cifar-10
              ocellus train --data cifar-10 --network cnn

            Files are kept as published in ~/.cache/ocellus/sets (XDG_CACHE_HOME). What is here and whole is not sent \
            again; a transfer that ended early goes on. Every file is compared with its published SHA-256. Each set has \
            terms of its own: data list --json names its page.
            """)

    @Argument(
        help: ArgumentHelp("Names, as data list shows them.", valueName: "name"), completion: .list(Completion.sets))
    var names: [String]

    @Option(
        help: ArgumentHelp(
            "Try this address first: the files' names are appended. May be given several times.", valueName: "url"))
    var mirror: [String] = []

    @Flag(help: "Send nothing: succeed when all is here, fail when not.")
    var offline = false

    @Option(
        help: ArgumentHelp("Give an address up that sends less than 1 KB/s for so long.", valueName: "seconds"))
    var patience = 30

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...3600).contains(patience) else { throw ValidationError("--patience must be in 1…3600.") }
        for address in mirror {
            let scheme = address.lowercased()
            guard scheme.hasPrefix("http://") || scheme.hasPrefix("https://") else {
                throw ValidationError("--mirror must begin with http:// or https://, unlike \"\(address)\".")
            }
        }
    }

    func run() async throws {
        let sets = try names.map { try SetName.set($0) }
        var fetcher = SetFetcher()
        fetcher.mirrors = mirror
        fetcher.isOffline = offline
        fetcher.patience = patience
        let progress = output.progress()
        defer { progress.end() }
        // Nothing is lost by ending at once. A bar may be open on a terminal.
        StopRequest.endCleanStops(
            message: (isatty(STDERR_FILENO) == 1 ? "\n" : "")
                + "stopped: what was received is kept; the same command goes on from there")
        var directories: [String] = []
        for set in sets {
            directories.append(try fetcher.fetch(set) { progress.show($0, of: set.name) })
        }
        progress.end()
        if output.json {
            return try Console.outputJSON(SetDocument(sets: sets.map { .init($0, $0.presence()) }))
        }
        let lines = zip(sets, directories).map { "\($0.name)  \($1)" }
        try Console.output(lines.map { output.stdout.shown($0) + "\n" }.joined())
    }
}

/// `ocellus data verify`: whether files are still what they were.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Compare the files of fetched data sets with their published SHA-256.",
        discussion: """
              ocellus data verify
              ocellus data verify mnist

            Without names: all sets of which something is here. Nothing is changed; data fetch replaces a damaged file.
            """)

    @Argument(
        help: ArgumentHelp("Names, as data list shows them.", valueName: "name"), completion: .list(Completion.sets))
    var names: [String] = []

    @OptionGroup var output: OutputOptions

    func run() async throws {
        var folders = Set<String>()
        let sets = try names.map { try SetName.set($0) }
        // Sets that come in one archive are one.
        let chosen = (sets.isEmpty ? StandardSet.all.filter { $0.presence() != .absent } : sets).filter {
            folders.insert($0.folder).inserted
        }
        let rows = chosen.flatMap { set in
            SetVerification.files(of: set).map { VerificationDocument.Row(set: set.name, $0) }
        }
        if output.json {
            try Console.outputJSON(VerificationDocument(files: rows))
        } else if rows.isEmpty {
            try Console.output("no data set was fetched")
        } else {
            let table = TextTable(
                [.init("set", .left), .init("state", .left), .init("file", .left)],
                rows: rows.map { [$0.set, $0.state, $0.path] })
            try Console.output(table.rendered(output.stdout))
        }
        guard let bad = rows.first(where: { $0.state != "good" }) else { return }
        let count = rows.filter { $0.state != "good" }.count
        throw DataError(
            bad.state == "missing" ? .missingFile : .damaged,
            count == 1
                ? "\(bad.path) is \(bad.state)." : "\(bad.path) is \(bad.state), and \(count - 1) more are not good.",
            needs: bad.needs, received: bad.received, advice: "ocellus data fetch \(bad.set)")
    }
}

/// `ocellus data where`: the directory of a set, for other programs.
struct WhereCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "where", abstract: "Print the directory of a fetched data set.")

    @Argument(
        help: ArgumentHelp("A name, as data list shows it.", valueName: "name"), completion: .list(Completion.sets))
    var name: String

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let set = try SetName.set(name)
        let presence = set.presence()
        if output.json {
            return try Console.outputJSON(SetDocument(sets: [.init(set, presence)]))
        }
        guard let directory = presence.directory else {
            throw DataError(
                .notFetched, "the data set \(set.name) is not on this machine.",
                advice: "ocellus data fetch \(set.name)")
        }
        // As it is, not as a terminal shows it: it may be used by a script.
        try Console.output(directory)
    }
}

private enum SetName {
    static func set(_ name: String) throws -> StandardSet {
        if let set = StandardSet.named(name) { return set }
        let names = StandardSet.all.map(\.name)
        throw FetchError(
            .unknownSet, "there is no standard data set \"\(name)\".", needs: names.joined(separator: ", "),
            advice: closestMatch(to: name, in: names).map { "did you mean \($0)?" })
    }
}

extension StandardSet.Presence {
    fileprivate var word: String {
        switch self {
        case .absent: "no"
        case .incomplete: "in part"
        case .fetched: "fetched"
        case .installed: "installed"
        }
    }
}

/// What `ocellus data list`, `fetch` and `where` print as JSON.
private struct SetDocument: Encodable {
    struct File: Encodable {
        var name: String
        var bytes: Int
        var sha256: String
        var addresses: [String]
    }
    struct Entry: Encodable {
        var name: String
        var content: String
        var page: String
        var testOnly: Bool
        var bytes: Int
        var here: String
        var directory: String?
        var files: [File]

        init(_ set: StandardSet, _ presence: StandardSet.Presence) {
            name = set.name
            content = set.summary
            page = set.page
            testOnly = set.isTestOnly
            bytes = set.size
            here = presence.word
            directory = presence.directory
            files = set.files.map { file in
                File(
                    name: file.name, bytes: file.size, sha256: file.sha256,
                    addresses: set.mirrors.map { $0 + file.name })
            }
        }
    }
    /// A set that needs no file.
    struct BuiltIn: Encodable {
        var name: String
        var content: String
    }

    var schema = 1
    /// `nil` where only sets of files were asked about.
    var builtIn: [BuiltIn]?
    var sets: [Entry]
}

/// What `ocellus data verify --json` prints.
private struct VerificationDocument: Encodable {
    struct Row: Encodable {
        var set: String
        var path: String
        var state: String
        var needs: String?
        var received: String?

        init(set: String, _ file: SetVerification) {
            self.set = set
            path = file.path
            switch file.state {
            case .good: state = "good"
            case .missing: state = "missing"
            case .damaged(let needs, let received):
                state = "damaged"
                self.needs = "SHA-256 \(needs)"
                self.received = received
            case .unreadable(let reason):
                state = "unreadable"
                received = reason
            }
        }
    }
    var schema = 1
    var files: [Row]
}
