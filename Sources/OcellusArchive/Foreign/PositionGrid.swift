// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusTensor

/// Tables of positions for images of another size than they were trained for.
enum PositionGrid {
    /// A table for another grid of patches, by bicubic interpolation with the filter widened where the grid shrinks, as timm's
    /// `resample_abs_pos_embed`: Keys 1981, a = −½, each axis on its own, positions beyond the edge left out.
    ///
    /// - Parameters:
    ///   - table: `[1, prefix + side², F]`
    ///   - prefix: Rows of tokens that are no patches, kept as they are.
    ///   - grid: Patches of the new size, rows and columns.
    /// - Returns: `[1, prefix + grid.height · grid.width, F]`, `nil` for a table that is no square of patches.
    static func resized(_ table: Tensor<Float>, prefix: Int, to grid: Size2D) -> Tensor<Float>? {
        guard table.shape.rank == 3, table.shape[0] == 1, table.shape[1] > prefix else { return nil }
        let (patches, features) = (table.shape[1] - prefix, table.shape[2])
        let side = Int(Double(patches).squareRoot().rounded())
        guard side * side == patches else { return nil }
        let (rows, columns) = (Self.weights(side, grid.height), Self.weights(side, grid.width))
        var scalars = Array(table.scalars[..<(prefix * features)])
        scalars.reserveCapacity((prefix + grid.height * grid.width) * features)
        let start = prefix * features
        // Columns first, as the rows of the result share them.
        var narrow = [Double](repeating: 0, count: side * grid.width * features)
        for row in 0..<side {
            for (column, (first, factors)) in columns.enumerated() {
                let target = (row * grid.width + column) * features
                for (offset, factor) in factors.enumerated() {
                    let source = start + (row * side + first + offset) * features
                    for feature in 0..<features {
                        narrow[target + feature] += factor * Double(table.scalars[source + feature])
                    }
                }
            }
        }
        for (first, factors) in rows {
            for column in 0..<grid.width {
                for feature in 0..<features {
                    var sum = 0.0
                    for (offset, factor) in factors.enumerated() {
                        sum += factor * narrow[((first + offset) * grid.width + column) * features + feature]
                    }
                    scalars.append(Float(sum))
                }
            }
        }
        return Tensor([1, prefix + grid.height * grid.width, features], scalars)
    }

    /// For each position of the new axis, the first old one that counts and the factors from there on.
    private static func weights(_ old: Int, _ new: Int) -> [(first: Int, factors: [Double])] {
        let scale = Double(old) / Double(new)
        let widening = max(scale, 1)
        return (0..<new).map { position in
            let center = scale * (Double(position) + 0.5)
            let first = max(0, Int(center - 2 * widening + 0.5))
            let end = min(old, Int(center + 2 * widening + 0.5))
            let raw = (first..<end).map { cubic((Double($0) - center + 0.5) / widening) }
            let sum = raw.reduce(0, +)
            return (first, raw.map { $0 / sum })
        }
    }

    /// Keys 1981, IEEE Transactions on Acoustics, Speech and Signal Processing 29:1153, equation 15.
    private static func cubic(_ x: Double) -> Double {
        let x = abs(x)
        if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
        return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0
    }
}
