// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusPixels

/// A table of image files with their classes: the columns `path` and `label`, and perhaps `split`, `group`
/// and `fold`.
struct ImageManifest {
    let path: String
    let bytes: [UInt8]

    /// Names under which each column is accepted, in any case.
    private static let columns: [(column: Column, names: [String])] = [
        (.path, ["path", "file", "filename", "image"]), (.label, ["label", "class"]), (.split, ["split", "set"]),
        (.group, ["group"]), (.fold, ["fold"]),
    ]

    private enum Column: String { case path, label, split, group, fold }

    init(path: String) throws(DataError) {
        self.init(path: path, bytes: [UInt8](try Files.read(path, limit: 1 << 30)))
    }

    init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    /// Whether a file's name is one of a table.
    static func isManifest(_ name: String) -> Bool { [".csv", ".tsv"].contains { Path(name).ends(with: $0) } }

    private struct Entry {
        var line: Int
        var file: String
        var label: String
        var split: SplitName?
        var group: String?
        var fold: Int?
    }

    /// - Throws: ``DataError/Code/damaged`` with the line, ``DataError/Code/classNames``, ``DataError/Code/ambiguous``.
    func layout() throws(DataError) -> ImageLayout {
        var layout = ImageLayout(root: path)
        let entries = try entries(layout: &layout)
        let hasSplits = entries.contains { $0.split != nil }
        func content(_ entry: Entry) -> String { Path(path).sibling(Path(entry.file)).text }
        let train = entries.filter { $0.split == .train || !hasSplits }
        layout.classes = Set(train.map(\.label)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        func files(_ part: [Entry]) -> [ImageLayout.File] {
            let labels = Dictionary(uniqueKeysWithValues: zip(layout.classes, 0..<layout.classes.count))
            return part.map {
                ImageLayout.File(
                    path: content($0), content: .file(content($0)), label: UInt16(clamping: labels[$0.label] ?? 0),
                    group: $0.group, fold: $0.fold)
            }
        }
        layout.train = files(train)
        for split in [SplitName.validation, .test] {
            let part = entries.filter { $0.split == split }
            guard !part.isEmpty else { continue }
            let names = Set(part.map(\.label)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            layout.note(split: "the \(split.rawValue) part of \(path)", names: names)
            if split == .test { layout.test = files(part) } else { layout.validation = files(part) }
        }
        try checkGroups(entries)
        try checkFolds(train, of: entries)
        let folds = Set(train.compactMap(\.fold))
        if !folds.isEmpty {
            layout.remarks.append(
                "\(path) divides the training images into \(folds.count) folds, for --fold 1 and so on")
        }
        return layout
    }

    private func entries(layout: inout ImageLayout) throws(DataError) -> [Entry] {
        var reader = CSVReader(bytes, path: path)
        guard let header = try reader.next() else { throw DataError(.damaged, "\(path) is empty.", needs: Self.needs) }
        let columns = try columns(header.fields, layout: &layout)
        var entries: [Entry] = []
        var seen: [Path: Entry] = [:]
        var repeated = 0
        while let row = try reader.next() {
            guard row.fields.count == header.fields.count else {
                throw failure(
                    row.line, "another number of fields than the header", needs: "\(header.fields.count)",
                    received: "\(row.fields.count)")
            }
            func field(_ column: Column) -> String {
                columns[column].map { row.fields[$0].trimmingCharacters(in: .whitespaces) } ?? ""
            }
            let split = SplitName(field(.split))
            guard field(.split).isEmpty || split != nil else {
                throw failure(
                    row.line, "an unknown split", needs: SplitName.allCases.flatMap(\.synonyms).joined(separator: ", "),
                    received: field(.split))
            }
            guard !field(.path).isEmpty, !field(.label).isEmpty, !field(.path).contains("\0") else {
                throw failure(row.line, "no \(field(.label).isEmpty ? "label" : "path")", needs: nil, received: nil)
            }
            let entry = Entry(
                line: row.line, file: field(.path), label: field(.label), split: split,
                group: field(.group).isEmpty ? nil : field(.group), fold: try fold(field(.fold), row.line))
            if let other = seen[Path(entry.file)] {
                guard other.label == entry.label, other.split == entry.split, other.fold == entry.fold else {
                    throw DataError(
                        .ambiguous, "\(path) names \(entry.file) twice, in different ways.",
                        received: "lines \(other.line) and \(entry.line)", advice: "remove one of the lines")
                }
                repeated += 1
                continue
            }
            seen[Path(entry.file)] = entry
            entries.append(entry)
        }
        guard !entries.isEmpty else { throw DataError(.noImages, "\(path) names no image.", needs: Self.needs) }
        if entries.contains(where: { $0.split != nil }), let bare = entries.first(where: { $0.split == nil }) {
            throw failure(bare.line, "no split, where other lines have one", needs: nil, received: nil)
        }
        if repeated > 0 { layout.remarks.append("\(repeated) lines of \(path) repeat another and were left out") }
        return entries
    }

    private static let needs = "a header with the columns path and label, and perhaps split, group and fold"

    private func columns(_ header: [String], layout: inout ImageLayout) throws(DataError) -> [Column: Int] {
        let names = header.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
        var columns: [Column: Int] = [:]
        for (column, synonyms) in Self.columns {
            let matches = names.indices.filter { synonyms.contains(names[$0]) }
            guard matches.count < 2 else {
                throw DataError(
                    .ambiguous, "\(path) has two columns for the \(column.rawValue).",
                    received: matches.map { header[$0] }.joined(separator: ", "), advice: "rename one of them")
            }
            columns[column] = matches.first
        }
        guard columns[.path] != nil, columns[.label] != nil else {
            throw DataError(
                .damaged, "\(path) is no list of labelled images.", needs: Self.needs,
                received: header.joined(separator: ", "))
        }
        let unused = header.indices.filter { !columns.values.contains($0) }.map { header[$0] }
        if !unused.isEmpty { layout.remarks.append("columns of \(path) that are not used: \(Files.list(unused))") }
        return columns
    }

    /// Folds are numbered from 1 in a table, from 0 in the program.
    private func fold(_ text: String, _ line: Int) throws(DataError) -> Int? {
        guard !text.isEmpty else { return nil }
        guard let number = Int(text), (1...Self.mostFolds).contains(number) else {
            throw failure(
                line, "no fold", needs: "a whole number from 1 to \(Self.mostFolds), or nothing", received: text)
        }
        return number - 1
    }

    private static let mostFolds = 1_000_000

    /// Training images all have a fold or none, others have none, and a group in two folds is a leak.
    private func checkFolds(_ train: [Entry], of entries: [Entry]) throws(DataError) {
        guard entries.contains(where: { $0.fold != nil }) else { return }
        if let other = entries.first(where: { $0.fold != nil && ($0.split ?? .train) != .train }) {
            throw failure(
                other.line, "a fold for a \(other.split?.rawValue ?? "") image",
                needs: "folds for training images, which --fold divides", received: "fold \((other.fold ?? 0) + 1)")
        }
        if let bare = train.first(where: { $0.fold == nil }) {
            throw failure(bare.line, "no fold, where other training images have one", needs: nil, received: nil)
        }
        var folds: [String: Entry] = [:]
        for entry in train {
            guard let group = entry.group else { continue }
            if let other = folds[group], other.fold != entry.fold {
                throw DataError(
                    .ambiguous, "group \(group) of \(path) stands in two folds.",
                    received: "lines \(other.line) and \(entry.line)", advice: "one fold for all images of a group")
            }
            folds[group] = folds[group] ?? entry
        }
    }

    /// A group on both sides of a stated split is a leak.
    private func checkGroups(_ entries: [Entry]) throws(DataError) {
        var splits: [String: Entry] = [:]
        for entry in entries {
            guard let group = entry.group else { continue }
            if let other = splits[group], other.split != entry.split {
                throw DataError(
                    .ambiguous, "group \(group) of \(path) stands in two splits.",
                    received: "\(other.split?.rawValue ?? "") in line \(other.line), \(entry.split?.rawValue ?? "") in "
                        + "line \(entry.line)", advice: "one split for all images of a group")
            }
            splits[group] = splits[group] ?? entry
        }
    }

    private func failure(_ line: Int, _ what: String, needs: String?, received: String?) -> DataError {
        DataError(.damaged, "line \(line) of \(path) has \(what).", needs: needs, received: received)
    }
}
