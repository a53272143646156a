// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

extension ImageLayout {
    /// The layouts of a tree of directories:
    ///
    /// - `ROOT/CLASS/**`
    /// - `ROOT/SPLIT/CLASS/**` with names that ``SplitWords`` reads
    /// - `ROOT/fold1/CLASS/**`, …
    /// - files with their class in front, `ROOT/dog.1.jpg` or `ROOT/dog_1.jpg`, also inside a split
    ///
    /// A single directory around all of that is passed through. Images of a later split that have no class are left out.
    ///
    /// - Throws: ``DataError/Code/ambiguous`` for directories that may be splits or classes, ``DataError/Code/classNames``
    ///   for a file without a class among files with one, and for a directory whose name is no text.
    init(_ root: ImageTree, followsLinks: Bool) throws(DataError) {
        self.init(root: root.path.text)
        self.followsLinks = followsLinks
        var tree = root
        while let inner = Self.wrapped(by: tree) {
            leftovers += tree.leftovers
            tree = inner
        }
        if tree !== root { remarks.append("everything lies in \(tree.path)") }
        switch try FolderReading(tree) {
        case .classes:
            try addTraining(tree)
        case .folds(let folds):
            leftovers += tree.leftovers
            loose += tree.images.map(\.path)
            try addFolds(folds, of: tree)
        case .splits(let splits):
            leftovers += tree.leftovers
            loose += tree.images.map(\.path)
            for (name, part) in tree.directories where !splits.values.contains(where: { $0 === part }) {
                if NameWords.sayUnlabelled(name.text), part.hasImages {
                    leaveOut(part)
                } else {
                    remarks.append("\(tree.path)/\(name) is no split and was left out")
                }
            }
            for (split, part) in splits where SplitName(part.path.name.text) != split {
                remarks.append("\(part.path) is read as the \(split.rawValue) split")
            }
            remarks.sort()
            try addTraining(splits[.train] ?? tree)
            validation = try splits[.validation].flatMap { part throws(DataError) in try laterSplit(part) }
            test = try splits[.test].flatMap { part throws(DataError) in try laterSplit(part) }
        }
    }

    /// The only directory of a tree when it is no class: the folder that archives are packed with, or the only split,
    /// unless that is for training.
    private static func wrapped(by tree: ImageTree, inSplit: Bool = false) -> ImageTree? {
        guard tree.images.isEmpty, tree.directories.count == 1, let (name, inner) = tree.directories.first,
            inSplit || SplitName(name.text) != .train, inner.images.isEmpty || inSplit && isNoClass(name.text),
            inner.hasImages
        else { return nil }
        return inner
    }

    /// Whether the only folder of a split is called as no class is: `test/test`, `test/images`, `test/unknown`.
    private static func isNoClass(_ name: String) -> Bool {
        let words = NameWords.words(of: name)
        return SplitWords(name) != nil || NameWords.sayUnlabelled(name)
            || !words.isEmpty && words.allSatisfy { SplitWords.saysNothing($0) || ["unknown", "all"].contains($0) }
    }

    private mutating func addTraining(_ tree: ImageTree) throws(DataError) {
        trainPath = tree.path.text
        let found = try classes(in: tree)
        if let shared = FolderReading.sharedNames(in: tree) {
            try FolderReading.check(classes: shared, of: tree)
            sharedFolders = shared.map(\.text)
            remarks.append(
                "the classes \(Files.list(found.map(\.name))) all hold the same folders (\(Files.list(shared))): if those are "
                    + "the classes, call the folders above them train, validation and test")
        }
        emptyClasses = found.filter(\.images.isEmpty).map(\.name)
        classes = found.filter { !$0.images.isEmpty }.map(\.name)
        train = files(found)
    }

    /// Training images that lie in folders for cross-validation.
    private mutating func addFolds(_ folds: [ImageTree], of tree: ImageTree) throws(DataError) {
        trainPath = tree.path.text
        for fold in folds { try FolderReading.check(classes: fold.directoriesWithImages.map(\.name), of: tree) }
        let found = try folds.map { fold throws(DataError) in try classes(in: fold) }
        let names = Set(found.joined().filter { !$0.images.isEmpty }.map(\.name))
        classes = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for (number, part) in found.enumerated() {
            train += files(part).map { file in
                var file = file
                file.fold = number
                return file
            }
        }
        remarks.append(
            "\(tree.path) divides the training images into \(folds.count) folds, for --fold 1 and so on")
    }

    /// The classes of one split with their images, in the order of the bytes of their names.
    private mutating func classes(in split: ImageTree) throws(DataError) -> [(name: String, images: [ImageTree.Image])]
    {
        let tree = passedThrough(split)
        leftovers += tree.passed
        leftovers += tree.tree.allLeftovers
        return try classes(at: tree.tree)
    }

    private mutating func classes(at tree: ImageTree) throws(DataError) -> [(name: String, images: [ImageTree.Image])] {
        guard tree.directories.contains(where: { $0.tree.hasImages }) || tree.images.isEmpty else {
            let labelled = try Self.labelled(tree)
            if fileClasses.isEmpty {
                fileClasses = labelled.map(\.name)
                remarks.append("classes are taken from the names of the files: \(Files.list(fileClasses))")
            }
            return merged(labelled)
        }
        loose += tree.images.map(\.path)
        var usable = tree.directories.filter { $0.name.isText || $0.tree.hasImages }
        let labelled = usable.filter { !NameWords.sayUnlabelled($0.name.text) }
        if labelled.count(where: \.tree.hasImages) > 1 {
            for (name, part) in usable where NameWords.sayUnlabelled(name.text) && part.hasImages { leaveOut(part) }
            usable = labelled
        }
        return merged(
            try usable.map { name, part throws(DataError) in (try Self.className(name, of: part), part.allImages) })
    }

    /// Leaves out images that have no class.
    private mutating func leaveOut(_ tree: ImageTree) {
        unlabelled.append((tree.path.text, tree.allImages.count))
    }

    /// The tree below single directories in a split, unless one of them is a class, and what was left out above it.
    private func passedThrough(_ split: ImageTree) -> (tree: ImageTree, passed: ImageTree.Leftovers) {
        var tree = split
        var passed = ImageTree.Leftovers()
        while let inner = Self.wrapped(by: tree, inSplit: true), let name = tree.directories.first?.name,
            !classes.contains(name.text)
        {
            passed += tree.leftovers
            tree = inner
        }
        return (tree, passed)
    }

    private static func className(_ name: Path, of tree: ImageTree) throws(DataError) -> String {
        guard name.isText else {
            throw DataError(
                .classNames, "the name of a folder of images is no text: \(tree.path).",
                needs: "class names in UTF-8",
                received: "the bytes \(name.bytes.map { CollectionOfOne($0).hexadecimal }.joined(separator: " "))",
                because: "models, tables and records hold names as text", advice: "rename the folder")
        }
        return name.text
    }

    /// Classes whose names are equal but for their Unicode normalization, as one.
    private mutating func merged(
        _ found: [(name: String, images: [ImageTree.Image])]
    ) -> [(name: String, images: [ImageTree.Image])] {
        var positions: [String: Int] = [:]
        var merged: [(name: String, images: [ImageTree.Image])] = []
        for (name, images) in found {
            guard let position = positions[name] else {
                positions[name] = merged.count
                merged.append((name, images))
                continue
            }
            merged[position].images += images
            remarks.append(ClassNames.oneClass(name))
        }
        return merged
    }

    /// Images whose names begin with their class.
    private static func labelled(
        _ tree: ImageTree
    ) throws(DataError) -> [(name: String, images: [ImageTree.Image])] {
        var classes: [Path: [ImageTree.Image]] = [:]
        for image in tree.images {
            guard let label = FileLabel.label(of: image.name.text) else { throw withoutClass(image) }
            // The label's bytes are those at the start of the name, unless they had to be replaced to become text.
            guard image.name.bytes.starts(with: label.utf8) else {
                throw DataError(
                    .classNames, "the name of \(image.path) begins with bytes that are no text.",
                    needs: "a folder for each class, or class names in UTF-8", advice: "rename the file")
            }
            classes[Path(label), default: []].append(image)
        }
        if !FileLabel.areClasses(classes.keys.map(\.text)), let first = tree.images.first { throw withoutClass(first) }
        return classes.sorted { $0.key < $1.key }.map { ($0.key.text, $0.value) }
    }

    private static func withoutClass(_ image: ImageTree.Image) -> DataError {
        DataError(
            .classNames, "\(image.path) has no class.",
            needs: "a folder for each class, or names that begin with it: dog.1.jpg, dog_1.jpg",
            received: image.name.text, because: FileLabel.refusal(of: image.name.text))
    }

    private func files(_ found: [(name: String, images: [ImageTree.Image])]) -> [File] {
        let labels = Dictionary(uniqueKeysWithValues: zip(classes, 0..<classes.count))
        return found.flatMap { folder in
            folder.images.map {
                File(path: $0.path, content: $0.content, label: UInt16(clamping: labels[folder.name] ?? 0))
            }
        }
    }

    /// The images of a split after the training images, its folders matched to the classes by name; `nil` for images without
    /// a class.
    private mutating func laterSplit(_ split: ImageTree) throws(DataError) -> [File]? {
        let (tree, _) = passedThrough(split)
        if !tree.images.isEmpty, tree.directoriesWithImages.isEmpty {
            let labels = tree.images.map { FileLabel.label(of: $0.name.text) }
            let known = labels.count { $0.map(Set(classes).contains) ?? false }
            let isUnlabelled = fileClasses.isEmpty ? known < labels.count : known == 0 && labels.contains(nil)
            if isUnlabelled {
                leftovers += split.allLeftovers
                unlabelled.append((split.path.text, labels.count))
                return nil
            }
        }
        let found = try classes(in: split).filter { !$0.images.isEmpty }
        note(split: split.path.text, names: found.map(\.name))
        return files(found)
    }

    /// Compares the classes of a later split with those of the training images.
    mutating func note(split: String, names: [String]) {
        let trained = Set(train.map { classes[Int($0.label)] })
        let known = Set(classes)
        let unknown = names.filter { !trained.contains($0) }
        if !unknown.isEmpty {
            unknownClasses.append((split, unknown))
            classes += unknown.filter { !known.contains($0) }
        }
        if names.isEmpty { emptySplits.append(split) }
        let missing = classes.filter { trained.contains($0) && !names.contains($0) }
        if !missing.isEmpty, !names.isEmpty { missingClasses.append((split, missing)) }
    }
}
