// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

/// How accuracy falls when the image moves.
struct LocationClaim: Claim {
    let name = "location"
    let title = "Sensitivity to location"
    let statement =
        "A dense network is sensitive to where things are; a convolutional one is less so, but not indifferent either. "
        + "Its maps move with the image, and what the later layers make of that is tolerance, not invariance."
    let method =
        "Test images are moved by whole pixels, so nothing is interpolated, and classified by networks that never saw moved "
        + "images; the verdict is at an eighth of the side. Maps of the convolutions are compared with maps of the moved image."
    let source =
        "Azulay and Weiss 2019, JMLR 20:184; Zhang 2019, arXiv:1904.11486 (consistency); Biscione and Bowers 2021, JMLR 22:229."
    let caveats = [
        "Vacated pixels are black unless said otherwise; the reflected border is a second, different disturbance.",
        "A shift moves parts of the object out of the image, which costs any classifier accuracy.",
        "Half a pixel needs interpolation, which smooths: the control is smoothed as much and not moved.",
    ]

    /// An eighth of the shorter side.
    static func distance(_ shape: Shape) -> Int { max(1, min(shape[1], shape[2]) / 8) }

    func cells(seed: UInt64, isFirst: Bool, shape: Shape) -> [EvidenceCell] {
        let models = [NetworkVariant.convolutional, .dense].map { TrainingCell(network: $0, seed: seed) }
        return models.map { .training($0) } + models.map { .shift($0) } + (isFirst ? [.equivariance(models[0])] : [])
    }

    func draft(_ results: EvidenceResults) -> ClaimDraft {
        let distance = Self.distance(results.shape)
        func loss(_ network: NetworkVariant) -> (UInt64) -> Double? {
            { results.shift(TrainingCell(network: network, seed: $0))?.loss(at: distance) }
        }
        let pixels = distance == 1 ? "1 pixel" : "\(distance) pixels"
        var draft = ClaimDraft(statements: [
            .init(
                text: "accuracy that \(results.dense) loses by a shift of \(pixels)",
                points: results.bySeed(loss(.dense)),
                expectation: .above(EvidenceMargins.accuracy)),
            .init(
                text: "what \(results.dense) loses by it more than \(results.convolutional)",
                points: results.difference(loss(.dense), minus: loss(.convolutional)),
                expectation: .above(EvidenceMargins.accuracy), most: 2),
            .init(
                text: "accuracy that \(results.convolutional) loses by it",
                points: results.bySeed(loss(.convolutional)),
                expectation: .above(EvidenceMargins.accuracy)),
        ])
        if let first = results.seeds.first,
            let moved = results.equivariance(TrainingCell(network: .convolutional, seed: first))
        {
            draft.tables.append(Self.table(moved))
            let exact = moved.layers.compactMap { $0.differences.last ?? nil }.max()
            draft.statements.append(
                .init(
                    text: "largest difference between maps of the moved image and moved maps, at a shift of "
                        + "\(moved.shifts.last ?? 0) pixels", unit: .error, points: exact.map { [$0] } ?? [],
                    expectation: .within(EvidenceMargins.rounding), isExact: true))
        } else {
            draft.statements.append(
                .init(
                    text: "largest difference between maps of the moved image and moved maps", unit: .error, points: [],
                    expectation: .within(EvidenceMargins.rounding), isExact: true))
        }
        draft.figures = Self.figures(results)
        return draft
    }

    private static func table(_ moved: EquivarianceResult) -> ClaimTable {
        ClaimTable(
            heading: "How far maps are from moving with the image",
            columns: [.init(title: "stride", unit: .count)]
                + moved.shifts.map { .init(title: "shift by \($0)", unit: .difference) },
            rows: moved.layers.map { layer in
                .init(name: layer.name, values: [Double(layer.stride)] + layer.differences)
            },
            note:
                "Largest difference away from the borders over the map's largest value. A map can follow only shifts by "
                + "whole numbers of its positions, which pooling makes longer; other shifts have no entry.")
    }

    private static func figures(_ results: EvidenceResults) -> [ClaimFigure] {
        let networks = [(results.dense, NetworkVariant.dense), (results.convolutional, .convolutional)]
        func probes(_ network: NetworkVariant) -> [ShiftResult] {
            results.seeds.compactMap { results.shift(TrainingCell(network: network, seed: $0)) }
        }
        guard let shifts = networks.lazy.compactMap({ probes($0.1).first?.shifts }).first else { return [] }
        let places = shifts.map(Double.init)
        func curves(_ suffix: String, _ isDashed: Bool, _ value: @escaping (ShiftResult) -> [Double]) -> [ClaimFigure
            .Curve]
        {
            networks.enumerated().map { series, entry in
                results.curve(entry.0 + suffix, series: series, isDashed: isDashed, count: shifts.count) { seed in
                    results.shift(TrainingCell(network: entry.1, seed: seed)).map(value)
                }
            }
        }
        let accuracy = ClaimFigure(
            heading: "Accuracy of shifted images",
            caption:
                "Mean of horizontal and vertical shifts. Solid: vacated pixels are black. Dashed: borders reflected.",
            xTitle: "shift, pixels", yTitle: "test accuracy, %", places: places,
            curves: curves("", false) { $0.along($0.accuracy) } + curves(" reflected", true, \.reflected))
        let consistency = ClaimFigure(
            heading: "Consistency of shifted images",
            caption: "Share of images that get the same class as unshifted, right or wrong.",
            xTitle: "shift, pixels", yTitle: "same class, %", places: places,
            curves: curves("", false) { $0.along($0.consistency) })
        let maps = ClaimFigure(
            heading: "Accuracy by direction", caption: "Mean over seeds; the middle is the image in its place.",
            xTitle: "shift to the right, pixels", yTitle: "shift down, pixels", places: places,
            maps: networks.compactMap { name, network in
                let tables = probes(network).filter { $0.shifts == shifts }.map(\.accuracy)
                guard !tables.isEmpty else { return nil }
                return ClaimFigure.Map(
                    name: name,
                    values: shifts.indices.map { row in
                        shifts.indices.map { column in mean(tables.map { $0[row][column] }) ?? 0 }
                    })
            })
        return [accuracy, consistency, maps]
    }
}
