// SPDX-License-Identifier: Apache-2.0

/// How a table of images is read where its columns and paths do not say it themselves.
public struct TableOptions: Codable, Hashable, Sendable {
    /// What columns are.
    package static let columnNames = ["path", "label", "split", "group", "fold"]

    /// Names of columns by what they are: `path`, `label`, `split`, `group`, `fold`.
    public var columns: [String: String]
    /// The folder that paths begin in, in the form of a path's `escaped`; `nil` for the table's.
    public var folder: String?
    /// What is added to each path, e.g. `.jpg`.
    public var suffix: String?

    public init(columns: [String: String] = [:], folder: String? = nil, suffix: String? = nil) {
        self.columns = columns
        self.folder = folder
        self.suffix = suffix
    }
}
