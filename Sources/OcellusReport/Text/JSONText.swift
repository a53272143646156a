// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What commands print with `--json`.
package enum JSONText {
    /// Stands for a number that is not finite until the text is made.
    private static let noNumber = "\u{E000}no number\u{E000}"

    /// Keys in snake_case, sorted; numbers that are not finite, which JSON cannot say, are null.
    package static func encoded(_ value: some Encodable, pretty: Bool = true) throws -> String {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: noNumber, negativeInfinity: noNumber, nan: noNumber)
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return String(decoding: try encoder.encode(value), as: UTF8.self).replacing("\"\(noNumber)\"", with: "null")
    }
}
