// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusTensor
import Testing

/// The suites of the kernels, which run every version by switching the instruction set of their thread.
@Suite("engine kernels", .serialized) enum EngineKernels {
    /// What the machine that runs the tests has.
    static let instructionSets = ["avx512", "avx2", "neon", "baseline"].filter {
        let current = String(cString: ocellus_kernels_instruction_set())
        defer { ocellus_kernels_use_instruction_set(current) }
        return ocellus_kernels_use_instruction_set($0)
    }

    /// Runs `body` with every instruction set and with 1, 2 and 3 threads.
    static func everywhere(_ body: (_ threads: Int32, _ version: Comment) throws -> Void) rethrows {
        let current = String(cString: ocellus_kernels_instruction_set())
        defer { ocellus_kernels_use_instruction_set(current) }
        for name in instructionSets {
            ocellus_kernels_use_instruction_set(name)
            for threads: Int32 in [1, 2, 3] {
                try body(threads, "\(name), \(threads) threads")
            }
        }
    }

    /// Sizes around the width of a vector, and some that more than one thread shares.
    static let counts = [0, 1, 7, 15, 16, 17, 31, 33, 100, 8192, 20_011]
}

/// Numbers in ±`range`, different for each `sample`.
func randoms(_ count: Int, _ range: Float = 2, sample: Int) -> [Float] {
    var random = CounterRandom(seed: 7, purpose: .test, sample: sample)
    return (0..<count).map { _ in (random.nextUniform() * 2 - 1) * range }
}

/// Whole numbers in ±`range`, so that sums are exact.
func wholes(_ count: Int, _ range: Int = 4, sample: Int) -> [Float] {
    var random = CounterRandom(seed: 8, purpose: .test, sample: sample)
    return (0..<count).map { _ in Float(random.nextIndex(below: 2 * range + 1) - range) }
}

/// Whether two arrays have the same bits, NaN and the sign of zero included.
func sameBits(_ a: [Float], _ b: [Float]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern }
}

/// The largest distance in units of the last place of `expected`, which is rounded from `Double`.
func largestError(_ values: [Float], _ expected: [Double]) -> Double {
    guard values.count == expected.count else { return .infinity }
    return zip(values, expected).map { value, exact in
        if value.isNaN || exact.isNaN { return value.isNaN && exact.isNaN ? 0 : .infinity }
        let rounded = Float(exact)
        if value == rounded { return 0 }
        return abs(Double(value) - exact) / Double(rounded.ulp)
    }.max() ?? 0
}
