// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusPixels
import OcellusTensor

/// A directory that is removed with the object.
final class Scratch {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "ocellus-command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func url(_ name: String) -> URL { url.appending(path: name) }

    func has(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: url(name).path(percentEncoded: false))
    }

    func read(_ name: String) throws -> Data { try Data(contentsOf: url(name)) }

    func json(_ name: String) throws -> Any { try JSONSerialization.jsonObject(with: try read(name)) }

    /// Writes a file, its directories included.
    func write(_ data: Data, to name: String) throws {
        let file = url(name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
    }

    func makeDirectory(_ name: String) throws {
        try FileManager.default.createDirectory(at: url(name), withIntermediateDirectories: true)
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(at: url(name)) }

    /// Names below a directory, hidden ones included.
    func names(_ name: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: url(name).path(percentEncoded: false)).sorted()
    }
}

/// Small files of every kind that the command reads.
enum MadeUp {
    /// A picture of noise around one grey level, so that classes of different levels can be told apart.
    static func picture(
        _ width: Int, _ height: Int, channels: Int = 3, level: Int, seed: UInt64
    ) -> DecodedImage {
        var random = CounterRandom(seed: seed, purpose: .order, epoch: level)
        let pixels = (0..<width * height * channels).map { _ in UInt8(clamping: level + Int(random.next() % 41) - 20) }
        return DecodedImage(width: width, height: height, channels: channels, pixels: pixels)
    }

    /// `ROOT/dark/0.png …` and `ROOT/light/0.png …`
    static func folder(
        _ root: String, in scratch: Scratch, classes: [(name: String, level: Int)] = [("dark", 60), ("light", 190)],
        side: Int = 12, channels: Int = 3, count: Int = 10
    ) throws {
        for (name, level) in classes {
            for index in 0..<count {
                let image = picture(side, side, channels: channels, level: level, seed: UInt64(index))
                try scratch.write(try ImageEncoder.png(image), to: "\(root)/\(name)/\(index).png")
            }
        }
    }

    private static func bigEndian(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// The four files of MNIST's form, with `count` images of 8×8 in two classes, no two of a file alike.
    static func idx(_ root: String, in scratch: Scratch, count: Int = 20) throws {
        for stem in ["train", "t10k"] {
            let labels = (0..<count).map { UInt8($0 % 2) }
            let pixels = labels.enumerated().flatMap {
                [UInt8(truncatingIfNeeded: $0.offset)] + [UInt8](repeating: $0.element * 150 + 40, count: 63)
            }
            try scratch.write(
                Data([[0, 0, 8, 3], bigEndian(count), bigEndian(8), bigEndian(8), pixels].joined()),
                to: "\(root)/\(stem)-images-idx3-ubyte")
            try scratch.write(
                Data([[0, 0, 8, 1], bigEndian(count), labels].joined()), to: "\(root)/\(stem)-labels-idx1-ubyte")
        }
    }

    /// CIFAR-10's binary files with `count` records each.
    static func cifar(_ root: String, in scratch: Scratch, count: Int = 10) throws {
        for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
            var records: [UInt8] = []
            for index in 0..<count {
                let label = UInt8(index % 10)
                records.append(label)
                records += [UInt8](repeating: 20 * label, count: 3072)
            }
            try scratch.write(Data(records), to: "\(root)/\(name)")
        }
    }
}
