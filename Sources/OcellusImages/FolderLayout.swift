// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// Which file belongs to which class of which split, before any image is read.
///
/// `ROOT/CLASS/**`, or `ROOT/SPLIT/CLASS/**` with the names of ``SplitName``. The class list comes from the training
/// images alone; later splits are matched to it by name.
struct FolderLayout: Sendable {
    /// What a split directory is called, in any case.
    enum SplitName: CaseIterable {
        case train, validation, test

        var synonyms: [String] {
            switch self {
            case .train: ["train", "training"]
            case .validation: ["val", "valid", "validation", "eval", "evaluation"]
            case .test: ["test", "testing"]
            }
        }

        init?(directory name: String) {
            let lowered = name.lowercased()
            guard let match = Self.allCases.first(where: { $0.synonyms.contains(lowered) }) else { return nil }
            self = match
        }
    }

    struct File: Sendable {
        let path: String
        let label: UInt16
    }

    private(set) var classes: [String] = []
    private(set) var train: [File] = []
    private(set) var validation: [File]?
    private(set) var test: [File]?
    private(set) var notes: [String] = []
    private var others: [String] = []
    private var links: [String] = []
    private let followsLinks: Bool

    /// - Throws: ``DataError/Code/noImages``, ``DataError/Code/tooFewClasses``, ``DataError/Code/unknownClass``,
    ///   ``DataError/Code/ambiguous``, and the errors of reading directories.
    init(_ root: String, followsLinks: Bool) throws(DataError) {
        self.followsLinks = followsLinks
        let splits = try Self.splits(of: try directories(of: root), root: root)
        let trainDirectory = splits[.train] ?? root
        let found = try classFiles(in: trainDirectory)
        let empty = found.filter(\.images.isEmpty).map(\.name)
        let filled = found.filter { !$0.images.isEmpty }
        classes = filled.map(\.name)
        guard !filled.isEmpty else { throw Self.nothing(in: trainDirectory, others: others, links: links) }
        guard classes.count >= 2 else {
            throw DataError(
                .tooFewClasses, "\(trainDirectory) has images of a single class; there is nothing to tell apart.",
                needs: "a folder of images for each of at least two classes", received: classes[0],
                because: empty.isEmpty ? nil : "folders without an image do not count: \(Files.list(empty))")
        }
        try ImageSet.check(classes: classes)
        if !empty.isEmpty { notes.append("folders without an image are no classes: \(Files.list(empty))") }
        train = filled.enumerated().flatMap { label, folder in
            folder.images.map { File(path: $0, label: UInt16(label)) }
        }
        if let directory = splits[.validation] { validation = try laterSplit(directory) }
        if let directory = splits[.test] { test = try laterSplit(directory) }
        if !others.isEmpty { notes.append("files that are no images were left out: \(Files.list(others))") }
        if !links.isEmpty {
            notes.append(
                (followsLinks ? "symbolic links that lead nowhere or in a circle" : "symbolic links")
                    + " were left out: \(Files.list(links))")
        }
    }

    /// The split directories among a root's; empty when the directories are classes.
    ///
    /// A folder called `train` may be a class, so a split layout needs a second split, or nothing but `train`.
    private static func splits(
        of directories: [String], root: String
    ) throws(DataError) -> [SplitName: String] {
        var splits: [SplitName: String] = [:]
        for name in directories {
            guard let split = SplitName(directory: name) else { continue }
            if let other = splits[split] {
                throw DataError(
                    .ambiguous, "\(root) has two directories for one split.",
                    received: "\(other.dropFirst(root.count + 1)) and \(name)", advice: "rename or merge one of them")
            }
            splits[split] = root + "/" + name
        }
        guard splits[.train] != nil, splits.count > 1 || directories.count == 1 else { return [:] }
        return splits
    }

    private mutating func directories(of path: String) throws(DataError) -> [String] {
        var names: [String] = []
        for entry in try Files.entries(of: path) {
            switch entry.kind {
            case .directory: names.append(entry.name)
            case .link where followsLinks && Files.kind(at: path + "/" + entry.name) == .directory:
                names.append(entry.name)
            case .link, .file, .other: break
            }
        }
        return names
    }

    /// The class folders of one split with their images.
    private mutating func classFiles(in directory: String) throws(DataError) -> [(name: String, images: [String])] {
        let names = try directories(of: directory)
        for entry in try Files.entries(of: directory) where !names.contains(entry.name) {
            if entry.kind == .link {
                links.append(directory + "/" + entry.name)
            } else {
                others.append(directory + "/" + entry.name)
            }
        }
        var found: [(name: String, images: [String])] = []
        for name in names {
            var scan = FolderScan(followsLinks: followsLinks)
            try scan.scan(directory + "/" + name)
            others += scan.others
            links += scan.links
            found.append((name, scan.images))
        }
        return found
    }

    /// The images of a split after the training images, its folders matched to the classes by name.
    private mutating func laterSplit(_ directory: String) throws(DataError) -> [File] {
        let found = try classFiles(in: directory).filter { !$0.images.isEmpty }
        let indices = Dictionary(uniqueKeysWithValues: zip(classes, 0..<classes.count))
        let unknown = found.map(\.name).filter { indices[$0] == nil }
        guard unknown.isEmpty else {
            let guess = closestMatch(to: unknown[0], in: classes)
            throw DataError(
                .unknownClass, "\(directory) has classes that the training images lack.",
                needs: Files.list(classes), received: Files.list(unknown),
                advice: guess.map { "rename \(unknown[0]) to \($0)" } ?? "remove them, or add training images")
        }
        guard !found.isEmpty else { throw Self.nothing(in: directory, others: others, links: links) }
        let missing = classes.filter { name in !found.contains { $0.name == name } }
        if !missing.isEmpty { notes.append("\(directory) lacks classes: \(Files.list(missing))") }
        return found.flatMap { folder in
            folder.images.map { File(path: $0, label: UInt16(indices[folder.name] ?? 0)) }
        }
    }

    private static func nothing(in directory: String, others: [String], links: [String]) -> DataError {
        DataError(
            .noImages, "\(directory) holds no class folder with images.",
            needs: "a folder of images for each class (\(ImageFormat.supported))",
            received: others.isEmpty && links.isEmpty ? "nothing" : Files.list(others + links),
            because: links.isEmpty ? nil : "symbolic links are not followed unless asked")
    }
}
