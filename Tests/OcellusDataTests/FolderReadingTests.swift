// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusData
@testable import OcellusPixels

@Suite("Splits, folds or classes") struct FolderReadingTests {
    /// A picture for each name, each of its own gray level.
    static func folder(_ names: [String]) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for (index, name) in names.enumerated() {
            try directory.write(ImageEncoder.png(solid(8, 8, [UInt8(2 * index)])), to: name)
        }
        return directory
    }

    private static func layout(_ names: [String]) throws -> ImageLayout {
        let directory = try folder(names)
        return try ImageSource.folder(Path(directory.path)).layout(options: ImageFolderOptions())
    }

    private static func error(_ names: [String]) -> DataError? {
        #expect(throws: DataError.self) { try layout(names).check() }
    }

    private static func set(_ folder: String, _ count: Int = 2) -> [String] {
        ["cats", "dogs"].flatMap { label in (0..<count).map { "\(folder)/\(label)/\($0).png" } }
    }

    @Test(
        "words of names",
        arguments: [
            ("seg_test2", ["seg", "test", "2"]), ("TrainImages", ["train", "images"]), ("test1", ["test", "1"]),
            ("my-set.v2", ["my", "set", "v", "2"]), ("IMG_0001", ["img", "0001"]), ("", []), ("__", []),
            ("Übung Übung", ["übung", "übung"]),
        ])
    func words(name: String, words: [String]) { #expect(NameWords.words(of: name) == words) }

    @Test(
        "names of splits in many spellings",
        arguments: [
            ("training_set", SplitName.train), ("test_set", .test), ("train_images", .train), ("TestSet", .test),
            ("seg_train", .train), ("test1", .test), ("dev", .validation), ("valid_256", .validation),
            ("trainset", .train), ("Validation Data", .validation), ("val2", .validation), ("TRAIN", .train),
            ("trainimages", .train), ("bus", nil), ("trains", nil), ("contest", nil), ("training_test", nil),
            ("retrain", nil),
        ] as [(String, SplitName?)])
    func names(name: String, split: SplitName?) { #expect(SplitWords(name)?.split == split) }

    @Test(
        "sibling folders called after splits are splits",
        arguments: [
            ("training_set", "test_set"), ("train_images", "test_images"), ("seg_train", "seg_test"),
            ("train", "test1"),
            ("Train", "Dev"), ("trainset", "testset"), ("train_256", "valid_256"), ("TrainImages", "TestImages"),
        ])
    func splits(train: String, other: String) throws {
        let layout = try Self.layout(Self.set(train, 3) + Self.set(other))
        try layout.check()
        #expect(layout.classes == ["cats", "dogs"] && layout.train.count == 6)
        #expect((layout.test ?? layout.validation)?.count == 4)
        if SplitName(train) == nil {
            #expect(layout.notes.contains { $0.hasSuffix("/\(train) is read as the train split") }, "\(layout.notes)")
        }
    }

    @Test("a folder in a split that is called as the split is passed through; one of neither is left out")
    func doubled()
        throws
    {
        let layout = try Self.layout(
            Self.set("seg_train/seg_train") + Self.set("seg_test/seg_test") + ["seg_pred/seg_pred/1.png"])
        #expect(layout.classes == ["cats", "dogs"] && layout.train.count == 4 && layout.test?.count == 4)
        #expect(layout.notes.contains { $0.hasSuffix("/seg_pred is no split and was left out") })
        let again = try Self.layout(Self.set("train/train") + Self.set("val/val"))
        #expect(again.classes == ["cats", "dogs"] && again.validation?.count == 4)
    }

    @Test(
        "classes that are called as splits are stay classes",
        arguments: [
            ["bus", "car", "train"], ["test", "blank", "control"], ["bus", "test"],
            ["model train", "bus"], ["fold", "crease"], ["summer", "winter"],
        ])
    func classes(names: [String]) throws {
        let layout = try Self.layout(names.flatMap { ["\($0)/1.png", "\($0)/2.png"] })
        try layout.check()
        #expect(layout.classes == names.sorted() && layout.train.count == 2 * names.count)
        #expect(layout.notes == [])
    }

    @Test(
        "what may be splits or classes is refused with both readings",
        arguments: [
            (["train_images", "test_images"], "as splits their images have no class"),
            (["train", "test"], "as splits their images have no class"),
            (["train", "test", "blank"], "beside them lie folders of images with other names: blank"),
            (["val", "test"], "as splits none of them is for training"),
            (["train 1", "train 2"], "as splits all of them are for training"),
            (["dogs_train", "cats_test"], "as splits their names do not belong together"),
        ])
    func refused(names: [String], reason: String) throws {
        let error = Self.error(names.flatMap { ["\($0)/1.png", "\($0)/2.png"] })
        #expect(error?.kind == .ambiguous && error?.because == reason, "\(error?.rendered ?? "")")
        #expect(error?.summary.hasSuffix("may be splits or classes.") == true)
        #expect(error?.received?.contains(names[0]) == true && error?.advice != nil)
    }

    @Test("two directories of one split, and splits of two sets, are refused") func twice() {
        let twice = Self.error(Self.set("train") + Self.set("test") + Self.set("test_images"))
        #expect(twice?.kind == .ambiguous && twice?.received == "test and test_images", "\(twice?.rendered ?? "")")
        let two = Self.error(["a_train", "a_test", "b_train", "b_test"].flatMap { Self.set($0) })
        #expect(two?.kind == .ambiguous && two?.summary.hasSuffix("has the splits of several data sets.") == true)
    }

    @Test("folders that all classes share are said, in the check too; one that each has for itself is not")
    func shared()
        async throws
    {
        let names = Self.set("summer") + Self.set("winter")
        let layout = try Self.layout(names)
        #expect(layout.classes == ["summer", "winter"] && layout.sharedFolders == ["cats", "dogs"])
        #expect(
            layout.notes.first?.hasPrefix("the classes summer, winter all hold the same folders (cats, dogs)") == true)
        let directory = try Self.folder(names)
        let report = try await FolderCheck(Path(directory.path)).report()
        let finding = report.findings.first { $0.kind == .sharedFolders }
        #expect(finding?.severity == .warning && finding?.detail == "summer, winter hold cats, dogs")
        let images = try Self.layout(["a/images/1.png", "b/images/1.png"])
        #expect(images.classes == ["a", "b"] && images.notes == [])
        let partly = try Self.layout(Self.set("summer") + Self.set("winter") + ["winter/1.png"])
        #expect(partly.sharedFolders == [])
    }

    @Test("fold0, fold1 … are folds, in the order of their numbers") func folds() async throws {
        let names = Self.set("fold10") + Self.set("fold2") + ["fold_3/cats/1.png"]
        let layout = try Self.layout(names)
        try layout.check()
        #expect(layout.classes == ["cats", "dogs"] && layout.train.compactMap(\.fold) == [0, 0, 0, 0, 1, 2, 2, 2, 2])
        #expect(layout.train[4].path.text.hasSuffix("/fold_3/cats/1.png"))
        let directory = try Self.folder(names)
        let images = try await ImageDataset.named(directory.path)
        #expect(images.train.folds?.max() == 2)
        let bare = Self.error(["fold0/1.png", "fold1/1.png"])
        #expect(bare?.kind == .ambiguous && bare?.because == "as folds their images have no class")
    }

    @Test("an unlabelled split beside labelled ones is left out and said; so it is in the check") func unlabelled()
        async throws
    {
        let names = Self.set("train", 5) + ["test/0.png", "test/1.png", "test/notes.txt.png"]
        let directory = try Self.folder(names)
        let images = try await ImageDataset.named(directory.path)
        #expect(images.train.count == 8 && images.test.count == 2 && images.classes == ["cats", "dogs"])
        let note = "\(directory.path)/test: 3 images without a class were left out; predict takes them"
        #expect(images.notes.contains(note), "\(images.notes)")
        let report = try await FolderCheck(Path(directory.path)).report()
        let finding = report.findings.first { $0.kind == .unlabelled }
        #expect(finding?.detail == "\(directory.path)/test: 3 images" && report.images == 10)
        // Names with classes that the folders have are labels.
        let named = try Self.layout(Self.set("train") + ["val/cats.1.png", "val/dogs_2.png"])
        #expect(named.validation?.map(\.label) == [0, 1] && named.unlabelled.isEmpty)
        let others = try Self.layout(Self.set("train") + ["val/owls.1.png", "val/emus_2.png"])
        #expect(others.validation == nil && others.unlabelled.map(\.images) == [2])
    }

    @Test("classes in the names of files are said, and which; an unlabelled split beside them is left out") func named()
        async throws
    {
        let train = (0..<4).flatMap { ["train/cat.\($0).png", "train/dog.\($0).png"] }
        let directory = try Self.folder(train + ["test1/1.png", "test1/2.png"])
        let images = try await ImageDataset.named(directory.path)
        #expect(images.classes == ["cat", "dog"] && images.train.count + images.test.count == 8)
        #expect(images.notes.contains("classes are taken from the names of the files: cat, dog"))
        #expect(images.notes.contains { $0.contains("test1: 2 images without a class were left out") })
        let report = try await FolderCheck(Path(directory.path)).report()
        #expect(report.findings.first { $0.kind == .classesFromNames }?.detail == "cat, dog")
        let partly = Self.error(train + ["test/cat.7.png", "test/8.png"])
        #expect(partly?.kind == .classNames && partly?.received == "8.png", "\(partly?.rendered ?? "")")
    }

    @Test(
        "what cameras, dates and numbers begin names with is no class",
        arguments: [
            ["IMG_0001.png", "IMG_0002.png", "DSC_0001.png"], ["PXL_20210101_1.png", "MVIMG_20210101_2.png"],
            ["20210101_1.png", "20210102_2.png"], ["1_1.png", "2_1.png"], ["photo_1.png", "image_2.png"],
            ["Screenshot_2021-01.png", "DSCN0001_2.png"],
        ])
    func cameras(names: [String]) async throws {
        let directory = try Self.folder(names)
        let error = await #expect(throws: DataError.self) { try await ImageDataset.named(directory.path) }
        #expect(
            error?.because == "numbers, dates and the words that cameras and programs put before them are no classes",
            "\(error?.rendered ?? "")")
        #expect(error?.exitClass == .data)
    }

    @Test("names that differ in case or blanks alone are said; in Unicode form alone they are one") func similar()
        async throws
    {
        let directory = try Self.folder([
            "Cat/1.png", "cat/2.png", "big  dog/3.png", "big dog/4.png", "caf\u{E9}/5.png", "cafe\u{301}/6.png",
        ])
        let layout = try ImageSource.folder(Path(directory.path)).layout(options: ImageFolderOptions())
        #expect(layout.classes.count == 5 && layout.train.count == 6)
        #expect(layout.notes.contains("café is one class, though its name is written in two Unicode forms"))
        #expect(layout.train.filter { layout.classes[Int($0.label)] == "café" }.count == 2)
        let report = try await FolderCheck(Path(directory.path)).report()
        #expect(
            report.findings.filter { $0.kind == .similarClasses }.map(\.detail) == [
                "\"Cat\", \"cat\"", "\"big  dog\", \"big dog\"",
            ])
    }
}
