// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

/// More images out of those that there are.
struct AugmentationClaim: Claim {
    let name = "augmentation"
    let title = "More images from existing ones"
    let statement =
        "Where images are few, training on moved copies of them raises test accuracy."
    let method =
        "Both networks are trained with and without copies moved by random whole pixels, up to an eighth of the side, on a "
        + "twentieth of the training images, with as many steps; judged is the mean of both gains. All images inform."
    let source = "Simard, Steinkraus and Platt 2003, ICDAR; Shorten and Khoshgoftaar 2019, J. Big Data 6:60."
    let caveats = [
        "Only moves are tried; vacated pixels are black. Others may help more or less.",
        "Test images are not moved: what moves cost is measured under location.",
    ]

    private static let percents = [100, 5]

    private static func trainings(_ percent: Int, _ seed: UInt64) -> [EvidenceCell] {
        [NetworkVariant.convolutional, .dense].flatMap { network in
            [TrainingCell.Images.plain, .shifted].map {
                .training(TrainingCell(network: network, images: $0, percent: percent, seed: seed))
            }
        }
    }

    func cells(seed: UInt64, shape: Shape) -> [EvidenceCell] { Self.trainings(5, seed) }

    func informingCells(seed: UInt64, shape: Shape) -> [EvidenceCell] { Self.trainings(100, seed) }

    func draft(_ results: EvidenceResults) -> ClaimDraft {
        func gain(_ network: NetworkVariant, _ percent: Int) -> [Double] {
            results.difference(
                { results.accuracy(network, .shifted, percent: percent, seed: $0) },
                minus: { results.accuracy(network, percent: percent, seed: $0) })
        }
        let networks = [(results.dense, NetworkVariant.dense), (results.convolutional, .convolutional)]
        func mean(_ images: TrainingCell.Images) -> (UInt64) -> Double? {
            { seed in
                results.meanOf([
                    results.accuracy(.dense, images, percent: 5, seed: seed),
                    results.accuracy(.convolutional, images, percent: 5, seed: seed),
                ])
            }
        }
        var statements: [ClaimDraft.Statement] = [
            .init(
                text: "accuracy that moved copies add, a twentieth of the images, mean of both networks",
                points: results.difference(mean(.shifted), minus: mean(.plain)),
                expectation: .above(EvidenceMargins.accuracy))
        ]
        for (name, network) in networks {
            for percent in Self.percents {
                statements.append(
                    .init(
                        text: "accuracy that moved copies add to \(name), \(percent) % of the images",
                        points: gain(network, percent), expectation: .above(EvidenceMargins.accuracy), isDetail: true))
            }
        }
        return ClaimDraft(
            statements: statements,
            tables: [
                results.table(
                    "Accuracy with and without moved copies",
                    networks.flatMap { name, network in
                        Self.percents.flatMap { percent in
                            [TrainingCell.Images.plain, .shifted].map { images in
                                (
                                    "\(name), \(percent) %\(images == .shifted ? ", moved copies" : "")",
                                    { TrainingCell(network: network, images: images, percent: percent, seed: $0) }
                                )
                            }
                        }
                    }, note: "Training accuracy is of the images as they are.")
            ])
    }
}
