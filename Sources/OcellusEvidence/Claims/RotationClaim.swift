// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

/// What turned and scaled images do, and what training on turned ones changes.
struct RotationClaim: Claim {
    let name = "rotation"
    let title = "Rotation and scale"
    let statement =
        "Neither network tolerates rotation or scale by itself; training on turned and on smaller images teaches them."
    let method =
        "Test images are turned and scaled about their centre and classified; the convolutional network is trained once more on "
        + "images turned by random angles up to \(Int(trainedRange))°, and once more on images of random sizes down to a half, with as many steps. Inside means \(Int(inside.lowerBound))…\(Int(inside.upperBound))°, outside \(Int(outside.lowerBound))…\(Int(outside.upperBound))°."
    let source =
        "Engstrom et al. 2019, arXiv:1712.02779; Azulay and Weiss 2019, JMLR 20:184."
    let caveats = [
        "Turning and scaling interpolate between four pixels, which smooths; corners that come in are black.",
        "Some classes turn into others (6 and 9), which no network can know.",
        "What was trained around upright images also serves angles around 180° where classes look alike upside down, so some of "
            + "the gain lies outside the trained range.",
    ]

    /// Angles that training draws from, to either side.
    static let trainedRange = 45.0
    static let inside = 15.0...45.0
    static let outside = 90.0...180.0
    static let angles: [Double] = [-135, -90, -60, -45, -30, -15, 0, 15, 30, 45, 60, 90, 135, 180]
    static let factors: [Double] = [0.5, 0.6, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2]

    /// Those of ``angles`` and ``factors`` that are tried: all with the first seed, else what verdicts need.
    static func probed(isFirst: Bool) -> (angles: [Double], factors: [Double]) {
        isFirst ? (angles, factors) : (angles.filter { abs($0) <= inside.upperBound }, [0.5, 1])
    }

    private func models(_ seed: UInt64) -> [TrainingCell] {
        [
            TrainingCell(network: .convolutional, seed: seed), TrainingCell(network: .dense, seed: seed),
            TrainingCell(network: .convolutional, images: .rotated, seed: seed),
            TrainingCell(network: .convolutional, images: .scaled, seed: seed),
        ]
    }

    func cells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        models(seed).flatMap { [.training($0), .warp($0)] }
    }

    func draft(_ results: EvidenceResults) -> ClaimDraft {
        func accuracy(_ model: Int, _ range: ClosedRange<Double>) -> (UInt64) -> Double? {
            { results.warp(self.models($0)[model])?.accuracy(angles: range) }
        }
        func scaled(_ model: Int, _ factor: Double) -> (UInt64) -> Double? {
            { results.warp(self.models($0)[model])?.accuracy(factor: factor) }
        }
        let names = [results.convolutional, results.dense]
        var draft = ClaimDraft()
        for model in [1, 0] {
            draft.statements += [
                .init(
                    text: "accuracy that \(names[model]) loses at 45°",
                    points: results.difference(accuracy(model, 0...0), minus: accuracy(model, 45...45)),
                    expectation: .above(EvidenceMargins.accuracy)),
                .init(
                    text: "accuracy that \(names[model]) loses at half the size",
                    points: results.difference(scaled(model, 1), minus: scaled(model, 0.5)),
                    expectation: .above(EvidenceMargins.accuracy)),
            ]
        }
        draft.statements += [
            .init(
                text: "what turned training images add to \(results.convolutional) inside the trained range",
                points: results.difference(accuracy(2, Self.inside), minus: accuracy(0, Self.inside)),
                expectation: .above(EvidenceMargins.accuracy)),
            .init(
                text: "what smaller training images add to \(results.convolutional) at half the size",
                points: results.difference(scaled(3, 0.5), minus: scaled(0, 0.5)),
                expectation: .above(EvidenceMargins.accuracy)),
            .init(
                text: "what turned ones add inside more than outside",
                points: results.difference(
                    { seed in
                        results.meanOf([accuracy(2, Self.inside)(seed), accuracy(0, Self.outside)(seed)]).map { 2 * $0 }
                    },
                    minus: { seed in
                        results.meanOf([accuracy(0, Self.inside)(seed), accuracy(2, Self.outside)(seed)]).map { 2 * $0 }
                    }),
                expectation: .above(EvidenceMargins.accuracy), isDetail: true, most: 2),
        ]
        let series = [1, 0, 1, 1]
        let order = [
            (1, results.dense), (0, results.convolutional), (2, "\(results.convolutional) turned"),
            (3, "\(results.convolutional) smaller"),
        ]
        func figure(
            _ heading: String, _ xTitle: String, _ places: [Double], _ value: @escaping (WarpResult) -> [Double]
        )
            -> ClaimFigure
        {
            ClaimFigure(
                heading: heading,
                caption:
                    "Means over seeds with 95 % intervals. Dashed: trained on images turned by up to 45°, or on smaller ones.",
                xTitle: xTitle, yTitle: "test accuracy, %", places: places,
                curves: order.map { model, name in
                    results.curve(name, series: series[model], isDashed: model >= 2, count: places.count) {
                        results.warp(models($0)[model]).flatMap { value($0).count == places.count ? value($0) : nil }
                    }
                })
        }
        draft.figures = [
            figure("Accuracy of turned images", "angle, degrees", Self.angles, \.byAngle),
            figure("Accuracy of scaled images", "size, times", Self.factors, \.byFactor),
        ]
        draft.tables = [
            results.table(
                "Accuracy of images in place",
                order.map { model, name in (name, { self.models($0)[model] }) })
        ]
        return draft
    }
}
