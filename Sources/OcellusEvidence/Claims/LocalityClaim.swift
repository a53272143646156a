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
        "The convolutions are replaced by layers of the same windows with weights of their own at every place, and the network is "
        + "trained on images in place and on images with permuted pixels, where the same windows gather pixels from anywhere."
    let source = "Neyshabur 2020, arXiv:2007.13657; LeCun 1989, “Generalization and network design strategies”."
    let caveats = [
        "On permuted images every window of the first layer sees a random set of pixels, as in a sparse layer of random "
            + "connections with as many weights; neighbouring windows still overlap, unlike in a fully random one.",
        "The dense network has other widths and depth, so the second part does not compare like with like.",
    ]

    private static let untied = NetworkVariant(base: .convolutional, isUntied: true)

    func cells(seed: UInt64, isFirst: Bool, shape: Shape) -> [EvidenceCell] {
        [
            .training(TrainingCell(network: Self.untied, seed: seed)),
            .training(TrainingCell(network: Self.untied, images: .permuted, seed: seed)),
            .training(TrainingCell(network: .dense, seed: seed)),
        ]
    }

    func draft(_ results: EvidenceResults) -> ClaimDraft {
        ClaimDraft(
            statements: [
                .init(
                    text: "accuracy that windows of neighbours add to windows of random pixels",
                    points: results.difference(
                        { results.accuracy(Self.untied, seed: $0) },
                        minus: { results.accuracy(Self.untied, .permuted, seed: $0) }),
                    expectation: .above(EvidenceMargins.accuracy)),
                .init(
                    text: "accuracy of the network of such windows above \(results.dense)",
                    points: results.difference(
                        { results.accuracy(Self.untied, seed: $0) }, minus: { results.accuracy(.dense, seed: $0) }),
                    expectation: .above(EvidenceMargins.accuracy)),
            ],
            tables: [
                results.table(
                    "Accuracy with and without neighbourhood",
                    [
                        (results.dense, { TrainingCell(network: .dense, seed: $0) }),
                        (
                            "windows of random pixels",
                            { TrainingCell(network: Self.untied, images: .permuted, seed: $0) }
                        ),
                        ("windows of neighbours", { TrainingCell(network: Self.untied, seed: $0) }),
                        (results.convolutional, { TrainingCell(network: .convolutional, seed: $0) }),
                    ])
            ])
    }
}
