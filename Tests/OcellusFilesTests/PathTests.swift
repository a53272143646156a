// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import Testing

@Suite("Paths are bytes") struct PathTests {
    /// Name and parent as POSIX's basename and dirname find them.
    @Test(
        "name and parent",
        arguments: [
            ("a", "a", "."), ("a/", "a", "."), ("a/b", "b", "a"), ("a/b/", "b", "a"), ("a//b", "b", "a"),
            ("/a", "a", "/"), ("/", "/", "/"), ("//", "/", "/"), ("/a/b", "b", "/a"), ("é", "é", "."),
            ("nope//é", "é", "nope"), ("./a", "a", "."), ("a/..", "..", "a"), ("~", "~", "."), ("", "", "."),
        ]) func parts(path: String, name: String, parent: String)
    {
        #expect(Path(path).name.text == name)
        #expect(Path(path).parent.text == parent)
    }

    /// "/" and a combining mark are one Character, and so are U+0600 and a "/": neither hides a slash.
    @Test("slashes beside marks divide")
    func marks() {
        #expect(Path("..\u{2F}\u{301}x").components.map(\.bytes) == [Array("..".utf8), Array("\u{301}x".utf8)])
        #expect(Path("a\u{600}/b").components.count == 2)
        #expect(Path("a\u{600}/\u{301}b").name.bytes == Array("\u{301}b".utf8))
    }

    @Test(
        "paths that leave a directory are told",
        arguments: [
            "", ".", "..", "../x", "a/../b", "/a", "a//b", "a/", "a/.", "a\0b", "../\u{301}x",
            "\u{301}q\u{600}/../../\u{301}q\u{600}/../x",
        ]) func outside(path: String)
    {
        #expect(Path(path).componentsInside == nil)
    }

    @Test("all other paths are inside", arguments: ["a", "a/b", "...", "a/..b", "~", ".hidden", "a/\u{301}b"])
    func inside(path: String) {
        #expect(Path(path).componentsInside?.isEmpty == false)
    }

    /// é as one scalar and as two: equal strings, two names.
    @Test("normalization forms are two names")
    func forms() {
        #expect("\u{E9}" == "e\u{301}")
        #expect(Path("\u{E9}") != Path("e\u{301}"))
        #expect(Set([Path("\u{E9}"), Path("e\u{301}")]).count == 2)
    }

    @Test("siblings, joins, normal forms, ways and endings")
    func forming() {
        #expect(Path("a/b").sibling(Path("c")).text == "a/c")
        #expect(Path("b").sibling(Path("c")).text == "c")
        #expect(Path("/b").sibling(Path("c")).text == "/c")
        #expect(Path("a/b").sibling(Path("/c")).text == "/c")
        #expect(Path("a/").appending("b").text == "a/b")
        #expect(Path("/").appending("b").text == "/b")
        #expect(Path("a/./b//../c/").normalized.text == "a/c")
        #expect(Path("/../a").normalized.text == "/a")
        #expect(Path("../a/..").normalized.text == "..")
        #expect(Path("a/..").normalized.text == ".")
        #expect(Path("a/b/c").relative(to: Path("a/")) == Path("b/c"))
        #expect(Path("ab/c").relative(to: Path("a")) == nil)
        #expect(Path("a").relative(to: Path("a")) == nil)
        #expect(Path("a.b/c.tar").ending == Path("tar"))
        #expect(Path("a.b/c").ending == nil)
        #expect(Path(".profile").ending == nil)
        #expect(Path("a/B.TAR.gz").ends(with: ".tar.GZ") && !Path("tar").ends(with: ".tar"))
        // U+0600 and the dot are one Character.
        #expect(Path("a\u{600}.tar").ends(with: ".tar"))
        #expect(Path("a/c.csv").withoutEnding.text == "a/c")
        #expect(Path("a//").withoutTrailingSlashes.text == "a")
        #expect(Path("//").withoutTrailingSlashes.text == "/")
        #expect(Path("x").absolute.isAbsolute)
    }

    @Test("bytes that are not UTF-8 stay")
    func foreignBytes() {
        let path = Path(bytes: [0x61, 0x2F, 0xFF])
        #expect(path.name.bytes == [0xFF])
        #expect(path.text == "a/\u{FFFD}")
        #expect(path.withCString { $0[2] } == CChar(bitPattern: 0xFF))
    }

    static let odd: [[UInt8]] = [
        [0x61, 0xFF], [0xC3], [0xE9, 0x2F, 0x62], Array("\u{10FF80}".utf8), [0xED, 0xA0, 0x80], Array("a b%41é~".utf8),
        [0xF4, 0x8F, 0xBE, 0x80, 0xFF], [0x7E, 0xFF], Array("e\u{301}".utf8), [0xE2, 0x82], [0x80],
    ]

    @Test("as strings and as URLs of files they come back byte for byte", arguments: odd)
    func roundTrips(bytes: [UInt8]) {
        let path = Path(bytes: bytes)
        #expect(Path(escaped: path.escaped) == path)
        #expect(path.isText == (String(validating: bytes, as: UTF8.self) != nil))
        #expect(Path(URL(path)).normalized == path.absolute)
        #expect(
            Path(URL(path).appending(path: "x y").deletingLastPathComponent()).withoutTrailingSlashes.normalized
                == path.absolute)
    }

    @Test("text stays as it is where it is a string") func plainStrings() {
        #expect(Path("a/é b").escaped == "a/é b" && Path("a/é b").isText)
        #expect(Path(escaped: "a/é b") == Path("a/é b"))
    }

    @Test("files whose names are no text are written, listed, read and replaced where they are") func oddFiles() throws
    {
        let scratch = try Scratch()
        let folder = Path(scratch.url.path(percentEncoded: false)).appending(Path(bytes: [0x64, 0xFF]))
        try AtomicFile.createDirectory(URL(folder))
        let file = folder.appending(Path(bytes: [0xE9, 0x2E, 0x74]))
        for content in ["one", "two"] { try AtomicFile.write(Data(content.utf8), to: URL(file)) }
        #expect(try Directory(folder).names() == [file.name])
        #expect(try AtomicFile.read(URL(file)) == Data("two".utf8) && file.content() == Data("two".utf8))
        #expect(try file.content(count: 2) == Data("tw".utf8))
        #expect(try scratch.contents.count == 1)
        let lost = #expect(throws: SystemError.self) { _ = try folder.appending("none").content() }
        #expect(lost?.number == ENOENT)
    }

    @Test("names that lead to one file have one place") func places() throws {
        let scratch = try Scratch()
        let file = Path(try scratch.file("a", [1]).path(percentEncoded: false))
        let link = file.sibling(Path("b"))
        #expect(file.withCString { from in link.withCString { symlink(from, $0) } } == 0)
        #expect(FileStatus(of: file)?.place == FileStatus(of: link)?.place)
        #expect(FileStatus(of: file)?.place != FileStatus(of: link, followsLinks: false)?.place)
    }
}
