// SPDX-License-Identifier: Apache-2.0

/// A place where text stops being the JSON that was asked for.
package struct JSONFault: Error, Equatable {
    /// Byte offset.
    package var position: Int
    package var reason: String

    package init(position: Int, reason: String) {
        self.position = position
        self.reason = reason
    }
}

/// Reads JSON (RFC 8259) without mercy: no duplicate keys, no NaN, no comments, no trailing commas, no lone surrogates,
/// limited depth. Foundation's decoder keeps the first of duplicate keys silently, so two readers may disagree on a file.
///
/// The caller says which value it expects next; nothing is stored that was not asked for.
package struct JSONScanner {
    /// Deeper nesting is refused: it serves no network and lets a small file exhaust the stack.
    package static let maximumDepth = 64

    private let bytes: [UInt8]
    package private(set) var position = 0
    private var depth = 0

    /// - Throws: ``JSONFault`` unless the bytes are UTF-8.
    package init(_ bytes: [UInt8]) throws(JSONFault) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw JSONFault(position: 0, reason: "text that is not UTF-8")
        }
        self.bytes = bytes
    }

    /// Reads an object; `member` gets each key and must read its value.
    package mutating func object(_ member: (inout JSONScanner, String) throws(JSONFault) -> Void) throws(JSONFault) {
        try open(UInt8(ascii: "{"), "an object")
        defer { depth -= 1 }
        if take(UInt8(ascii: "}")) { return }
        var keys = Set<String>()
        repeat {
            let key = try string()
            guard keys.insert(key).inserted else { throw fault("the key \"\(key)\" for the second time") }
            guard take(UInt8(ascii: ":")) else { throw fault(unexpected(instead: "a colon")) }
            try member(&self, key)
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw fault(unexpected(instead: "a comma or the object's end")) }
    }

    /// Reads an array; `element` must read one value.
    package mutating func array(_ element: (inout JSONScanner) throws(JSONFault) -> Void) throws(JSONFault) {
        try open(UInt8(ascii: "["), "an array")
        defer { depth -= 1 }
        if take(UInt8(ascii: "]")) { return }
        repeat { try element(&self) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw fault(unexpected(instead: "a comma or the array's end")) }
    }

    package mutating func string() throws(JSONFault) -> String {
        guard take(UInt8(ascii: "\"")) else { throw fault(unexpected(instead: "a string")) }
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\"),
            bytes[position] >= 0x20
        {
            position += 1
        }
        var result = String(decoding: bytes[start..<position], as: UTF8.self)
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return result
            case UInt8(ascii: "\\"):
                position += 1
                result.unicodeScalars.append(try escape())
            case ..<0x20:
                throw fault("a control character inside a string")
            default:
                let start = position
                while position < bytes.count, bytes[position] != UInt8(ascii: "\""),
                    bytes[position] != UInt8(ascii: "\\"), bytes[position] >= 0x20
                {
                    position += 1
                }
                result += String(decoding: bytes[start..<position], as: UTF8.self)
            }
        }
        throw fault("the end of the text inside a string")
    }

    /// Reads a number that is a whole one of at least 0 and fits an `Int`.
    package mutating func count() throws(JSONFault) -> Int {
        skipSpace()
        let start = position
        let text = try number()
        guard let value = Int(text), value >= 0, text != "-0" else {
            throw JSONFault(position: start, reason: "\(text) instead of a whole number from 0 to \(Int.max)")
        }
        return value
    }

    /// Reads any value and checks it.
    package mutating func skipValue() throws(JSONFault) {
        skipSpace()
        guard position < bytes.count else { throw fault(unexpected(instead: "a value")) }
        switch bytes[position] {
        case UInt8(ascii: "{"): try object { (scanner, _) throws(JSONFault) in try scanner.skipValue() }
        case UInt8(ascii: "["): try array { (scanner) throws(JSONFault) in try scanner.skipValue() }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        default: _ = try number()
        }
    }

    /// Reads any value.
    package mutating func value() throws(JSONFault) -> JSONValue {
        skipSpace()
        guard position < bytes.count else { throw fault(unexpected(instead: "a value")) }
        switch bytes[position] {
        case UInt8(ascii: "{"):
            var members: [String: JSONValue] = [:]
            try object { (scanner, key) throws(JSONFault) in members[key] = try scanner.value() }
            return .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try array { (scanner) throws(JSONFault) in elements.append(try scanner.value()) }
            return .array(elements)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"):
            try word("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try word("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try word("null")
            return .null
        default: return .number(try number())
        }
    }

    /// Throws unless only white space follows.
    package mutating func end() throws(JSONFault) {
        skipSpace()
        guard position == bytes.count else { throw fault(unexpected(instead: "the end of the text")) }
    }

    /// A fault at the present position.
    package func fault(_ reason: String) -> JSONFault { JSONFault(position: position, reason: reason) }

    // MARK: Tokens

    private mutating func open(_ byte: UInt8, _ what: String) throws(JSONFault) {
        guard take(byte) else { throw fault(unexpected(instead: what)) }
        guard depth < Self.maximumDepth else { throw fault("more than \(Self.maximumDepth) levels of nesting") }
        depth += 1
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func word(_ word: StaticString) throws(JSONFault) {
        let end = position + word.utf8CodeUnitCount
        let matches = word.withUTF8Buffer { end <= bytes.count && bytes[position..<end].elementsEqual($0) }
        guard matches else { throw fault(unexpected(instead: "a value")) }
        position = end
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    private mutating func number() throws(JSONFault) -> String {
        skipSpace()
        let start = position
        func isDigit(_ index: Int) -> Bool { index < bytes.count && (0x30...0x39).contains(bytes[index]) }
        func isOne(of set: String, _ index: Int) -> Bool { index < bytes.count && set.utf8.contains(bytes[index]) }
        if isOne(of: "-", position) { position += 1 }
        guard isDigit(position) else { throw fault(unexpected(instead: "a value")) }
        let startsWithZero = bytes[position] == 0x30
        position += 1
        if startsWithZero, isDigit(position) { throw fault("a number with a leading zero") }
        while isDigit(position) { position += 1 }
        if isOne(of: ".", position) {
            position += 1
            guard isDigit(position) else { throw fault(unexpected(instead: "a digit")) }
            while isDigit(position) { position += 1 }
        }
        if isOne(of: "eE", position) {
            position += 1
            if isOne(of: "+-", position) { position += 1 }
            guard isDigit(position) else { throw fault(unexpected(instead: "a digit")) }
            while isDigit(position) { position += 1 }
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// What follows a backslash.
    private mutating func escape() throws(JSONFault) -> Unicode.Scalar {
        guard position < bytes.count else { throw fault("the end of the text inside a string") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let high = try hexadecimal()
            if let scalar = Unicode.Scalar(high) { return scalar }
            guard high < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            else { throw fault("half of a surrogate pair") }
            position += 2
            let low = try hexadecimal()
            guard (0xDC00...0xDFFF).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
            else { throw fault("half of a surrogate pair") }
            return scalar
        default: throw fault("an unknown escape in a string")
        }
    }

    private mutating func hexadecimal() throws(JSONFault) -> UInt32 {
        guard position + 4 <= bytes.count else { throw fault("the end of the text inside a string") }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fault("an unknown escape in a string")
            }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }

    private func unexpected(instead wanted: String) -> String {
        guard position < bytes.count else { return "the end of the text instead of \(wanted)" }
        let byte = bytes[position]
        let found = (0x21...0x7E).contains(byte) ? "\"\(Character(Unicode.Scalar(byte)))\"" : "byte \(byte)"
        return "\(found) instead of \(wanted)"
    }
}

extension String {
    /// This text as a JSON string, quotes included.
    package var jsonLiteral: String {
        var result = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case ..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
