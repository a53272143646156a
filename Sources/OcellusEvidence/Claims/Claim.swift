// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusModel
import OcellusTensor

/// A claim about the two kinds of networks, with the experiment that tests it. Each is one file of this folder.
protocol Claim: Sendable {
    /// As `--claims` takes it.
    var name: String { get }
    var title: String { get }
    var statement: String { get }
    /// Two sentences.
    var method: String { get }
    var source: String { get }
    var caveats: [String] { get }
    /// What its verdict needs for one seed; cells that other claims need too are made once.
    func cells(seed: UInt64, shape: Shape) -> [EvidenceCell]
    /// What its exact statements need, made once with the run's first seed.
    func exactCells(seed: UInt64, shape: Shape) -> [EvidenceCell]
    /// What no verdict needs, made once with the run's first seed when all else is there.
    func informingCells(seed: UInt64, shape: Shape) -> [EvidenceCell]
    /// What the finished cells say.
    func draft(_ results: EvidenceResults) throws -> ClaimDraft
}

extension Claim {
    func cells(seed: UInt64, shape: Shape) -> [EvidenceCell] { [] }
    func exactCells(seed: UInt64, shape: Shape) -> [EvidenceCell] { [] }
    func informingCells(seed: UInt64, shape: Shape) -> [EvidenceCell] { [] }
}

/// What a claim makes of its cells, before all claims are judged together.
struct ClaimDraft: Sendable {
    struct Statement: Sendable {
        var text: String
        var unit = Finding.Unit.points
        var points: [Double]
        var expectation: ClaimedEffect
        /// Counted or computed: judged by itself, as chance has no part in it.
        var isExact = false
        /// Shown beside the claim; decides nothing.
        var isDetail = false
        /// The farthest from 0 that a point can lie: 1 for a difference of two accuracies, 2 for one of two such differences.
        var most = 1.0

        /// - Parameter resolution: What one image changes in an accuracy. Twice as many counts deviate √2 times as much.
        func measured(resolution: Double) -> MeasuredStatement {
            MeasuredStatement(
                points, expectation, resolution: unit == .points ? resolution * most.squareRoot() : 0,
                possible: unit == .points ? -most...most : nil)
        }
    }
    var statements: [Statement] = []
    /// What to know of these results, beside ``Claim/caveats``.
    var caveats: [String] = []
    var figures: [ClaimFigure] = []
    var tables: [ClaimTable] = []
    var filters: ComparisonRecord.FilterSheet?
    var featureMaps: ComparisonRecord.FeatureMapSheet?
}

/// The margins of all verdicts, fixed before the first run.
package enum EvidenceMargins {
    /// One point of accuracy.
    package static let accuracy = 0.01
    /// Twice as many parameters or multiply-adds.
    package static let ratio = 2.0
    /// A twentieth of a nat of loss.
    package static let loss = 0.05
    /// Relative difference that rounding of 32-bit numbers explains.
    package static let rounding = 0.001
}

/// All claims, in the order in which a run takes them up.
package enum Claims {
    static let all: [any Claim] = [
        ComputationClaim(), PermutationClaim(), LocationClaim(), ReLUClaim(), RotationClaim(), PoolingClaim(),
        FilterClaim(), LocalityClaim(), SharingClaim(), OverfittingClaim(), AugmentationClaim(), PresenceClaim(),
    ]
    package static var names: [String] { all.map(\.name) }

    /// The claims of these names, in the order of ``all``.
    ///
    /// - Throws: ``EvidenceError/Code/unknownClaim``.
    static func named(_ names: [String]) throws(EvidenceError) -> [any Claim] {
        for name in names where !Self.names.contains(name) {
            throw EvidenceError(
                .unknownClaim, "there is no claim \"\(name)\".", needs: "some of \(Self.names.joined(separator: ", "))",
                received: name, advice: closestMatch(to: name, in: Self.names).map { "did you mean \"\($0)\"?" })
        }
        return all.filter { names.contains($0.name) }
    }
}

/// The finished cells of a run, by what they are.
struct EvidenceResults: Sendable {
    let configuration: EvidenceConfiguration
    /// `[C, H, W]`
    let shape: Shape
    let cells: [EvidenceCell: CellResult]

    var seeds: [UInt64] { configuration.seeds }
    var dense: String { configuration.dense.name }
    var convolutional: String { configuration.convolutional.name }

    func training(_ cell: TrainingCell) -> TrainingResult? {
        guard case .training(let result)? = cells[.training(cell)] else { return nil }
        return result
    }
    func accuracy(
        _ network: NetworkVariant, _ images: TrainingCell.Images = .plain, percent: Int = 100, seed: UInt64
    ) -> Double? {
        training(TrainingCell(network: network, images: images, percent: percent, seed: seed))?.testAccuracy
    }
    func shift(_ cell: TrainingCell) -> ShiftResult? {
        guard case .shift(let result)? = cells[.shift(cell)] else { return nil }
        return result
    }
    func warp(_ cell: TrainingCell) -> WarpResult? {
        guard case .warp(let result)? = cells[.warp(cell)] else { return nil }
        return result
    }
    func linearity(_ cell: TrainingCell) -> LinearityResult? {
        guard case .linearity(let result)? = cells[.linearity(cell)] else { return nil }
        return result
    }
    func equivariance(_ cell: TrainingCell) -> EquivarianceResult? {
        guard case .equivariance(let result)? = cells[.equivariance(cell)] else { return nil }
        return result
    }
    func exchange(_ cell: TrainingCell) -> ExchangeResult? {
        guard case .exchange(let result)? = cells[.exchange(cell)] else { return nil }
        return result
    }
    func filters(_ cell: TrainingCell) -> FilterResult? {
        guard case .filters(let result)? = cells[.filters(cell)] else { return nil }
        return result
    }
    /// Why a cell has no result, when it was tried.
    func failure(_ cell: EvidenceCell) -> String? {
        guard case .failed(let reason)? = cells[cell] else { return nil }
        return reason
    }
    func timing(_ network: NetworkVariant, side: Int) -> TimingResult? {
        guard case .timing(let result)? = cells[.timing(network, side: side)] else { return nil }
        return result
    }

    /// The value of every seed that has one.
    func bySeed(_ value: (UInt64) -> Double?) -> [Double] { seeds.compactMap(value) }

    /// The difference of two values of every seed that has both.
    func difference(_ first: (UInt64) -> Double?, minus second: (UInt64) -> Double?) -> [Double] {
        seeds.compactMap { seed in
            guard let first = first(seed), let second = second(seed) else { return nil }
            return first - second
        }
    }

    /// The mean of several values, or `nil` unless all are there.
    func meanOf(_ values: [Double?]) -> Double? {
        let known = values.compactMap { $0 }
        return known.count == values.count ? mean(known) : nil
    }

    /// A curve of means over seeds with half of its 95 % interval.
    func curve(
        _ name: String, series: Int, isDashed: Bool = false, count: Int, _ values: (UInt64) -> [Double?]?
    ) -> ClaimFigure.Curve {
        let rows = seeds.compactMap(values)
        let columns = (0..<count).map { column in rows.compactMap { column < $0.count ? $0[column] : nil } }
        return ClaimFigure.Curve(
            name: name, series: series, isDashed: isDashed, values: columns.map { mean($0) },
            spread: rows.count < 2 ? nil : columns.map { (try? meanInterval($0))?.halfWidth })
    }

    /// A value of trainings on shares of the images, in percent and ascending.
    func byShare(
        _ heading: String, _ yTitle: String, _ percents: [Int],
        _ networks: [(name: String, series: Int, network: NetworkVariant)],
        _ value: @escaping (TrainingResult) -> Double
    ) -> ClaimFigure {
        ClaimFigure(
            heading: heading, caption: "Means over seeds with 95 % intervals; the axis of images is logarithmic.",
            xTitle: "training images", yTitle: yTitle, xScale: .logarithmic,
            places: percents.map { Double(configuration.scale.trainImages * $0) / 100 },
            curves: networks.map { entry in
                curve(entry.name, series: entry.series, count: percents.count) { seed in
                    percents.map { percent in
                        training(TrainingCell(network: entry.network, percent: percent, seed: seed)).map(value)
                    }
                }
            })
    }

    /// Test and training accuracy of networks, means over seeds.
    func table(
        _ heading: String, _ entries: [(name: String, cell: (UInt64) -> TrainingCell)], note: String? = nil
    ) -> ClaimTable {
        ClaimTable(
            heading: heading,
            columns: [
                .init(title: "test accuracy", unit: .percent), .init(title: "training accuracy", unit: .percent),
                .init(title: "gap", unit: .percent), .init(title: "seeds", unit: .count),
            ],
            rows: entries.map { entry in
                let results = seeds.compactMap { training(entry.cell($0)) }
                let (test, train) = (mean(results.map(\.testAccuracy)), mean(results.map(\.trainAccuracy)))
                let gap = test.flatMap { test in train.map { $0 - test } }
                return ClaimTable.Row(name: entry.name, values: [test, train, gap, Double(results.count)])
            }, note: note)
    }
}
