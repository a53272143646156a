// SPDX-License-Identifier: Apache-2.0

import COcellusInstructionSet
import Foundation
import OcellusModel
import OcellusPixels
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Image warp", .serialized) struct WarpTests {
    private static let maps: [String: PlaneTransform] = [
        "rotation": .rotation(degrees: 15),
        "scale": .scale(x: 1.3, y: 0.83),
        "translation": .translation(x: 2.27, y: -1.53),
        "shear": .shear(x: 0.31, y: 0),
        "together": .rotation(degrees: -40).then(.scale(x: 1.2, y: 1.2)).then(.translation(x: -3, y: 1)),
    ]

    @Test("interpolates as SciPy does, within rounding", arguments: WarpFixtures.cases)
    func scipy(fixture: WarpFixtures.Case) throws {
        let transform = try #require(Self.maps[fixture.map])
        let expected = [UInt8](try #require(Data(base64Encoded: fixture.expected)))
        var warp = ImageWarp(shape: [1, WarpFixtures.height, WarpFixtures.width], border: fixture.border)
        let result = warp.apply(transform, to: WarpFixtures.image)
        let differences = zip(result, expected).map { abs(Int($0) - Int($1)) }
        #expect(differences.count == expected.count && differences.max() ?? 255 <= 1)
        #expect(differences.filter { $0 > 0 }.count <= 10, "halves may round either way: \(differences)")
    }

    @Test("turns a quarter counter-clockwise, exactly") func quarter() {
        var warp = ImageWarp(shape: [1, 3, 3])
        let result = warp.apply(.rotation(degrees: 90), to: [1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(result == [3, 6, 9, 2, 5, 8, 1, 4, 7])
        let back = warp.apply(.rotation(degrees: -90), to: result)
        #expect(back == [1, 2, 3, 4, 5, 6, 7, 8, 9])
    }

    @Test("moves and mirrors whole pixels as the border says") func shifts() {
        let row: [UInt8] = [1, 2, 3, 4]
        func shown(_ transform: PlaneTransform, _ border: Augmentation.Border) -> [UInt8] {
            var warp = ImageWarp(shape: [1, 1, 4], border: border)
            return warp.apply(transform, to: row)
        }
        #expect(shown(.translation(x: 2, y: 0), .black) == [0, 0, 1, 2])
        #expect(shown(.translation(x: 2, y: 0), .edge) == [1, 1, 1, 2])
        #expect(shown(.translation(x: 2, y: 0), .reflect) == [3, 2, 1, 2])
        #expect(shown(.translation(x: -1, y: 0), .reflect) == [2, 3, 4, 3])
        #expect(shown(.translation(x: 9, y: 0), .black) == [0, 0, 0, 0])
        #expect(shown(.mirror(horizontally: true, vertically: false), .black) == [4, 3, 2, 1])
        let mirroredThenMoved = PlaneTransform.mirror(horizontally: true, vertically: false)
            .then(.translation(x: 1, y: 0))
        #expect(shown(mirroredThenMoved, .black) == [0, 4, 3, 2])
        #expect(shown(.translation(x: 0, y: 1), .black) == [0, 0, 0, 0])
    }

    @Test("the fast way of whole pixels gives what the general one gives", arguments: Augmentation.Border.allCases)
    func fastPath(border: Augmentation.Border) {
        let shape: Shape = [3, 13, 21]
        let pixels = randomBytes(shape.count, seed: 3)
        var warp = ImageWarp(shape: shape, border: border)
        for (x, y) in [(0.0, 0.0), (3, -2), (-5, 4), (30, 1), (0, -40)] {
            for (left, up) in [(false, false), (true, false), (false, true), (true, true)] {
                let whole = PlaneTransform.mirror(horizontally: left, vertically: up).then(.translation(x: x, y: y))
                // Too small to change a byte, too large for the fast way.
                let general = whole.then(.translation(x: 1e-6, y: 0))
                #expect(warp.apply(whole, to: pixels) == warp.apply(general, to: pixels), "\(x) \(y) \(left) \(up)")
            }
        }
    }

    @Test("every instruction set gives the same bytes") func instructionSets() throws {
        let shape: Shape = [3, 17, 37]
        let pixels = randomBytes(shape.count, seed: 4)
        let tilted = try #require(
            PlaneTransform.quadrilateral(
                from: [(-18, -8), (18, -8), (18, 8), (-18, 8)], to: [(-12, -8), (18, -3), (10, 8), (-18, 6)]))
        let transforms = [
            .rotation(degrees: 33), .scale(x: 0.3, y: 0.4), tilted, .mirror(horizontally: true, vertically: false),
        ]
        let before = String(cString: ocellus_kernels_instruction_set())
        defer { ocellus_kernels_use_instruction_set(before) }
        for border in Augmentation.Border.allCases {
            var warp = ImageWarp(shape: shape, border: border)
            for transform in transforms {
                var results: [[UInt8]] = []
                for name in ["avx512", "avx2", "neon", "baseline"]
                where ocellus_kernels_use_instruction_set(name) {
                    results.append(warp.apply(transform, to: pixels))
                }
                #expect(Set(results).count == 1, "\(border) \(transform)")
                #expect(Set(results[0]).count > 20)
            }
        }
    }

    @Test("a perspective puts corners where they were asked for") func perspective() throws {
        var pixels = [UInt8](repeating: 0, count: 20 * 20)
        // A white block around (5, 4) from the centre.
        for y in 13..<16 { for x in 14..<17 { pixels[y * 20 + x] = 255 } }
        let transform = try #require(
            PlaneTransform.quadrilateral(
                from: [(-5, -5), (5, -5), (7, 7), (-5, 5)], to: [(-5, -5), (5, -5), (5.5, 4.5), (-5, 5)]))
        var warp = ImageWarp(shape: [1, 20, 20])
        let result = warp.apply(transform, to: pixels)
        #expect(result[17 * 20 + 17] == 255)
        #expect(result[17 * 20 + 3] == 0)
        #expect(
            PlaneTransform.quadrilateral(from: [(0, 0), (1, 0), (2, 0), (3, 0)], to: [(0, 0), (1, 0), (1, 1), (0, 1)])
                == nil)
    }

    @Test("shrinking averages: a fine pattern turns gray, not coarse") func shrinking() {
        let pixels = (0..<64 * 64).map { index -> UInt8 in (index % 64 + index / 64).isMultiple(of: 2) ? 0 : 255 }
        var warp = ImageWarp(shape: [1, 64, 64])
        let result = warp.apply(.scale(x: 0.25, y: 0.25), to: pixels)
        let middle = (28..<36).flatMap { y in (28..<36).map { result[y * 64 + $0] } }
        #expect(middle.allSatisfy { abs(Int($0) - 128) <= 1 }, "\(middle)")
        #expect(PlaneTransform.scale(x: 0.25, y: 0.5).shrinkage == 4)
        #expect(abs(PlaneTransform.rotation(degrees: 20).shrinkage - 1) < 1e-12)
    }

    @Test("maps without meaning read no memory but the image's") func wild() {
        let pixels = randomBytes(3 * 5 * 4, seed: 5)
        for border in Augmentation.Border.allCases {
            var warp = ImageWarp(shape: [3, 5, 4], border: border)
            for transform: PlaneTransform in [
                .scale(x: 1e-30, y: 1e30), .scale(x: 0, y: 1), .translation(x: .infinity, y: 0),
                .translation(x: .nan, y: .nan), .shear(x: 1, y: 1), .translation(x: 1e12, y: -1e12),
            ] {
                #expect(warp.apply(transform, to: pixels).count == pixels.count)
            }
        }
        var single = ImageWarp(shape: [1, 1, 1], border: .reflect)
        #expect(single.apply(.rotation(degrees: 45), to: [77]) == [77])
    }
}
