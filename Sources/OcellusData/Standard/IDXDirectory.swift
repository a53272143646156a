// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
public import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

extension ImageDataset {
    /// The four IDX files of MNIST or of a set in its form, plain or gzipped, in one directory.
    ///
    /// `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and the same with `t10k` or `test`; a dot before `idx` and an
    /// end `.gz` are accepted. Class names come from `labels.txt` or `classes.txt` beside them, one a line; without such a
    /// file the classes are called 0, 1, …
    ///
    /// - Throws: ``DataError`` with the file named.
    public static func mnist(at directory: URL) throws(DataError) -> ImageDataset {
        try IDXDirectory(Path(directory)).read()
    }
}

/// A directory of IDX files.
struct IDXDirectory {
    let path: Path

    init(_ path: Path) { self.path = path }

    /// Whether a name is one of the training images' names.
    static func isTrainImages(_ name: String) -> Bool { names(stem: "train", images: true).contains(name) }

    private static func names(stem: String, images: Bool) -> [String] {
        let kind = images ? "images" : "labels"
        let type = images ? "idx3-ubyte" : "idx1-ubyte"
        return ["-", "."].flatMap { separator in
            ["", ".gz"].map { "\(stem)-\(kind)\(separator)\(type)\($0)" }
        }
    }

    /// - Parameters:
    ///   - name: The data set's; `nil` for the directory's.
    ///   - classes: Class names; `nil` for those in a file beside the images.
    func read(name: String? = nil, classes: [String]? = nil) throws(DataError) -> ImageDataset {
        let entries = try Files.entries(of: path)
        var classes = classes
        for name in ["labels.txt", "classes.txt"] where classes == nil {
            classes = try ClassNames.read(path.appending(name))
        }
        let trainLabels = try file(["train"], images: false, among: entries)
        let numbers = classes == nil && trainLabels.shape.rank == 1 ? trainLabels.classNumbers : nil
        let train = try IDX.imageSet(
            images: try file(["train"], images: true, among: entries), labels: trainLabels, classes: classes,
            numbers: numbers)
        // Test labels are checked against the classes of the training images.
        let test = try IDX.imageSet(
            images: try file(["t10k", "test"], images: true, among: entries),
            labels: try file(["t10k", "test"], images: false, among: entries), classes: train.classes, numbers: numbers)
        var notes = ClassNames.notes(on: train)
        if let numbers, let note = ClassNames.gapNote(numbers, of: trainLabels.path) { notes.append(note) }
        return try ImageDataset(name: name ?? Files.name(of: path), train: train, test: test, notes: notes)
    }

    private func file(_ stems: [String], images: Bool, among entries: [Files.Entry]) throws(DataError) -> IDX {
        let names = stems.flatMap { Self.names(stem: $0, images: images) }
        let present = Set(entries.map(\.name.text))
        guard let name = names.first(where: present.contains) else {
            throw DataError(
                .missingFile, "\(path) lacks a file of the data set.", needs: "\(names[0]), plain or .gz",
                received: Files.summary(of: entries))
        }
        let file = path.appending(name)
        return try IDX([UInt8](try Files.read(file)), path: file.text)
    }
}
