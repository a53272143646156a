// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

/// Expects that an engine and the reference agree on a network that is linear in its input and in each parameter:
/// exactly on small integers, and within `2·K·ε·Σ|x·w|` on random numbers.
///
/// - Parameters:
///   - terms: K, the longest sum of output or gradients.
///   - isExact: Whether integers stay exact in this network, e.g. not when it divides by 3.
func expectAgreement(
    _ engine: Engine, _ network: Network, batchSize: Int, terms: Int, isExact: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let integers = try NetworkData(for: network, batchSize: batchSize, seed: 1) { Samples.integers($0, seed: $1) }
    let bounds = engine.isExactOnIntegers && isExact ? nil : try engine.bounds(network, integers, terms: terms)
    let exact = difference(
        try engine.run(network, integers), try Engine.reference.run(network, integers), bounds)
    #expect(exact == nil, "on integers", sourceLocation: sourceLocation)

    let uniform = try NetworkData(for: network, batchSize: batchSize, seed: 2) { Samples.uniform($0, seed: $1) }
    let near = difference(
        try engine.run(network, uniform), try Engine.reference.run(network, uniform),
        try engine.bounds(network, uniform, terms: terms))
    #expect(near == nil, "on random numbers", sourceLocation: sourceLocation)
}

/// Expects that gradients match central differences on random data, or on values that no small step takes across a
/// kink.
func expectGradients(
    _ network: Network, batchSize: Int, seed: Int = 3, awayFromKinks: Bool = false, limit: Int = 40,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let data = try NetworkData(for: network, batchSize: batchSize, seed: seed) {
        awayFromKinks ? Samples.distinct($0, seed: $1) : Samples.uniform($0, seed: $1)
    }
    let check = try GradientCheck(network, data, limit: limit)
    #expect(check.failures == [], sourceLocation: sourceLocation)
    #expect(check.checked > 0, sourceLocation: sourceLocation)
}

/// Maps and batch sizes that the tests of most layers go through.
struct MapCase: Sendable, CustomStringConvertible {
    let input: Shape
    let batchSize: Int
    var description: String { "\(batchSize) × \(input)" }

    static let all: [MapCase] = [
        MapCase(input: [1, 1, 1], batchSize: 1), MapCase(input: [3, 1, 2], batchSize: 3),
        MapCase(input: [5, 2, 2], batchSize: 1), MapCase(input: [2, 5, 5], batchSize: 3),
        MapCase(input: [17, 5, 2], batchSize: 1), MapCase(input: [3, 13, 5], batchSize: 1),
        MapCase(input: [1, 2, 13], batchSize: 3), MapCase(input: [7, 13, 13], batchSize: 3),
    ]
}
