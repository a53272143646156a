// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

/// Small windows without shared weights.
struct LocalityClaim: Claim {
    let name = "locality"
    let title = "Locality without sharing"
    let statement =
        "Looking at small neighbourhoods helps by itself, without sharing weights between places."
    let method =
        "The convolutions are replaced by layers of the same windows with weights of their own at every place, and these are trained "
        + "on the images and on images with permuted pixels: the same network and as many weights, but without neighbours."
    let source = "Neyshabur 2020, arXiv:2007.13657; LeCun 1989, “Generalization and network design strategies”."
    let caveats = [
        "Random inputs are drawn once for each output position, whose filters share them, as those of a window do; the draw is "
            + "the same for every seed.",
        "Random connections may train badly: behind them many units of the dense layer can end up answering 0 to every image, more "
            + "with one seed than with another. Part of a difference is then training and not neighbourhood.",
        "Pooling still joins neighbouring positions, which have nothing in common behind random inputs.",
        "The dense network has other widths and depth, so the second part does not compare like with like.",
    ]

    private static let local = NetworkVariant(base: .convolutional, connections: .untied)
    private static let sparse = NetworkVariant(base: .convolutional, connections: .random)

    func cells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        [TrainingCell.Images.plain, .permuted].map {
            .training(TrainingCell(network: Self.local, images: $0, seed: seed))
        }
    }

    func informingCells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        [Self.sparse, .dense, .convolutional].map { .training(TrainingCell(network: $0, seed: seed)) }
    }

    func draft(_ results: EvidenceResults) -> ClaimDraft {
        func gain(over other: NetworkVariant) -> [Double] {
            results.difference(
                { results.accuracy(Self.local, seed: $0) }, minus: { results.accuracy(other, seed: $0) })
        }
        let lost = results.difference(
            { results.accuracy(Self.local, seed: $0) }, minus: { results.accuracy(Self.local, .permuted, seed: $0) })
        return ClaimDraft(
            statements: [
                .init(
                    text: "accuracy that windows lose when their pixels are no neighbours",
                    points: lost,
                    expectation: .above(EvidenceMargins.accuracy)),
                .init(
                    text: "accuracy that windows of neighbours add to as many random connections",
                    points: gain(over: Self.sparse), expectation: .above(EvidenceMargins.accuracy), isDetail: true),
                .init(
                    text: "accuracy of the network of such windows above \(results.dense)",
                    points: gain(over: .dense), expectation: .above(EvidenceMargins.accuracy), isDetail: true),
            ],
            tables: [
                results.table(
                    "Accuracy with and without neighbourhood",
                    [
                        (results.dense, { TrainingCell(network: .dense, seed: $0) }),
                        ("random connections", { TrainingCell(network: Self.sparse, seed: $0) }),
                        (
                            "windows of permuted pixels",
                            { TrainingCell(network: Self.local, images: .permuted, seed: $0) }
                        ),
                        ("windows of neighbours", { TrainingCell(network: Self.local, seed: $0) }),
                        (results.convolutional, { TrainingCell(network: .convolutional, seed: $0) }),
                    ])
            ])
    }
}
