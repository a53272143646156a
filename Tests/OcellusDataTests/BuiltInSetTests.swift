// SPDX-License-Identifier: Apache-2.0

import OcellusPixels
import OcellusTensor
import Testing

@testable import OcellusData

@Suite("Built-in sets") struct BuiltInSetTests {
    private static func dataset(_ name: String) throws -> ImageDataset {
        try #require(try BuiltInSet(name)).dataset()
    }

    // The digests, the mean and the deviation were computed by a Python program from the picture.
    @Test("hold the digits of the picture, by rows and columns") func digits() throws {
        let images = try Self.dataset("opencv-digits")
        #expect(images.name == "opencv-digits")
        #expect(images.classes == (0...9).map(String.init))
        #expect(images.shape == [1, 20, 20])
        #expect(images.train.classCounts == Array(repeating: 400, count: 10))
        #expect(images.test.classCounts == Array(repeating: 100, count: 10))
        #expect(try images.train.sha256 == "1b1f793b25baaac98b9ba1a4cbf479c6b25c6013356971970f8541b73cc0b942")
        #expect(try images.test.sha256 == "6633b13e8ebb5f4913c8ec47d32af97e39df0c626753419c4447fcfa027c9528")
        let (mean, deviation) = try images.train.channelStatistics()
        #expect(abs(mean[0] - 0.13212339705882353) < 1e-7)
        #expect(abs(deviation[0] - 0.29034121067910756) < 1e-6)
    }

    @Test("scatter the clothes: every image lies whole and unchanged somewhere over the texture") func scattered()
        throws
    {
        let clothes = try ImageDataset.embedded
        let images = try Self.dataset("scattered:side=40,copies=2,texture=0")
        #expect(images.name == "scattered-side-40-copies-2-texture-0")
        #expect(images.shape == [1, 40, 40])
        #expect(images.train.count == 4_000 && images.test.count == 1_000)
        #expect(images.train.labels == clothes.train.labels + clothes.train.labels)
        #expect(images.train.groups == (0..<2).flatMap { _ in 0..<2_000 })
        #expect(images.test.labels == clothes.test.labels && images.test.groups == nil)
        var corners = Set<[Int]>()
        for index in 0..<100 {
            let (small, large) = (try clothes.test.pixels(at: index), try images.test.pixels(at: index))
            let corner = try #require(
                (0...12).flatMap { top in (0...12).map { [top, $0] } }.first { corner in
                    (0..<28).allSatisfy { y in
                        let start = (corner[0] + y) * 40 + corner[1]
                        return large[start..<start + 28].elementsEqual(small[y * 28..<(y + 1) * 28])
                    }
                }, "image \(index)")
            #expect(large.reduce(0) { $0 + Int($1) } == small.reduce(0) { $0 + Int($1) }, "image \(index)")
            corners.insert(corner)
        }
        #expect(corners.count > 50, "\(corners.count) of 169 places in 100 images")
    }

    @Test("scatter over a texture no brighter than was asked, the same each time") func texture() throws {
        let images = try Self.dataset("scattered")
        #expect(images.name == "scattered" && images.shape == [1, 48, 48] && images.train.count == 6_000)
        #expect(try images.test.sha256 == Self.dataset("scattered:side=48,copies=3,texture=32").test.sha256)
        let clothes = try ImageDataset.embedded.test.pixels(at: 0)
        let levels = try images.test.pixels(at: 0)
        let dark = levels.filter { $0 <= 32 }
        #expect(dark.count >= 48 * 48 - clothes.count)
        #expect(Set(dark).count > 10, "a texture has levels")
        #expect(levels.max() == clothes.max())
    }

    @Test("plant a bright side") func position() throws {
        let images = try Self.dataset("planted:position")
        #expect(images.name == "planted-position" && images.train.count == 2_000 && images.test.count == 1_000)
        for index in 0..<20 {
            let pixels = try images.train.pixels(at: index)
            let sums = pixels.indices.reduce(into: [0, 0]) { $0[$1 % 28 / 14] += Int(pixels[$1]) }
            #expect((sums[0] > sums[1]) == (images.train.labels[index] == 0))
        }
    }

    @Test("plant strokes of one direction, in their half where halves are asked for", arguments: ["texture", "halves"])
    func strokes(kind: String) throws {
        let images = try Self.dataset("planted:\(kind)")
        for (set, columns) in [(images.train, 0..<14), (images.test, 14..<28)] {
            var seen = Set<Int>()
            for index in 0..<50 {
                let pixels = try set.pixels(at: index)
                let bright = pixels.indices.filter { pixels[$0] == 240 }
                #expect((8...20).contains(bright.count))
                let step = set.labels[index] == 0 ? 1 : 28
                let run = bright.contains { start in (1..<4).allSatisfy { bright.contains(start + $0 * step) } }
                #expect(run, "\(kind) \(index)")
                seen.formUnion(bright.map { $0 % 28 })
            }
            #expect(seen == Set(kind == "halves" ? columns : 0..<28))
        }
    }

    @Test("plant labels that nothing tells") func labels() throws {
        let images = try Self.dataset("planted:labels")
        let share = Double(images.train.classCounts[1]) / 2_000
        // Five deviations of 2,000 fair draws.
        #expect(abs(share - 0.5) < 5 * 0.0112)
        #expect(images.train.labels.indices.contains { images.train.labels[$0] != UInt16($0 % 2) })
    }

    @Test(
        "refuse settings that they do not have",
        arguments: [
            ("scattered:side=20", "29 to 256"), ("scattered:side=big", "side=…, copies=…, texture=…"),
            ("scattered:", "side=…, copies=…, texture=…"), ("scattered:copies=0", "1 to 20"),
            ("scattered:texture=256", "0 to 255"),
            ("scattered:size=3", "side=…, copies=…, texture=…"), ("scattered:side=40,", "side=…, copies=…, texture=…"),
            ("planted", "planted: and one of position, texture, halves, labels"),
            ("planted:textures", "planted: and one of position, texture, halves, labels"),
            ("embedded:side=3", "embedded"), ("opencv-digits:", "opencv-digits"),
        ])
    func refused(name: String, needs: String) {
        #expect(ImageDataset.isName(name))
        let error = #expect(throws: DataError.self) { _ = try BuiltInSet(name) }
        #expect(error?.code == "data.outOfRange" && error?.needs == needs)
    }

    @Test(
        "are known by their words only, so that other texts are paths",
        arguments: ["Scattered", "scatter", "./planted"])
    func paths(name: String) throws {
        #expect(!ImageDataset.isName(name))
        #expect(try BuiltInSet(name) == nil)
    }
}
