// SPDX-License-Identifier: Apache-2.0

/// Where weights that were trained elsewhere come from, and what may be done with them. It stays with every model that is
/// made from them.
public struct WeightsOrigin: Hashable, Codable, Sendable {
    /// For people.
    public var name: String
    /// Who published the file.
    public var source: String
    /// SPDX identifier, e.g. `Apache-2.0`.
    public var license: String
    /// Whose work it is, as its licence asks to be told; `nil` where nobody is named.
    public var copyright: String?
    /// Hexadecimal SHA-256 of the file that the weights were read from.
    public var sha256: String

    public init(name: String, source: String, license: String, copyright: String? = nil, sha256: String) {
        self.name = name
        self.source = source
        self.license = license
        self.copyright = copyright
        self.sha256 = sha256
    }
}
