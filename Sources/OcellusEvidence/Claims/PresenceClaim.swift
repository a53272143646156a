// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

/// Finding an object where it never was.
struct PresenceClaim: Claim {
    let name = "presence"
    let title = "Presence anywhere"
    let statement =
        "Convolutions with pooling over the whole map find things where they never were in training; dense layers do not."
    let method =
        "Images at half their size are shown in the left half of the picture to train and in the right half to test. A convolutional "
        + "network that keeps only the largest value of each map is compared with the dense one."
    let source =
        "Biscione and Bowers 2021, JMLR 22:229; Lin, Chen and Yan 2014, arXiv:1312.4400 (global pooling)."
    let caveats = [
        "At half the size some of what tells classes apart may be lost: read the accuracy in the trained half beside it.",
        "A convolutional network whose maps are flattened into a dense layer is no finder of things anywhere: see the table.",
    ]

    private static let global = NetworkVariant(base: .convolutional, pooling: .global)

    private static func model(_ network: NetworkVariant, _ seed: UInt64) -> TrainingCell {
        TrainingCell(network: network, images: .halves, seed: seed)
    }

    func cells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        [Self.global, .dense].map { .training(Self.model($0, seed)) }
    }

    func informingCells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        [.training(Self.model(.convolutional, seed))]
    }

    func draft(_ results: EvidenceResults) -> ClaimDraft {
        func accuracy(_ network: NetworkVariant) -> (UInt64) -> Double? {
            { results.training(Self.model(network, $0))?.testAccuracy }
        }
        return ClaimDraft(
            statements: [
                .init(
                    text: "accuracy in the other half with global pooling, above \(results.dense)",
                    points: results.difference(accuracy(Self.global), minus: accuracy(.dense)),
                    expectation: .above(EvidenceMargins.accuracy)),
                .init(
                    text: "accuracy in the other half of \(results.convolutional) as it is, above \(results.dense)",
                    points: results.difference(accuracy(.convolutional), minus: accuracy(.dense)),
                    expectation: .above(EvidenceMargins.accuracy), isDetail: true),
            ],
            tables: [
                results.table(
                    "Accuracy in the other half, and of training images in their own",
                    [
                        (results.dense, { Self.model(.dense, $0) }),
                        (results.convolutional, { Self.model(.convolutional, $0) }),
                        ("\(results.convolutional) with global pooling", { Self.model(Self.global, $0) }),
                    ])
            ])
    }
}
