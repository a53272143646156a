// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

/// Tables of image files with their classes: the columns of ``TableColumns``.
struct ImageManifest {
    /// One table.
    struct Table {
        let path: Path
        let bytes: [UInt8]
        /// The split that it is, where its rows do not say one.
        var split: SplitName?
    }

    /// Named in messages.
    let path: Path
    let tables: [Table]
    var options = TableOptions()

    /// - Parameter paths: One table, or one for each of several splits in folders called after them.
    init(_ paths: [Path], root: Path, options: TableOptions) throws(DataError) {
        path = root
        self.options = options
        tables = try paths.map { path throws(DataError) in
            let split = paths.count > 1 ? SplitWords(path.parent.name.text)?.split : nil
            return Table(path: path, bytes: [UInt8](try Files.read(path, limit: 1 << 30)), split: split)
        }
    }

    init(path: Path, bytes: [UInt8]) {
        self.path = path
        tables = [Table(path: path, bytes: bytes)]
    }

    /// Whether a file's name is one of a table.
    static func isManifest(_ name: Path) -> Bool { [".csv", ".tsv", ".jsonl"].contains { name.ends(with: $0) } }

    /// The tables that lie beside images in the form of Hugging Face: `metadata.csv` or `metadata.jsonl` with a path and a
    /// label, in a folder or in each of its splits. Empty where there are none.
    static func beside(imagesIn folder: Path, entries: [Files.Entry]) -> [Path] {
        if let table = metadata(in: folder) { return [table] }
        let parts = entries.filter { $0.kind == .directory && SplitWords($0.name.text) != nil }
        let tables = parts.compactMap { metadata(in: folder.appending($0.name)) }
        return tables.count == parts.count ? tables : []
    }

    private static func metadata(in folder: Path) -> Path? {
        ["metadata.csv", "metadata.jsonl"].map { folder.appending($0) }.first { path in
            // A header; lines of JSON may be long.
            let start = Files.prefix(of: path, count: 1 << 20)
            let lines = start.split(separator: UInt8(ascii: "\n"), maxSplits: 1)
            guard let first = lines.first, let reader = try? TableReader([UInt8](first), path: path) else {
                return false
            }
            return TableColumns.areFound(in: reader.header, path: path)
        }
    }

    private struct Entry {
        var table: Path
        var line: Int
        /// As the table names it.
        var name: Path
        var place = Path("")
        var label: String
        var split: SplitName?
        var group: String?
        var fold: Int?
    }

    /// - Throws: ``DataError/Code/damaged`` with the line, ``DataError/Code/classNames``, ``DataError/Code/ambiguous``,
    ///   ``DataError/Code/missingFile`` when none of the files exists.
    func layout() throws(DataError) -> ImageLayout {
        var layout = ImageLayout(root: path.text)
        var entries: [Entry] = []
        for table in tables { entries += try self.entries(of: table, layout: &layout) }
        if entries.contains(where: { $0.split != nil }), let bare = entries.first(where: { $0.split == nil }) {
            throw failure(bare, "no split, where other lines have one", needs: nil, received: nil)
        }
        let hasSplits = entries.contains { $0.split != nil }
        func isTrain(_ entry: Entry) -> Bool { entry.split == .train || !hasSplits }
        try checkGroups(entries)
        try checkFolds(entries.filter(isTrain), of: entries)
        entries = try found(entries, &layout)
        let train = entries.filter(isTrain)
        layout.classes = classes(of: train, layout: &layout)
        layout.train = files(train, layout.classes)
        for split in [SplitName.validation, .test] {
            let part = entries.filter { $0.split == split }
            guard !part.isEmpty else { continue }
            let names = Set(part.map(\.label)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            layout.note(split: "the \(split.rawValue) part of \(path)", names: names)
            if split == .test {
                layout.test = files(part, layout.classes)
            } else {
                layout.validation = files(part, layout.classes)
            }
        }
        let folds = Set(train.compactMap(\.fold))
        if !folds.isEmpty {
            layout.remarks.append(
                "\(path) divides the training images into \(folds.count) folds, for --fold 1 and so on")
        }
        return layout
    }

    /// Labels that are equal but for their Unicode normalization are one class.
    private func classes(of entries: [Entry], layout: inout ImageLayout) -> [String] {
        var spellings: [String: Set<Path>] = [:]
        for entry in entries { spellings[entry.label, default: []].insert(Path(entry.label)) }
        layout.remarks += spellings.filter { $0.value.count > 1 }.keys.sorted().map(ClassNames.oneClass)
        return spellings.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private func files(_ part: [Entry], _ classes: [String]) -> [ImageLayout.File] {
        let labels = Dictionary(uniqueKeysWithValues: zip(classes, 0..<classes.count))
        return part.map {
            ImageLayout.File(
                path: $0.place, content: .file($0.place), label: UInt16(clamping: labels[$0.label] ?? 0),
                group: $0.group, fold: $0.fold)
        }
    }

    /// The entries with the places of their files.
    private func found(_ entries: [Entry], _ layout: inout ImageLayout) throws(DataError) -> [Entry] {
        var found: [Entry] = []
        for table in tables {
            let own = entries.filter { $0.table == table.path }
            var paths = TablePaths(table: table.path, options: options)
            let (places, missing) = paths.find(own.map(\.name))
            guard missing.count < own.count else { throw paths.error(missing, of: own.count) }
            if !missing.isEmpty { layout.missing = layout.missing ?? paths.error(missing, of: own.count) }
            layout.remarks += paths.remarks
            found += zip(own, places).map { entry, place in
                var entry = entry
                entry.place = place
                return entry
            }
        }
        return found
    }

    private func entries(of table: Table, layout: inout ImageLayout) throws(DataError) -> [Entry] {
        let path = table.path
        var reader = try TableReader(table.bytes, path: path)
        let columns = try TableColumns(reader.header, given: options.columns, path: path)
        if !columns.unused.isEmpty {
            layout.remarks.append("columns of \(path) that are not used: \(Files.list(columns.unused))")
        }
        var entries: [Entry] = []
        var seen: [Path: Entry] = [:]
        var repeated = 0
        while let row = try reader.next(path: path) {
            let entry = try entry(row, columns, table)
            if let other = seen[entry.name] {
                guard other.label == entry.label, other.split == entry.split, other.fold == entry.fold else {
                    throw DataError(
                        .ambiguous, "\(path) names \(entry.name) twice, in different ways.",
                        received: "lines \(other.line) and \(entry.line)", advice: "remove one of the lines")
                }
                repeated += 1
                continue
            }
            seen[entry.name] = entry
            entries.append(entry)
        }
        guard !entries.isEmpty else {
            throw DataError(.noImages, "\(path) names no image.", needs: TableColumns.needs)
        }
        if repeated > 0 { layout.remarks.append("\(repeated) lines of \(path) repeat another and were left out") }
        return entries
    }

    /// A path may be any bytes; everything else is text.
    private func entry(
        _ row: (line: Int, fields: [[UInt8]]), _ columns: TableColumns, _ table: Table
    ) throws(DataError) -> Entry {
        func text(_ column: TableColumns.Column) throws(DataError) -> String {
            guard let text = String(validating: columns[column, row.fields], as: UTF8.self) else {
                throw DataError(
                    .damaged, "line \(row.line) of \(table.path) has a \(column.rawValue) that is no text.",
                    needs: "UTF-8", advice: "save the table as UTF-8")
            }
            return text
        }
        var entry = Entry(
            table: table.path, line: row.line, name: Path(bytes: columns[.path, row.fields]), label: try text(.label))
        let word = try text(.split).trimmed
        entry.split = SplitName(word) ?? (word.isEmpty ? table.split : nil)
        guard word.isEmpty || entry.split != nil else {
            throw failure(
                entry, "an unknown split", needs: SplitName.allCases.flatMap(\.synonyms).joined(separator: ", "),
                received: word)
        }
        guard !entry.name.isEmpty, !entry.label.isEmpty, !entry.name.bytes.contains(0) else {
            throw failure(entry, "no \(entry.label.isEmpty ? "label" : "path")", needs: nil, received: nil)
        }
        let group = try text(.group)
        entry.group = group.isEmpty ? nil : group
        entry.fold = try fold(try text(.fold).trimmed, entry)
        return entry
    }

    /// Folds are numbered from 1 in a table, from 0 in the program.
    private func fold(_ text: String, _ entry: Entry) throws(DataError) -> Int? {
        guard !text.isEmpty else { return nil }
        guard let number = Int(text), (1...Self.mostFolds).contains(number) else {
            throw failure(
                entry, "no fold", needs: "a whole number from 1 to \(Self.mostFolds), or nothing", received: text)
        }
        return number - 1
    }

    private static let mostFolds = 1_000_000

    /// Training images all have a fold or none, others have none, and a group in two folds is a leak.
    private func checkFolds(_ train: [Entry], of entries: [Entry]) throws(DataError) {
        guard entries.contains(where: { $0.fold != nil }) else { return }
        if let other = entries.first(where: { $0.fold != nil && ($0.split ?? .train) != .train }) {
            throw failure(
                other, "a fold for a \(other.split?.rawValue ?? "") image",
                needs: "folds for training images, which --fold divides", received: "fold \((other.fold ?? 0) + 1)")
        }
        if let bare = train.first(where: { $0.fold == nil }) {
            throw failure(bare, "no fold, where other training images have one", needs: nil, received: nil)
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

    private func failure(_ entry: Entry, _ what: String, needs: String?, received: String?) -> DataError {
        DataError(.damaged, "line \(entry.line) of \(entry.table) has \(what).", needs: needs, received: received)
    }
}
