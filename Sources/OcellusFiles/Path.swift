// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A path as the system sees it: bytes, divided by 0x2F, compared byte by byte.
///
/// Swift's `String` is the wrong type for that. A slash followed by a combining mark is one `Character` that is not "/", so
/// splitting a string by characters overlooks it, and names that differ only in their Unicode normalization are equal as
/// strings but are two files.
package struct Path: Hashable, Sendable {
    /// Without a final zero; need not be UTF-8.
    package let bytes: [UInt8]

    private static let slash = UInt8(ascii: "/")
    private static let dot = UInt8(ascii: ".")

    package init(_ text: String) { bytes = Array(text.utf8) }
    package init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// A relative path of these parts.
    package init(components: some Sequence<Path>) {
        bytes = Array(components.map(\.bytes).joined(separator: [Self.slash]))
    }

    /// As the system gives it, up to its final zero.
    package init(cString: UnsafePointer<CChar>) {
        bytes = UnsafeBufferPointer(start: cString, count: strlen(cString)).map { UInt8(bitPattern: $0) }
    }

    /// For messages, and for interfaces that take strings. Bytes that are not UTF-8 become U+FFFD.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    package var isEmpty: Bool { bytes.isEmpty }
    package var isAbsolute: Bool { bytes.first == Self.slash }

    /// The parts between the slashes without empty ones; `.` and `..` are parts like any other.
    package var components: [Path] { bytes.split(separator: Self.slash).map { Path(bytes: $0) } }

    /// The last part: `b` for `a/b/`. `/` for the root, nothing for nothing.
    package var name: Path {
        let name = bytes[lastComponentStart...].prefix { $0 != Self.slash }
        return name.isEmpty && !isEmpty ? Path(bytes: [Self.slash]) : Path(bytes: name)
    }

    /// The directory that holds the last part, as POSIX's `dirname` finds it: `a` for `a/b/`, `.` for `a`, `/` for `/a`.
    package var parent: Path {
        let end = lastComponentStart
        guard end > 0 else { return Path(isAbsolute ? "/" : ".") }
        let trimmed = bytes[..<end].reversed().drop { $0 == Self.slash }.reversed()
        return trimmed.isEmpty ? Path(bytes: [Self.slash]) : Path(bytes: trimmed)
    }

    /// Another name in the same directory: `a/c` for `a/b` and `c`, `c` for `b`. An absolute one stays as it is.
    package func sibling(_ other: Path) -> Path {
        other.isAbsolute ? other : Path(bytes: bytes[..<lastComponentStart] + other.bytes)
    }

    /// A path below this one.
    package func appending(_ other: Path) -> Path {
        if isEmpty { return other }
        return Path(bytes: bytes.last == Self.slash ? bytes + other.bytes : bytes + [Self.slash] + other.bytes)
    }

    package func appending(_ name: String) -> Path { appending(Path(name)) }

    /// Without slashes at its end, unless it is the root.
    package var withoutTrailingSlashes: Path {
        guard let last = bytes.lastIndex(where: { $0 != Self.slash }) else {
            return isEmpty ? self : Path(bytes: [Self.slash])
        }
        return Path(bytes: bytes[...last])
    }

    /// From the root on, without `.`; relative paths begin in the current directory.
    package var absolute: Path {
        var parts = components
        if !isAbsolute {
            guard let pointer = getcwd(nil, 0) else { return self }
            defer { free(pointer) }
            parts = Path(cString: pointer).components + parts
        }
        parts.removeAll { $0.bytes == [Self.dot] }
        return Path(bytes: [Self.slash] + Path(components: parts).bytes)
    }

    /// Without `.`, `..` and doubled slashes, by the text alone: links are not looked at.
    package var normalized: Path {
        var kept: [Path] = []
        for part in components where part.bytes != [Self.dot] {
            if part.bytes == [Self.dot, Self.dot] {
                if let last = kept.last, last.bytes != part.bytes {
                    kept.removeLast()
                    continue
                }
                if isAbsolute { continue }
            }
            kept.append(part)
        }
        let joined = Path(components: kept)
        if isAbsolute { return Path(bytes: [Self.slash] + joined.bytes) }
        return joined.isEmpty ? Path(".") : joined
    }

    /// What leads from `directory` here, by the text alone; `nil` when this path does not begin with it.
    package func relative(to directory: Path) -> Path? {
        let (own, others) = (components, directory.components)
        guard isAbsolute == directory.isAbsolute, own.count > others.count, own.starts(with: others) else { return nil }
        return Path(components: own[others.count...])
    }

    /// The parts of a path that stays below the directory it is taken from, links aside: relative, and none of its parts is
    /// empty, `.`, `..` or holds a zero. `nil` for every other path.
    package var componentsInside: [Path]? {
        guard !isEmpty, !bytes.contains(0) else { return nil }
        let parts = bytes.split(separator: Self.slash, omittingEmptySubsequences: false).map { Path(bytes: $0) }
        let isInside = parts.allSatisfy {
            !$0.isEmpty && $0.bytes != [Self.dot] && $0.bytes != [Self.dot, Self.dot]
        }
        return isInside ? parts : nil
    }

    /// What stands behind the last dot of the last part, unless the dot is its first byte.
    package var ending: Path? {
        let name = name.bytes
        guard let place = name.lastIndex(of: Self.dot), place > 0 else { return nil }
        return Path(bytes: name[(place + 1)...])
    }

    /// Whether the path ends with a text, whichever case the letters of ASCII have.
    package func ends(with text: String) -> Bool {
        func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte + 0x20 : byte }
        return bytes.suffix(text.utf8.count).map(lowered).elementsEqual(text.utf8.map(lowered))
    }

    /// Without the dot and what stands behind it.
    package var withoutEnding: Path {
        guard let ending else { return self }
        return Path(bytes: withoutTrailingSlashes.bytes.dropLast(ending.bytes.count + 1))
    }

    /// Lends the bytes with a zero at their end, as system calls take them.
    package func withCString<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        try body(bytes.map { CChar(bitPattern: $0) } + [0])
    }

    /// Where the last part begins.
    private var lastComponentStart: Int {
        let end = bytes.lastIndex { $0 != Self.slash }.map { $0 + 1 } ?? 0
        return bytes[..<end].lastIndex(of: Self.slash).map { $0 + 1 } ?? 0
    }
}

extension Path: CustomStringConvertible {
    package var description: String { text }
}

extension Path: Comparable {
    /// The order of the bytes, which is the same on every machine and in every language.
    package static func < (left: Path, right: Path) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}

extension Path {
    /// Whether the bytes are UTF-8, so that ``text`` names the same file.
    package var isText: Bool { String(validating: bytes, as: UTF8.self) != nil }

    /// What a URL of a file names, byte for byte; ``Foundation/URL/path(percentEncoded:)`` is empty for bytes that are not
    /// UTF-8.
    package init(_ url: URL) {
        let plain = url.path(percentEncoded: false)
        guard plain.isEmpty else {
            self.init(plain)
            return
        }
        var rest = Array(url.path(percentEncoded: true).utf8)[...]
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        self.init(bytes: bytes)
    }
}

extension URL {
    /// For messages: as it was given, where the bytes are text.
    package var shownPath: String { relativePath.isEmpty ? Path(self).text : relativePath }

    /// The place that a path names for the system's calls: `~` is a name like any other, where `URL(filePath:)` takes it for
    /// the home directory, and bytes that are not UTF-8 stay.
    package init(_ path: Path) {
        let absolute = path.absolute
        guard absolute.isText else {
            let digits = Array("0123456789ABCDEF")
            let escaped = absolute.bytes.reduce(into: "file://") { text, byte in
                let isPlain = byte == UInt8(ascii: "/") || (0x30...0x39).contains(byte)
                text += isPlain ? String(UnicodeScalar(byte)) : "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
            self = URL(string: escaped) ?? URL(filePath: absolute.text)
            return
        }
        let isTilde = path.bytes.first == UInt8(ascii: "~")
        self.init(filePath: (isTilde ? Path(".").appending(path) : path).text)
    }
}

extension Path {
    /// Private characters of Unicode that stand for the bytes 0x80 to 0xFF where these are no text.
    private static let escapes: ClosedRange<UInt32> = 0x10_FF80...0x10_FFFF

    /// The bytes as text from which ``init(escaped:)`` makes them again, for interfaces that take strings and give them back:
    /// the text itself where the bytes are UTF-8.
    package var escaped: String {
        if isText, !text.unicodeScalars.contains(where: { Self.escapes.contains($0.value) }) { return text }
        var result = String.UnicodeScalarView()
        var rest = bytes[...]
        while let first = rest.first {
            // The longest character of UTF-8 has four bytes.
            let scalar = (1...4).lazy.compactMap { count -> (Unicode.Scalar, Int)? in
                guard let text = String(validating: rest.prefix(count), as: UTF8.self) else { return nil }
                return text.unicodeScalars.first.map { ($0, count) }
            }.first
            if let (scalar, count) = scalar, !Self.escapes.contains(scalar.value) {
                result.append(scalar)
                rest = rest.dropFirst(count)
            } else {
                // Each byte alone, those of a character that stands for a byte elsewhere too.
                if let escape = Unicode.Scalar(0x10_FF00 + UInt32(first)) { result.append(escape) }
                rest = rest.dropFirst()
            }
        }
        return String(result)
    }

    /// What ``escaped`` was made of.
    package init(escaped text: String) {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            if Self.escapes.contains(scalar.value) {
                bytes.append(UInt8(scalar.value & 0xFF))
            } else {
                bytes += Array(String(scalar).utf8)
            }
        }
        self.init(bytes: bytes)
    }
}
