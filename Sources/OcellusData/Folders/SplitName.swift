// SPDX-License-Identifier: Apache-2.0

/// What a split is called, in any case.
enum SplitName: String, CaseIterable, Codable, Sendable {
    case train, validation, test

    var synonyms: [String] {
        switch self {
        case .train: ["train", "training"]
        case .validation: ["val", "valid", "validation", "eval", "evaluation", "dev"]
        case .test: ["test", "testing"]
        }
    }

    /// `nil` unless the whole name is one of a split.
    init?(_ name: String) {
        let lowered = name.lowercased()
        guard let match = Self.allCases.first(where: { $0.synonyms.contains(lowered) }) else { return nil }
        self = match
    }

    /// The split that an archive's name speaks of: one of its words.
    init?(inFileName name: String) {
        guard let words = SplitWords(name) else { return nil }
        self = words.split
    }
}
