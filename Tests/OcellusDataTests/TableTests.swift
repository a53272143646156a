// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusData
@testable import OcellusPixels

@Suite("Tables as they are") struct TableTests {
    /// Six pictures in `rgb/CLASS`, and a table.
    private static func prepared(_ table: String, name: String = "t.csv") throws -> TemporaryDirectory {
        try prepared(Data(table.utf8), name: name)
    }

    private static func prepared(_ table: Data, name: String = "t.csv") throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for (index, file) in ["red/0", "red/1", "red/2", "blue/0", "blue/1", "blue/2"].enumerated() {
            try directory.write(ImageEncoder.png(solid(8, 8, [UInt8(20 * index)])), to: "rgb/\(file).png")
        }
        try directory.write(table, to: name)
        return directory
    }

    private static func layout(
        _ directory: TemporaryDirectory, _ name: String = "t.csv", _ table: TableOptions = TableOptions()
    ) throws -> ImageLayout {
        var options = ImageFolderOptions()
        options.table = table
        let path = Path("\(directory.path)/\(name)")
        return try ImageSource.manifest([path], root: path).layout(options: options)
    }

    private static func error(
        _ directory: TemporaryDirectory, _ table: TableOptions = TableOptions()
    ) -> DataError? {
        #expect(throws: DataError.self) { try layout(directory, "t.csv", table).check() }
    }

    private static func rows(_ header: String, _ line: (String, String) -> String) -> String {
        let files = ["red", "blue"].flatMap { label in (0..<3).map { (label, "\($0)") } }
        return ([header] + files.map { line($0.0, $0.1) }).joined(separator: "\n") + "\n"
    }

    @Test(
        "columns that data sets use",
        arguments: [
            "file_name,label", "filename,class", "filepath,target", "image_path,category", "image,breed",
            "Image_Name,Class_Name", "img,species", "path,dx",
        ])
    func columns(header: String) throws {
        let layout = try Self.layout(Self.prepared(Self.rows(header) { "rgb/\($0)/\($1).png,\($0)" }))
        #expect(layout.classes == ["blue", "red"] && layout.train.count == 6 && layout.notes == [])
    }

    @Test("names without their ending, with backslashes, with blanks around them are found, and that is said")
    func repaired()
        throws
    {
        let ids = try Self.layout(Self.prepared(Self.rows("id,breed") { "rgb/\($0)/\($1),\($0)" }))
        #expect(ids.train.count == 6 && ids.train[0].path.text.hasSuffix("rgb/red/0.png"))
        #expect(ids.notes.contains { $0.hasSuffix("t.csv are read with the endings of the files that are there") })
        let back = try Self.layout(Self.prepared(Self.rows("path,label") { "rgb\\\($0)\\\($1).png,\($0)" }))
        #expect(back.notes.contains { $0.hasPrefix("6 paths in ") && $0.hasSuffix("with / in place of \\") })
        let blank = try Self.layout(Self.prepared(Self.rows("path,label") { " rgb/\($0)/\($1).png ,\($0)" }))
        #expect(blank.notes.contains { $0.hasSuffix("without the blanks around them") })
        let spaced = try Self.layout(Self.prepared(Self.rows("path, label") { "rgb/\($0)/\($1).png, \($0)" }))
        #expect(spaced.classes == ["blue", "red"] && spaced.notes == [])
    }

    @Test("columns, folder and ending by option") func options() throws {
        let directory = try Self.prepared(Self.rows("id,label,kind") { "\($0)/\($1),?,\($0)" })
        let given = TableOptions(
            columns: ["path": "id", "label": "KIND"], folder: directory.path + "/rgb", suffix: ".png")
        let layout = try Self.layout(directory, "t.csv", given)
        #expect(layout.classes == ["blue", "red"] && layout.train.count == 6)
        #expect(layout.notes == ["columns of \(directory.path)/t.csv that are not used: label"])
        let wrong = Self.error(directory, TableOptions(columns: ["label": "kinds"]))
        #expect(wrong?.kind == .outOfRange && wrong?.advice == "--columns label=kind", "\(wrong?.rendered ?? "")")
    }

    @Test("two columns of one kind, none, and a first line that is none, say what to do") func wrongColumns() throws {
        let two = Self.error(try Self.prepared("path,label,class\na,b,c\n"))
        #expect(two?.kind == .ambiguous && two?.advice == "--columns label=label, or rename one of them")
        let none = Self.error(try Self.prepared("path,kind\na,b\n"))
        #expect(none?.advice == "--columns label=NAME, with the column that holds the label")
        let bare = Self.error(try Self.prepared("rgb/red/0.png,red\nrgb/blue/0.png,blue\n"))
        #expect(bare?.because == "its first line names a file, not columns")
    }

    @Test("a table of pixels is called so, with and without a header") func pixels() throws {
        let header = "label," + (0..<64).map { "pixel\($0)" }.joined(separator: ",")
        let numbers = (0..<65).map(String.init).joined(separator: ",")
        let grid = "label," + (1...8).flatMap { row in (1...8).map { "\(row)x\($0)" } }.joined(separator: ",")
        for text in ["\(header)\n\(numbers)\n", "\(numbers)\n\(numbers)\n", "\(grid)\n\(numbers)\n"] {
            let error = Self.error(try Self.prepared(text))
            #expect(error?.kind == .unknownKind && error?.summary.contains("is a table of pixels") == true)
            #expect((error?.rendered.count ?? 0) < 500)
        }
    }

    @Test("missing files end with 66 and the folder that was searched; some may be skipped") func missing() async throws
    {
        let directory = try Self.prepared("path,label\nno/1.png,a\nno/2.png,b\n")
        let all = Self.error(directory)
        #expect(all?.exitClass == .missingInput && all?.needs == "files in \(directory.path)")
        #expect(all?.summary == "2 of 2 files that \(directory.path)/t.csv names do not exist.")
        #expect(all?.advice == "--images-in with the folder of the files")
        let back = Self.error(try Self.prepared("path,label\nno\\1.png,a\nno\\2.png,b\n"))
        #expect(back?.because == "with / in place of \\ they do not exist either")
        let ids = Self.error(try Self.prepared("id,label\n1,a\n2,b\n"))
        #expect(ids?.advice?.contains("--suffix .jpg") == true)

        let some = try Self.prepared(Self.rows("path,label") { "rgb/\($0)/\($1).png,\($0)" } + "rgb/red/9.png,red\n")
        let path = some.path + "/t.csv"
        let error = await #expect(throws: DataError.self) { try await ImageDataset.named(path) }
        #expect(error?.exitClass == .missingInput && error?.received == "rgb/red/9.png")
        #expect(error?.advice?.contains("--skip-unreadable") == true)
        let images = try await ImageDataset.named(path, options: ImageFolderOptions(skipsUnreadable: true))
        #expect(images.train.count + images.test.count == 6)
        #expect(images.notes.contains { $0.contains("rgb/red/9.png (it does not exist)") })
        let report = try await FolderCheck(Path(path)).report()
        #expect(report.findings.first { $0.kind == .unread }?.paths == ["\(some.path)/rgb/red/9.png"])
    }

    private static func utf16(_ text: String, isLittle: Bool, mark: Bool = true) -> Data {
        let units = (mark ? [0xFEFF] : []) + Array(text.utf16)
        return Data(
            units.flatMap { isLittle ? [UInt8($0 & 255), UInt8($0 >> 8)] : [UInt8($0 >> 8), UInt8($0 & 255)] })
    }

    @Test("UTF-16 with its mark is read; without it, and other bytes, say so") func encodings() throws {
        let text = Self.rows("path,label") { "rgb/\($0)/\($1).png,\($0) é" }
        for isLittle in [true, false] {
            let layout = try Self.layout(Self.prepared(Self.utf16(text, isLittle: isLittle)))
            #expect(layout.classes == ["blue é", "red é"])
            let bare = Self.error(try Self.prepared(Self.utf16(text, isLittle: isLittle, mark: false)))
            #expect(bare?.kind == .damaged && bare?.because == "it has bytes of zero, as UTF-16 does")
        }
        let half = Self.error(try Self.prepared(Data([0xFF, 0xFE, 0x00, 0xD8])))
        #expect(half?.kind == .damaged)
        let latin = Self.error(try Self.prepared(Data("path,label\nrgb/red/0.png,caf".utf8) + [0xE9, 0x0A]))
        #expect(latin?.advice == "save the table as UTF-8" && latin?.summary.contains("line 2") == true)
    }

    @Test("Hugging Face's metadata beside the images, as CSV and JSON lines, and in each split") func metadata()
        async throws
    {
        let csv = try Self.prepared(Self.rows("file_name,label") { "\($0)/\($1).png,\($0)!" }, name: "rgb/metadata.csv")
        let set = try await ImageDataset.named(csv.path + "/rgb")
        #expect(set.classes == ["blue!", "red!"] && set.name == "rgb")
        let lines = Self.rows("") {
            "{\"file_name\": \"\($0)/\($1).png\", \"label\": \($0 == "red" ? 1 : 0), \"text\": [1]}"
        }
        let json = try Self.prepared(String(lines.dropFirst()), name: "rgb/metadata.jsonl")
        #expect(try await ImageDataset.named(json.path + "/rgb").classes == ["0", "1"])
        let split = try Self.prepared("file_name,label\nred/0.png,r\nblue/0.png,b\n", name: "rgb/none.csv")
        for (name, rows) in [("train", "red/0.png,r\nblue/0.png,b\n"), ("test", "blue/1.png,b\n")] {
            try split.write(Data("file_name,label\n\(rows)".utf8), to: "set/\(name)/metadata.csv")
            for file in ["red/0", "blue/0", "blue/1"] {
                try split.write(ImageEncoder.png(solid(8, 8, [7])), to: "set/\(name)/\(file).png")
            }
        }
        let parts = try await ImageDataset.named(split.path + "/set")
        #expect(parts.classes == ["b", "r"] && parts.train.count == 2 && parts.test.labels == [0])
        // Without a label the folders are the classes.
        let captions = try Self.prepared("file_name,text\nred/0.png,a picture\n", name: "rgb/metadata.csv")
        #expect(try await ImageDataset.named(captions.path + "/rgb").classes == ["blue", "red"])
        let damaged = try Self.prepared("{\"file_name\": \"a.png\", \"label\": \"b\"}\nnonsense\n", name: "t.jsonl")
        let error = #expect(throws: DataError.self) { try Self.layout(damaged, "t.jsonl") }
        #expect(error?.summary.hasPrefix("line 2 of ") == true)
        let names = (0..<2000).map { "{\"k\($0)\": 1}\n" }.joined()
        let many = try Self.prepared(names, name: "t.jsonl")
        let wide = #expect(throws: DataError.self) { try Self.layout(many, "t.jsonl") }
        #expect(wide?.kind == .tooLarge && wide?.received == "2000")
    }

    static let odd = [
        "a b", "a b ", " a b", "a  b", "a\"b", "a,b", "a;b", "a\nb", "a\tb", "\"", "é", "a\r", "a\\b", "a'b",
    ]

    @Test("what a split writes is read back equal, whatever classes and files are called") func roundTrip() async throws
    {
        let directory = try TemporaryDirectory()
        var files: Set<Path> = []
        for (place, label) in Self.odd.enumerated() {
            for index in 0..<4 {
                let name = [UInt8](label.utf8) + [0x2F] + (index == 0 ? [0xFF, 0x20] : Array("\(label)\(index) ".utf8))
                let image = NastyFolder.picture(10 * place + index)
                try directory.write(ImageEncoder.png(image), toBytes: Array("set/".utf8) + name)
                files.insert(Path(directory.path).appending("set").appending(Path(bytes: name)))
            }
        }
        let folder = Path(directory.path + "/set")
        let check = try await FolderCheck(folder)
        #expect(check.entries.count == files.count && Set(check.entries.map(\.path)) == files)
        let table = try check.split(validation: 0.25, test: 0.25, seed: 1, directory: Path(directory.path))
        try directory.write(table.content, to: "split.csv")
        let layout = try Self.layout(directory, "split.csv")
        #expect(layout.classes == Self.odd.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        let found = layout.splits.flatMap(\.files)
        #expect(Set(found.map(\.path)) == files && layout.missing == nil)
        for file in found { #expect(file.path.parent.name == Path(layout.classes[Int(file.label)])) }
        let images = try await ImageDataset.named(directory.path + "/split.csv")
        #expect(images.train.count + (images.validation?.count ?? 0) + images.test.count == files.count)
    }
}
