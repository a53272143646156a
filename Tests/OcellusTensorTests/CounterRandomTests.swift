// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import Testing

@Suite("CounterRandom") struct CounterRandomTests {
    // Known answers of the Random123 distribution (file kat_vectors, philox4x32 with 10 rounds).
    @Test("matches the published Philox vectors") func knownAnswers() {
        let zero = CounterRandom.philox(counter: (0, 0, 0, 0), key: (0, 0))
        #expect(zero == (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        let ones = CounterRandom.philox(counter: (.max, .max, .max, .max), key: (.max, .max))
        #expect(ones == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        let pi = CounterRandom.philox(
            counter: (0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: (0xa409_3822, 0x299f_31d0))
        #expect(pi == (0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    @Test("streams of other purposes, epochs, samples and seeds differ") func streams() {
        var first = Set<UInt64>()
        for seed in [UInt64(0), 1, 1 << 40] {
            for purpose in [RandomPurpose.order, .split] {
                for epoch in 0..<3 {
                    for sample in 0..<3 {
                        var random = CounterRandom(seed: seed, purpose: purpose, epoch: epoch, sample: sample)
                        first.insert(random.next())
                    }
                }
            }
        }
        #expect(first.count == 3 * 2 * 3 * 3)
    }

    @Test("a permutation holds every index once") func permutation() {
        var random = CounterRandom(seed: 7, purpose: .test)
        let order = random.permutation(of: 101)
        #expect(order.sorted() == Array(0..<101))
        #expect(order != Array(0..<101))
    }
}
