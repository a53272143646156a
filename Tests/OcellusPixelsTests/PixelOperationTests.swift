// SPDX-License-Identifier: Apache-2.0

import COcellusInstructionSet
import Foundation
import OcellusModel
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusPixels

@Suite("Pixel operations", .serialized) struct PixelOperationTests {
    private static let operations: [String: PixelOperation] = [
        "brightness": .brightness(1.5), "contrast": .contrast(0.4), "saturation": .saturation(1.75),
        "sharpness": .sharpness(1.9), "posterize": .posterize(bits: 3), "solarize": .solarize(threshold: 100),
        "autoContrast": .autoContrast, "equalize": .equalize, "hue": .hue(0.3), "hueBack": .hue(-0.45),
    ]

    @Test("gives what Pillow gives, within one level", arguments: operations.keys.sorted())
    func pillow(name: String) throws {
        let operation = try #require(Self.operations[name])
        let fixture = try #require(PixelOperationFixtures.expected[name])
        let expected = [UInt8](try #require(Data(base64Encoded: fixture)))
        let result = applied(operation, to: picture, Self.shape)
        #expect(result.count == expected.count)
        // Pillow cuts off where Ocellus rounds.
        #expect(zip(result, expected).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
        #expect(result != picture)
        if name == "solarize" || name == "posterize" || name == "equalize" { #expect(result == expected) }
    }

    @Test("a gray image has no colours to change") func gray() {
        let pixels: [UInt8] = [0, 50, 100, 250]
        #expect(applied(.saturation(3), to: pixels, [1, 2, 2]) == pixels)
        #expect(applied(.hue(0.5), to: pixels, [1, 2, 2]) == pixels)
        // The mean is 100.
        #expect(applied(.contrast(0.5), to: pixels, [1, 2, 2]) == [50, 75, 100, 175])
    }

    @Test("a turn of the hue by a third goes from red to green") func hue() {
        #expect(applied(.hue(1 / 3), to: [200, 100, 100], [3, 1, 1]) == [100, 200, 100])
        #expect(applied(.hue(0.5), to: [255, 0, 0], [3, 1, 1]) == [0, 255, 255])
        #expect(applied(.hue(-0.5), to: [255, 0, 0], [3, 1, 1]) == [0, 255, 255])
    }

    @Test("blur keeps the sum of a spot and spreads it as a Gaussian does") func blur() {
        var spot = [UInt8](repeating: 0, count: 21 * 21)
        spot[10 * 21 + 10] = 255
        let result = applied(.blur(1), to: spot, [1, 21, 21])
        #expect(abs(result.reduce(0) { $0 + Int($1) } - 255) <= 12, "49 roundings of up to a half")
        // 255 / (2π) at the centre, times e^(−½) beside it.
        #expect(abs(Int(result[10 * 21 + 10]) - 41) <= 1)
        #expect(abs(Int(result[10 * 21 + 11]) - 25) <= 1)
        #expect(result[10 * 21 + 11] == result[11 * 21 + 10])
        let even = [UInt8](repeating: 90, count: 3 * 4 * 5)
        #expect(applied(.blur(9), to: even, [3, 4, 5]) == even)
    }

    @Test("noise has the mean and deviation that were asked for") func noise() {
        let even = [UInt8](repeating: 128, count: 40_000)
        let result = applied(.noise(12, key: 99), to: even, [1, 200, 200]).map(Double.init)
        let mean = result.reduce(0, +) / 40_000
        let deviation = (result.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40_000).squareRoot()
        // Four standard errors.
        #expect(abs(mean - 128) < 4 * 12 / 200)
        #expect(abs(deviation - 12) < 4 * 12 / 283)
        // Nearly normal: 68.3 % within one deviation, 95.4 % within two.
        #expect(abs(result.count { abs($0 - 128) <= 12 } - 27_850) < 600)
        #expect(abs(result.count { abs($0 - 128) <= 24 } - 38_350) < 400)
    }

    @Test("erasing fills the rectangle with the mean, and nothing else") func erase() {
        let pixels: [UInt8] = [0, 0, 0, 0, 90, 0, 0, 0, 0]
        let rectangle = PixelRectangle(left: 1, top: 0, width: 2, height: 2)
        #expect(applied(.erase(rectangle), to: pixels, [1, 3, 3]) == [0, 10, 10, 0, 10, 10, 0, 0, 0])
    }

    @Test("every instruction set gives the same bytes") func instructionSets() {
        let before = String(cString: ocellus_kernels_instruction_set())
        defer { ocellus_kernels_use_instruction_set(before) }
        let operations = Self.operations.values + [.blur(1.3), .noise(9, key: 5)]
        for operation in operations {
            var results = Set<[UInt8]>()
            for name in ["avx512", "avx2", "neon", "baseline"] where ocellus_kernels_use_instruction_set(name) {
                results.insert(applied(operation, to: picture, Self.shape))
            }
            #expect(results.count == 1, "\(operation)")
        }
    }

    private static let shape: Shape = [3, PixelOperationFixtures.height, PixelOperationFixtures.width]

    /// As `pattern()` of the script.
    private var picture: [UInt8] {
        var pixels: [UInt8] = []
        for c in 0..<3 {
            for y in 0..<PixelOperationFixtures.height {
                for x in 0..<PixelOperationFixtures.width {
                    let value = 3 * x * x + 7 * y + x * y + 85 * c
                    pixels.append(UInt8(40 + value % 160))
                }
            }
        }
        return pixels
    }

    private func applied(_ operation: PixelOperation, to pixels: [UInt8], _ shape: Shape) -> [UInt8] {
        var pixels = pixels
        var operations = PixelOperator(shape: shape)
        pixels.withUnsafeMutableBufferPointer { operations.apply(operation, to: $0) }
        return pixels
    }
}
