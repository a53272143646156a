// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import OcellusFiles

@Suite("SHA-256") struct SHA256Tests {
    // The examples of FIPS 180-4 (NIST, "SHA256.pdf"), and a million letters a.
    @Test(
        "gives the published digests",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ])
    func published(text: String, digest: String) {
        #expect(SHA256.digest(of: Array(text.utf8)).hexadecimal == digest)
        #expect(SHA256.digest(of: Data(text.utf8)).hexadecimal == digest)
    }

    @Test("does not depend on how bytes are divided", arguments: [1, 3, 63, 64, 65, 1000]) func pieces(size: Int) {
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var hash = SHA256()
        for start in stride(from: 0, to: bytes.count, by: size) {
            hash.add(bytes[start..<min(start + size, bytes.count)])
        }
        #expect(hash.digest == SHA256.digest(of: bytes))
    }

    @Test("a copy goes its own way, and a digest ends nothing") func copies() {
        var first = SHA256()
        first.add(Array("a".utf8))
        var second = first
        _ = first.digest
        first.add(Array("bc".utf8))
        second.add(Array("xyz".utf8))
        #expect(first.hexadecimal == SHA256.digest(of: Array("abc".utf8)).hexadecimal)
        #expect(second.digest == SHA256.digest(of: Array("axyz".utf8)))
    }
}
