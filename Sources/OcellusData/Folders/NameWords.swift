// SPDX-License-Identifier: Apache-2.0

/// The words that the name of a file or folder is made of.
enum NameWords {
    /// The words in lower case, divided at everything that is neither letter nor digit, between letters and digits, and
    /// before capitals: `seg_test2` and `SegTest 2` are `seg`, `test`, `2`.
    static func words(of name: String) -> [String] {
        enum Kind { case lower, upper, digit, other }
        func kind(_ character: Character) -> Kind {
            if character.isNumber { return .digit }
            if character.isUppercase { return .upper }
            return character.isLetter ? .lower : .other
        }
        var words: [String] = []
        var word = ""
        var last = Kind.other
        for character in name {
            let next = kind(character)
            let isJoined = next == last || last == .upper && next == .lower
            if !isJoined || next == .other, !word.isEmpty {
                words.append(word)
                word = ""
            }
            if next != .other { word += character.lowercased() }
            last = next
        }
        return word.isEmpty ? words : words + [word]
    }

    /// Whether the name of a folder says that its images have no class: `unlabeled`, `unlabelled_images`, `unsup`.
    static func sayUnlabelled(_ name: String) -> Bool {
        let words = words(of: name)
        return words.contains { ["unlabeled", "unlabelled", "unsup", "unsupervised"].contains($0) }
            && words.allSatisfy { word in
                ["unlabeled", "unlabelled", "unsup", "unsupervised"].contains(word) || isNumber(word)
                    || SplitWords.saysNothing(word) || SplitName(word) != nil
            }
    }

    /// Whether a word is made of digits alone.
    static func isNumber(_ word: String) -> Bool { !word.isEmpty && word.allSatisfy(\.isNumber) }
}

/// What a name says about the split of what it holds: `training_set`, `TrainImages`, `seg_test`, `test1`, `dev`.
struct SplitWords: Hashable {
    let split: SplitName
    /// The words that say neither which split nor what kind of thing it is: `seg` of `seg_train_images`.
    let others: [String]

    /// Words that tell nothing apart: what a split is made of.
    private static let fillers: Set<String> = [
        "set", "sets", "split", "data", "dataset", "datasets", "image", "images", "img", "imgs", "picture", "pictures",
        "pic", "pics", "photo", "photos", "sample", "samples", "file", "files", "folder", "dir", "jpg", "jpeg", "png",
    ]

    /// Whether a word of a name says only what is in the folder: `images`.
    static func saysNothing(_ word: String) -> Bool { fillers.contains(word) }

    /// `nil` for a name without a split's word, or with words of two splits.
    init?(_ name: String) {
        let words = NameWords.words(of: name).flatMap(Self.parts)
        let splits = words.compactMap { SplitName($0) }
        guard let first = splits.first, splits.allSatisfy({ $0 == first }) else { return nil }
        split = first
        others = words.filter {
            SplitName($0) == nil && !Self.fillers.contains($0) && !NameWords.isNumber($0)
        }
    }

    /// `trainset`, `testdata`, `valimages` as two words.
    private static func parts(_ word: String) -> [String] {
        for filler in fillers where word.hasSuffix(filler) {
            let start = String(word.dropLast(filler.count))
            if SplitName(start) != nil { return [start, filler] }
        }
        return [word]
    }
}
