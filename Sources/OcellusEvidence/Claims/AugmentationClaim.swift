// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

/// More images out of those that there are.
struct AugmentationClaim: Claim {
    let name = "augmentation"
    let title = "More images from existing ones"
    let statement =
        "Training on moved copies of the images raises test accuracy, most when images are few."
    let method =
        "Both networks are trained with and without copies moved by random whole pixels, up to an eighth of the side, on all "
        + "training images, a fifth and a twentieth of them, with as many steps."
    let source = "Simard, Steinkraus and Platt 2003, ICDAR; Shorten and Khoshgoftaar 2019, J. Big Data 6:60."
    let caveats = [
        "Only moves are tried; vacated pixels are black. Others may help more or less.",
        "Test images are not moved: what moves cost is measured under location.",
    ]

    private static let percents = [100, 20, 5]

    func cells(seed: UInt64, isFirst: Bool, shape: Shape) -> [EvidenceCell] {
        Self.percents.flatMap { percent in
            [NetworkVariant.convolutional, .dense].flatMap { network in
                [TrainingCell.Images.plain, .shifted].map {
                    .training(TrainingCell(network: network, images: $0, percent: percent, seed: seed))
                }
            }
        }
    }

    func draft(_ results: EvidenceResults) -> ClaimDraft {
        func gain(_ network: NetworkVariant, _ percent: Int) -> [Double] {
            results.difference(
                { results.accuracy(network, .shifted, percent: percent, seed: $0) },
                minus: { results.accuracy(network, percent: percent, seed: $0) })
        }
        let networks = [(results.dense, NetworkVariant.dense), (results.convolutional, .convolutional)]
        return ClaimDraft(
            statements: networks.flatMap { name, network in
                Self.percents.map { percent in
                    .init(
                        text: "accuracy that moved copies add to \(name), \(percent) % of the images",
                        points: gain(network, percent), expectation: .above(EvidenceMargins.accuracy))
                }
            },
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
