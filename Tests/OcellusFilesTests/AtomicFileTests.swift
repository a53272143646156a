// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusTensor
import Testing

@Suite("AtomicFile") struct AtomicFileTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    @Test("writes, replaces and reads, and leaves nothing else behind") func roundTrip() throws {
        let file = scratch.file("a file.json")
        for content in ["one", "", "a longer text than before"] {
            try AtomicFile.write(Data(content.utf8), to: file)
            #expect(try AtomicFile.read(file) == Data(content.utf8))
        }
        #expect(try scratch.contents == ["a file.json"])
    }

    @Test("a new file never replaces one; of many at once one is written") func new() async throws {
        let file = scratch.file("configuration.json")
        let written = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<8 {
                group.addTask { try AtomicFile.writeNew(Data("writer \(index)".utf8), to: file) }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(written == 1)
        let content = try AtomicFile.read(file)
        #expect(try !AtomicFile.writeNew(Data("late".utf8), to: file))
        #expect(try AtomicFile.read(file) == content)
        #expect(try scratch.contents == ["configuration.json"])
    }

    @Test("writes into the working directory by a bare name") func bareName() throws {
        let name = "ocellus-\(UUID().uuidString).tmp"
        defer { try? FileManager.default.removeItem(atPath: name) }
        try AtomicFile.write(Data("x".utf8), to: URL(filePath: name))
        #expect(FileManager.default.contents(atPath: name) == Data("x".utf8))
    }

    @Test("a failure half-way keeps the old file and removes the temporary one") func failure() throws {
        struct Stop: Error {}
        let file = try scratch.file("model", Array("old".utf8))
        #expect(throws: Stop.self) {
            try AtomicFile.write(to: file) { sink in
                try [UInt8](repeating: 1, count: 1000).withUnsafeBytes { try sink.write($0) }
                #expect(try scratch.contents.count == 2)
                throw Stop()
            }
        }
        #expect(try AtomicFile.read(file) == Data("old".utf8))
        #expect(try scratch.contents == ["model"])
    }

    @Test("a temporary file left by a killed process is no obstacle") func leftover() throws {
        _ = try scratch.file(".ocellus-\(getpid())-0.tmp", [1])
        try AtomicFile.write(Data("new".utf8), to: scratch.file("model"))
        #expect(try AtomicFile.read(scratch.file("model")) == Data("new".utf8))
    }

    @Test("leftovers of dead processes are removed, those of living ones stay") func leftovers() throws {
        // No process has this number: Linux counts up to 2^22 at most.
        let dead = try scratch.file(".ocellus-2000000000-0.tmp", [1])
        let living = try scratch.file(".ocellus-\(getpid())-0.tmp", [1])
        let other = try scratch.file("ocellus-notes.tmp", [1])
        AtomicFile.removeLeftovers(in: dead.deletingLastPathComponent())
        #expect(!FileManager.default.fileExists(atPath: dead.path))
        #expect(FileManager.default.fileExists(atPath: living.path))
        #expect(FileManager.default.fileExists(atPath: other.path))
    }

    @Test("a leftover that another process still writes stays, whatever its number") func locked() throws {
        let name = ".ocellus-2000000000-0.tmp"
        let file = try scratch.file(name, [1])
        let lock = try FileLock(file: Path(file.path))
        try AtomicFile.write(Data("x".utf8), to: scratch.file("model"))
        #expect(try scratch.contents == [name, "model"])
        withExtendedLifetime(lock) {}
    }

    @Test("writing removes leftovers") func leftoversOfOthers() throws {
        _ = try scratch.file(".ocellus-2000000000-7.tmp", [1])
        try AtomicFile.write(Data("x".utf8), to: scratch.file("split.csv"))
        #expect(try scratch.contents == ["split.csv"])
    }

    @Test("a link stays, and the file that it names is written") func link() throws {
        try AtomicFile.createDirectory(scratch.file("far"))
        _ = try scratch.file("far/page", Array("old".utf8))
        symlink("far/page", scratch.file("link").path)
        symlink("link", scratch.file("second").path)
        try AtomicFile.write(Data("new".utf8), to: scratch.file("second"))
        #expect(try AtomicFile.read(scratch.file("far/page")) == Data("new".utf8))
        #expect(FileStatus(of: Path(scratch.file("link").path), followsLinks: false)?.kind == .link)
        #expect(FileStatus(of: Path(scratch.file("second").path), followsLinks: false)?.kind == .link)
        #expect(try scratch.contents == ["far", "link", "second"])
    }

    @Test("a link that leads nowhere stays") func danglingLink() throws {
        symlink("nowhere", scratch.file("link").path)
        let error = fileError { try AtomicFile.write(Data(), to: scratch.file("link")) }
        #expect(error?.kind == .cannotWrite && error?.received == "a link that leads nowhere")
        #expect(FileStatus(of: Path(scratch.file("link").path), followsLinks: false)?.kind == .link)
    }

    /// As root this used to replace the machine's `/dev/stdout`.
    @Test("links of the system stay", arguments: ["/proc/self/fd/", "/dev/fd/"]) func systemLink(folder: String) throws
    {
        guard FileManager.default.fileExists(atPath: "/proc/self/fd") else { return }
        let handle = try FileHandle(forUpdating: try scratch.file("page", []))
        let error = fileError {
            try AtomicFile.write(Data("x".utf8), to: URL(filePath: "\(folder)\(handle.fileDescriptor)"))
        }
        #expect(error?.kind == .cannotWrite && error?.received == "a link of the system")
        #expect(try AtomicFile.read(scratch.file("page")).isEmpty)
    }

    @Test("closes what it opens") func descriptors() throws {
        func open() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
        guard FileManager.default.fileExists(atPath: "/proc/self/fd") else { return }
        let before = try open()
        for _ in 0..<200 {
            try AtomicFile.write(Data("x".utf8), to: scratch.file("model"))
            _ = try AtomicFile.read(scratch.file("model"))
            _ = try? AtomicFile.read(scratch.url)
            _ = try? AtomicFile.write(Data(), to: scratch.url)
        }
        // Other tests of this process open files meanwhile.
        #expect(try open() < before + 100)
    }

    struct Refusal: CustomTestStringConvertible {
        var path: String
        var code: FileError.Code
        var exit: ExitClass
        var text: String
        var testDescription: String { path }
    }

    @Test(
        "says why it cannot write",
        arguments: [
            Refusal(path: "missing/model", code: .cannotWrite, exit: .cannotWrite, text: "make the directory first"),
            Refusal(path: "file/model", code: .cannotWrite, exit: .cannotWrite, text: "Not a directory"),
            Refusal(path: ".", code: .cannotWrite, exit: .cannotWrite, text: "a directory"),
            Refusal(path: "pipe", code: .cannotWrite, exit: .cannotWrite, text: "a device or pipe"),
            Refusal(
                path: String(repeating: "n", count: 300), code: .cannotWrite, exit: .cannotWrite, text: "too long"),
        ])
    func cannotWrite(refusal: Refusal) throws {
        _ = try scratch.file("file", [])
        mkfifo(scratch.file("pipe").path, 0o600)
        let error = fileError { try AtomicFile.write(Data("x".utf8), to: scratch.file(refusal.path)) }
        #expect(error?.kind == refusal.code)
        #expect(error?.exitClass == refusal.exit)
        #expect(error?.rendered.contains(refusal.text) == true, "\(error?.rendered ?? "nothing thrown")")
        #expect(try scratch.contents == ["file", "pipe"])
    }

    @Test("keeps devices") func device() {
        #expect(fileError { try AtomicFile.write(Data(), to: URL(filePath: "/dev/null")) }?.kind == .cannotWrite)
        var status = stat()
        #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }

    @Test("says that a directory is closed to this user", .enabled(if: geteuid() != 0, "root may write everywhere"))
    func permissions() throws {
        let closed = scratch.file("closed")
        try AtomicFile.createDirectory(closed)
        chmod(closed.path, 0o500)
        defer { chmod(closed.path, 0o700) }
        let error = fileError { try AtomicFile.write(Data(), to: closed.appending(path: "model")) }
        #expect(error?.kind == .cannotWrite)
        #expect(error?.because == "Permission denied")
    }

    @Test(
        "maps the system's errors to exit classes",
        arguments: [
            (ENOSPC, FileError.Code.diskFull, ExitClass.inputOutput), (EDQUOT, .diskFull, .inputOutput),
            (EIO, .writeFailed, .inputOutput), (EACCES, .cannotWrite, .cannotWrite),
            (EROFS, .cannotWrite, .cannotWrite), (ENOENT, .cannotWrite, .cannotWrite),
        ])
    func systemErrors(number: Int32, code: FileError.Code, exit: ExitClass) {
        let error = FileError.writing("runs/x", number)
        #expect(error.kind == code)
        #expect(error.code == "file.\(code.rawValue)")
        #expect(error.exitClass == exit)
        #expect(error.because == String(cString: strerror(number)))
    }

    @Test("creates directories, and says why it cannot") func directories() throws {
        let deep = scratch.file("a/b/c")
        try AtomicFile.createDirectory(deep)
        try AtomicFile.createDirectory(deep)
        #expect(FileManager.default.fileExists(atPath: deep.path))
        _ = try scratch.file("file", [])
        let error = fileError { try AtomicFile.createDirectory(scratch.file("file/b")) }
        #expect(error?.kind == .cannotWrite)
        #expect(error?.exitClass == .cannotWrite)
    }

    @Test("says why it cannot read") func cannotRead() throws {
        mkfifo(scratch.file("pipe").path, 0o600)
        for (path, text) in [("none", "does not exist"), (".", "a directory"), ("pipe", "a device or pipe")] {
            let error = fileError { _ = try AtomicFile.read(scratch.file(path)) }
            #expect(error?.kind == .missingFile)
            #expect(error?.exitClass == .missingInput)
            #expect(error?.rendered.contains(text) == true)
        }
    }
}
