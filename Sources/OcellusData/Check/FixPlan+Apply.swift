// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
package import OcellusPixels
import OcellusTensor

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

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
    /// A plan may come from anyone: its paths are bytes that are divided at every slash, and the directories on the way are
    /// opened one by one without following links, so no line can reach outside of the folder, whoever changes the folder
    /// meanwhile.
    ///
    /// - Parameters:
    ///   - folder: The data set.
    ///   - journal: Where the way back is written; must not exist.
    /// - Throws: ``DataError``; its summary says whether something was moved before.
    package func apply(to folder: String, journal: String) throws(DataError) -> Outcome {
        let changes = rows.filter { $0.action != .review }
        let root = try Self.open(folder)
        guard !Files.exists(Path(journal)) else { throw Self.journalExists(journal) }
        var problems: [String] = []
        var targets = Targets()
        for row in changes { if let problem = Self.problem(row, in: root, &targets) { problems.append(problem) } }
        guard problems.isEmpty else {
            throw DataError(
                .doNotMatch, "\(problems.count) of \(changes.count) changes cannot be made; nothing was moved.",
                received: Files.list(problems), advice: "make the plan again, or remove these lines from it")
        }
        let way = FixPlan(
            rows: changes.map {
                Row(action: .move, path: $0.target, target: $0.path, sha256: $0.sha256, reason: $0.reason)
            })
        try Self.write(way, to: journal)
        var outcome = Outcome(left: rows.filter { $0.action == .review }.map { "\($0.path): a person has to decide" })
        for row in changes {
            try Self.move(row, in: root, folder: folder, journal: journal)
            outcome.moved.append("\(row.path) → \(row.target)")
        }
        return outcome
    }

    /// Moves files back by a journal. Files that are not where the journal has them stay, and are named.
    ///
    /// - Throws: ``DataError/Code/notFound`` without the folder, ``DataError/Code/cannotWrite`` when a file cannot be moved.
    package func undo(in folder: String, journal: String) throws(DataError) -> Outcome {
        let root = try Self.open(folder)
        var outcome = Outcome()
        for row in rows.reversed() where row.action != .review {
            var targets = Targets()
            if Self.isMissing(row.path, in: root), Self.exists(row.target, in: root) {
                outcome.left.append("\(row.target): it is back already")
            } else if let problem = Self.problem(row, in: root, &targets) {
                outcome.left.append(problem)
            } else {
                try Self.move(row, in: root, folder: folder, journal: journal)
                outcome.moved.append("\(row.path) → \(row.target)")
            }
        }
        let quarantine = Path(Self.quarantine)
        if let directory = try? root.directory(quarantine) {
            directory.removeEmptyDirectories()
            root.removeEmptyDirectory(quarantine)
        }
        return outcome
    }

    private static func open(_ folder: String) throws(DataError) -> Directory {
        do {
            return try Directory(Path(folder))
        } catch {
            guard error.number == EACCES else {
                throw DataError(.notFound, "\(folder) is no folder.", needs: "the folder that the plan was made for")
            }
            throw DataError(.notPermitted, "\(folder) may not be read.", advice: "change its permissions")
        }
    }

    private static func journalExists(_ journal: String) -> DataError {
        DataError(
            .ambiguous, "\(journal) exists already.",
            advice: "undo it, or give another --journal; nothing was moved")
    }

    /// Writes the way back to the disk, or leaves no file: a part of it would undo a part of the changes.
    private static func write(_ way: FixPlan, to journal: String) throws(DataError) {
        do {
            try Path(journal).writeNew(Array(way.text.utf8))
        } catch {
            guard error.number != EEXIST else { throw journalExists(journal) }
            let isFull = [ENOSPC, EDQUOT, EFBIG].contains(error.number)
            throw DataError(
                isFull ? .diskFull : .cannotWrite, "\(journal) cannot be written; nothing was moved.",
                needs: isFull ? "free space on the disk" : nil, because: error.reason, advice: "another --journal")
        }
    }

    /// Where the changes that were looked at so far put files.
    private struct Targets {
        var files = Set<Path>()
        /// The directories above them.
        var directories = Set<Path>()
    }

    /// Bytes, on every file system in common use.
    private static let longestName = 255

    /// Why a change cannot be made; `nil` when it can.
    private static func problem(_ row: Row, in root: borrowing Directory, _ targets: inout Targets) -> String? {
        guard let source = Path(row.path).componentsInside, let name = source.last else { return outside(row.path) }
        guard let target = Path(row.target).componentsInside, let newName = target.last else {
            return outside(row.target)
        }
        // Directories that are not made yet cannot say so themselves.
        guard target.allSatisfy({ $0.bytes.count <= longestName }) else {
            return "\(row.target): it has a name of more than \(longestName) bytes"
        }
        do {
            let directory = try root.directory(at: source.dropLast())
            guard try directory.status(of: name).kind == .file else { return "\(row.path): it is no regular file" }
            if !row.sha256.isEmpty {
                var hash = SHA256()
                try directory.read(name) { hash.add($0) }
                guard hash.hexadecimal == row.sha256 else {
                    return "\(row.path): it has changed since the plan was made"
                }
            }
        } catch {
            return problem(error, with: row.path, source, in: root) ?? "\(row.path): it is not there"
        }
        do {
            _ = try root.directory(at: target.dropLast()).status(of: newName)
            return "\(row.target): it exists already"
        } catch {
            if let problem = problem(error, with: row.target, target, in: root) { return problem }
        }
        let path = Path(row.target)
        guard targets.files.insert(path).inserted else { return "\(row.target): two files would go there" }
        let above = target.indices.dropFirst().map { Path(components: target[..<$0]) }
        targets.directories.formUnion(above)
        guard !targets.directories.contains(path), targets.files.isDisjoint(with: above) else {
            return "\(row.target): a file and a directory would have one name"
        }
        return nil
    }

    private static func outside(_ path: String) -> String { "\(path): it does not lie in the folder" }

    /// What the system's refusal to look up a path means; `nil` when nothing is there.
    private static func problem(
        _ error: SystemError, with path: String, _ parts: [Path], in root: borrowing Directory
    ) -> String? {
        switch error.number {
        case ENOENT: return nil
        case ELOOP, ENOTDIR:
            // Systems differ in the number for a link that is not followed.
            let isLink = parts.indices.contains { end in
                guard let directory = try? root.directory(at: parts[..<end]) else { return false }
                return (try? directory.status(of: parts[end]))?.kind == .link
            }
            return isLink
                ? "\(path): it lies behind a symbolic link" : "\(path): a file stands where a directory is needed"
        default: return "\(path): \(error.reason)"
        }
    }

    private static func isMissing(_ path: String, in root: borrowing Directory) -> Bool {
        guard let parts = Path(path).componentsInside, let name = parts.last else { return false }
        do {
            _ = try root.directory(at: parts.dropLast()).status(of: name)
            return false
        } catch {
            return error.number == ENOENT
        }
    }

    private static func exists(_ path: String, in root: borrowing Directory) -> Bool {
        guard let parts = Path(path).componentsInside, let name = parts.last else { return false }
        return (try? root.directory(at: parts.dropLast()).status(of: name)) != nil
    }

    /// Moves to where nothing is.
    private static func move(
        _ row: Row, in root: borrowing Directory, folder: String, journal: String
    ) throws(DataError) {
        guard let source = Path(row.path).componentsInside, let name = source.last,
            let target = Path(row.target).componentsInside, let newName = target.last
        else { throw DataError(.doNotMatch, outside(row.path)) }
        do {
            let new = try root.directory(at: target.dropLast(), making: true)
            try root.directory(at: source.dropLast()).move(name, to: newName, in: new)
        } catch {
            throw DataError(
                .cannotWrite, "\(folder)/\(row.path) cannot be moved to \(row.target).", because: error.reason,
                advice: "--undo \(journal) brings back what was moved")
        }
    }
}
