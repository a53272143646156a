// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Keys of the metadata that this library writes and reads.
package enum ONNXKey {
    /// One of ``ONNXPreprocess``.
    package static let preprocess = "ocellus.preprocess"
    /// JSON of `Preprocessing`.
    package static let preprocessing = "ocellus.preprocessing"
    /// JSON array of the names of the classes.
    package static let classes = "classes"
    /// Before the name of a table of indices: JSON of the operator that it stands for.
    package static let locallyConnected = "ocellus.locally_connected."
    /// JSON of what the file's answers were compared with.
    package static let parity = "ocellus.parity"

    /// JSON of `Calibration`.
    package static let calibration = "ocellus.calibration"
    /// What logits are divided by before the softmax, as a decimal number.
    package static let temperature = "temperature"
    /// JSON of which images are answered: those whose logits' log-odds of the largest are above its `threshold`; all without one.
    package static let selectiveRule = "selective_rule"

    /// `nil` for text that is no such value.
    package static func value<Value: Decodable>(_ type: Value.Type, _ json: String) -> Value? {
        try? JSONDecoder().decode(type, from: Data(json.utf8))
    }

    /// One line, keys sorted.
    package static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
