// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

/// The same weights at every place.
struct SharingClaim: Claim {
    let name = "sharing"
    let title = "Parameter sharing"
    let statement =
        "Sharing weights between places helps beyond locality."
    let method =
        "The convolutional network is compared with its twin that has weights of its own at every place, on all training images "
        + "and on a twentieth of them, with as many steps; judged is the mean of both gains."
    let source = "LeCun 1989; Neyshabur 2020, arXiv:2007.13657."
    let caveats = ["The twin has many more parameters; its learning rate is the same."]

    private static let untied = NetworkVariant(base: .convolutional, connections: .untied)
    private static let percents = [100, 5]

    func cells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        Self.percents.flatMap { percent in
            [NetworkVariant.convolutional, Self.untied].map {
                .training(TrainingCell(network: $0, percent: percent, seed: seed))
            }
        }
    }

    func draft(_ results: EvidenceResults) -> ClaimDraft {
        func gain(_ percent: Int) -> (UInt64) -> Double? {
            { seed in
                guard let shared = results.accuracy(.convolutional, percent: percent, seed: seed),
                    let own = results.accuracy(Self.untied, percent: percent, seed: seed)
                else { return nil }
                return shared - own
            }
        }
        let both: [Double] = results.bySeed { (seed: UInt64) -> Double? in
            results.meanOf([gain(100)(seed), gain(5)(seed)])
        }
        return ClaimDraft(
            statements: [
                .init(
                    text: "accuracy that sharing adds, mean of all and a twentieth of the images",
                    points: both,
                    expectation: .above(EvidenceMargins.accuracy)),
                .init(
                    text: "accuracy that sharing adds, all images", points: results.bySeed(gain(100)),
                    expectation: .above(EvidenceMargins.accuracy), isDetail: true),
                .init(
                    text: "accuracy that sharing adds, a twentieth of the images", points: results.bySeed(gain(5)),
                    expectation: .above(EvidenceMargins.accuracy), isDetail: true),
                .init(
                    text: "what it adds with a twentieth of the images more than with all",
                    points: results.difference(gain(5), minus: gain(100)),
                    expectation: .above(EvidenceMargins.accuracy), isDetail: true, most: 2),
            ],
            figures: [
                results.byShare(
                    "Test accuracy by number of images", "test accuracy, %", Self.percents.reversed(),
                    [("not shared", 0, Self.untied), (results.convolutional, 1, .convolutional)], \.testAccuracy)
            ],
            tables: [
                results.table(
                    "Accuracy with and without sharing",
                    Self.percents.flatMap { percent in
                        [(results.convolutional, NetworkVariant.convolutional), ("weights not shared", Self.untied)].map
                        {
                            name, network in
                            (
                                "\(name), \(percent) % of the images",
                                { TrainingCell(network: network, percent: percent, seed: $0) }
                            )
                        }
                    })
            ])
    }
}
