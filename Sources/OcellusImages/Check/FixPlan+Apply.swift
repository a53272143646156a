// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation

extension FixPlan {
    /// What was done.
    package struct Outcome: Codable, Sendable {
        /// Files that were moved or renamed.
        package var moved: [String] = []
        /// Files that stayed where they were, with the reason.
        package var left: [String] = []
    }

    /// Moves and renames files. Everything is checked before the first file is moved, and the way back is written before.
    ///
    /// - Parameters:
    ///   - folder: The data set.
    ///   - journal: Where the way back is written; must not exist.
    /// - Throws: ``DataError``; its summary says whether something was moved before.
    package func apply(to folder: String, journal: String) throws(DataError) -> Outcome {
        let changes = rows.filter { $0.action != .review }
        guard Files.kind(at: folder) == .directory else {
            throw DataError(.notFound, "\(folder) is no folder.", needs: "the folder that the plan was made for")
        }
        guard !Files.exists(journal) else {
            throw DataError(
                .ambiguous, "\(journal) exists already.",
                advice: "undo it, or give another --journal; nothing was moved")
        }
        var problems: [String] = []
        var targets = Set<String>()
        for row in changes { if let problem = Self.problem(row, in: folder, &targets) { problems.append(problem) } }
        guard problems.isEmpty else {
            throw DataError(
                .doNotMatch, "\(problems.count) of \(changes.count) changes cannot be made; nothing was moved.",
                received: Files.list(problems), advice: "make the plan again, or remove these lines from it")
        }
        let way = FixPlan(
            rows: changes.map {
                Row(action: .move, path: $0.target, target: $0.path, sha256: $0.sha256, reason: $0.reason)
            })
        do {
            try Data(way.text.utf8).write(to: URL(fileURLWithPath: journal), options: .withoutOverwriting)
        } catch {
            throw DataError(
                .cannotWrite, "\(journal) cannot be written; nothing was moved.",
                because: "\(error.localizedDescription)")
        }
        var outcome = Outcome(left: rows.filter { $0.action == .review }.map { "\($0.path): a person has to decide" })
        for row in changes {
            try Self.move(folder + "/" + row.path, to: folder + "/" + row.target, journal: journal)
            outcome.moved.append("\(row.path) → \(row.target)")
        }
        return outcome
    }

    /// Moves files back by a journal. Files that are not where the journal has them stay, and are named.
    ///
    /// - Throws: ``DataError/Code/cannotWrite`` when a file cannot be moved.
    package func undo(in folder: String, journal: String) throws(DataError) -> Outcome {
        var outcome = Outcome()
        for row in rows.reversed() where row.action != .review {
            var targets = Set<String>()
            if !Files.exists(folder + "/" + row.path), Files.exists(folder + "/" + row.target) {
                outcome.left.append("\(row.target): it is back already")
            } else if let problem = Self.problem(row, in: folder, &targets) {
                outcome.left.append(problem)
            } else {
                try Self.move(folder + "/" + row.path, to: folder + "/" + row.target, journal: journal)
                outcome.moved.append("\(row.path) → \(row.target)")
            }
        }
        Self.removeEmptyDirectories(folder + "/" + Self.quarantine)
        return outcome
    }

    /// Why a change cannot be made; `nil` when it can.
    private static func problem(_ row: Row, in folder: String, _ targets: inout Set<String>) -> String? {
        for path in [row.path, row.target] {
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            guard !path.isEmpty, !path.contains("\0"), parts.allSatisfy({ !["", ".", ".."].contains($0) }) else {
                return "\(path): it does not lie in the folder"
            }
            // A link on the way could lead out of the folder.
            var directory = folder
            for part in parts.dropLast() {
                directory += "/" + part
                if Files.isLink(directory) { return "\(path): it lies behind a symbolic link" }
            }
        }
        let full = folder + "/" + row.path
        guard Files.exists(full) else { return "\(row.path): it is not there" }
        guard !Files.isLink(full), Files.kind(at: full) == .file else { return "\(row.path): it is no regular file" }
        guard !Files.exists(folder + "/" + row.target) else { return "\(row.target): it exists already" }
        guard targets.insert(row.target).inserted else { return "\(row.target): two files would go there" }
        if !row.sha256.isEmpty, let data = try? Files.read(full) {
            guard SHA256.hash(data: data).hexadecimal == row.sha256 else {
                return "\(row.path): it has changed since the plan was made"
            }
        }
        return nil
    }

    /// Moves to where nothing is.
    private static func move(_ from: String, to target: String, journal: String) throws(DataError) {
        do {
            try FileManager.default.createDirectory(
                atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try FileManager.default.moveItem(atPath: from, toPath: target)
        } catch {
            throw DataError(
                .cannotWrite, "\(from) cannot be moved.", because: error.localizedDescription,
                advice: "--undo \(journal) brings back what was moved")
        }
    }

    private static func removeEmptyDirectories(_ path: String) {
        guard Files.kind(at: path) == .directory, !Files.isLink(path) else { return }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
            removeEmptyDirectories(path + "/" + name)
        }
        rmdir(path)
    }
}
