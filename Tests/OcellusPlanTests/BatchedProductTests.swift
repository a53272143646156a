// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Batched products on every engine") struct BatchedProductTests {
    /// The first and the last part of an image as matrices `[heads, …]`, multiplied.
    private static func network(
        heads: Int, rows: Int, inner: Int, columns: Int, _ kind: Op.BatchedProduct
    ) throws -> Network {
        let a: Shape = kind.transposesA ? [heads, inner, rows] : [heads, rows, inner]
        let b: Shape = kind.transposesB ? [heads, columns, inner] : [heads, inner, columns]
        var builder = try GraphBuilder(image: [a.count + b.count, 1, 1])
        let first = try builder.apply(Op.Slice(offset: 0, count: a.count), builder.input)
        let last = try builder.apply(Op.Slice(offset: a.count, count: b.count), builder.input)
        let y = try builder.apply(
            kind, try builder.apply(Op.Reshape(a), first), try builder.apply(Op.Reshape(b), last))
        return try Network(try builder.finished(y))
    }

    static let kinds = [
        Op.BatchedProduct(), Op.BatchedProduct(transposesA: true), Op.BatchedProduct(transposesB: true),
        Op.BatchedProduct(transposesA: true, transposesB: true),
    ]

    // [1 2; 3 4]·[5; 6] = [17; 39]; dy = [1; 2]: da = dy·bᵀ = [5 6; 10 12], db = aᵀ·dy = [7; 10].
    @Test("matches a worked example", arguments: Engine.all) @EngineActor func worked(engine: Engine) throws {
        let run = try engine.run(
            try Self.network(heads: 1, rows: 2, inner: 2, columns: 1, Op.BatchedProduct()),
            NetworkData(
                input: Tensor([1, 6, 1, 1], [1, 2, 3, 4, 5, 6]), outputGradient: Tensor([1, 1, 2, 1], [1, 2])))
        #expect(run.output.scalars == [17, 39])
        #expect(run.inputGradient?.scalars == [5, 6, 10, 12, 7, 10])
    }

    @Test("agrees with the reference", arguments: Engine.all, kinds) @EngineActor
    func agreement(engine: Engine, kind: Op.BatchedProduct) throws {
        for (heads, rows, inner, columns) in [(1, 1, 1, 1), (3, 2, 5, 7), (2, 65, 17, 33), (1, 16, 64, 16)] {
            let network = try Self.network(heads: heads, rows: rows, inner: inner, columns: columns, kind)
            let data = try NetworkData(for: network, batchSize: 3, seed: 1) { Samples.integers($0, seed: $1) }
            // Whole numbers below 2²⁴: any order of summation is exact.
            let found = difference(try engine.run(network, data), try Engine.reference.run(network, data))
            #expect(found == nil, "\(heads)·[\(rows), \(inner)]·[\(inner), \(columns)]")
        }
    }

    @Test("gradients match central differences", arguments: kinds) func gradients(kind: Op.BatchedProduct) throws {
        try expectGradients(
            try Self.network(heads: 2, rows: 3, inner: 5, columns: 4, kind), batchSize: 2, limit: 30)
    }
}
