// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor
import Synchronization

/// SHA-256 of whole files, as published beside downloads.
enum FileDigest {
    private static let piece = 1 << 20

    /// In hexadecimal.
    ///
    /// - Throws: ``DataError`` when the file cannot be read.
    static func ofFile(_ path: Path) throws(DataError) -> String {
        let file = try FileBytes(path)
        var hash = SHA256()
        for start in stride(from: 0, to: file.count, by: piece) {
            hash.add(try file.read(start..<min(start + piece, file.count)))
        }
        return hash.hexadecimal
    }

    /// Of what is compressed in a file, in hexadecimal.
    ///
    /// - Throws: ``DataError`` when the file cannot be read or is damaged.
    static func ofContent(_ path: Path) throws(DataError) -> String {
        let stream = try FileStream(path)
        var hash = SHA256()
        while true {
            let bytes = try stream.read(piece)
            if bytes.isEmpty { return hash.hexadecimal }
            hash.add(bytes)
        }
    }
}

/// SHA-256 over a sequence of values, each written so that two different sequences never give the same bytes.
struct ContentHash {
    private var hash = SHA256()

    /// - Parameter kind: What is hashed, with its version; the same values of another kind give another digest.
    init(_ kind: String) { add(kind) }

    /// The length in bytes, then the UTF-8.
    mutating func add(_ text: String) {
        let bytes = Array(text.utf8)
        add(count: bytes.count)
        hash.add(bytes)
    }

    /// Eight bytes, little-endian.
    mutating func add(count: Int) {
        withUnsafeBytes(of: UInt64(bitPattern: Int64(count)).littleEndian) { hash.add($0) }
    }

    /// Raw bytes; the caller adds their number before, where it is not fixed.
    mutating func add(bytes: UnsafeBufferPointer<UInt8>) { hash.add(bytes) }

    func hexadecimal() -> String { hash.hexadecimal }
}

/// A value computed at most once, when first asked for, from whichever thread.
final class Once<Value: Sendable>: Sendable {
    private let known = Mutex<Value?>(nil)

    /// A computation that throws is tried again by whoever asks next.
    func value<Failure: Error>(_ compute: () throws(Failure) -> Value) throws(Failure) -> Value {
        try known.withLock { known throws(Failure) in
            if let known { return known }
            let computed = try compute()
            known = computed
            return computed
        }
    }
}
