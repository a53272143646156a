// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

/// Which image belongs to which class of which split, before any image is read.
///
/// The class list comes from the training images alone; later splits are matched to it by name.
struct ImageLayout: Sendable {
    struct File: Sendable {
        /// Named in messages.
        let path: Path
        let content: ImageContent
        let label: UInt16
        /// Images of one group never stand on both sides of a split; `nil` for an image of its own.
        var group: String?
        /// From 0; `nil` where a table states none.
        var fold: Int?
    }

    /// Named in messages.
    let root: String
    var classes: [String] = []
    var train: [File] = []
    var validation: [File]?
    var test: [File]?

    // What was found beside labelled images.

    /// How the files were read where that is not plain, as sentences.
    var remarks: [String] = []
    /// Directories of the training images without an image.
    var emptyClasses: [String] = []
    /// Images that stand outside of every class folder.
    var loose: [Path] = []
    var leftovers = ImageTree.Leftovers()
    /// Some of the files that a table names are not there.
    var missing: DataError?
    var followsLinks = true
    /// The classes, where they were taken from the names of files.
    var fileClasses: [String] = []
    /// Folders that all classes hold, where they hold nothing else.
    var sharedFolders: [String] = []
    /// Later splits whose images have no class, with the number of their images.
    var unlabelled: [(split: String, images: Int)] = []
    /// Classes of later splits that the training images lack, with the split's path. Their images have labels behind
    /// ``classes``, and no data set can be made of them.
    var unknownClasses: [(split: String, names: [String])] = []
    /// Classes that a later split lacks, with the split's path.
    var missingClasses: [(split: String, names: [String])] = []
    /// Splits without an image, by path.
    var emptySplits: [String] = []
    /// Path of the training images.
    var trainPath: String

    init(root: String) {
        self.root = root
        trainPath = root
    }

    /// All images with the split they are in, training images first.
    var splits: [(name: SplitName, files: [File])] {
        [(.train, train)] + (validation.map { [(.validation, $0)] } ?? []) + (test.map { [(.test, $0)] } ?? [])
    }

    /// Throws when no data set can be made of the images.
    ///
    /// - Parameter leastClasses: Of the training images; one is enough where nothing is trained.
    /// - Throws: ``DataError/Code/noImages``, ``DataError/Code/tooFewClasses``, ``DataError/Code/classNames``,
    ///   ``DataError/Code/unknownClass``.
    func check(leastClasses: Int = 2) throws(DataError) {
        guard !train.isEmpty else { throw nothing(in: trainPath) }
        let known = Set(train.map(\.label))
        let trained = classes.indices.filter { known.contains(UInt16($0)) }.map { classes[$0] }
        guard trained.count >= leastClasses else {
            throw DataError(
                .tooFewClasses, "\(trainPath) has images of a single class; there is nothing to tell apart.",
                needs: "a folder of images for each of at least two classes", received: trained.first,
                because: emptyClasses.isEmpty
                    ? nil : "folders without an image do not count: \(Files.list(emptyClasses))")
        }
        try ImageSet.check(classes: classes)
        if let unknown = unknownClasses.first {
            let guess = closestMatch(to: unknown.names[0], in: trained)
            throw DataError(
                .unknownClass, "\(unknown.split) has classes that the training images lack.",
                needs: Files.list(trained), received: Files.list(unknown.names),
                advice: guess.map { "rename \(unknown.names[0]) to \($0)" } ?? "remove them, or add training images")
        }
        if let split = emptySplits.first { throw nothing(in: split) }
    }

    private func nothing(in directory: String) -> DataError {
        let found = leftovers.outside + leftovers.others + leftovers.links
        return DataError(
            .noImages, "\(directory) holds no class folder with images.",
            needs: "a folder of images for each class (\(ImageFormat.supported))",
            received: found.isEmpty ? "nothing" : Files.list(found), because: reason)
    }

    /// Why nothing is there where something was left out.
    private var reason: String? {
        if !leftovers.outside.isEmpty { return Self.outsideReason }
        guard !leftovers.links.isEmpty else { return nil }
        return followsLinks ? "these symbolic links lead nowhere or in a circle" : "--no-follow-links leaves out links"
    }

    private static let outsideReason = "names with .. lead out of the archive"

    /// What a person should know about the files, as sentences.
    var notes: [String] {
        var notes = remarks
        notes += unlabelled.map {
            "\($0.split): \($0.images) images without a class were left out; predict takes them"
        }
        if !emptyClasses.isEmpty {
            notes.append("folders without an image are no classes: \(Files.list(emptyClasses))")
        }
        notes += missingClasses.map { "\($0.split) lacks classes: \(Files.list($0.names))" }
        if !loose.isEmpty { notes.append("images outside of the class folders were left out: \(Files.list(loose))") }
        return notes + leftovers.notes(followsLinks: followsLinks)
    }

    /// The whole number of an image's group, the same for the same name; images without a group have one of their own.
    static func groups(of files: [File]) -> [Int]? {
        guard files.contains(where: { $0.group != nil }) else { return nil }
        var numbers: [String: Int] = [:]
        var next = 0
        return files.map { file in
            if let group = file.group, let number = numbers[group] { return number }
            defer { next += 1 }
            if let group = file.group { numbers[group] = next }
            return next
        }
    }
}

extension ImageTree.Leftovers {
    /// What was left out and why, as sentences.
    func notes(followsLinks: Bool) -> [String] {
        var notes: [String] = []
        if !others.isEmpty { notes.append("files that are no images were left out: \(Files.list(others))") }
        if !outside.isEmpty {
            notes.append(
                "members of archives whose names lead out of them (..) were left out: \(Files.list(outside))")
        }
        if !links.isEmpty {
            let what = followsLinks ? "links that lead nowhere or in a circle" : "symbolic links"
            notes.append("\(what) were left out: \(Files.list(links))")
        }
        return notes
    }
}
