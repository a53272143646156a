// SPDX-License-Identifier: Apache-2.0

/// Which images a model was trained on: enough to tell them from others, without keeping them.
public struct DataIdentity: Hashable, Sendable {
    /// The data set's name, e.g. `cifar10`.
    public var name: String
    /// Hexadecimal SHA-256 of the training images, labels and class names before the split.
    public var sha256: String
    /// Hexadecimal SHA-256 of what was held out for validation.
    public var splitSha256: String
    /// The first eight bytes of the SHA-256 of each training image's pixels, ascending, as base64; for images of files that came
    /// without a test split: when the folder has more images later, those that a model was trained on are known. `nil` for
    /// others, and in earlier files.
    public var imageDigests: String?

    public init(name: String, sha256: String, splitSha256: String, imageDigests: String? = nil) {
        self.name = name
        self.sha256 = sha256
        self.splitSha256 = splitSha256
        self.imageDigests = imageDigests
    }
}

/// Under the names that the model file has for them, beside the fields of its training record.
extension DataIdentity: Codable {
    private enum CodingKeys: String, CodingKey {
        case name = "dataName"
        case sha256 = "dataSha256"
        case splitSha256
        case imageDigests
    }
}
