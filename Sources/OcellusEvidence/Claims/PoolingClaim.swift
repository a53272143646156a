// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusModel
import OcellusTensor

/// What pooling does to size, over-fitting and tolerance.
struct PoolingClaim: Claim {
    let name = "pooling"
    let title = "Pooling"
    let statement =
        "Pooling shrinks maps and work, and makes answers steadier when the image moves than leaving out places does."
    let method =
        "Work without pooling is counted. The convolutional network is trained with maxima and with strides in their place and as "
        + "many parameters, on images at three quarters of their size on black; judged is how many keep their class when moved by an eighth of the side."
    let source = "Scherer, Müller and Behnke 2010, ICANN; Zhang 2019, arXiv:1904.11486."
    let caveats = [
        "With strides the first dense layer is made narrower or wider until the network has as many parameters; where there is no "
            + "hidden layer that can be, it has more.",
        "Other kinds of pooling were trained with the first seed only, and inform.",
    ]

    /// Degrees; small enough that most classes stay what they are.
    private static let angle = 15.0
    private static let entries: [NetworkVariant.Pooling] = [.maximum, .evenStride, .none, .average, .stride, .blur]

    private static func name(_ pooling: NetworkVariant.Pooling) -> String {
        pooling == .evenStride ? "stride, as many parameters" : pooling.rawValue
    }

    private static func cell(_ pooling: NetworkVariant.Pooling, _ seed: UInt64) -> TrainingCell {
        TrainingCell(network: NetworkVariant(base: .convolutional, pooling: pooling), seed: seed)
    }

    func cells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        [NetworkVariant.Pooling.maximum, .evenStride].map { Self.inset($0, seed) }.flatMap {
            [.training($0), .shift($0)]
        }
    }

    func informingCells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        Self.entries.flatMap { pooling in
            let cell = Self.cell(pooling, seed)
            return [EvidenceCell.training(cell), .shift(cell), .warp(cell)]
        }
    }

    /// A training with room around the object, as of ``LocationClaim``.
    private static func inset(_ pooling: NetworkVariant.Pooling, _ seed: UInt64) -> TrainingCell {
        LocationClaim.model(NetworkVariant(base: .convolutional, pooling: pooling), seed)
    }

    func draft(_ results: EvidenceResults) throws -> ClaimDraft {
        let distance = LocationClaim.distance(results.shape)
        func cost(_ pooling: NetworkVariant.Pooling) throws -> NetworkSummary {
            try NetworkSummary(results.configuration.network(NetworkVariant(base: .convolutional, pooling: pooling)))
        }
        func kept(_ pooling: NetworkVariant.Pooling) -> (UInt64) -> Double? {
            { results.shift(Self.inset(pooling, $0))?.kept(at: distance) }
        }
        func accuracy(_ pooling: NetworkVariant.Pooling) -> (UInt64) -> Double? {
            { results.training(Self.inset(pooling, $0))?.testAccuracy }
        }
        func moved(_ pooling: NetworkVariant.Pooling) -> [Double] {
            results.bySeed { results.shift(Self.cell(pooling, $0))?.kept(at: distance) }
        }
        func loss(_ pooling: NetworkVariant.Pooling) -> (UInt64) -> Double? {
            { results.shift(Self.cell(pooling, $0))?.loss(at: distance) }
        }
        func turned(_ pooling: NetworkVariant.Pooling) -> (UInt64) -> Double? {
            { seed in
                guard let warp = results.warp(Self.cell(pooling, seed)), let still = warp.accuracy(angles: 0...0),
                    let turned = warp.accuracy(angles: Self.angle...Self.angle)
                else { return nil }
                return still - turned
            }
        }
        let (with, without) = (try cost(.maximum), try cost(.none))
        var draft = ClaimDraft(statements: [
            .init(
                text: "multiply-adds without pooling over those with it", unit: .ratio,
                points: [Double(without.multiplyAdds) / Double(max(1, with.multiplyAdds))],
                expectation: .above(EvidenceMargins.ratio), isExact: true),
            .init(
                text:
                    "images that keep their class by a shift of \(distance == 1 ? "1 pixel" : "\(distance) pixels") with maxima, more than with strides",
                points: results.difference(kept(.maximum), minus: kept(.evenStride)),
                expectation: .above(EvidenceMargins.accuracy)),
            .init(
                text: "accuracy of maxima above strides",
                points: results.difference(accuracy(.maximum), minus: accuracy(.evenStride)),
                expectation: .above(EvidenceMargins.accuracy), isDetail: true),
        ])
        let entries = Self.entries
        draft.tables = [
            results.table(
                "Accuracy by kind of pooling",
                entries.map { pooling in
                    (Self.name(pooling), { Self.cell(pooling, $0) })
                }),
            ClaimTable(
                heading: "Cost and tolerance by kind of pooling",
                columns: [
                    .init(title: "parameters", unit: .count), .init(title: "multiply-adds", unit: .count),
                    .init(title: "lost by the shift", unit: .percent),
                    .init(title: "same class after it", unit: .percent),
                    .init(title: "lost by the turn", unit: .percent),
                ],
                rows: try entries.map { pooling in
                    let summary = try cost(pooling)
                    return .init(
                        name: Self.name(pooling),
                        values: [
                            Double(summary.parameters), Double(summary.multiplyAdds),
                            mean(results.bySeed(loss(pooling))), mean(moved(pooling)),
                            mean(results.bySeed(turned(pooling))),
                        ])
                }),
        ]
        return draft
    }
}
