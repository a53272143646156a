// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

/// What non-linearity is for.
struct ReLUClaim: Claim {
    let name = "relu"
    let title = "ReLU makes networks more than linear"
    let statement =
        "Without a non-linear activation a network of any depth is one linear map; with ReLU it is not."
    let method =
        "Each network is trained with ReLU and with nothing in its place, pooling by averages so that nothing else is non-linear; "
        + "the logits without ReLU are compared with those of the one linear map that they give for single pixels."
    let source = "Nair and Hinton 2010, ICML; Glorot, Bordes and Bengio 2011, AISTATS."
    let caveats = [
        "Maximum pooling is not linear either, so the convolutional network pools by averages here.",
        "All activations train with the same learning rate and initial weights; sigmoid and tanh might do better with others.",
    ]

    /// Both networks with an activation, pooled linearly.
    static func network(_ base: NetworkVariant.Base, _ activation: NetworkVariant.Activation) -> NetworkVariant {
        NetworkVariant(
            base: base, activation: activation, pooling: base == .convolutional ? .average : .maximum)
    }

    func exactCells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        var cells: [EvidenceCell] = []
        for base in NetworkVariant.Base.allCases.reversed() {
            for activation in [NetworkVariant.Activation.relu, .identity] {
                let cell = TrainingCell(network: Self.network(base, activation), seed: seed)
                cells += [.training(cell), .linearity(cell)]
            }
        }
        return cells
    }

    func informingCells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        [NetworkVariant.Activation.sigmoid, .tanh, .gelu].map {
            .training(TrainingCell(network: Self.network(.convolutional, $0), seed: seed))
        }
    }

    func draft(_ results: EvidenceResults) -> ClaimDraft {
        let names = results.configuration.names
        var draft = ClaimDraft()
        for base in NetworkVariant.Base.allCases {
            let name = names[base] ?? ""
            draft.statements.append(
                .init(
                    text: "accuracy that ReLU adds to \(name)",
                    points: results.difference(
                        { results.accuracy(Self.network(base, .relu), seed: $0) },
                        minus: { results.accuracy(Self.network(base, .identity), seed: $0) }),
                    expectation: .above(EvidenceMargins.accuracy), isDetail: true))
        }
        func linearity(_ base: NetworkVariant.Base, _ activation: NetworkVariant.Activation) -> Double? {
            results.seeds.first.flatMap {
                results.linearity(TrainingCell(network: Self.network(base, activation), seed: $0))?.relativeDifference
            }
        }
        for base in NetworkVariant.Base.allCases {
            draft.statements.append(
                .init(
                    text: "difference of \(names[base] ?? "") without ReLU from one linear map", unit: .error,
                    points: linearity(base, .identity).map { [$0] } ?? [],
                    expectation: .within(EvidenceMargins.rounding), isExact: true))
            draft.statements.append(
                .init(
                    text: "difference of \(names[base] ?? "") with ReLU from one linear map", unit: .error,
                    points: linearity(base, .relu).map { [$0] } ?? [],
                    expectation: .above(EvidenceMargins.rounding), isExact: true))
        }
        draft.tables = [
            results.table(
                "Accuracy by activation",
                NetworkVariant.Base.allCases.flatMap { base in
                    NetworkVariant.Activation.allCases.filter {
                        base == .convolutional || $0 == .relu || $0 == .identity
                    }
                    .map { activation in
                        (
                            "\(names[base] ?? ""), \(activation == .relu ? "ReLU" : activation.rawValue)",
                            { TrainingCell(network: Self.network(base, activation), seed: $0) }
                        )
                    }
                }),
            ClaimTable(
                heading: "Difference from one linear map",
                columns: [.init(title: "relative difference", unit: .difference)],
                rows: NetworkVariant.Base.allCases.flatMap { base in
                    [NetworkVariant.Activation.identity, .relu].map { activation in
                        .init(
                            name: "\(names[base] ?? ""), \(activation == .relu ? "ReLU" : "identity")",
                            values: [linearity(base, activation)])
                    }
                }, note: "Largest difference of logits over the largest logit, on test images of the first seed."),
        ]
        return draft
    }
}
