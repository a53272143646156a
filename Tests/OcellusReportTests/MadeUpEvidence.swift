// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

@testable import OcellusEvidence

/// A record as an evidence run would write it, with invented findings of every kind.
enum MadeUpEvidence {
    static func record(name: String = "fashion-mini", seeds: Int = 3, isComplete: Bool = true) throws -> EvidenceRecord
    {
        let comparison = try MadeUpRecord(hasPictures: false).made()
        var data = comparison.data
        data.name = name
        let gains = [0.071, 0.064, 0.082, 0.069, 0.075]
        let points = Array(gains.prefix(seeds))
        let statements: [MeasuredStatement] = [
            .init(points, .above(0.01)), .init(points.map { $0 - 0.07 }, .within(0.01)),
            .init(points.map { -$0 }, .above(0.01)),
        ]
        let judged = try judge(statements)
        let findings = zip(statements, judged).enumerated().map { index, entry in
            Finding(
                text: "measured thing \(index)", unit: .points, expectation: entry.0.expectation,
                points: entry.0.points, judgement: entry.1, isExact: false)
        }
        func exact(_ value: Double, _ unit: Finding.Unit, _ expectation: ClaimedEffect) -> Finding {
            Finding(
                text: "counted <thing>", unit: unit, expectation: expectation, points: [value],
                judgement: Judgement(
                    mean: value, interval: nil, pValue: 0,
                    verdict: expectation.holds(value) ? .supported : .notSupported), isExact: true)
        }
        let places: [Double] = [-4, 0, 4]
        let curve = ClaimFigure(
            heading: "Accuracy of shifted images", caption: "Means.", xTitle: "shift, pixels", yTitle: "accuracy, %",
            places: places,
            curves: [
                .init(name: "ANN", series: 0, isDashed: false, values: [0.5, 0.8, nil], spread: [0.01, 0.02, nil]),
                .init(name: "CNN", series: 1, isDashed: true, values: [0.6, 0.85, 0.61], spread: nil),
            ])
        let map = ClaimFigure(
            heading: "Accuracy by direction", caption: "Means.", xTitle: "right", yTitle: "down", places: places,
            maps: [
                .init(name: "ANN", values: [[0.1, 0.2, 0.1], [0.5, 0.8, 0.4], [0.2, 0.3, 0.1]]),
                .init(name: "CNN", values: [[0.4, 0.5, 0.4], [0.6, 0.9, 0.6], [0.4, 0.5, 0.4]]),
            ])
        let sides = ClaimFigure(
            heading: "Parameters", caption: "Counted.", xTitle: "side", yTitle: "parameters", xScale: .logarithmic,
            yScale: .logarithmic, isPercent: false, places: [16, 32, 224],
            curves: [.init(name: "ANN", series: 0, isDashed: false, values: [1e6, 4e6, 4.5e8], spread: nil)])
        let table = ClaimTable(
            heading: "Accuracy",
            columns: [.init(title: "test", unit: .percent), .init(title: "time", unit: .milliseconds)],
            rows: [.init(name: "ANN", values: [0.81, 0.0123]), .init(name: "CNN & co", values: [0.86, nil])],
            note: "A note.")
        func claim(
            _ name: String, _ verdict: Judgement.Verdict, _ findings: [Finding], _ figures: [ClaimFigure]
        ) -> ClaimRecord {
            ClaimRecord(
                name: name, title: "Title of \(name)", statement: "A statement.", method: "A method. Two sentences.",
                source: "Somebody 2020.", caveats: ["A caveat."], verdict: verdict, findings: findings,
                figures: figures, tables: [table], seconds: 12)
        }
        return EvidenceRecord(
            created: "2026-01-01T00:00:00Z", command: ["ocellus", "evidence", "--data", "a b"], seconds: 321,
            environment: comparison.environment, data: data,
            networks: [
                .init(name: "ANN", network: "flatten, dense 10", parameters: 5_366_010, multiplyAdds: 5_362_000),
                .init(name: "CNN", network: "conv 32 3 valid", parameters: 121_930, multiplyAdds: 2_530_000),
            ],
            plan: .init(
                seeds: (0..<UInt64(seeds)).map { $0 }, trainImages: 2000, epochs: 20, batchSize: 64,
                learningRate: 0.001,
                probeImages: 500, cellsPlanned: 40, cellsFinished: isComplete ? 40 : 7, statements: 3,
                notes: ["A rule."]),
            claims: [
                claim("permutation", .supported, [findings[0], findings[1]], [curve, map]),
                claim("pooling", .notSupported, [findings[2]], []),
                claim(
                    "computation", .notSupported,
                    [
                        exact(44, .ratio, .above(2)), exact(2e-7, .error, .within(0.001)),
                        exact(0.2, .error, .within(0.001)),
                    ],
                    [sides]),
            ], testReadings: 24)
    }
}
