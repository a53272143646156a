// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusModel
import OcellusTensor
import Testing

@testable import OcellusTraining

@Suite("TensorBoard's files") struct TensorBoardLogTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/tensorboard")

    private static func record(_ epoch: Int, validation: Bool = true) -> EpochRecord {
        EpochRecord(
            epoch: epoch, trainLoss: 2 / Double(epoch), trainAccuracy: 0.25 * Double(epoch),
            validationLoss: validation ? 3 / Double(epoch) : nil,
            validationAccuracy: validation ? 0.125 * Double(epoch) : nil,
            learningRate: 0.001, seconds: 1, imagesPerSecond: 10)
    }

    private static func inTemporaryDirectory<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appending(path: "ocellus-\(UUID())")
        defer { try? FileManager.default.removeItem(at: directory) }
        return try body(directory)
    }

    private static func files(_ directory: URL) throws -> [Data] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted().map {
            try Data(contentsOf: directory.appending(path: $0))
        }
    }

    /// A training of two epochs, killed behind the second and gone on with from the first.
    private static func write(into directory: URL) throws {
        let log = try TensorBoardLog(in: directory, now: { 1_700_000_000.5 })
        #expect(log.write(.started(parameters: 10, memory: 100, epoch: 1, step: 0)) == nil)
        #expect(log.write(.notice("a note")) == nil)
        for epoch in 1...2 { #expect(log.write(.epochEnded(record(epoch))) == nil) }
        let second = try TensorBoardLog(in: directory, now: { 1_700_000_100.5 })
        second.write(.started(parameters: 10, memory: 100, epoch: 2, step: 0))
        for epoch in 2...3 { second.write(.epochEnded(record(epoch))) }
    }

    // `Tests/Fixtures/read_tensorboard.py` reads these bytes with TensorBoard's own code and writes what it found.
    @Test("are those that TensorBoard read", arguments: ["train", "validation"]) func bytes(part: String) throws {
        try Self.inTemporaryDirectory { directory in
            try Self.write(into: directory)
            let made = try Self.files(directory.appending(path: part))
            let known = try Self.files(Self.fixtures.appending(path: part))
            #expect(made == known && made.count == 2)
        }
    }

    @Test("hold the numbers that TensorBoard found") func read() throws {
        let found = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: Self.fixtures.appending(path: "read.json")))
                as? [String: [String: [[Double]]]])
        let records = (1...3).map { Self.record($0) }
        func expect(_ part: String, _ tag: String, _ value: (EpochRecord) -> Double?) throws {
            let points = try #require(found[part]?[tag])
            #expect(points.map { $0[0] } == [0, 1, 2], "\(part) \(tag)")
            #expect(points.map { Float($0[1]) } == records.map { Float(value($0) ?? .nan) }, "\(part) \(tag)")
        }
        try expect("train", "epoch_loss") { $0.trainLoss }
        try expect("train", "epoch_accuracy") { $0.trainAccuracy }
        try expect("train", "epoch_learning_rate") { $0.learningRate }
        try expect("validation", "epoch_loss") { $0.validationLoss }
        try expect("validation", "epoch_accuracy") { $0.validationAccuracy }
        #expect(found["train"]?.count == 3 && found["validation"]?.count == 2)
    }

    @Test("of a training without validation images there is no second folder") func withoutValidation() throws {
        try Self.inTemporaryDirectory { directory in
            let log = try TensorBoardLog(in: directory)
            log.write(.started(parameters: 10, memory: 100, epoch: 1, step: 0))
            log.write(.epochEnded(Self.record(1, validation: false)))
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["train"])
        }
    }

    @Test("that cannot be made are an error") func unwritable() throws {
        try Self.inTemporaryDirectory { directory in
            try Data("a file".utf8).write(to: directory)
            let error = #expect(throws: (any Error).self) { try TensorBoardLog(in: directory) }
            #expect((error as? any OcellusError)?.exitClass == .cannotWrite)
        }
    }

    // RFC 3720, appendix B.4.
    @Test(
        "CRC-32C of the published examples",
        arguments: [
            (Array(repeating: UInt8(0), count: 32), 0x8A91_36AA as UInt32),
            (Array(repeating: UInt8(255), count: 32), 0x62A8_AB43 as UInt32),
            (Array(UInt8(0)..<32), 0x46DD_794E as UInt32),
        ])
    func checksum(bytes: [UInt8], crc: UInt32) {
        #expect(CRC32C.checksum(bytes) == crc)
    }
}
