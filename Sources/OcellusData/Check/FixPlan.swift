// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
package import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// What could be done about a folder's files: a table that a person reads and edits before it is carried out.
///
/// Files are moved or renamed inside the folder, never deleted and never overwritten.
package struct FixPlan: Equatable, Sendable {
    package enum Action: String, Sendable {
        /// Out of the data set, into ``FixPlan/quarantine``.
        case move
        /// To the ending of its content.
        case rename
        /// Nothing: a person has to decide.
        case review
    }

    package struct Row: Equatable, Sendable {
        package var action: Action
        /// Relative to the folder.
        package var path: String
        /// Relative to the folder; empty for ``Action/review``.
        package var target: String
        /// SHA-256 of the file when the plan was made.
        package var sha256: String
        package var reason: String
    }

    /// The directory that takes up files; names that begin like this are no classes.
    package static let quarantine = "__removed"
    static let header = ["action", "path", "to", "sha256", "reason"]

    package var rows: [Row]

    /// As CSV.
    package var text: String {
        ([Self.header] + rows.map { [$0.action.rawValue, $0.path, $0.target, $0.sha256, $0.reason] })
            .map { $0.map(CSVField.quoted).joined(separator: ",") + "\n" }.joined()
    }

    package init(rows: [Row]) { self.rows = rows }

    /// Reads a plan, as ``text`` or as an editor of tables leaves it; columns are found by name.
    ///
    /// - Throws: ``DataError/Code/damaged`` with the line.
    package init(_ bytes: Data, path: String) throws(DataError) {
        var reader = CSVReader([UInt8](bytes), path: path)
        let header = try reader.next()?.fields ?? []
        var columns: [Int] = []
        for name in Self.header {
            guard let column = header.firstIndex(of: name) else {
                throw DataError(
                    .damaged, "\(path) is no fix plan.", needs: "the columns \(Self.header.joined(separator: ", "))",
                    received: header.joined(separator: ", "), advice: "ocellus check FOLDER --plan FILE writes one")
            }
            columns.append(column)
        }
        rows = []
        while let row = try reader.next() {
            guard row.fields.count == header.count, let action = Action(rawValue: row.fields[columns[0]]) else {
                throw DataError(
                    .damaged, "line \(row.line) of \(path) cannot be carried out.",
                    needs: "move, rename or review, and \(header.count) fields",
                    received: row.fields.joined(separator: ","))
            }
            rows.append(
                Row(
                    action: action, path: row.fields[columns[1]], target: row.fields[columns[2]],
                    sha256: row.fields[columns[3]], reason: row.fields[columns[4]]))
        }
    }
}

extension FolderCheck {
    /// What could be done about the findings. Only folders can be changed.
    ///
    /// - Throws: ``DataError/Code/unknownKind`` for tables and archives.
    package func plan(_ report: CheckReport) throws(DataError) -> FixPlan {
        guard isFolder else {
            throw DataError(
                .unknownKind, "\(path) is no folder, so nothing in it can be moved.", needs: "a folder of image files",
                advice: "unpack an archive; remove lines from a table")
        }
        let digests = Dictionary(
            entries.map { ($0.path, $0.facts.sha256) }, uniquingKeysWith: { first, _ in first })
        let formats = Dictionary(
            entries.map { ($0.path, $0.facts.format) }, uniquingKeysWith: { first, _ in first })
        var rows: [FixPlan.Row] = []
        // Paths, not strings: names that differ only in their Unicode normalization are two files.
        var moved = Set<Path>()
        var targets = Set<Path>()
        func add(_ action: FixPlan.Action, _ full: String, _ target: String?, _ finding: CheckReport.Finding) {
            guard let relative = relative(full) else { return }
            // A finding names files as text; a table cannot name one whose name is none.
            guard Files.exists(Path(full)) else {
                let reason = "\(finding.kind.title): \(finding.detail); its name is no text: rename it by hand"
                rows.append(.init(action: .review, path: relative, target: "", sha256: "", reason: reason))
                return
            }
            let target = target.map { unused($0, among: &targets) } ?? ""
            rows.append(
                .init(
                    action: action, path: relative, target: target, sha256: digests[Path(full)] ?? "",
                    reason: "\(finding.kind.title): \(finding.detail)"))
        }
        func move(_ full: String, _ finding: CheckReport.Finding) {
            // Names that are no text look alike without being the same file.
            guard let relative = relative(full), moved.insert(Path(full)).inserted || !Files.exists(Path(full)) else {
                return
            }
            add(.move, full, "\(FixPlan.quarantine)/\(finding.kind.rawValue)/\(relative)", finding)
        }
        for finding in report.findings {
            switch finding.kind {
            case .emptyFile, .noImage, .truncated, .damaged, .unsupported, .tooLarge:
                for full in finding.paths { move(full, finding) }
            case .duplicate, .duplicateAcrossSplits: for full in finding.paths.dropFirst() { move(full, finding) }
            case .labelError, .duplicateWithOtherClass, .nearDuplicateAcrossSplits, .nearDuplicateWithOtherClass,
                .unread,
                .singleColor, .oddSize,
                .oddChannels, .looseImage:
                for full in finding.paths where !moved.contains(Path(full)) { add(.review, full, nil, finding) }
            case .wrongExtension:
                for full in finding.paths where !moved.contains(Path(full)) {
                    guard let relative = relative(full), Path(full).ending != nil,
                        let format = formats[Path(full)]?.endings.first
                    else { continue }
                    add(.rename, full, "\(Path(relative).withoutEnding).\(format)", finding)
                }
            default: break
            }
        }
        return FixPlan(rows: rows)
    }

    /// A path inside the folder.
    private func relative(_ full: String) -> String? {
        Path(full).relative(to: path)?.text
    }

    /// A target that neither exists nor is another row's: with a number before its ending if need be.
    private func unused(_ target: String, among targets: inout Set<Path>) -> String {
        let ending = Path(target).ending.map { ".\($0)" } ?? ""
        let stem = Path(target).withoutEnding
        var candidate = Path(target)
        var number = 1
        while targets.contains(candidate) || Files.exists(path.appending(candidate)) {
            number += 1
            candidate = Path("\(stem)-\(number)\(ending)")
        }
        targets.insert(candidate)
        return candidate.text
    }
}
