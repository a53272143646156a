// SPDX-License-Identifier: Apache-2.0

/// What a split is called, in any case.
enum SplitName: String, CaseIterable, Codable, Sendable {
    case train, validation, test

    var synonyms: [String] {
        switch self {
        case .train: ["train", "training"]
        case .validation: ["val", "valid", "validation", "eval", "evaluation"]
        case .test: ["test", "testing"]
        }
    }

    init?(_ name: String) {
        let lowered = name.lowercased()
        guard let match = Self.allCases.first(where: { $0.synonyms.contains(lowered) }) else { return nil }
        self = match
    }

    /// The split that an archive's name speaks of: one of the words between its `-`, `_`, `.` and blanks.
    init?(inFileName name: String) {
        let words = name.split { "-_. ".contains($0) }.compactMap { SplitName(String($0)) }
        guard let first = words.first, words.allSatisfy({ $0 == first }) else { return nil }
        self = first
    }
}
