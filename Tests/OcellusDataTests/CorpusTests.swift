// SPDX-License-Identifier: Apache-2.0

import COcellusImageCodecs
import Foundation
import OcellusTestSupport
import Testing

@testable import OcellusData
@testable import OcellusPixels

/// What fuzzing found, read again: a crash or a hang here is a defect that had been there before.
///
/// `Scripts/fuzz/run` and `Scripts/fuzz/run-readers` make more; a folder for each decoder and reader.
@Suite("Corpus of the fuzzers") struct CorpusTests {
    private static let directory = TestData.fixture("corpus")
    private static let decoders = ["jpeg", "png", "webp", "gif", "bmp", "tiff", "gunzip", "exif"]

    private static func inputs(_ name: String) throws -> [Data] {
        try FileManager.default.contentsOfDirectory(
            at: directory.appending(path: name), includingPropertiesForKeys: nil
        )
        .sorted { $0.path < $1.path }.map { try Data(contentsOf: $0) }
    }

    private static var limits: ImageLimits {
        var limits = ImageLimits()
        limits.pixels = 1 << 18
        return limits
    }

    @Test("decoders", arguments: decoders) func decode(name: String) throws {
        let inputs = try Self.inputs(name)
        #expect(!inputs.isEmpty)
        for input in inputs {
            switch name {
            case "gunzip":
                let limit = 1 << 20
                let output = try? Gzip.decompress([UInt8](input), limit: limit, path: "a.gz")
                #expect(output.map { $0.bytes.count <= limit } ?? true)
            case "exif":
                let orientations = input.withUnsafeBytes {
                    let bytes = $0.bindMemory(to: UInt8.self).baseAddress
                    return [ocellus_exif_orientation(bytes, $0.count), ocellus_xmp_orientation(bytes, $0.count)]
                }
                #expect(orientations.allSatisfy { (0...8).contains($0) })
            default:
                guard let image = try? ImageDecoder.decode(input, limits: Self.limits) else { continue }
                #expect(image.pixels.count == image.width * image.height * image.channels)
            }
        }
    }

    @Test("readers", arguments: ReaderFuzzing.readers) func read(name: String) throws {
        let inputs = try Self.inputs(name)
        #expect(!inputs.isEmpty)
        for input in inputs { ReaderFuzzing.run(name, [UInt8](input)) }
    }
}
