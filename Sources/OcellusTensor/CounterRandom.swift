// SPDX-License-Identifier: Apache-2.0

/// Why a random number is drawn. Each purpose has its own stream, so adding a draw in one place
/// never changes the numbers of another.
///
/// Raw values are part of the reproducibility contract: never renumber, only append.
package enum RandomPurpose: UInt32, Sendable {
    case initialization = 1
    case order = 2
    case split = 3
    case dropout = 4
    case augmentation = 5
    case bootstrap = 6
    case permutation = 7
    case selfTest = 8
    case alternatingFlip = 16
    case sampling = 17
    case connections = 18
    case noise = 19
    case corruption = 24
    case timing = 25
    case scattering = 26
    case planting = 27
    case test = 1000
}

/// A counter-based random number generator: Philox 4x32 with 10 rounds.
///
/// Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. The n-th number of
/// (seed, purpose, epoch, sample) is a pure function of those five, whatever the threads, workers or order.
///
///     var random = CounterRandom(seed: 1, purpose: .order, epoch: 3, sample: 17)
///     random.next()                // the same on every machine
package struct CounterRandom: RandomNumberGenerator, Sendable {
    private let key: (UInt32, UInt32)
    private let stream: (UInt32, UInt32)
    private var block: UInt32 = 0
    private var buffered: UInt64 = 0
    private var hasBuffered = false

    /// - Parameters:
    ///   - seed: All 64 bits count.
    ///   - purpose: The stream's use; mixed into the counter's third word with the epoch.
    ///   - epoch: 0 ..< 2^20.
    ///   - sample: Position of the sample, parameter or element group; the low 32 bits count.
    package init(seed: UInt64, purpose: RandomPurpose, epoch: Int = 0, sample: Int = 0) {
        key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        let mixed = (purpose.rawValue << 20) ^ UInt32(truncatingIfNeeded: epoch)
        stream = (UInt32(truncatingIfNeeded: sample), mixed)
    }

    package mutating func next() -> UInt64 {
        if hasBuffered {
            hasBuffered = false
            return buffered
        }
        let words = Self.philox(counter: (block, 0, stream.0, stream.1), key: key)
        block &+= 1
        buffered = UInt64(words.2) | UInt64(words.3) << 32
        hasBuffered = true
        return UInt64(words.0) | UInt64(words.1) << 32
    }

    /// Uniform in [0, 1) with 24 random bits: every value is exact in `Float`.
    package mutating func nextUniform() -> Float { Float(next() >> 40) * 0x1p-24 }

    /// Uniform in [0, 1) with 53 random bits.
    package mutating func nextUniformDouble() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Uniform in `0 ..< bound` without bias (Lemire's multiply-and-reject).
    package mutating func nextIndex(below bound: Int) -> Int { Int(next(upperBound: UInt64(bound))) }

    /// A Fisher-Yates permutation of `0 ..< count`.
    package mutating func permutation(of count: Int) -> [Int] {
        var order = Array(0..<count)
        guard count > 1 else { return order }
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, nextIndex(below: last + 1))
        }
        return order
    }

    /// One block of Philox 4x32-10: four words from a four-word counter and a two-word key.
    package static func philox(
        counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
    ) -> (UInt32, UInt32, UInt32, UInt32) {
        var (c0, c1, c2, c3) = counter
        var (k0, k1) = key
        for _ in 0..<10 {
            let p0 = UInt64(0xD251_1F53) * UInt64(c0)
            let p1 = UInt64(0xCD9E_8D57) * UInt64(c2)
            (c0, c1, c2, c3) = (
                UInt32(truncatingIfNeeded: p1 >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: p1),
                UInt32(truncatingIfNeeded: p0 >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: p0)
            )
            k0 &+= 0x9E37_79B9
            k1 &+= 0xBB67_AE85
        }
        return (c0, c1, c2, c3)
    }
}
