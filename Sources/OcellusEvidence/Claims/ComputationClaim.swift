// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusModel
import OcellusTensor

/// What dense layers cost, and how that grows with the image.
struct ComputationClaim: Claim {
    let name = "computation"
    let title = "Excessive computation"
    let statement =
        "On these images a dense network holds and computes excessively: more than twice as much as a convolutional one."
    let method =
        "Parameters and multiply-adds of both networks are counted at the size of these images and at sides from 16 to 224, and a "
        + "dense layer with the outputs of the first convolution is counted beside it. The time of one image is measured."
    let source =
        "Counting; the networks are those of the run. Multiply-adds are of one image forward."
    let caveats = [
        "Parameters and computation are different things: a convolution uses each of its few weights at every place, so that on "
            + "larger images a convolutional network may compute more than a dense one while it holds far less.",
        "The two networks differ in width and depth; only the first layer is compared like for like.",
        "The dense layers behind the convolutions grow with the image too.",
        "Multiply-adds are not time: dense layers and convolutions use a processor differently.",
    ]

    static let sides = [16, 32, 48, 64, 96, 128, 160, 224]
    static let timedSides = [16, 32, 64, 128, 224]

    func informingCells(seed: UInt64, shape: Shape) -> [EvidenceCell] {
        Self.timedSides.flatMap { side in
            [NetworkVariant.dense, .convolutional].map { .timing($0, side: side) }
        }
    }

    func draft(_ results: EvidenceResults) throws -> ClaimDraft {
        let networks = [NetworkVariant.dense, .convolutional].map { results.configuration.given($0) }
        let names = [results.dense, results.convolutional]
        let own = try networks.map { try NetworkSummary($0) }
        func ratio(_ value: (NetworkSummary) -> Int) -> Double {
            Double(value(own[0])) / Double(max(1, value(own[1])))
        }
        var draft = ClaimDraft(statements: [
            .init(
                text: "parameters of \(names[0]) over those of \(names[1])", unit: .ratio,
                points: [ratio(\.parameters)],
                expectation: .above(EvidenceMargins.ratio), isExact: true),
            .init(
                text: "multiply-adds of \(names[0]) over those of \(names[1])", unit: .ratio,
                points: [ratio(\.multiplyAdds)], expectation: .above(EvidenceMargins.ratio), isExact: true),
        ])
        if let first = own[1].rows.first(where: { $0.parameters > 0 }) {
            let dense = Double(results.shape.count) * Double(first.output.count)
            draft.statements.append(
                .init(
                    text: "multiply-adds of a dense layer with the outputs of the first convolution over its own",
                    unit: .ratio, points: [dense / Double(max(1, first.multiplyAdds))],
                    expectation: .above(EvidenceMargins.ratio), isExact: true, isDetail: true))
        }
        let largest = Self.sides[Self.sides.count - 1]
        let atLargest = try networks.map { try NetworkSummary.atSize([results.shape[0], largest, largest], of: $0) }
        draft.statements.append(
            .init(
                text: "multiply-adds of \(names[0]) over those of \(names[1]) at \(largest)×\(largest)", unit: .ratio,
                points: [Double(atLargest[0].multiplyAdds) / Double(max(1, atLargest[1].multiplyAdds))],
                expectation: .above(EvidenceMargins.ratio), isExact: true, isDetail: true))
        let costs = networks.map { network in
            Self.sides.map { try? NetworkSummary.atSize([results.shape[0], $0, $0], of: network) }
        }
        func figure(_ heading: String, _ title: String, _ value: @escaping (NetworkSummary) -> Int) -> ClaimFigure {
            ClaimFigure(
                heading: heading,
                caption: "The same layers for square images; both axes are logarithmic. Counted, not trained.",
                xTitle: "side of the image, pixels", yTitle: title, xScale: .logarithmic, yScale: .logarithmic,
                isPercent: false, places: Self.sides.map(Double.init),
                curves: names.indices.map { index in
                    ClaimFigure.Curve(
                        name: names[index], series: index, isDashed: false,
                        values: costs[index].map { $0.map { Double(value($0)) } })
                })
        }
        draft.figures = [
            figure("Parameters by image side", "parameters", \.parameters),
            figure("Multiply-adds by image side", "multiply-adds", \.multiplyAdds),
            ClaimFigure(
                heading: "Time by image side",
                caption: "One image of a batch of 64, forward, on this machine; both axes are logarithmic.",
                xTitle: "side of the image, pixels", yTitle: "milliseconds", xScale: .logarithmic, yScale: .logarithmic,
                isPercent: false, places: Self.timedSides.map(Double.init),
                curves: names.indices.map { index in
                    ClaimFigure.Curve(
                        name: names[index], series: index, isDashed: false,
                        values: Self.timedSides.map {
                            results.timing([.dense, .convolutional][index], side: $0)?.millisecondsPerImage
                        })
                }),
        ]
        draft.tables = [
            ClaimTable(
                heading: "Cost by image side",
                columns: names.flatMap { name in
                    ["parameters", "multiply-adds"].map { .init(title: "\(name) \($0)", unit: .count) }
                } + [
                    .init(title: "parameters, times", unit: .ratio), .init(title: "multiply-adds, times", unit: .ratio),
                ],
                rows: Self.sides.indices.map { index in
                    let (dense, other) = (costs[0][index], costs[1][index])
                    func times(_ value: (NetworkSummary) -> Int) -> Double? {
                        dense.flatMap { dense in other.map { Double(value(dense)) / Double(max(1, value($0))) } }
                    }
                    return .init(
                        name: "\(Self.sides[index])×\(Self.sides[index])",
                        values: [
                            dense.map { Double($0.parameters) }, dense.map { Double($0.multiplyAdds) },
                            other.map { Double($0.parameters) }, other.map { Double($0.multiplyAdds) },
                            times(\.parameters), times(\.multiplyAdds),
                        ])
                }),
            ClaimTable(
                heading: "Measured time of one image",
                columns: names.map { .init(title: $0, unit: .milliseconds) },
                rows: Self.timedSides.map { side in
                    .init(
                        name: "\(side)×\(side)",
                        values: [NetworkVariant.dense, .convolutional].map {
                            results.timing($0, side: side)?.millisecondsPerImage
                        })
                },
                note: (["Forward, in batches of 64, on this machine; differs from run to run and decides nothing."]
                    + informingCells(seed: 0, shape: results.shape).compactMap { cell in
                        results.failure(cell).map { "\(cell.id): \($0)" }
                    }).joined(separator: " ")),
        ]
        return draft
    }
}
