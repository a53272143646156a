// SPDX-License-Identifier: Apache-2.0

/// The model that a training went on from.
public struct EarlierModel: Hashable, Codable, Sendable {
    /// Hexadecimal SHA-256 of its file.
    public var sha256: String
    /// What it was trained on, and before it the models that it went on from; the latest first. Empty where its file does not
    /// say.
    public var data: [DataIdentity]

    public init(sha256: String, data: [DataIdentity]) {
        self.sha256 = sha256
        self.data = data
    }
}

extension TrainingRecord {
    /// Everything that the weights have seen, the latest first.
    public var trainedOn: [DataIdentity] { [data] + (continuedFrom?.data ?? []) }
}
