// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusMetrics
import OcellusModel
import OcellusTensor

@testable import OcellusEvidence

/// Drawn pictures for a made-up record: each class is a pattern of its own, so that a mix-up is seen.
struct MadeUpPictures {
    var record: MadeUpRecord

    func made() -> ComparisonRecord.Pictures {
        let networks = record.names.indices
        return ComparisonRecord.Pictures(
            seed: record.seeds[0],
            samples: (0..<12).map { sample($0, isWrong: $0 % 5 == 4) },
            worst: networks.map { network in (0..<6).map { sample($0 * 3 + network, isWrong: true) } },
            filters: networks.map { $0 == 0 ? [] : [filters("0", 32, 3, side: 3), filters("3", 64, 7, side: 3)] },
            featureMaps: networks.map { network in record.classes.indices.prefix(10).map { maps($0, network) } },
            shifts: networks.map(shift))
    }

    private func image(_ label: Int, _ variant: Int) -> Data {
        tinyPNG(width: 28, height: 28, channels: 1) { x, y, _ in
            let (u, v) = (Double(x) - 13.5, Double(y) - 13.5)
            let angle = Double(label) * .pi / 5
            let stripe = sin((u * cos(angle) + v * sin(angle)) / (1.6 + 0.2 * Double(variant % 4)))
            let body = exp(-(u * u + v * v) / (60 + 15 * Double(label % 4)))
            return UInt8(max(0, min(255, 255 * body * (0.65 + 0.35 * stripe))))
        }
    }

    private func sample(_ index: Int, isWrong: Bool) -> ComparisonRecord.Sample {
        let label = index % record.classes.count
        return ComparisonRecord.Sample(
            png: image(label, index), name: "test/\(index).png", label: label,
            predictions: record.names.indices.map { network in
                let misses = isWrong && (index + network) % 2 == 0
                return ComparisonRecord.Prediction(
                    label: misses ? (label + 2) % record.classes.count : label,
                    probability: 0.55 + 0.4 * Double((index * 5 + network * 3) % 10) / 10)
            })
    }

    private func filters(_ layer: String, _ count: Int, _ field: Int, side: Int) -> ComparisonRecord.FilterSheet {
        ComparisonRecord.FilterSheet(
            layer: layer, receptiveField: Size2D(field, field),
            filters: (0..<min(count, 32)).map { index in
                var random = CounterRandom(seed: 7, purpose: .test, sample: index + 100 * count)
                let values = (0..<side * side).map { _ in UInt8(random.nextUniform() * 255) }
                let patches = (0..<6 * field).map { _ in random.nextUniform() }
                return ComparisonRecord.Filter(
                    index: index,
                    png: tinyPNG(width: side, height: side, channels: 1) { x, y, _ in values[y * side + x] },
                    patches: tinyPNG(width: 6 * field + 5, height: field, channels: 1) { x, y, _ in
                        let (patch, column) = (x / (field + 1), x % (field + 1))
                        guard column < field else { return 0 }
                        let base = values[(y * side / field) * side + column * side / field]
                        return UInt8(min(255, Float(base) * (0.7 + 0.3 * patches[patch * field + column])))
                    })
            }, count: count)
    }

    private func maps(_ label: Int, _ network: Int) -> ComparisonRecord.FeatureMapSheet {
        let layers: [(String, Shape)] =
            network == 0
            ? [("1", [3000]), ("3", [1000]), ("5", [10])]
            : [("0", [32, 26, 26]), ("2", [32, 13, 13]), ("3", [64, 11, 11]), ("5", [64, 5, 5])]
        return ComparisonRecord.FeatureMapSheet(
            label: label, png: image(label, 0),
            layers: layers.map { name, shape in
                let side = shape.rank == 3 ? shape[1] : 16
                let shown = shape.rank == 3 ? 16 : 8
                return ComparisonRecord.LayerMaps(
                    layer: name, shape: shape,
                    png: tinyPNG(width: shown * (side + 1) - 1, height: side, channels: 1) { x, y, _ in
                        let (map, column) = (x / (side + 1), x % (side + 1))
                        guard column < side else { return 0 }
                        let (u, v) = (Double(column) / Double(side) - 0.5, Double(y) / Double(side) - 0.5)
                        let value = sin(8 * (u * cos(Double(map)) + v * sin(Double(map))) + Double(label))
                        return UInt8(max(0, min(255, 128 + 120 * value * exp(-6 * (u * u + v * v)))))
                    })
            })
    }

    private func shift(_ network: Int) -> ComparisonRecord.ShiftCurve {
        let shifts = Array(-6...6)
        let accuracy = shifts.map { distance in
            let slope = network == 0 ? 0.055 : 0.03
            return max(0.1, record.levels[network] - slope * Double(abs(distance)) * (distance < 0 ? 1.05 : 1))
        }
        return ComparisonRecord.ShiftCurve(
            network: record.names[network], shifts: shifts, accuracy: accuracy,
            intervals: accuracy.map { Interval(lower: $0 - 0.013, upper: $0 + 0.013) })
    }
}
