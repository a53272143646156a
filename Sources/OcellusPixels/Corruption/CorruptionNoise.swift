// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusTensor
import RealModule

// Gaussian, shot, impulse and speckle noise.

extension LevelPlanes {
    /// Adds normal noise, independent for each value.
    mutating func addNoise(_ deviation: Double, _ random: inout CounterRandom) {
        for index in values.indices { values[index] += deviation * random.nextNormal() }
    }

    /// Counts photons: a value x becomes Poisson(x·photons)/photons.
    mutating func addShotNoise(_ photons: Double, _ random: inout CounterRandom) {
        for index in values.indices { values[index] = Double(random.nextPoisson(values[index] * photons)) / photons }
    }

    /// Makes a share of the values black or full, each as likely.
    mutating func addImpulses(_ share: Double, _ random: inout CounterRandom) {
        for index in values.indices {
            let (hit, salt) = (random.nextUniformDouble() < share, random.nextUniformDouble() < 0.5)
            if hit { values[index] = salt ? 1 : 0 }
        }
    }

    /// Adds normal noise in proportion to the value.
    mutating func addSpeckles(_ deviation: Double, _ random: inout CounterRandom) {
        for index in values.indices { values[index] += values[index] * deviation * random.nextNormal() }
    }
}

extension CounterRandom {
    /// A Poisson number: by multiplying uniform ones for means below 10, above by transformed rejection with a squeeze
    /// (Hörmann 1993, "The transformed rejection method for generating Poisson random variables", algorithm PTRS).
    mutating func nextPoisson(_ mean: Double) -> Int {
        guard mean > 0 else { return 0 }
        guard mean >= 10 else {
            let limit = Double.exp(-mean)
            var (count, product) = (0, nextUniformDouble())
            while product > limit {
                count += 1
                product *= nextUniformDouble()
            }
            return count
        }
        let b = 0.931 + 2.53 * mean.squareRoot()
        let a = -0.059 + 0.02483 * b
        let inverse = 1.1239 + 1.1328 / (b - 3.4)
        let accepted = 0.9277 - 3.6224 / (b - 2)
        while true {
            let u = nextUniformDouble() - 0.5
            let v = 1 - nextUniformDouble()
            let rest = 0.5 - abs(u)
            guard rest > 0 else { continue }
            let k = ((2 * a / rest + b) * u + mean + 0.43).rounded(.down)
            if rest >= 0.07, v <= accepted { return Int(k) }
            guard k >= 0, rest >= 0.013 || v <= rest else { continue }
            if Double.log(v * inverse / (a / (rest * rest) + b)) <= k * Double.log(mean) - mean - Double.logGamma(k + 1)
            {
                return Int(k)
            }
        }
    }
}
