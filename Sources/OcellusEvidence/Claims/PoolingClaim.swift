// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusModel
import OcellusTensor

/// What pooling does to size, over-fitting and tolerance.
struct PoolingClaim: Claim {
    let name = "pooling"
    let title = "Pooling"
    let statement =
        "Pooling shrinks maps and work, reduces over-fitting, and raises tolerance to shifts and distortions."
    let method =
        "The convolutional network is trained with maximum, average and blur pooling, with strides instead and with none of it; work "
        + "is counted, over-fitting is the gap of training and test accuracy, tolerance is what a shift by an eighth of the side costs, or a turn by \(Int(angle))°."
    let source = "Scherer, Müller and Behnke 2010, ICANN; Zhang 2019, arXiv:1904.11486."
    let caveats = [
        "Without pooling the dense layer behind it is much larger, so the two networks differ in size as well.",
        "The parts are judged apart; the claim is supported only if all are.",
    ]

    /// Degrees; small enough that most classes stay what they are.
    private static let angle = 15.0
    private static let order: [NetworkVariant.Pooling] = [.none, .average, .stride, .blur]

    private static func cell(_ pooling: NetworkVariant.Pooling, _ seed: UInt64) -> TrainingCell {
        TrainingCell(network: NetworkVariant(base: .convolutional, pooling: pooling), seed: seed)
    }

    func cells(seed: UInt64, isFirst: Bool, shape: Shape) -> [EvidenceCell] {
        let judged: [NetworkVariant.Pooling] = [.maximum, .none]
        // The others inform; no verdict needs them.
        return (judged + (isFirst ? Self.order.filter { $0 != .none } : [])).flatMap { pooling in
            let cell = Self.cell(pooling, seed)
            return [EvidenceCell.training(cell), .shift(cell)] + (judged.contains(pooling) ? [.warp(cell)] : [])
        }
    }

    func draft(_ results: EvidenceResults) throws -> ClaimDraft {
        let distance = LocationClaim.distance(results.shape)
        func cost(_ pooling: NetworkVariant.Pooling) throws -> NetworkSummary {
            try NetworkSummary(results.configuration.network(NetworkVariant(base: .convolutional, pooling: pooling)))
        }
        func gap(_ pooling: NetworkVariant.Pooling) -> (UInt64) -> Double? {
            { results.training(Self.cell(pooling, $0)).map { $0.trainAccuracy - $0.testAccuracy } }
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
                text: "gap of training and test accuracy without pooling, more than with it",
                points: results.difference(gap(.none), minus: gap(.maximum)),
                expectation: .above(EvidenceMargins.accuracy), most: 2),
            .init(
                text:
                    "accuracy lost by a shift of \(distance == 1 ? "1 pixel" : "\(distance) pixels") without pooling, more than with it",
                points: results.difference(loss(.none), minus: loss(.maximum)),
                expectation: .above(EvidenceMargins.accuracy), most: 2),
            .init(
                text: "accuracy lost by a turn of \(Int(Self.angle))° without pooling, more than with it",
                points: results.difference(turned(.none), minus: turned(.maximum)),
                expectation: .above(EvidenceMargins.accuracy), most: 2),
        ])
        let entries: [NetworkVariant.Pooling] = [.maximum] + Self.order
        draft.tables = [
            results.table(
                "Accuracy by kind of pooling",
                entries.map { pooling in
                    (pooling == .maximum ? "maximum" : pooling.rawValue, { Self.cell(pooling, $0) })
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
                    let consistency = results.bySeed { seed in
                        results.shift(Self.cell(pooling, seed)).flatMap { shift in
                            let curve = shift.along(shift.consistency)
                            let places = [distance, -distance].compactMap { shift.shifts.firstIndex(of: $0) }
                            return mean(places.map { curve[$0] })
                        }
                    }
                    return .init(
                        name: pooling == .maximum ? "maximum" : pooling.rawValue,
                        values: [
                            Double(summary.parameters), Double(summary.multiplyAdds),
                            mean(results.bySeed(loss(pooling))), mean(consistency),
                            mean(results.bySeed(turned(pooling))),
                        ])
                }),
        ]
        return draft
    }
}
