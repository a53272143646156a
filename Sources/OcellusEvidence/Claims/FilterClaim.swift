// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

/// Filters as detectors.
struct FilterClaim: Claim {
    let name = "filters"
    let title = "Filters find features"
    let statement =
        "Filters are detectors that training made: how strongly they respond, wherever that is, tells classes apart better than "
        + "with the filters as drawn."
    let method =
        "Of every map of the last convolution only the largest value is kept, and a linear classifier learns the classes from these "
        + "values, with the trained filters and with those that training began with. Filters of the first one are switched off."
    let source =
        "Zeiler and Fergus 2014, arXiv:1311.2901; Jarrett et al. 2009, ICCV (random filters); Morcos et al. 2018, arXiv:1803.06959 "
        + "(switching off)."
    let caveats = [
        "How much a response tells a linear classifier is not how much the later layers make of it.",
        "Half of the filters off is nothing that the network was trained for, and costs any network.",
        "Filters whose loss is small alone may stand in for each other.",
        "A filter that looks like noise may still be useful.",
    ]

    private static func model(_ seed: UInt64) -> TrainingCell { TrainingCell(network: .convolutional, seed: seed) }

    func cells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        [.training(Self.model(seed)), .filters(Self.model(seed))]
    }

    func draft(_ results: EvidenceResults) -> ClaimDraft {
        func points(_ value: (FilterResult) -> Double) -> [Double] {
            results.bySeed { results.filters(Self.model($0)).map(value) }
        }
        let first = results.seeds.first.flatMap { results.filters(Self.model($0)) }
        let columns = ["from the strongest responses", "of the whole network", "with half of the filters off"]
        let probed: [Double] = results.bySeed { (seed: UInt64) -> Double? in
            guard let found = results.filters(Self.model(seed)), let trained = found.probed,
                let drawn = found.probedDrawn
            else { return nil }
            return trained - drawn
        }
        return ClaimDraft(
            statements: [
                .init(
                    text: "what training adds to the accuracy from the strongest responses of the last filters",
                    points: probed, expectation: .above(EvidenceMargins.accuracy)),
                .init(
                    text: "what it adds to the nearest mean of the strongest responses of the first filters",
                    points: points { $0.trained - $0.drawn },
                    expectation: .above(EvidenceMargins.accuracy), isDetail: true),
                .init(
                    text: "accuracy that switching off every second filter costs \(results.convolutional)",
                    points: points { $0.accuracy - $0.withoutHalf }, expectation: .above(EvidenceMargins.accuracy),
                    isDetail: true),
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
