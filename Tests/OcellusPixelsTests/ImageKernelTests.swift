// SPDX-License-Identifier: Apache-2.0

import COcellusImageKernels
import COcellusInstructionSet
import Foundation
import OcellusTensor
import Testing

@Suite("Image kernels", .serialized) struct ImageKernelTests {
    /// Behind every buffer that a kernel writes: it must stay.
    private static let guardBytes = [UInt8](repeating: 0xA5, count: 64)

    /// What a kernel wrote, for one size and one draw of everything else.
    typealias Kernel = @Sendable (_ size: ocellus_planes_size, _ random: inout CounterRandom) -> [UInt8]

    /// Every kernel by its name in the header.
    static let kernels: [(name: String, run: Kernel)] = [
        ("ocellus_warp", warp), ("ocellus_shift", shift), ("ocellus_narrow", narrow), ("ocellus_shorten", shorten),
        ("ocellus_look_up", lookUp), ("ocellus_blend", blend), ("ocellus_planar_gray", planarGray),
        ("ocellus_turn_hue", turnHue), ("ocellus_blur", blur), ("ocellus_smooth", smooth),
        ("ocellus_add_noise", addNoise),
    ]

    /// Below, at and above the width of a vector, and odd.
    private static let sizes: [(height: Int, width: Int)] = [
        (1, 1), (1, 17), (2, 3), (5, 15), (7, 16), (16, 31), (17, 32), (33, 33), (19, 65), (40, 100),
    ]

    @Test("all are tested") func complete() throws {
        let header = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
            .appending(path: "Sources/COcellusImageKernels/include/COcellusImageKernels.h")
        let declared = try String(contentsOf: header, encoding: .utf8).matches(of: /\nvoid (ocellus_[a-z_]+)\(/)
            .map { String($0.output.1) }
        #expect(declared == Self.kernels.map(\.name))
    }

    @Test(
        "every instruction set of the machine gives the bytes of the baseline, and writes nothing behind them",
        arguments: kernels.indices)
    func instructionSets(index: Int) {
        let before = String(cString: ocellus_kernels_instruction_set())
        defer { ocellus_kernels_use_instruction_set(before) }
        let kernel = Self.kernels[index]
        // aarch64 has a single version of each.
        let names = ["baseline", "avx2", "avx512", "neon"].filter { (name: String) in
            ocellus_kernels_use_instruction_set(name)
        }
        var results = Set<[UInt8]>()
        for (place, side) in Self.sizes.enumerated() {
            for channels in [1, 3] {
                let size = ocellus_planes_size(channels: channels, height: side.height, width: side.width)
                for sample in 0..<6 {
                    let outputs = names.map { name in
                        ocellus_kernels_use_instruction_set(name)
                        var random = CounterRandom(seed: UInt64(place), purpose: .test, epoch: channels, sample: sample)
                        return kernel.run(size, &random)
                    }
                    for (name, output) in zip(names, outputs) {
                        #expect(output == outputs[0], "\(kernel.name), \(name), \(size), sample \(sample)")
                        #expect(output.suffix(Self.guardBytes.count) == Self.guardBytes[...])
                    }
                    results.insert(outputs[0])
                }
            }
        }
        // That draws and sizes matter shows that something was computed.
        #expect(results.count > Self.sizes.count * 6)
    }

    // MARK: Kernels

    private static func warp(_ size: ocellus_planes_size, _ random: inout CounterRandom) -> [UInt8] {
        let source = bytes(size.count, &random)
        let matrix: [Float] = [
            1 + real(0.7, &random), real(0.7, &random), real(5, &random), real(0.7, &random),
            1 + real(0.7, &random), real(5, &random), real(0.01, &random), real(0.01, &random), 1,
        ]
        let border = border(&random)
        let samples = Int32(1 + random.nextIndex(below: 3))
        var scratch = [UInt8](repeating: 0, count: ocellus_warp_scratch(size))
        let (height, width) = (1 + random.nextIndex(below: 40), 1 + random.nextIndex(below: 70))
        return written(size.channels * height * width) {
            ocellus_warp(source, size, matrix, border, samples, &scratch, $0, height, width)
        }
    }

    private static func shift(_ size: ocellus_planes_size, _ random: inout CounterRandom) -> [UInt8] {
        let source = bytes(size.count, &random)
        let (down, right) = (random.nextIndex(below: 81) - 40, random.nextIndex(below: 201) - 100)
        let border = border(&random)
        let (isMirrored, isUpsideDown) = (Int32(random.nextIndex(below: 2)), Int32(random.nextIndex(below: 2)))
        let (height, width) = (1 + random.nextIndex(below: 40), 1 + random.nextIndex(below: 70))
        return written(size.channels * height * width) {
            ocellus_shift(source, size, down, right, isMirrored, isUpsideDown, border, $0, height, width)
        }
    }

    private static func narrow(_ size: ocellus_planes_size, _ random: inout CounterRandom) -> [UInt8] {
        // Rows that are further apart than they are wide, as those of a part of an image.
        let stride = size.width * size.channels + random.nextIndex(below: 20)
        let source = bytes(stride * size.height, &random)
        let taps = Taps(of: size.width, &random)
        var scratch = [UInt8](repeating: 0, count: ocellus_narrow_scratch(size.width, size.channels))
        return taps.withKernel { taps in
            written(size.channels * size.height * taps.count) { output in
                withUnsafePointer(to: taps) {
                    ocellus_narrow(source, stride, size.channels, size.height, $0, &scratch, output)
                }
            }
        }
    }

    private static func shorten(_ size: ocellus_planes_size, _ random: inout CounterRandom) -> [UInt8] {
        let source = bytes(size.height * size.width, &random)
        let taps = Taps(of: size.height, &random)
        return taps.withKernel { taps in
            written(size.width * taps.count) { output in
                withUnsafePointer(to: taps) { ocellus_shorten(source, size.width, $0, output) }
            }
        }
    }

    private static func lookUp(_ size: ocellus_planes_size, _ random: inout CounterRandom) -> [UInt8] {
        let pixels = bytes(size.count, &random)
        let table = bytes(256, &random)
        return written(over: pixels) { ocellus_look_up($0, size.count, table) }
    }

    private static func blend(_ size: ocellus_planes_size, _ random: inout CounterRandom) -> [UInt8] {
        let (to, from) = (bytes(size.count, &random), bytes(size.count, &random))
        let share = 0.5 + real(1.5, &random)
        return written(over: to) { ocellus_blend($0, from, size.count, share) }
    }

    private static func planarGray(_ size: ocellus_planes_size, _ random: inout CounterRandom) -> [UInt8] {
        let plane = size.height * size.width
        let pixels = bytes(3 * plane, &random)
        return written(plane) { ocellus_planar_gray(pixels, plane, $0) }
    }

    private static func turnHue(_ size: ocellus_planes_size, _ random: inout CounterRandom) -> [UInt8] {
        let plane = size.height * size.width
        let pixels = bytes(3 * plane, &random)
        let turns = real(0.5, &random)
        return written(over: pixels) { ocellus_turn_hue($0, plane, turns) }
    }

    private static func blur(_ size: ocellus_planes_size, _ random: inout CounterRandom) -> [UInt8] {
        let pixels = bytes(size.count, &random)
        let radius = random.nextIndex(below: 6)
        let weights = (0...radius).map { _ in 0.1 + abs(real(1, &random)) }
        let sum = 2 * weights.reduce(0, +) - weights[0]
        var scratch = [Float](repeating: 0, count: size.height * size.width)
        return written(over: pixels) { ocellus_blur($0, size, weights.map { $0 / sum }, radius, &scratch) }
    }

    private static func smooth(_ size: ocellus_planes_size, _ random: inout CounterRandom) -> [UInt8] {
        let pixels = bytes(size.count, &random)
        return written(size.count) { ocellus_smooth(pixels, size, $0) }
    }

    private static func addNoise(_ size: ocellus_planes_size, _ random: inout CounterRandom) -> [UInt8] {
        let pixels = bytes(size.count, &random)
        let deviation = abs(real(60, &random))
        let (key, stream) = (random.next(), UInt32(random.nextIndex(below: 1000)))
        return written(over: pixels) { ocellus_add_noise($0, size.count, deviation, key, stream) }
    }

    // MARK: Made up

    /// Weights of a resampling that sum up to 1, some of them negative, as those of bicubic filters.
    private struct Taps {
        var first: [Int] = []
        var length: [Int] = []
        var weights: [Int32] = []
        let stride = 9

        init(of samples: Int, _ random: inout CounterRandom) {
            let most = min(stride, samples)
            first = (0..<1 + random.nextIndex(below: 40)).map { _ in random.nextIndex(below: samples) }.sorted()
            for first in first {
                let length = 1 + random.nextIndex(below: min(most, samples - first))
                self.length.append(length)
                var own = (0..<length).map { _ in Int32(real(0.02, &random) * Float(1 << OCELLUS_TAP_BITS)) }
                own[length / 2] += (1 << OCELLUS_TAP_BITS) - own.reduce(0, +)
                weights += own + [Int32](repeating: 0, count: stride - length)
            }
        }

        func withKernel<Result>(_ body: (ocellus_taps) -> Result) -> Result {
            first.withUnsafeBufferPointer { first in
                length.withUnsafeBufferPointer { length in
                    weights.withUnsafeBufferPointer { weights in
                        body(
                            ocellus_taps(
                                count: first.count, stride: stride, first: first.baseAddress,
                                length: length.baseAddress, weights: weights.baseAddress))
                    }
                }
            }
        }
    }

    private static func bytes(_ count: Int, _ random: inout CounterRandom) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    /// In ±range.
    private static func real(_ range: Float, _ random: inout CounterRandom) -> Float {
        (random.nextUniform() * 2 - 1) * range
    }

    private static func border(_ random: inout CounterRandom) -> ocellus_border {
        [ocellus_border_black, ocellus_border_edge, ocellus_border_reflect][random.nextIndex(below: 3)]
    }

    /// The bytes that a kernel writes, and the guard behind them.
    private static func written(_ count: Int, _ body: (UnsafeMutablePointer<UInt8>?) -> Void) -> [UInt8] {
        written(over: [UInt8](repeating: 0x5A, count: count), body)
    }

    private static func written(over pixels: [UInt8], _ body: (UnsafeMutablePointer<UInt8>?) -> Void) -> [UInt8] {
        var output = pixels + guardBytes
        output.withUnsafeMutableBufferPointer { body($0.baseAddress) }
        return output
    }
}

extension ocellus_planes_size {
    fileprivate var count: Int { channels * height * width }
}
