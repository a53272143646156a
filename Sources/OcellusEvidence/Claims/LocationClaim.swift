// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

/// How accuracy falls when the image moves.
struct LocationClaim: Claim {
    let name = "location"
    let title = "Sensitivity to location"
    let statement =
        "A dense network is sensitive to where things are, and more so than a convolutional one, whose maps move with the image."
    let method =
        "Both networks learn and are tested with images at three quarters of their size on black, so that a shift by an eighth of "
        + "the side keeps all of the object; judged is how many images keep their class. Maps are compared with maps of the moved image."
    let source =
        "Azulay and Weiss 2019, JMLR 20:184; Zhang 2019, arXiv:1904.11486 (consistency); Biscione and Bowers 2021, JMLR 22:229."
    let caveats = [
        "Vacated pixels are black unless said otherwise; the reflected border is a second, different disturbance.",
        "Shifts beyond an eighth of the side move parts of the object out, which costs any classifier accuracy.",
        "A convolutional network is not indifferent either: its dense layers know places, and pooling tolerates only steps.",
        "Half a pixel needs interpolation, which smooths: the control is smoothed as much and not moved.",
    ]

    /// An eighth of the shorter side.
    static func distance(_ shape: Shape) -> Int { max(1, min(shape[1], shape[2]) / 8) }

    /// A training with room around the object.
    static func model(_ network: NetworkVariant, _ seed: UInt64) -> TrainingCell {
        TrainingCell(network: network, images: .inset, seed: seed)
    }

    func cells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        let models = [NetworkVariant.convolutional, .dense].map { Self.model($0, seed) }
        return models.map { .training($0) } + models.map { .shift($0) }
    }

    func exactCells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        let model = Self.model(.convolutional, seed)
        return [.training(model), .equivariance(model)]
    }

    func informingCells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        let model = Self.model(NetworkVariant(base: .convolutional, pooling: .global), seed)
        return [.training(model), .shift(model)]
    }

    func draft(_ results: EvidenceResults) -> ClaimDraft {
        let distance = Self.distance(results.shape)
        func loss(_ network: NetworkVariant) -> (UInt64) -> Double? {
            { results.shift(Self.model(network, $0))?.loss(at: distance) }
        }
        func kept(_ network: NetworkVariant) -> (UInt64) -> Double? {
            { results.shift(Self.model(network, $0))?.kept(at: distance) }
        }
        let global = NetworkVariant(base: .convolutional, pooling: .global)
        let pixels = distance == 1 ? "1 pixel" : "\(distance) pixels"
        var draft = ClaimDraft(statements: [
            .init(
                text: "accuracy that \(results.dense) loses by a shift of \(pixels)",
                points: results.bySeed(loss(.dense)),
                expectation: .above(EvidenceMargins.accuracy)),
            .init(
                text:
                    "images that keep their class by it with \(results.convolutional), more than with \(results.dense)",
                points: results.difference(kept(.convolutional), minus: kept(.dense)),
                expectation: .above(EvidenceMargins.accuracy)),
            .init(
                text: "accuracy that \(results.convolutional) loses by it",
                points: results.bySeed(loss(.convolutional)),
                expectation: .above(EvidenceMargins.accuracy), isDetail: true),
            .init(
                text: "what \(results.dense) loses by it more than \(results.convolutional)",
                points: results.difference(loss(.dense), minus: loss(.convolutional)),
                expectation: .above(EvidenceMargins.accuracy), isDetail: true, most: 2),
            .init(
                text: "images that keep their class by it with global pooling, more than with \(results.convolutional)",
                points: results.difference(kept(global), minus: kept(.convolutional)),
                expectation: .above(EvidenceMargins.accuracy), isDetail: true),
        ])
        if let first = results.seeds.first,
            let moved = results.equivariance(Self.model(.convolutional, first))
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
            results.seeds.compactMap { results.shift(Self.model(network, $0)) }
        }
        guard let shifts = networks.lazy.compactMap({ probes($0.1).first?.shifts }).first else { return [] }
        let places = shifts.map(Double.init)
        func curves(_ suffix: String, _ isDashed: Bool, _ value: @escaping (ShiftResult) -> [Double]) -> [ClaimFigure
            .Curve]
        {
            networks.enumerated().map { series, entry in
                results.curve(entry.0 + suffix, series: series, isDashed: isDashed, count: shifts.count) { seed in
                    results.shift(Self.model(entry.1, seed)).flatMap { $0.shifts == shifts ? value($0) : nil }
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
