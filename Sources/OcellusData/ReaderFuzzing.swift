// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the fuzzer and the tests that replay its corpus call: each reader on bytes that may be anything.
package enum ReaderFuzzing {
    /// Names that ``run(_:_:)`` knows.
    package static let readers = [
        "tar", "archive", "csv", "manifest", "jsonl", "utf16", "plan", "idx", "cifar10", "cifar100", "npy", "zip",
    ]

    /// Reads bytes to their end. Whether they make sense does not matter; a crash, a hang or a broken promise does.
    package static func run(_ reader: String, _ bytes: [UInt8]) {
        do {
            try read(reader, bytes)
        } catch {
            precondition(!error.summary.isEmpty, "an error says what happened")
        }
    }

    private static func read(_ reader: String, _ bytes: [UInt8]) throws(DataError) {
        switch reader {
        case "tar":
            var tar = TarReader(MemoryStream(bytes, path: "a.tar"), limit: 1 << 20)
            var total = 0
            while let member = try tar.next() { total += try tar.read(member.size).count }
            precondition(total <= bytes.count, "no more contents than bytes")
        case "archive":
            var options = ImageFolderOptions()
            options.limits.bytes = 1 << 20
            let path = Path("a.tar")
            let listing = try ImageArchives.Listing(MemoryStream(bytes, path: "a.tar"), at: path, options: options)
            let layout = try ImageArchives.layout(of: [listing], root: path)
            try layout.check()
        case "csv":
            var csv = CSVReader(bytes, path: "a.csv")
            var last = 0
            while let row = try csv.next() {
                precondition(row.line > last && !row.fields.isEmpty, "lines are counted")
                last = row.line
            }
        case "manifest":
            let layout = try ImageManifest(path: Path("a.csv"), bytes: bytes).layout()
            try layout.check()
        case "jsonl":
            let path = Path("a.jsonl")
            var rows = try TableReader(bytes, path: path)
            while let row = try rows.next(path: path) {
                precondition(row.fields.count == rows.header.count, "a field for each name")
            }
            try ImageManifest(path: path, bytes: bytes).layout().check()
        case "utf16":
            // The mark stays, so that no mutation is lost to it.
            let mark: [UInt8] = bytes.first == 0 ? [0xFE, 0xFF] : [0xFF, 0xFE]
            let path = Path("a.csv")
            var rows = try TableReader(mark + bytes, path: path)
            while try rows.next(path: path) != nil {}
            try ImageManifest(path: path, bytes: mark + bytes).layout().check()
        case "plan":
            let plan = try FixPlan(Data(bytes), path: "a.csv")
            let again = try FixPlan(Data(plan.text.utf8), path: "a.csv")
            precondition(again == plan, "a plan reads back")
        case "idx":
            let idx = try IDX(bytes, path: "a")
            precondition(idx.values.count == idx.shape.count, "a value for each place")
        case "cifar10", "cifar100":
            var labels: [UInt16] = []
            var pixels: [UInt8] = []
            let kind = reader == "cifar10" ? CIFAR.ten : CIFAR.hundred
            try kind.append(bytes, path: "a.bin", labels: &labels, pixels: &pixels)
            precondition(pixels.count == labels.count * 3072, "pixels for each label")
        case "npy":
            let array = try NPY(bytes, path: "a.npy")
            precondition(array.shape.count * array.element.size < bytes.count, "no more values than bytes")
            if array.shape.rank == 1 { _ = try array.labels(classes: 10) }
            if array.shape.rank == 4 {
                // An array can be its own labels only by mistake.
                _ = try NPY.imageSet(images: array, labels: array, classes: ["a", "b"])
            }
        case "zip":
            let archive = try ZipReader(MemoryBytes(bytes: bytes, path: "a.zip"))
            for place in archive.members.indices { _ = try? archive.content(at: place, limit: 1 << 20) }
            let path = Path("a.zip")
            let listing = try ImageArchives.Listing(
                zip: MemoryBytes(bytes: bytes, path: "a.zip"), at: path, options: ImageFolderOptions())
            let layout = try ImageArchives.layout(of: [listing], root: path)
            try layout.check()
        default: return
        }
    }
}
