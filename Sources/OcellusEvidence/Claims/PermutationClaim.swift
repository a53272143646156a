// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

/// Dense layers know no neighbourhood.
struct PermutationClaim: Claim {
    let name = "permutation"
    let title = "Local and distant pixels"
    let statement =
        "A dense network treats pixels that are near each other and far from each other alike; a convolutional one does not."
    let method =
        "One fixed random order of the pixels is applied to all training and test images, and both networks are trained again. "
        + "What does not use neighbourhood cannot notice it, up to chance."
    let source =
        "Lin, Memisevic and Konda 2015, arXiv:1511.02580 (permutation-invariant CIFAR-10); LeCun et al. 1998."
    let caveats = [
        "The permuted convolutional network still shares weights and pools; it is not a dense network.",
        "One permutation, the same for every seed.",
    ]

    func cells(seed: UInt64, isFirst: Bool, shape: Shape) -> [EvidenceCell] {
        [NetworkVariant.convolutional, .dense].flatMap { network in
            [TrainingCell.Images.plain, .permuted].map {
                .training(TrainingCell(network: network, images: $0, seed: seed))
            }
        }
    }

    func draft(_ results: EvidenceResults) -> ClaimDraft {
        func loss(_ network: NetworkVariant) -> [Double] {
            results.difference(
                { results.accuracy(network, seed: $0) }, minus: { results.accuracy(network, .permuted, seed: $0) })
        }
        let names = [(results.dense, NetworkVariant.dense), (results.convolutional, .convolutional)]
        return ClaimDraft(
            statements: [
                .init(
                    text: "accuracy that \(results.dense) loses by permuting the pixels", points: loss(.dense),
                    expectation: .within(EvidenceMargins.accuracy)),
                .init(
                    text: "accuracy that \(results.convolutional) loses by permuting the pixels",
                    points: loss(.convolutional), expectation: .above(EvidenceMargins.accuracy)),
            ],
            tables: [
                results.table(
                    "Accuracy with pixels in place and permuted",
                    names.flatMap { name, network in
                        [
                            (name, { TrainingCell(network: network, seed: $0) }),
                            (
                                "\(name), permuted",
                                { TrainingCell(network: network, images: .permuted, seed: $0) }
                            ),
                        ]
                    })
            ])
    }
}
