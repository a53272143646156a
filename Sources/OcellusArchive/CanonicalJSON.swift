// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
package import OcellusModel
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The JSON text of `Codable` values: the same value always gives the same text.
package enum CanonicalJSON {
    /// One line, keys sorted, slashes plain.
    ///
    /// - Parameter catalog: The layers that networks in the value name.
    /// - Throws: ``ArchiveError/Code/unwritableValue`` for a number that is not finite.
    package static func encode(_ value: some Encodable, catalog: LayerCatalog = .standard) throws -> String {
        let encoder = JSONEncoder()
        if let key = CodingUserInfoKey.layerCatalog { encoder.userInfo[key] = catalog }
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch EncodingError.invalidValue(let value, let context) {
            throw ArchiveError(
                .unwritableValue, "\(path(context.codingPath)) cannot be written as JSON.", received: "\(value)",
                because: context.debugDescription)
        }
    }

    /// - Parameters:
    ///   - what: Names the text in messages.
    ///   - catalog: The layers that networks in the value name.
    /// - Throws: ``ArchiveError/Code/unreadableJSON`` with the place; errors of the value's own decoder pass through.
    package static func decode<Value: Decodable>(
        _ type: Value.Type, from text: String, what: String = "the JSON text", catalog: LayerCatalog = .standard
    ) throws -> Value {
        let data = try sound(text, what)
        do {
            let decoder = JSONDecoder()
            if let key = CodingUserInfoKey.layerCatalog { decoder.userInfo[key] = catalog }
            return try decoder.decode(type, from: data)
        } catch DecodingError.keyNotFound(let key, let context) {
            throw ArchiveError(
                .unreadableJSON, "\(what) is incomplete.", needs: path(context.codingPath + [key]))
        } catch DecodingError.typeMismatch(let type, let context), DecodingError.valueNotFound(let type, let context) {
            throw ArchiveError(
                .unreadableJSON, "\(what) holds a value of the wrong type at \(path(context.codingPath)).",
                needs: "\(type)", because: context.debugDescription)
        } catch DecodingError.dataCorrupted(let context) {
            guard context.codingPath.isEmpty else {
                throw ArchiveError(
                    .unreadableJSON, "\(what) holds an impossible value at \(path(context.codingPath)).",
                    because: context.debugDescription)
            }
            // The text is sound, so this is Foundation's way to say that a number does not fit; it does not tell the place.
            throw ArchiveError(
                .unreadableJSON, "\(what) holds a number that is negative, fractional or too large for its place.")
        }
    }

    /// The members of an object by their keys, each value as its text; `nil` for what is no sound object.
    package static func members(of text: String) -> [String: String]? {
        let bytes = Array(text.utf8)
        var members: [String: String] = [:]
        do {
            var scanner = try JSONScanner(bytes)
            try scanner.object { (scanner, key) throws(JSONFault) in
                let start = scanner.position
                try scanner.skipValue()
                members[key] = String(decoding: bytes[start..<scanner.position], as: UTF8.self).trimmed
            }
            try scanner.end()
        } catch {
            return nil
        }
        return members
    }

    /// The text's bytes, once it is known to be JSON of bounded depth.
    private static func sound(_ text: String, _ what: String) throws -> Data {
        let bytes = Array(text.utf8)
        do {
            var scanner = try JSONScanner(bytes)
            try scanner.skipValue()
            try scanner.end()
        } catch {
            throw ArchiveError(
                .unreadableJSON, "\(what) is not sound JSON.", received: "\(error.reason) at byte \(error.position)")
        }
        return Data(bytes)
    }

    /// As ``decode(_:from:what:)`` for what text, page or further computation is made from: every number can be computed
    /// with, and ``CheckedNumbers`` hold together.
    ///
    /// - Throws: ``ArchiveError/Code/corrupt`` with the name of the number besides.
    package static func decodeRecord<Value: Decodable>(
        _ type: Value.Type, from text: String, what: String
    ) throws -> Value {
        do {
            try NumberOutOfRange.check(json: Array(try sound(text, what)))
            let value = try decode(type, from: text, what: what)
            try (value as? any CheckedNumbers)?.checkNumbers()
            return value
        } catch let number as NumberOutOfRange {
            throw ArchiveError(
                .corrupt, "\(number.name) in \(what) is out of range.", needs: number.needs, received: number.received,
                advice: "the file as it was written")
        }
    }

    /// The text of an object: the opposite of ``members(of:)``.
    package static func object(_ members: [String: String]) throws -> String {
        let texts = try members.sorted { $0.key < $1.key }.map { "\(try encode($0.key)):\($0.value)" }
        return "{" + texts.joined(separator: ",") + "}"
    }

    /// `layers[2].kernelSize`
    private static func path(_ keys: [any CodingKey]) -> String {
        let text = keys.reduce(into: "") { text, key in
            text += key.intValue.map { "[\($0)]" } ?? (text.isEmpty ? key.stringValue : "." + key.stringValue)
        }
        return text.isEmpty ? "the whole value" : text
    }
}
