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
        "One fixed random order of the pixels is applied to all training and test images. The dense network is trained on them from "
        + "weights permuted in the same way: if it becomes the same network, no order can matter to it. The convolutional one is trained again."
    let source =
        "Lin, Memisevic and Konda 2015, arXiv:1511.02580 (permutation-invariant CIFAR-10); LeCun et al. 1998."
    let caveats = [
        "The permuted convolutional network still shares weights and pools; it is not a dense network.",
        "One permutation, the same for every seed.",
        "The dense network is shown to be indifferent on the first seed, over one pass: later rounding grows as in any training.",
    ]

    func cells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        [TrainingCell.Images.plain, .permuted].map {
            .training(TrainingCell(network: .convolutional, images: $0, seed: seed))
        }
    }

    func exactCells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        [.exchange(TrainingCell(network: .dense, seed: seed))]
    }

    func informingCells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        [TrainingCell.Images.plain, .permuted].map { .training(TrainingCell(network: .dense, images: $0, seed: seed)) }
    }

    func draft(_ results: EvidenceResults) -> ClaimDraft {
        func loss(_ network: NetworkVariant) -> [Double] {
            results.difference(
                { results.accuracy(network, seed: $0) }, minus: { results.accuracy(network, .permuted, seed: $0) })
        }
        let exchange = results.seeds.first.flatMap { results.exchange(TrainingCell(network: .dense, seed: $0)) }
        var differences: [Double] = []
        if let exchange { differences.append(exchange.relativeDifference) }
        let names = [(results.dense, NetworkVariant.dense), (results.convolutional, .convolutional)]
        return ClaimDraft(
            statements: [
                .init(
                    text:
                        "difference of the answers of \(results.dense) trained on permuted pixels from permuted weights",
                    unit: .error, points: differences,
                    expectation: .within(EvidenceMargins.rounding), isExact: true),
                .init(
                    text: "accuracy that \(results.convolutional) loses by permuting the pixels",
                    points: loss(.convolutional), expectation: .above(EvidenceMargins.accuracy)),
                .init(
                    text: "accuracy that \(results.dense) loses by permuting the pixels", points: loss(.dense),
                    expectation: .within(EvidenceMargins.accuracy), isDetail: true),
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
                    }),
                ClaimTable(
                    heading: "Difference of the answers of \(results.dense) after a pass over permuted images",
                    columns: [.init(title: "relative difference", unit: .difference)],
                    rows: [
                        .init(name: "from permuted weights", values: [exchange?.relativeDifference]),
                        .init(name: "from the same weights", values: [exchange?.withoutExchange]),
                    ],
                    note:
                        "Largest difference of logits from those of the training in place, over the largest logit, on test images "
                        + "of the first seed. The second row shows that the order does change the training unless the weights follow it."
                ),
            ])
    }
}
