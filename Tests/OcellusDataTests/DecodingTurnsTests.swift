// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusModel
import OcellusPixels
import OcellusTestSupport
import Synchronization
import Testing

@testable import OcellusData

@Suite("Turns of decoding") struct DecodingTurnsTests {
    /// The largest number of pictures that were decoded at the same time.
    private func most(of sizes: [Int], bytes: Int) -> Int {
        let turns = DecodingTurns(bytes: bytes)
        let state = Mutex((now: 0, most: 0))
        DispatchQueue.concurrentPerform(iterations: sizes.count) { index in
            turns.decode(bytes: sizes[index]) {
                state.withLock {
                    $0.now += 1
                    $0.most = max($0.most, $0.now)
                }
                usleep(3_000)
                state.withLock { $0.now -= 1 }
            }
        }
        #expect(state.withLock { $0.now } == 0)
        return state.withLock { $0.most }
    }

    @Test("no more pictures at once than the memory holds") func bounded() {
        #expect(most(of: Array(repeating: 800, count: 24), bytes: 1_700) <= 2)
        #expect(most(of: Array(repeating: 800, count: 24), bytes: 800) == 1)
    }

    @Test("a picture larger than all of it comes alone") func alone() {
        #expect(most(of: Array(repeating: 1_000_000, count: 8), bytes: 800) == 1)
        #expect(most(of: Array(repeating: .max, count: 8), bytes: 800) == 1)
    }

    // Each waits within its turn until the other is in one, too.
    @Test("small ones come together") func together() {
        let turns = DecodingTurns(bytes: 1 << 20)
        let arrived = [DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)]
        let ended = DispatchSemaphore(value: 0)
        let met = Mutex(0)
        for own in [0, 1] {
            Thread.detachNewThread {
                turns.decode(bytes: 1) {
                    arrived[own].signal()
                    if arrived[1 - own].wait(timeout: .now() + 60) == .success { met.withLock { $0 += 1 } }
                }
                ended.signal()
            }
        }
        for _ in 0..<2 { ended.wait() }
        #expect(met.withLock { $0 } == 2)
    }

    @Test("a turn ends with an error, too") func failing() throws {
        struct Failure: Error {}
        let turns = DecodingTurns(bytes: 8)
        for _ in 0..<3 {
            #expect(throws: Failure.self) { try turns.decode(bytes: 100) { () throws(Failure) in throw Failure() } }
        }
        #expect(turns.decode(bytes: 100) { 7 } == 7)
    }

    @Test("what decoding takes: a few rows of a JPEG, all blocks of one in scans, a copy of a turned picture")
    func taken() throws {
        func bytes(_ name: String) throws -> (taken: Int, pixels: Int) {
            let data = try Data(
                contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(
                    path: "Fixtures/formats/\(name)"))
            let (header, info) = try ImageDecoder.readHeader(data, limits: ImageLimits())
            return (ImageDecoder.bytes(for: info), header.width * header.height * header.channels)
        }
        let rows = try bytes("arithmetic.jpg")
        let scans = try bytes("arithmetic-progressive.jpg")
        // 64 frequencies of two bytes for each block of 8×8 pixels, at least of the brightness.
        #expect(rows.pixels == scans.pixels && scans.taken - rows.taken >= scans.pixels / 3 / 64 * 128)
        #expect((scans.taken - rows.taken) % 128 == 0)
        for name in ["turned.tif", "plain.tif", "lossless.webp"] {
            let other = try bytes(name)
            #expect(other.taken >= 2 * other.pixels, "\(name)")
        }
    }

    @Test("what is fitted when it is decoded equals what was fitted later", arguments: ImageFitting.Fit.allCases)
    func fitted(fit: ImageFitting.Fit) throws {
        let directory = try TemporaryDirectory()
        let file = try ImageEncoder.png(pattern(37, 23, 3))
        try directory.write(file, to: "a.png")
        let gray = Preprocessing(width: 9, height: 12, channels: 1, fit: fit)
        let color = Preprocessing(width: 16, height: 8, channels: 3, fit: fit)
        let picture = try ImageFiles.fitted(Path(directory.path + "/a.png"), to: [gray, color])
        let decoded = try ImageDecoder.decode(file)
        #expect(try picture.pixels == [gray.apply(decoded), color.apply(decoded)])
        #expect(picture.header.width == 37 && picture.header.height == 23)
    }
}
