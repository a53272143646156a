// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusTensor
import Testing

@Suite("Directories") final class DirectoryTests {
    private let root: Path

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ocellus-\(UUID().uuidString)")
        root = Path(folder.path(percentEncoded: false))
        try root.makeDirectories()
    }

    deinit { try? FileManager.default.removeItem(atPath: root.text) }

    private func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(root.appending(path)))
    }

    private func read(_ path: String) -> String? { try? String(contentsOf: URL(root.appending(path)), encoding: .utf8) }

    @Test("one call makes a directory, the next finds it")
    func making() throws {
        let path = root.appending("a/b/c")
        #expect(try path.makeDirectories())
        #expect(try !path.makeDirectories())
        #expect(try !path.makeDirectory())
        #expect(FileStatus(of: path)?.kind == .directory)
        try write("x", "file")
        #expect(throws: SystemError(ENOTDIR)) { try self.root.appending("file/below").makeDirectories() }
        #expect(throws: SystemError(ENOTDIR)) { try self.root.appending("file").makeDirectories() }
        #expect(throws: SystemError(ENOENT)) { try Path("").makeDirectories() }
    }

    /// Foundation recurses until the stack ends on the first of these.
    @Test("odd names", arguments: ["x\u{600}/\u{301}y", "\u{301}/\u{301}", "~/x", "e\u{301}", "\u{E9}"])
    func oddNames(path: String) throws {
        #expect(try root.appending(path).makeDirectories())
        #expect(FileStatus(of: root.appending(path))?.kind == .directory)
    }

    @Test("a move never replaces and never follows a link")
    func moving() throws {
        try write("one", "one")
        try write("two", "two")
        try root.appending("inner/deep").makeDirectories()
        try FileManager.default.createSymbolicLink(
            atPath: root.appending("link").text, withDestinationPath: root.appending("inner").text)
        let directory = try Directory(root)
        let error = #expect(throws: SystemError.self) {
            try directory.move(Path("one"), to: Path("two"), in: directory)
        }
        #expect(error == SystemError(EEXIST))
        #expect(throws: SystemError.self) { _ = try directory.directory(at: [Path("link"), Path("deep")]) }
        #expect(throws: SystemError.self) { _ = try directory.directory(at: [Path("link")], making: true) }
        let made = try directory.directory(at: [Path("new"), Path("\u{301}er")], making: true)
        try directory.move(Path("one"), to: Path("here"), in: made)
        #expect(read("two") == "two")
        #expect(read("new/\u{301}er/here") == "one")
        #expect(read("one") == nil)
    }

    @Test("only empty directories are removed, and none behind a link")
    func removing() throws {
        try root.appending("top/a/b").makeDirectories()
        try root.appending("top/kept").makeDirectories()
        try root.appending("other/empty").makeDirectories()
        try write("x", "top/kept/file")
        try FileManager.default.createSymbolicLink(
            atPath: root.appending("top/link").text, withDestinationPath: root.appending("other").text)
        let top = try Directory(root).directory(Path("top"))
        top.removeEmptyDirectories()
        #expect(FileStatus(of: root.appending("top/a")) == nil)
        #expect(read("top/kept/file") == "x")
        #expect(FileStatus(of: root.appending("other/empty"))?.kind == .directory)
    }
}
