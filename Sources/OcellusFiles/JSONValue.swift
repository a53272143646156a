// SPDX-License-Identifier: Apache-2.0

/// A value of a JSON text whose form is not known beforehand.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// As it is written: a seed uses all 64 bits, which no floating-point number holds.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// - Throws: ``JSONFault`` for bytes that are no JSON text.
    package init(_ bytes: [UInt8]) throws(JSONFault) {
        var scanner = try JSONScanner(bytes)
        self = try scanner.value()
        try scanner.end()
    }

    /// The members of an object; `nil` for anything else.
    package var members: [String: JSONValue]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// A string, a number or a truth value as the field of a table has it; `nil` for what is no field. A whole number is
    /// written as one, with or without a point.
    package var field: String? {
        switch self {
        case .string(let text): text
        case .bool(let value): "\(value)"
        case .number(let text):
            if Int(text) != nil {
                text
            } else {
                Double(text).map { Int(exactly: $0).map(String.init) ?? "\($0)" } ?? text
            }
        case .null, .array, .object: nil
        }
    }
}
