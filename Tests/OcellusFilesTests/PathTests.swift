// SPDX-License-Identifier: Apache-2.0

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
}
