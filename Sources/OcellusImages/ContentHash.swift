// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import Synchronization

/// SHA-256 over a sequence of values, each written so that two different sequences never give the same bytes.
struct ContentHash {
    private var hash = SHA256()

    /// - Parameter kind: What is hashed, with its version; the same values of another kind give another digest.
    init(_ kind: String) { add(kind) }

    /// The length in bytes, then the UTF-8.
    mutating func add(_ text: String) {
        let bytes = Array(text.utf8)
        add(count: bytes.count)
        hash.update(data: bytes)
    }

    /// Eight bytes, little-endian.
    mutating func add(count: Int) {
        withUnsafeBytes(of: UInt64(bitPattern: Int64(count)).littleEndian) { hash.update(bufferPointer: $0) }
    }

    /// Raw bytes; the caller adds their number before, where it is not fixed.
    mutating func add(bytes: UnsafeBufferPointer<UInt8>) { hash.update(bufferPointer: UnsafeRawBufferPointer(bytes)) }

    func hexadecimal() -> String {
        let digits = Array("0123456789abcdef")
        return hash.finalize().reduce(into: "") {
            $0.append(digits[Int($1 >> 4)])
            $0.append(digits[Int($1 & 15)])
        }
    }
}

/// A digest computed at most once, when first asked for, from whichever thread.
final class Digest: Sendable {
    private let known = Mutex<String?>(nil)

    func value(_ compute: () -> String) -> String {
        known.withLock { known in
            if let known { return known }
            let computed = compute()
            known = computed
            return computed
        }
    }
}
