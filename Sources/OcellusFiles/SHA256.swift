// SPDX-License-Identifier: Apache-2.0

import COcellusDigest

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// SHA-256 (FIPS 180-4) by the system's library.
package struct SHA256 {
    /// Bytes of a digest.
    package static let size = Int(OCELLUS_SHA256_BYTES)

    private var state = State(ocellus_sha256_create())

    /// Of nothing so far.
    package init() {}

    package mutating func add(_ bytes: some ContiguousBytes) {
        if !isKnownUniquelyReferenced(&state) { state = State(ocellus_sha256_copy(state.hash)) }
        bytes.withUnsafeBytes { ocellus_sha256_add(state.hash, $0.baseAddress, $0.count) }
    }

    /// Of everything added so far; more may be added.
    package var digest: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.size) { buffer, count in
            ocellus_sha256_digest(state.hash, buffer.baseAddress)
            count = Self.size
        }
    }

    /// As ``digest``, two lower-case digits a byte, as `sha256sum` prints them.
    package var hexadecimal: String { digest.hexadecimal }

    package static func digest(of bytes: some ContiguousBytes) -> [UInt8] {
        var hash = SHA256()
        hash.add(bytes)
        return hash.digest
    }

    /// What the library keeps.
    private final class State {
        let hash: OpaquePointer

        init(_ hash: OpaquePointer) { self.hash = hash }

        deinit { ocellus_sha256_destroy(hash) }
    }
}

extension Collection<UInt8> {
    /// Two lower-case digits a byte, as `sha256sum` prints them.
    package var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
