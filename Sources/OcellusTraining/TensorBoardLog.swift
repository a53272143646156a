// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusFiles
import OcellusTensor
import Synchronization

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Writes a training's epochs for TensorBoard, as Keras names them: folders `train` and `validation` with `epoch_loss`,
/// `epoch_accuracy` and, of the training, `epoch_learning_rate`. A step is an epoch, 0-based.
///
///     let log = try TensorBoardLog(in: folder)
///     let run = try await trainer.fit(images) { log.write($0) }
///
/// A training that goes on writes further files beside those that are there, and TensorBoard drops what it makes again.
public final class TensorBoardLog: Sendable {
    private let files: Mutex<Files>

    private struct Files {
        var train: EventFile
        /// Made when there is something to write.
        var validation: EventFile?
        /// What made writing end.
        var problem: String?
    }

    private let directory: URL
    private let now: @Sendable () -> Double

    /// - Parameter directory: Made when it is missing.
    /// - Throws: An error of code `archive.…` when it cannot be written.
    public convenience init(in directory: URL) throws {
        try self.init(in: directory) { Date.now.timeIntervalSince1970 }
    }

    /// - Parameter now: Seconds since 1970.
    init(in directory: URL, now: @escaping @Sendable () -> Double) throws {
        self.directory = directory
        self.now = now
        files = Mutex(Files(train: try EventFile(in: directory.appending(path: "train"), now: now)))
    }

    /// Writes what an event says; others than starts and ends of epochs say nothing.
    ///
    /// - Returns: Why the files end here, once: the training is not worth failing for it.
    @discardableResult
    public func write(_ event: TrainingEvent) -> String? {
        files.withLock { files in
            guard files.problem == nil else { return nil }
            do {
                switch event {
                case .started(_, _, let epoch, _): try files.train.begin(step: epoch - 1)
                case .epochEnded(let record): try write(record, to: &files)
                case .notice, .progress, .checkpointed, .stoppedEarly: break
                }
                return nil
            } catch {
                let reason = (error as? any OcellusError)?.summary ?? "\(error)"
                let problem = "nothing more is written for TensorBoard: \(reason)"
                files.problem = problem
                return problem
            }
        }
    }

    private func write(_ record: EpochRecord, to files: inout Files) throws {
        let step = record.epoch - 1
        try files.train.write(
            [
                ("epoch_loss", record.trainLoss), ("epoch_accuracy", record.trainAccuracy),
                ("epoch_learning_rate", record.learningRate),
            ], step: step)
        let validation = [
            ("epoch_loss", record.validationLoss), ("epoch_accuracy", record.validationAccuracy),
        ].compactMap { tag, value in value.map { (tag, $0) } }
        guard !validation.isEmpty else { return }
        if files.validation == nil {
            let file = try EventFile(in: directory.appending(path: "validation"), now: now)
            try file.begin(step: step)
            files.validation = file
        }
        try files.validation?.write(validation, step: step)
    }
}

/// One file of events: TFRecords of protocol buffers (`tensorflow/core/util/event.proto`, `framework/summary.proto`).
private struct EventFile {
    private let file: AppendedFile
    private let now: @Sendable () -> Double

    init(in directory: URL, now: @escaping @Sendable () -> Double) throws {
        self.now = now
        try AtomicFile.createDirectory(directory)
        let (seconds, process) = (Int(now()), ProcessInfo.processInfo.processIdentifier)
        var version = ProtocolBuffer()
        version.add(1, now())
        version.add(3, "brain.Event:2")
        let first = Self.record(version.bytes)
        func file(_ number: Int) -> URL {
            directory.appending(path: "events.out.tfevents.\(seconds).\(Self.host).\(process).\(number)")
        }
        var number = 0
        while try !AtomicFile.writeNew(first, to: file(number)) { number += 1 }
        self.file = try AppendedFile(Path(file(number)))
    }

    /// Says that a training begins at a step, so that a reader drops what an earlier one wrote from there on.
    func begin(step: Int) throws {
        var start = ProtocolBuffer()
        start.add(1, 1)  // SessionLog.status = START
        var event = event(step: step)
        event.add(7, start.bytes)
        try append(event)
    }

    func write(_ values: [(tag: String, value: Double)], step: Int) throws {
        var summary = ProtocolBuffer()
        for (tag, value) in values {
            var entry = ProtocolBuffer()
            entry.add(1, tag)
            entry.add(2, Float(value))
            summary.add(1, entry.bytes)
        }
        var event = event(step: step)
        event.add(5, summary.bytes)
        try append(event)
    }

    private func event(step: Int) -> ProtocolBuffer {
        var event = ProtocolBuffer()
        event.add(1, now())
        event.add(2, step)
        return event
    }

    private func append(_ event: ProtocolBuffer) throws { try file.append(Self.record(event.bytes)) }

    /// Length, its checksum, content, its checksum: all little-endian.
    static func record(_ content: [UInt8]) -> Data {
        let length = withUnsafeBytes(of: UInt64(content.count).littleEndian) { Array($0) }
        return Data(length + checksum(length) + content + checksum(content))
    }

    /// CRC-32C, turned right by 15 bits, plus a constant, as TFRecord wants it.
    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        let crc = CRC32C.checksum(bytes)
        let masked = (crc >> 15 | crc << 17) &+ 0xA282_EAD8
        return withUnsafeBytes(of: masked.littleEndian) { Array($0) }
    }

    /// The machine's name as far as a file's name can hold it.
    private static let host: String = {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let text = String(decoding: bytes, as: UTF8.self)
        return String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "-" })
    }()
}

/// Fields of a message, written one after the other (protobuf.dev, "Encoding").
private struct ProtocolBuffer {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ field: Int, _ value: Int) {
        varint(field << 3 | 0)
        varint(value)
    }

    mutating func add(_ field: Int, _ value: Double) {
        varint(field << 3 | 1)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
    }

    mutating func add(_ field: Int, _ value: Float) {
        varint(field << 3 | 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
    }

    mutating func add(_ field: Int, _ content: [UInt8]) {
        varint(field << 3 | 2)
        varint(content.count)
        bytes += content
    }

    mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

    private mutating func varint(_ value: Int) {
        var rest = UInt64(bitPattern: Int64(value))
        while rest > 127 {
            bytes.append(UInt8(truncatingIfNeeded: rest | 128))
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4).
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }

    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~0) { crc, byte in crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
    }
}
