// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

/// The gap between training and test accuracy as images become fewer.
struct OverfittingClaim: Claim {
    let name = "overfitting"
    let title = "Few connections and over-fitting"
    let statement =
        "A convolutional network over-fits less than a dense one, whatever the number of images."
    let method =
        "Both networks are trained on nested shares of the training images with as many steps; over-fitting is training accuracy "
        + "minus test accuracy of the same trained model."
    let source =
        "Zhang et al. 2017, arXiv:1611.03530; the claim in this form is the common tutorial’s."
    let caveats = [
        "A gap can be small because nothing was learned: read it beside the test accuracy.",
        "Steps are as many for every share, within 300 passes.",
    ]

    private static let percents = [1, 5, 20, 100]

    func cells(seed: UInt64, isFirst: Bool, shape: Shape) -> [EvidenceCell] {
        Self.percents.reversed().flatMap { percent in
            [NetworkVariant.convolutional, .dense].map {
                .training(TrainingCell(network: $0, percent: percent, seed: seed))
            }
        }
    }

    func draft(_ results: EvidenceResults) -> ClaimDraft {
        func gap(_ network: NetworkVariant, _ percent: Int) -> (UInt64) -> Double? {
            { seed in
                results.training(TrainingCell(network: network, percent: percent, seed: seed)).map {
                    $0.trainAccuracy - $0.testAccuracy
                }
            }
        }
        let networks = [(results.dense, NetworkVariant.dense), (results.convolutional, .convolutional)]
        func figure(_ heading: String, _ yTitle: String, _ value: @escaping (TrainingResult) -> Double) -> ClaimFigure {
            results.byShare(
                heading, yTitle, Self.percents, networks.enumerated().map { ($1.0, $0, $1.1) }, value)
        }
        let ties = Self.percents.reversed().filter { percent in
            let trained = results.difference(
                { results.training(TrainingCell(network: .dense, percent: percent, seed: $0))?.trainAccuracy },
                minus: {
                    results.training(TrainingCell(network: .convolutional, percent: percent, seed: $0))?.trainAccuracy
                })
            return !trained.isEmpty && trained.allSatisfy { $0 == 0 }
        }
        return ClaimDraft(
            statements: Self.percents.reversed().map { percent in
                .init(
                    text:
                        "gap of \(results.dense) more than that of \(results.convolutional), \(percent) % of the images",
                    points: results.difference(gap(.dense, percent), minus: gap(.convolutional, percent)),
                    expectation: .above(EvidenceMargins.accuracy), most: 2)
            },
            caveats: ties.isEmpty
                ? []
                : [
                    "With \(ties.map { "\($0) %" }.joined(separator: ", ")) of the images both networks classify as many of their "
                        + "training images correctly, with every seed: there the difference of the gaps is nothing but that of the "
                        + "test accuracies, and says nothing about over-fitting beyond it."
                ],
            figures: [
                figure("Gap of training and test accuracy", "gap, %") { $0.trainAccuracy - $0.testAccuracy },
                figure("Test accuracy by number of images", "test accuracy, %", \.testAccuracy),
            ],
            tables: [
                results.table(
                    "Accuracy by share of the images",
                    Self.percents.reversed().flatMap { percent in
                        networks.map { name, network in
                            (
                                "\(name), \(percent) %",
                                { TrainingCell(network: network, percent: percent, seed: $0) }
                            )
                        }
                    })
            ])
    }
}
