// SPDX-License-Identifier: Apache-2.0

import OcellusPixels

extension ImageLayout {
    /// The layouts of a tree of directories:
    ///
    /// - `ROOT/CLASS/**`
    /// - `ROOT/SPLIT/CLASS/**` with the names of ``SplitName``
    /// - files with their class in front, `ROOT/dog.1.jpg` or `ROOT/dog_1.jpg`, also inside a split
    ///
    /// A single directory around all of that is passed through.
    ///
    /// - Throws: ``DataError/Code/ambiguous`` for two directories of one split, ``DataError/Code/classNames`` for a file
    ///   without a class among files with one.
    init(_ root: ImageTree, followsLinks: Bool) throws(DataError) {
        self.init(root: root.path)
        self.followsLinks = followsLinks
        var tree = root
        while let inner = Self.wrapped(by: tree) {
            others += tree.others
            links += tree.links
            tree = inner
        }
        if tree !== root { remarks.append("everything lies in \(tree.path)") }
        let splits = try Self.splits(of: tree)
        let trainTree = splits[.train] ?? tree
        trainPath = trainTree.path
        if !splits.isEmpty {
            others += tree.others
            links += tree.links
            loose += tree.images.map(\.path)
            for (name, part) in tree.directories where !splits.values.contains(where: { $0 === part }) {
                remarks.append("\(tree.path)/\(name) is no split and was left out")
            }
        }
        let found = try classes(in: trainTree)
        emptyClasses = found.filter(\.images.isEmpty).map(\.name)
        classes = found.filter { !$0.images.isEmpty }.map(\.name)
        train = files(found)
        validation = try splits[.validation].map { part throws(DataError) in try laterSplit(part) }
        test = try splits[.test].map { part throws(DataError) in try laterSplit(part) }
    }

    /// The only directory of a tree when it is no class: the folder that archives are packed with, or the only split,
    /// unless that is for training.
    private static func wrapped(by tree: ImageTree) -> ImageTree? {
        guard tree.images.isEmpty, tree.directories.count == 1, let (name, inner) = tree.directories.first,
            SplitName(name) != .train, inner.images.isEmpty, inner.hasImages
        else { return nil }
        return inner
    }

    /// The split directories of a tree; empty when its directories are classes.
    ///
    /// A folder called `train` may be a class, so a split layout needs a second split, or nothing but `train`.
    private static func splits(of tree: ImageTree) throws(DataError) -> [SplitName: ImageTree] {
        var splits: [SplitName: (name: String, tree: ImageTree)] = [:]
        for (name, part) in tree.directories {
            guard let split = SplitName(name) else { continue }
            if let other = splits[split] {
                throw DataError(
                    .ambiguous, "\(tree.path) has two directories for one split.",
                    received: "\(other.name) and \(name)", advice: "rename or merge one of them")
            }
            splits[split] = (name, part)
        }
        guard splits[.train] != nil, splits.count > 1 || tree.directories.count == 1 else { return [:] }
        return splits.mapValues(\.tree)
    }

    /// The classes of one split with their images, in the order of the bytes of their names.
    private mutating func classes(in split: ImageTree) throws(DataError) -> [(name: String, images: [ImageTree.Image])]
    {
        var tree = split
        // A single directory inside a split, too, unless it is one of the classes.
        while let inner = Self.wrapped(by: tree), let name = tree.directories.first?.name, !classes.contains(name) {
            others += tree.others
            links += tree.links
            tree = inner
        }
        others += tree.others + tree.directories.flatMap { $0.tree.allOthers }
        links += tree.links + tree.directories.flatMap { $0.tree.allLinks }
        guard tree.directories.contains(where: { $0.tree.hasImages }) || tree.images.isEmpty else {
            return try Self.labelled(tree)
        }
        loose += tree.images.map(\.path)
        return tree.directories.map { ($0.name, $0.tree.allImages) }
    }

    /// Images whose names begin with their class.
    private static func labelled(
        _ tree: ImageTree
    ) throws(DataError) -> [(name: String, images: [ImageTree.Image])] {
        var classes: [String: [ImageTree.Image]] = [:]
        for image in tree.images {
            guard let label = FileLabel.label(of: image.name) else {
                throw DataError(
                    .classNames, "\(image.path) has no class.",
                    needs: "a folder for each class, or names that begin with it: dog.1.jpg, dog_1.jpg",
                    received: image.name)
            }
            classes[label, default: []].append(image)
        }
        return classes.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, $0.value) }
    }

    private func files(_ found: [(name: String, images: [ImageTree.Image])]) -> [File] {
        let labels = Dictionary(uniqueKeysWithValues: zip(classes, 0..<classes.count))
        return found.flatMap { folder in
            folder.images.map {
                File(path: $0.path, content: $0.content, label: UInt16(clamping: labels[folder.name] ?? 0))
            }
        }
    }

    /// The images of a split after the training images, its folders matched to the classes by name.
    private mutating func laterSplit(_ tree: ImageTree) throws(DataError) -> [File] {
        let found = try classes(in: tree).filter { !$0.images.isEmpty }
        note(split: tree.path, names: found.map(\.name))
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

/// Classes in the names of files.
enum FileLabel {
    /// What stands before the first dot of `dog.1.jpg`, or before the number of `dog_1.jpg`, `dog-1.jpg`; `nil` for none.
    static func label(of name: String) -> String? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard let first = parts.first, !first.isEmpty else { return nil }
        if parts.count > 2 { return String(first) }
        guard let mark = first.lastIndex(where: { $0 == "_" || $0 == "-" }), mark > first.startIndex else { return nil }
        let number = first[first.index(after: mark)...]
        guard !number.isEmpty, number.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
        return String(first[..<mark])
    }
}
