// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// Which elements a dropout keeps: one word of Philox 4x32-10 for each element in logical row-major order.
///
/// Element i of stream s in training step t takes word `i mod 4` of the block with counter
/// `(i / 4, t, s, RandomPurpose.dropout)` and the seed as key, and is kept when it is at least `⌊rate·2³²⌋`.
package enum DropoutMask {
    package static func threshold(rate: Float) -> UInt32 { UInt32(Double(rate) * 0x1p32) }

    package static func block(seed: UInt64, step: Int, stream: Int, block: Int) -> (UInt32, UInt32, UInt32, UInt32) {
        CounterRandom.philox(
            counter: (
                UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: step),
                UInt32(truncatingIfNeeded: stream), RandomPurpose.dropout.rawValue
            ),
            key: (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
    }

    package static func isKept(_ element: Int, rate: Float, seed: UInt64, step: Int, stream: Int) -> Bool {
        let words = block(seed: seed, step: step, stream: stream, block: element / 4)
        let word = [words.0, words.1, words.2, words.3][element % 4]
        return word >= threshold(rate: rate)
    }
}
