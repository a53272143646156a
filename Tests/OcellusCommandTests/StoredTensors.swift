// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A safetensors file taken apart by a reader of its own: what the tests compare must not go through the code under test.
struct StoredTensors {
    /// Descriptions of the tensors and metadata, each as text.
    private(set) var entries: [String: String] = [:]
    private(set) var metadata: [String: String] = [:]
    private(set) var content = Data()

    init(_ file: Data) throws {
        let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        try #require(file.count >= 8 + length)
        let header = try #require(
            try JSONSerialization.jsonObject(with: Data(file[8..<8 + length])) as? [String: Any])
        for (name, value) in header where name != "__metadata__" {
            let object = try JSONSerialization.data(withJSONObject: value, options: .sortedKeys)
            entries[name] = String(decoding: object, as: UTF8.self)
        }
        metadata = try #require(header["__metadata__"] as? [String: String])
        content = file.dropFirst(8 + length)
    }

    /// Whether two models are the same but for the moment at which they were written.
    ///
    /// - Parameter isPast: Whether one is of a version whose records did not count images.
    static func same(_ first: StoredTensors, _ second: StoredTensors, isPast: Bool = false) throws -> Bool {
        guard first.content == second.content, first.entries == second.entries else { return false }
        return try first.undated(isPast) == second.undated(isPast)
    }

    private func undated(_ isPast: Bool) throws -> [String: String] {
        var metadata = metadata
        let text = try #require(metadata["training_record"])
        var record = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(record.removeValue(forKey: "date") != nil)
        if isPast {
            record["images"] = nil
            record["test"] = (record["test"] as? [String: Any])?.filter { $0.key != "largestClass" }
        }
        metadata["training_record"] = String(
            decoding: try JSONSerialization.data(withJSONObject: record, options: .sortedKeys), as: UTF8.self)
        return metadata
    }
}
