// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Lists of class names as text files hold them.
package enum ClassNames {
    /// One name a line; blank lines and the blanks around a name do not count.
    static func lines(of text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).map { $0.trimmed }
            .filter { !$0.isEmpty }
    }

    /// The names in a file beside the data; `nil` when there is no such file.
    static func read(_ path: Path) throws(DataError) -> [String]? {
        guard Files.kind(at: path) == .file else { return nil }
        let bytes = try Files.read(path, limit: 1 << 24)
        guard let text = String(bytes: bytes, encoding: .utf8) else {
            throw DataError(.classNames, "\(path) is not text.", needs: "UTF-8, one class name a line")
        }
        return lines(of: text)
    }

    /// Names for classes that data give as numbers: all numbers from 0 to the largest, or, where most of these would have no
    /// image, those alone that have one. One label that is wrong would otherwise make thousands of classes.
    ///
    /// - Parameter numbers: At least one, none below 0.
    /// - Returns: The number of each class, ascending; its name is that number.
    static func numbers(_ numbers: Set<Int>) -> [Int] {
        let count = (numbers.max() ?? 0) + 1
        return count <= 2 * numbers.count ? Array(0..<count) : numbers.sorted()
    }

    /// A note on numbers between those of classes; `nil` without a gap.
    static func gapNote(_ numbers: [Int], of name: String) -> String? {
        guard let last = numbers.last, last >= numbers.count else { return nil }
        return
            "\(name) has labels up to \(last), but only \(numbers.count) of these numbers have images: those are its classes"
    }

    /// A note on two names that are equal but for their Unicode normalization.
    static func oneClass(_ name: String) -> String {
        "\(name) is one class, though its name is written in two Unicode forms"
    }

    /// Names that differ in case or blanks alone, or in characters that look the same or are not seen, together.
    package static func similar(_ names: [String]) -> [[String]] {
        let groups = Dictionary(grouping: names) { plain(visible($0)) }
        return groups.values.filter { $0.count > 1 }.sorted { $0[0].utf8.lexicographicallyPrecedes($1[0].utf8) }
    }

    /// A note on ``similar(_:)`` names.
    package static func similarNote(_ names: [String]) -> String {
        let isPlain = Set(names.map(plain)).count == 1
        return "classes whose names \(isPlain ? "differ in case or blanks alone" : "look alike"): "
            + Files.list(names.map { "\"\($0)\"" })
    }

    /// Without case (`STRASSE` is `straße`) and with single blanks.
    private static func plain(_ name: String) -> String {
        name.uppercased().lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// Without characters of no width, and with ASCII in place of its full-width forms.
    private static func visible(_ name: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in name.unicodeScalars where !scalar.properties.isDefaultIgnorableCodePoint {
            let isWide = (0xFF01...0xFF5E).contains(scalar.value)
            scalars.append(isWide ? Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar : scalar)
        }
        return String(scalars)
    }

    /// Notes on classes for which there is nothing to learn from, and on names whose order surprises.
    static func notes(on train: ImageSet) -> [String] {
        var notes: [String] = []
        let empty = zip(train.classes, train.classCounts).filter { $0.1 == 0 }.map(\.0)
        if !empty.isEmpty { notes.append("classes without a training image: \(Files.list(empty))") }
        notes += similar(train.classes).map(similarNote)
        let numbers = train.classes.compactMap { Int($0) }
        if numbers.count == train.classes.count, numbers != numbers.sorted() {
            notes.append(
                "the class names are numbers in the order of text (\(Files.list(train.classes, limit: 4))): "
                    + "use names, not positions, to compare with other programs")
        }
        return notes
    }
}
