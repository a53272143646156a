// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusFiles
import OcellusModel
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One run on disk: resolved configuration, checkpoint, models, record, page.
///
/// `configuration.json` is written when the directory is made, before anything is trained; nothing is overwritten. Whoever
/// writes into a run has its lock, as long as this value or a copy of it exists.
package struct RunDirectory: Sendable {
    package let url: URL
    /// `nil` for a run that is only read.
    private let lock: FileLock?
    /// Whether the directory was made for this run, and did not stand there empty.
    private let isNew: Bool
    /// Whether this value wrote the configuration.
    private var isBegunHere = false

    private init(url: URL, lock: FileLock?, isNew: Bool = false) {
        (self.url, self.lock, self.isNew) = (url, lock, isNew)
    }

    /// The directory as a person would type it.
    package var path: String { url.shownPath }

    /// Whether nobody else may write its configuration and its record.
    package var isHeld: Bool { lock != nil }

    package var configurationFile: URL { url.appending(path: "configuration.json") }
    package var checkpointFile: URL { url.appending(path: "checkpoint.safetensors") }
    package var modelFile: URL { url.appending(path: "model.safetensors") }
    package var lastModelFile: URL { url.appending(path: "last.safetensors") }
    package var historyFile: URL { url.appending(path: "history.csv") }
    package var recordFile: URL { url.appending(path: "record.json") }
    package var reportFile: URL { url.appending(path: "report.html") }
    package var algorithmsFile: URL { url.appending(path: "algorithms.json") }

    /// Makes a new directory: `path` when given, in the form of ``Path/escaped`` (it must not exist or be empty), else the first free
    /// `runs/<verb>/<name>-<n>`.
    ///
    /// - Throws: ``TrainingError/Code/runExists``; ``TrainingError/Code/runInUse`` when another process makes it as well;
    ///   ``FileError`` when it cannot be written.
    package static func create(
        verb: String, name: String, at path: String?, configuration: some Encodable
    ) throws -> RunDirectory {
        var run = try makeDirectory(verb: verb, name: name, at: path)
        let text = Data((try CanonicalJSON.encode(configuration) + "\n").utf8)
        // Two processes may find one empty directory; the file that comes first makes it a run.
        guard try AtomicFile.writeNew(text, to: run.configurationFile) else { throw exists(run.path) }
        run.isBegunHere = true
        return run
    }

    /// Takes back what ``create(verb:name:at:configuration:)`` made, of a run in which nothing was trained yet: its
    /// configuration, and its directory where it made that. What cannot be removed stays.
    package func removeUnlessStarted() {
        guard isBegunHere else { return }
        AtomicFile.removeLeftovers(in: url)
        let own = [configurationFile, algorithmsFile]
        guard let directory = try? Directory(Path(url)),
            Self.holdsNothing(directory, but: own.map { Path($0.lastPathComponent) })
        else { return }
        for file in own { try? FileManager.default.removeItem(at: file) }
        directory.removeEmptyDirectories()
        guard isNew else { return }
        rmdir(url.path(percentEncoded: false))
    }

    /// Whether a directory holds no file but those of some names.
    private static func holdsNothing(_ directory: borrowing Directory, but names: [Path]) -> Bool {
        guard let found = try? directory.names() else { return false }
        for name in found where !names.contains(name) {
            guard let inner = try? directory.directory(name), holdsNothing(inner, but: []) else { return false }
        }
        return true
    }

    /// Opens the directory of an earlier run, to go on with it.
    ///
    /// - Throws: ``TrainingError/Code/notARun`` when it has no `configuration.json`; ``TrainingError/Code/runInUse`` when
    ///   another process writes into it.
    package static func resume(_ path: String) throws -> RunDirectory {
        let run = try open(path)
        return RunDirectory(url: run.url, lock: try takeLock(of: run.url))
    }

    /// Opens the directory of an earlier run, to read it.
    ///
    /// - Throws: ``TrainingError/Code/notARun`` when it has no `configuration.json`.
    package static func open(_ path: String) throws -> RunDirectory {
        let run = RunDirectory(url: URL(Path(escaped: path)), lock: nil)
        guard Path(run.configurationFile).exists else {
            throw TrainingError(
                .notARun, "\(Path(escaped: path)) is not a run.", needs: "a directory with configuration.json",
                advice: "give the directory that the run printed when it started, e.g. runs/train/cnn-1")
        }
        AtomicFile.removeLeftovers(in: run.url)
        return run
    }

    /// The directory of one part of the run, made when it is missing.
    package func part(_ path: String) throws -> RunDirectory {
        let directory = url.appending(path: path)
        try AtomicFile.createDirectory(directory)
        AtomicFile.removeLeftovers(in: directory)
        return RunDirectory(url: directory, lock: lock)
    }

    package func configuration<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let data = try AtomicFile.read(configurationFile)
        return try CanonicalJSON.decode(
            type, from: try RunSchema.configuration(String(decoding: data, as: UTF8.self)))
    }

    package func write(text: String, to file: URL) throws { try AtomicFile.write(Data(text.utf8), to: file) }

    package func write(_ value: some Encodable, to file: URL) throws {
        try AtomicFile.write(Data((try CanonicalJSON.encode(value) + "\n").utf8), to: file)
    }

    /// Writes the epochs so far with the column names of timm's `summary.csv`.
    package func write(history: [EpochRecord]) throws {
        var text = "epoch,train_loss,train_top1,eval_loss,eval_top1,lr,seconds,images_per_second\n"
        for record in history {
            let columns: [String] = [
                "\(record.epoch)", "\(record.trainLoss)", "\(100 * record.trainAccuracy)",
                record.validationLoss.map { "\($0)" } ?? "",
                record.validationAccuracy.map { "\(100 * $0)" } ?? "", "\(record.learningRate)", "\(record.seconds)",
                "\(record.imagesPerSecond)",
            ]
            text += columns.joined(separator: ",") + "\n"
        }
        try AtomicFile.write(Data(text.utf8), to: historyFile)
    }

    private static func makeDirectory(verb: String, name: String, at path: String?) throws -> RunDirectory {
        if let path {
            let place = Path(escaped: path)
            let url = URL(place)
            if let status = FileStatus(of: place), status.kind != .directory { throw exists(place.text) }
            if try AtomicFile.createDirectory(url) {
                return RunDirectory(url: url, lock: try takeLock(of: url), isNew: true)
            }
            AtomicFile.removeLeftovers(in: url)
            func requireEmpty() throws {
                let content = try? Directory(place).names()
                guard content?.isEmpty == true else { throw exists(place.text) }
            }
            try requireEmpty()
            let run = RunDirectory(url: url, lock: try takeLock(of: url))
            // Of two processes that found it empty, one goes on.
            try requireEmpty()
            return run
        }
        let parent = Path("runs").appending(verb)
        try AtomicFile.createDirectory(URL(parent))
        for number in 1...1_000_000 {
            let place = parent.appending("\(name)-\(number)")
            let url = URL(place)
            if try AtomicFile.createDirectory(url) {
                return RunDirectory(url: url, lock: try takeLock(of: url), isNew: true)
            }
        }
        throw TrainingError(.runExists, "runs/\(verb) is full.", needs: "a free number", advice: "give --output")
    }

    private static func takeLock(of url: URL) throws -> FileLock {
        do {
            if let lock = try FileLock(directory: Path(url)) { return lock }
        } catch {
            throw FileError.reading(url.shownPath, error.number)
        }
        throw TrainingError(
            .runInUse, "\(url.shownPath) is in use.", needs: "a run that nobody else writes into",
            because: "another process trains there", advice: "wait until it ends, or another run")
    }

    private static func exists(_ path: String) -> TrainingError {
        TrainingError(
            .runExists, "\(path) already exists.", needs: "a new or empty directory",
            advice: "another --output, or --resume \(path) to go on with a run")
    }
}
