// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

/// The rows of a table: comma-separated text with a header, or one JSON object a line.
struct TableReader {
    let header: [String]
    private var rows: Rows
    /// Whether a blank follows each separator, as people write it.
    private var skipsBlank = false

    /// Of JSON objects.
    private static let mostNames = 1000

    private enum Rows {
        case text(CSVReader)
        case objects(ArraySlice<(line: Int, values: [String: String])>)
    }

    /// - Throws: ``DataError/Code/damaged`` for a file that is no such table, or holds nothing.
    init(_ bytes: [UInt8], path: Path) throws(DataError) {
        if path.ends(with: ".jsonl") {
            let objects = try Self.objects(bytes, path: path)
            header = Set(objects.flatMap(\.values.keys)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            // Each row has a field for each name, so names without end would be rows without end.
            guard header.count <= Self.mostNames else {
                throw DataError(
                    .tooLarge, "\(path) has too many names.", needs: "at most \(Self.mostNames) different ones",
                    received: "\(header.count)")
            }
            rows = .objects(objects[...])
            return
        }
        var reader = CSVReader(bytes, path: path.text)
        guard !bytes.prefix(64).contains(0) || bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
        else {
            throw DataError(
                .damaged, "\(path) is no table of comma-separated text.", needs: "RFC 4180, UTF-8",
                because: "it has bytes of zero, as UTF-16 does", advice: "save it as UTF-8")
        }
        guard let first = try reader.next() else {
            throw DataError(.damaged, "\(path) is empty.", needs: TableColumns.needs)
        }
        header = first.fields
        skipsBlank = header.count > 1 && header.dropFirst().allSatisfy { $0.first == " " }
        rows = .text(reader)
    }

    /// The next row, as many fields as the header has.
    ///
    /// - Throws: ``DataError/Code/damaged`` with the line.
    mutating func next(path: Path) throws(DataError) -> (line: Int, fields: [[UInt8]])? {
        switch rows {
        case .text(var reader):
            guard let row = try reader.nextCells() else { return nil }
            rows = .text(reader)
            guard row.fields.count == header.count else {
                throw DataError(
                    .damaged, "line \(row.line) of \(path) has another number of fields than the header.",
                    needs: "\(header.count)", received: "\(row.fields.count)")
            }
            guard skipsBlank else { return (row.line, row.fields) }
            let fields = row.fields.enumerated().map { position, field in
                position > 0 && field.first == UInt8(ascii: " ") ? Array(field.dropFirst()) : field
            }
            return (row.line, fields)
        case .objects(var objects):
            guard let object = objects.popFirst() else { return nil }
            rows = .objects(objects)
            return (object.line, header.map { Array((object.values[$0] ?? "").utf8) })
        }
    }

    private static func objects(
        _ bytes: [UInt8], path: Path
    ) throws(DataError) -> [(line: Int, values: [String: String])] {
        var objects: [(line: Int, values: [String: String])] = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() where !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) {
            guard let object = (try? JSONValue(Array(line)))?.members else {
                throw DataError(
                    .damaged, "line \(number + 1) of \(path) is no JSON object.", needs: "one object on each line",
                    advice: "{\"file_name\": \"1.jpg\", \"label\": \"cat\"}")
            }
            objects.append((number + 1, object.compactMapValues(\.field)))
        }
        guard !objects.isEmpty else { throw DataError(.damaged, "\(path) is empty.", needs: TableColumns.needs) }
        return objects
    }
}
