// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

/// What the directories of a tree are: one for each class, each split or each fold.
enum FolderReading {
    case classes
    case splits([SplitName: ImageTree])
    /// In the order of their numbers.
    case folds([ImageTree])

    private typealias Part = (name: Path, tree: ImageTree)
    private typealias Worded = (words: SplitWords, part: Part)

    /// Tells by the names of the directories and by what they hold.
    ///
    /// Splits have names with the words of ``SplitName``, equal but for these words: one for training and one for something
    /// else, or one for training alone. Directories that are called so and hold images without a class may be classes as
    /// well; then neither reading is chosen.
    ///
    /// - Throws: ``DataError/Code/ambiguous`` with both readings, or with two directories of one split.
    init(_ tree: ImageTree) throws(DataError) {
        let parts = tree.directories.filter {
            ($0.tree.hasImages || SplitName($0.name.text) != nil) && !NameWords.sayUnlabelled($0.name.text)
        }
        if let folds = try Self.folds(parts, of: tree) {
            self = .folds(folds)
            return
        }
        let worded = parts.compactMap { part in SplitWords(part.name.text).map { (words: $0, part: part) } }
        let families = Dictionary(grouping: worded) { $0.words.others }.values.filter { family in
            let splits = Set(family.map(\.words.split))
            return splits.contains(.train) && (splits.count > 1 || parts.count == 1)
        }
        guard families.count < 2 else {
            throw DataError(
                .ambiguous, "\(tree.path) has the splits of several data sets.",
                received: Files.list(worded.map(\.part.name)), advice: "--data with the splits of one of them alone")
        }
        guard let family = families.first else {
            guard worded.count == parts.count, worded.count > 1 else {
                try Self.checkLone(worded, among: parts, of: tree)
                self = .classes
                return
            }
            let names = Set(worded.map(\.words.split))
            let reason =
                names == [.train]
                ? "all of them are for training"
                : names.contains(.train) ? "their names do not belong together" : "none of them is for training"
            throw Self.twoReadings(
                of: worded, in: tree, because: "as splits \(reason)",
                advice: "call the folder of training images train and the others validation and test, or give "
                    + "classes other names")
        }
        self = .splits(try Self.splits(family, among: parts, of: tree))
    }

    /// Throws for one folder called after training that holds folders, beside folders that hold images alone: that may be a
    /// split and what does not belong to it, or a class.
    private static func checkLone(_ worded: [Worded], among parts: [Part], of tree: ImageTree) throws(DataError) {
        for train in worded where train.words.split == .train {
            let others = parts.filter { $0.tree !== train.part.tree && $0.tree.hasImages }
            guard train.part.tree.images.isEmpty, train.part.tree.directoriesWithImages.count > 1, !others.isEmpty,
                others.allSatisfy({ $0.tree.directoriesWithImages.isEmpty })
            else { continue }
            throw twoReadings(
                of: [train], in: tree,
                because: "beside it lie folders of images without folders in them: \(Files.list(others.map(\.name)))",
                advice: "--data \(train.part.tree.path) for its images alone; for classes, another name for it")
        }
    }

    private static func splits(
        _ family: [Worded], among parts: [Part], of tree: ImageTree
    ) throws(DataError) -> [SplitName: ImageTree] {
        var splits: [SplitName: Part] = [:]
        for (words, part) in family {
            if let other = splits[words.split] {
                throw DataError(
                    .ambiguous, "\(tree.path) has two directories for one split.",
                    received: "\(other.name) and \(part.name)", advice: "rename or merge one of them")
            }
            splits[words.split] = part
        }
        let others = parts.filter { part in part.tree.hasImages && !family.contains { $0.part.tree === part.tree } }
        let isFlat = family.allSatisfy { $0.part.tree.directoriesWithImages.isEmpty }
        let train = splits[.train]?.tree.images ?? []
        let isLabelled = train.isEmpty || train.allSatisfy { FileLabel.label(of: $0.name.text) != nil }
        // A folder called train may be a class among others, with its images in it.
        guard isFlat, !isLabelled, parts.count > 1 else { return splits.mapValues(\.tree) }
        guard others.isEmpty else {
            throw twoReadings(
                of: family, in: tree,
                because: "beside them lie folders of images with other names: \(Files.list(others.map(\.name)))",
                advice: "other names for the classes, or folders of classes in the splits")
        }
        throw twoReadings(
            of: family, in: tree, because: "as splits their images have no class",
            advice:
                "a folder for each class in each of them, or a table with --images-in and one of them; for classes, "
                + "other names")
    }

    private static func twoReadings(
        of worded: [Worded], in tree: ImageTree, because: String, advice: String
    ) -> DataError {
        let names = worded.map { "\($0.part.name) (\($0.words.split.rawValue))" }
        return DataError(
            .ambiguous, "the folders in \(tree.path) may be splits or classes.",
            needs: "a train folder and another split with a folder for each class in them, or a folder for each class",
            received: Files.list(names), because: because, advice: advice)
    }

    /// `fold0`, `fold_1`, … with the same classes in each; `nil` when the directories are called otherwise.
    private static func folds(_ parts: [Part], of tree: ImageTree) throws(DataError) -> [ImageTree]? {
        guard parts.count > 1 else { return nil }
        var folds: [(number: Int, tree: ImageTree)] = []
        for part in parts {
            let words = NameWords.words(of: part.name.text)
            guard words.count == 2, words[0] == "fold", let number = Int(words[1]) else { return nil }
            folds.append((number, part.tree))
        }
        guard folds.allSatisfy({ !$0.tree.directoriesWithImages.isEmpty }) else {
            throw DataError(
                .ambiguous, "the folders in \(tree.path) may be folds or classes.",
                needs: "a folder for each class in each fold, or a folder for each class",
                received: Files.list(parts.map(\.name)), because: "as folds their images have no class",
                advice: "a table with a column fold; for classes, other names")
        }
        return folds.sorted { $0.number < $1.number }.map(\.tree)
    }

    /// Throws where all classes would be called as splits are: `fold0/train`, `set1/train`.
    static func check(classes: [Path], of tree: ImageTree) throws(DataError) {
        let splits = classes.compactMap { SplitName($0.text) }
        guard splits.count == classes.count, splits.contains(.train), splits.count > 1 else { return }
        throw DataError(
            .ambiguous, "each folder in \(tree.path) has splits of its own.",
            needs: "a folder for each class, or splits with a folder for each class in them",
            received: Files.list(classes),
            advice: "--data with one of the folders, e.g. \(tree.directoriesWithImages.first?.tree.path ?? tree.path)")
    }

    /// The names of the directories that all directories of a tree hold, where these hold hardly anything else: then the
    /// directories below may be the classes. `nil` for anything else.
    static func sharedNames(in tree: ImageTree) -> [Path]? {
        let parts = tree.directoriesWithImages
        guard parts.count > 1, parts.allSatisfy(\.tree.images.isEmpty) else { return nil }
        let names = parts.map { Set($0.tree.directoriesWithImages.map(\.name)) }
        let all = names.reduce(Set()) { $0.union($1) }
        let shared = names.reduce(all) { $0.intersection($1) }
        return shared.count > 1 && 2 * shared.count >= all.count ? shared.sorted() : nil
    }
}
