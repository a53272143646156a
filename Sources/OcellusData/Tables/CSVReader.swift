// SPDX-License-Identifier: Apache-2.0

import OcellusPixels
import OcellusTensor

/// Comma-separated text by RFC 4180: quotation marks around a field, doubled inside it; lines may break in quotes.
struct CSVReader {
    struct Row: Equatable {
        /// Where the row begins, counted from 1.
        var line: Int
        var fields: [String]
    }

    /// A row whose fields need not be text.
    struct Cells {
        var line: Int
        var fields: [[UInt8]]
    }

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private let separator: UInt8
    private let path: String

    /// - Parameters:
    ///   - bytes: UTF-8, with or without its mark, or UTF-16 with its mark; lines end with LF or CR LF.
    ///   - path: Named in errors.
    init(_ bytes: [UInt8], path: String) {
        self.bytes = Self.plain(bytes)
        self.path = path
        // Tables of European spreadsheets have semicolons, pasted ones tabs: the first line tells.
        let header = self.bytes.prefix { $0 != UInt8(ascii: "\n") }
        let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
        separator = candidates.first { header.contains($0) } ?? candidates[0]
    }

    /// The next row that is not blank; `nil` at the end.
    ///
    /// - Throws: ``DataError/Code/damaged`` for a quotation mark in the wrong place or without its partner, and for
    ///   bytes that are no UTF-8.
    mutating func next() throws(DataError) -> Row? {
        guard let cells = try nextCells() else { return nil }
        let fields = try cells.fields.map { bytes throws(DataError) in
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw failure("line \(cells.line) is not UTF-8")
            }
            return text
        }
        return Row(line: cells.line, fields: fields)
    }

    /// As ``next()`` for fields that need not be text.
    mutating func nextCells() throws(DataError) -> Cells? {
        while position < bytes.count {
            let start = line
            let fields = try row()
            if fields != [[]] { return Cells(line: start, fields: fields) }
        }
        return nil
    }

    private mutating func row() throws(DataError) -> [[UInt8]] {
        var fields: [[UInt8]] = []
        while true {
            fields.append(try field())
            guard position < bytes.count else { return fields }
            let end = bytes[position]
            position += 1
            if end == separator {
                if position == bytes.count { return fields + [[]] }
                continue
            }
            if end == UInt8(ascii: "\r"), position < bytes.count, bytes[position] == UInt8(ascii: "\n") {
                position += 1
            }
            line += 1
            return fields
        }
    }

    private mutating func field() throws(DataError) -> [UInt8] {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            let start = position
            while position < bytes.count, bytes[position] != separator, bytes[position] != UInt8(ascii: "\n"),
                bytes[position] != UInt8(ascii: "\r")
            {
                guard bytes[position] != UInt8(ascii: "\"") else {
                    throw failure("line \(line) has a quotation mark inside a field without them")
                }
                position += 1
            }
            return Array(bytes[start..<position])
        }
        let opened = line
        var content: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\n") { line += 1 }
            guard byte == UInt8(ascii: "\"") else {
                content.append(byte)
                continue
            }
            if position < bytes.count, bytes[position] == byte {
                content.append(byte)
                position += 1
                continue
            }
            let isEnd =
                position == bytes.count
                || [separator, UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains(bytes[position])
            guard isEnd else { throw failure("line \(line) goes on behind a closing quotation mark") }
            return content
        }
        throw failure("a quotation mark of line \(opened) is never closed")
    }

    /// The text of a file without its mark, as UTF-8. What programs call "Unicode" is UTF-16.
    private static func plain(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(bytes.dropFirst(3)) }
        let isLittle = bytes.starts(with: [0xFF, 0xFE])
        guard isLittle || bytes.starts(with: [0xFE, 0xFF]), bytes.count % 2 == 0 else { return bytes }
        let units = stride(from: 2, to: bytes.count, by: 2).map { place in
            let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
            return isLittle ? first | second << 8 : first << 8 | second
        }
        // Half of a pair is damage, and stays what it is: no UTF-8.
        return String(validating: units, as: UTF16.self).map { Array($0.utf8) } ?? bytes
    }

    private func failure(_ reason: String) -> DataError {
        DataError(.damaged, "\(path) is no table of comma-separated text.", needs: "RFC 4180, UTF-8", because: reason)
    }
}
