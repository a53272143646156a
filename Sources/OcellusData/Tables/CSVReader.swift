// SPDX-License-Identifier: Apache-2.0

import OcellusPixels

/// Comma-separated text by RFC 4180: quotation marks around a field, doubled inside it; lines may break in quotes.
struct CSVReader {
    struct Row: Equatable {
        /// Where the row begins, counted from 1.
        var line: Int
        var fields: [String]
    }

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private let separator: UInt8
    private let path: String

    /// - Parameters:
    ///   - bytes: UTF-8, with or without its mark; lines end with LF or CR LF.
    ///   - path: Named in errors.
    init(_ bytes: [UInt8], path: String) {
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
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
        while position < bytes.count {
            let start = line
            let fields = try row()
            if fields != [""] { return Row(line: start, fields: fields) }
        }
        return nil
    }

    private mutating func row() throws(DataError) -> [String] {
        var fields: [String] = []
        while true {
            fields.append(try field())
            guard position < bytes.count else { return fields }
            let end = bytes[position]
            position += 1
            if end == separator {
                if position == bytes.count { return fields + [""] }
                continue
            }
            if end == UInt8(ascii: "\r"), position < bytes.count, bytes[position] == UInt8(ascii: "\n") {
                position += 1
            }
            line += 1
            return fields
        }
    }

    private mutating func field() throws(DataError) -> String {
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
            return try text(bytes[start..<position])
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
            return try text(content[...])
        }
        throw failure("a quotation mark of line \(opened) is never closed")
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws(DataError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure("line \(line) is not UTF-8")
        }
        return text
    }

    private func failure(_ reason: String) -> DataError {
        DataError(.damaged, "\(path) is no table of comma-separated text.", needs: "RFC 4180, UTF-8", because: reason)
    }
}
