// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

/// Which column of a table is what.
struct TableColumns {
    enum Column: String, CaseIterable { case path, label, split, group, fold }

    private var positions: [Column: Int] = [:]
    /// Columns that are nothing of these.
    let unused: [String]

    static let needs = "a header with the columns path and label, and perhaps split, group and fold"

    /// Names under which each column is accepted, in any case; of those before a `nil` one goes before any behind it.
    private static let names: [Column: [[String]]] = [
        .path: [
            [
                "path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path", "image_file",
                "image_name", "img", "img_path", "img_file", "img_name",
            ], ["image_id", "img_id", "id", "id_code"],
        ],
        .label: [
            ["label", "class"], ["class_name", "label_name", "category", "target"],
            ["breed", "species", "variety", "diagnosis", "dx"],
        ],
        .split: [["split", "set"]], .group: [["group"]], .fold: [["fold"]],
    ]

    /// - Parameters:
    ///   - given: Names that a person gave, by ``Column``.
    ///   - path: Of the table, named in errors.
    /// - Throws: ``DataError/Code/damaged`` without a path or a label, ``DataError/Code/ambiguous`` for two columns of a kind,
    ///   ``DataError/Code/unknownKind`` for a table of pixels, ``DataError/Code/outOfRange`` for a given name that the table
    ///   lacks.
    init(_ header: [String], given: [String: String], path: Path) throws(DataError) {
        guard !Self.isOfPixels(header) else { throw Self.ofPixels(header, path) }
        let plain = header.map { $0.trimmed }
        let lowered = plain.map { $0.lowercased() }
        for column in Column.allCases {
            if let name = given[column.rawValue] {
                guard let place = plain.firstIndex(of: name) ?? lowered.firstIndex(of: name.lowercased()) else {
                    throw DataError(
                        .outOfRange, "\(path) has no column \(name).",
                        needs: "one of its columns for the \(column.rawValue)",
                        received: Files.list(plain, limit: 12),
                        advice: closestMatch(to: name, in: plain).map { "--columns \(column.rawValue)=\($0)" })
                }
                positions[column] = place
                continue
            }
            for tier in Self.names[column] ?? [] where positions[column] == nil {
                let matches = lowered.indices.filter { tier.contains(lowered[$0]) }
                guard matches.count < 2 else {
                    throw DataError(
                        .ambiguous, "\(path) has two columns for the \(column.rawValue).",
                        received: matches.map { header[$0] }.joined(separator: ", "),
                        advice: "--columns \(column.rawValue)=\(plain[matches[0]]), or rename one of them")
                }
                positions[column] = matches.first
            }
        }
        try Self.check(positions, given: given, path: path)
        let used = Set(positions.values)
        unused = header.indices.filter { !used.contains($0) }.map { header[$0] }
        guard positions[.path] != nil, positions[.label] != nil else {
            if positions[.path] == nil, lowered.contains(where: { ["pixels", "pixel"].contains($0) }) {
                throw Self.ofPixels(header, path)
            }
            let missing = positions[.path] == nil ? "path" : "label"
            throw DataError(
                .damaged, "\(path) is no list of labelled images.", needs: Self.needs,
                received: Files.list(header, limit: 12),
                because: header.contains { ImageFormat.isAnnounced(by: Path($0)) }
                    ? "its first line names a file, not columns" : nil,
                advice: "--columns \(missing)=NAME, with the column that holds the \(missing)")
        }
    }

    private static func ofPixels(_ header: [String], _ path: Path) -> DataError {
        DataError(
            .unknownKind, "\(path) is a table of pixels, not of image files.", needs: needs,
            received: "\(header.count) columns: \(Files.list(header, limit: 3))",
            advice: "IDX files as MNIST's, or image files")
    }

    /// Throws where a person gave one column for two things.
    private static func check(
        _ positions: [Column: Int], given: [String: String], path: Path
    ) throws(DataError) {
        for column in Column.allCases where given[column.rawValue] != nil {
            for other in Column.allCases where other != column && positions[other] == positions[column] {
                throw DataError(
                    .outOfRange, "one column of \(path) cannot be both \(column.rawValue) and \(other.rawValue).",
                    needs: "a column for each", received: given[column.rawValue], advice: "another --columns")
            }
        }
    }

    /// Whether a file's header has a path and a label.
    static func areFound(in header: [String], path: Path) -> Bool {
        (try? TableColumns(header, given: [:], path: path)) != nil
    }

    subscript(column: Column, fields: [[UInt8]]) -> [UInt8] { positions[column].map { fields[$0] } ?? [] }

    /// `pixel0, pixel1, …`, `1x1, 1x2, …`, or numbers all along.
    private static func isOfPixels(_ header: [String]) -> Bool {
        guard header.count >= 50 else { return false }
        let pixels = header.filter { name in
            let words = NameWords.words(of: name)
            return !words.isEmpty
                && words.allSatisfy { NameWords.isNumber($0) || ["pixel", "pix", "px", "p", "x"].contains($0) }
        }
        return pixels.count * 10 >= header.count * 9
    }
}
