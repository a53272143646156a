// SPDX-License-Identifier: Apache-2.0

/// A field of comma-separated text, RFC 4180.
enum CSVField {
    /// The bytes as a field, in quotation marks where a reader would see something else without: separators of any kind,
    /// quotation marks, line ends, and blanks at either end, which some readers leave out.
    static func quoted(_ field: [UInt8]) -> [UInt8] {
        let mark = UInt8(ascii: "\"")
        let blank = UInt8(ascii: " ")
        let needsQuotes =
            field.contains { [mark, 0x2C, 0x0A, 0x0D, 0x3B, 0x09].contains($0) }
            || field.first == blank || field.last == blank
        // By bytes: a quotation mark followed by a combining mark is another Character.
        return needsQuotes ? [mark] + field.flatMap { $0 == mark ? [mark, mark] : [$0] } + [mark] : field
    }

    static func quoted(_ field: String) -> String {
        String(decoding: quoted(Array(field.utf8)), as: UTF8.self)
    }
}
