// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// All tests of the command. One after the other: two engines on the same cores slow each other down.
@Suite("Command", .serialized) enum CommandTests {}

/// The built program, run as a process of its own.
enum Ocellus {
    /// What a finished process left behind.
    struct Result {
        /// Exit status, or minus the signal that killed it.
        var status: Int32
        var stdout: String
        var stderr: String

        /// The JSON object on stdout.
        func json() throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(stdout.utf8)) as? [String: Any])
        }
    }

    struct TimedOut: Error {
        var arguments: [String]
        var stderr: String
    }

    /// Beside the tests in the build directory.
    static let executable: URL? = {
        let bundles = [Bundle.main] + Bundle.allBundles
        let places = bundles.flatMap { bundle in
            [bundle.bundleURL, bundle.bundleURL.deletingLastPathComponent()]
                + (bundle.executableURL.map { [$0.deletingLastPathComponent()] } ?? [])
        }
        return places.map { $0.appending(path: "ocellus") }.first {
            FileManager.default.isExecutableFile(atPath: $0.path(percentEncoded: false))
        }
    }()

    /// Runs to the end; fails the test after `limit` seconds and kills the process.
    @discardableResult
    static func run(
        _ arguments: [String], stdin: Data = Data(), environment: [String: String] = [:], directory: Scratch,
        limit: Double = 120
    ) async throws -> Result {
        try await Running(arguments, stdin: stdin, environment: environment, directory: directory).end(within: limit)
    }

    /// As ``run(_:stdin:environment:directory:limit:)`` through `sh`, where `"$@"` is the command, e.g. to set a limit.
    static func shell(_ script: String, _ arguments: [String], directory: Scratch) async throws -> Result {
        let program = try #require(executable).path(percentEncoded: false)
        return try await Running(
            program: URL(filePath: "/bin/sh"), ["-c", script, "sh", program] + arguments, directory: directory
        ).end(within: 120)
    }
}

/// A process that runs. Its output goes to files, so that it never waits for a reader.
final class Running {
    private let process = Process()
    private let arguments: [String]
    private let streams: Scratch
    private let start = ContinuousClock.now

    convenience init(
        _ arguments: [String], stdin: Data = Data(), environment: [String: String] = [:], directory: Scratch
    ) throws {
        try self.init(
            program: try #require(Ocellus.executable), arguments, stdin: stdin, environment: environment,
            directory: directory)
    }

    init(
        program: URL, _ arguments: [String], stdin: Data = Data(), environment: [String: String] = [:],
        directory: Scratch
    ) throws {
        self.arguments = arguments
        streams = try Scratch()
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = directory.url
        // What decides how output looks must not depend on who runs the tests.
        let own = ["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "CI", "LANG", "LC_CTYPE", "OMP_NUM_THREADS"]
        let cache = streams.url("cache").path(percentEncoded: false)
        process.environment = ProcessInfo.processInfo.environment.filter { name, _ in
            !own.contains(name) && !name.hasPrefix("OCELLUS_")
        }.merging(["GOMP_SPINCOUNT": "100", "OCELLUS_THREADS": "1", "LC_ALL": "C.UTF-8", "XDG_CACHE_HOME": cache]) {
            $1
        }
        .merging(environment) { $1 }
        try streams.write(stdin, to: "in")
        for name in ["out", "err"] { try streams.write(Data(), to: name) }
        process.standardInput = try FileHandle(forReadingFrom: streams.url("in"))
        process.standardOutput = try FileHandle(forWritingTo: streams.url("out"))
        process.standardError = try FileHandle(forWritingTo: streams.url("err"))
        try process.run()
    }

    var isRunning: Bool { process.isRunning }
    var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
    var stderr: String { text("err") }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits until stderr holds a text.
    ///
    /// - Returns: Whether the process still runs.
    func waits(for text: String) async throws -> Bool {
        while process.isRunning, !stderr.contains(text) { try await pause(within: 120) }
        return process.isRunning
    }

    func end(within limit: Double = 120) async throws -> Ocellus.Result {
        while process.isRunning { try await pause(within: limit) }
        let status = process.terminationStatus
        return Ocellus.Result(
            status: process.terminationReason == .exit ? status : -status, stdout: text("out"), stderr: text("err"))
    }

    private func pause(within limit: Double) async throws {
        guard seconds < limit else {
            kill(process.processIdentifier, SIGKILL)
            throw Ocellus.TimedOut(arguments: arguments, stderr: stderr)
        }
        try await Task.sleep(for: .milliseconds(2))
    }

    private func text(_ name: String) -> String {
        String(decoding: (try? Data(contentsOf: streams.url(name))) ?? Data(), as: UTF8.self)
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
}
