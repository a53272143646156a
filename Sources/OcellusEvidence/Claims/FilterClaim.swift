// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

/// Filters as detectors.
struct FilterClaim: Claim {
    let name = "filters"
    let title = "Filters find features"
    let statement =
        "Each filter is a detector that training made: how strongly it responds, wherever that is, tells classes apart better than "
        + "with the filters as drawn, and the network needs it."
    let method =
        "Of every map of the first convolution only the largest value is kept, and test images are given the class with the nearest "
        + "mean of these values, with the trained filters and with those that training began with. Then filters are switched off."
    let source =
        "Zeiler and Fergus 2014, arXiv:1311.2901; Jarrett et al. 2009, ICCV (random filters); Morcos et al. 2018, arXiv:1803.06959 "
        + "(switching off)."
    let caveats = [
        "The nearest mean is a weak classifier: how much a response tells is not how much the later layers make of it.",
        "Filters whose loss is small alone may stand in for each other.",
        "A filter that looks like noise may still be useful.",
    ]

    private static func model(_ seed: UInt64) -> TrainingCell { TrainingCell(network: .convolutional, seed: seed) }

    func cells(seed: UInt64, isFirst: Bool, shape: Shape) -> [EvidenceCell] {
        [.training(Self.model(seed)), .filters(Self.model(seed))]
    }

    func draft(_ results: EvidenceResults) -> ClaimDraft {
        func points(_ value: (FilterResult) -> Double) -> [Double] {
            results.bySeed { results.filters(Self.model($0)).map(value) }
        }
        let first = results.seeds.first.flatMap { results.filters(Self.model($0)) }
        let columns = ["from the strongest responses", "of the whole network", "with half of the filters off"]
        return ClaimDraft(
            statements: [
                .init(
                    text: "what training adds to the accuracy from the strongest response of every filter alone",
                    points: points { $0.trained - $0.drawn },
                    expectation: .above(EvidenceMargins.accuracy)),
                .init(
                    text: "accuracy that switching off every second filter costs \(results.convolutional)",
                    points: points { $0.accuracy - $0.withoutHalf }, expectation: .above(EvidenceMargins.accuracy)),
            ],
            tables: [
                ClaimTable(
                    heading: "What the first filters tell",
                    columns: columns.map { .init(title: $0, unit: .percent) },
                    rows: [
                        .init(
                            name: "trained filters",
                            values: [
                                mean(points(\.trained)), mean(points(\.accuracy)), mean(points(\.withoutHalf)),
                            ]),
                        .init(name: "filters as drawn", values: [mean(points(\.drawn)), nil, nil]),
                        .init(name: "most frequent class", values: [mean(points(\.chance)), nil, nil]),
                    ], note: "Test accuracy, means over seeds.")
            ], filters: first?.sheet, featureMaps: first?.featureMaps)
    }
}
