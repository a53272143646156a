// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

/// The gap between training and test accuracy as images become fewer.
struct OverfittingClaim: Claim {
    let name = "overfitting"
    let title = "Few connections and over-fitting"
    let statement =
        "A convolutional network over-fits less than a dense one."
    let method =
        "Both networks are trained on all training images and on a twentieth of them with as many steps; over-fitting is the loss on "
        + "test images minus that on training images, the mean of both shares. Where all training images are right, accuracy cannot show it."
    let source =
        "Zhang et al. 2017, arXiv:1611.03530; the claim in this form is the common tutorial’s."
    let caveats = [
        "A gap can be small because nothing was learned: read it beside the test accuracy.",
        "Steps are as many for every share, within 300 passes.",
    ]

    private static let percents = [5, 100]

    func cells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
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
        func lossGap(_ network: NetworkVariant, _ percent: Int) -> (UInt64) -> Double? {
            { results.training(TrainingCell(network: network, percent: percent, seed: $0))?.lossGap }
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
        func meanGap(_ network: NetworkVariant) -> (UInt64) -> Double? {
            { seed in results.meanOf([lossGap(network, 100)(seed), lossGap(network, 5)(seed)]) }
        }
        var statements: [ClaimDraft.Statement] = [
            .init(
                text: "gap of loss of \(results.dense) more than that of \(results.convolutional), mean of all and a "
                    + "twentieth of the images",
                unit: .loss, points: results.difference(meanGap(.dense), minus: meanGap(.convolutional)),
                expectation: .above(EvidenceMargins.loss))
        ]
        for percent in Self.percents.reversed() {
            statements.append(
                .init(
                    text:
                        "gap of accuracy of \(results.dense) more than that of \(results.convolutional), \(percent) % "
                        + "of the images",
                    points: results.difference(gap(.dense, percent), minus: gap(.convolutional, percent)),
                    expectation: .above(EvidenceMargins.accuracy), isDetail: true, most: 2))
        }
        return ClaimDraft(
            statements: statements,
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
