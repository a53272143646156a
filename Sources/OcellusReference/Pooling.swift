// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan
import OcellusTensor

/// Pools treat every map alike: `maps` is N·C.
extension Geometry2D {
    private func inputCount(_ maps: Int) -> Int { maps * input.height * input.width }
    private func outputCount(_ maps: Int) -> Int { maps * output.height * output.width }

    // MARK: Maximum

    /// The largest element of each window and its offset in x; ties go to the first in row-major order.
    func maximum(x: [Double], maps: Int) -> (y: [Double], winners: [Double]) {
        var y = [Double](repeating: 0, count: outputCount(maps))
        var winners = y
        forEachWindow(maps) { window, offset in
            // Validation keeps padding smaller than the kernel, so every window has a position inside.
            let winner = window.dropFirst().reduce(window[0]) { x[$1] > x[$0] ? $1 : $0 }
            y[offset] = x[winner]
            winners[offset] = Double(winner)
        }
        return (y, winners)
    }

    /// `dx[winner] = Σ dy`; with y, only where y is positive.
    func maximumGradient(dy: [Double], winners: [Double], y: [Double]?, maps: Int) -> [Double] {
        var dx = [Double](repeating: 0, count: inputCount(maps))
        for index in dy.indices where y.map({ $0[index] > 0 }) ?? true { dx[Int(winners[index])] += dy[index] }
        return dx
    }

    // MARK: Average

    /// `y = Σ x / count` over the window's positions inside the map.
    func average(x: [Double], maps: Int) -> [Double] {
        var y = [Double](repeating: 0, count: outputCount(maps))
        forEachWindow(maps) { window, offset in
            y[offset] = window.reduce(0) { $0 + x[$1] } / Double(window.count)
        }
        return y
    }

    func averageGradient(dy: [Double], maps: Int) -> [Double] {
        var dx = [Double](repeating: 0, count: inputCount(maps))
        forEachWindow(maps) { window, offset in
            for x in window { dx[x] += dy[offset] / Double(window.count) }
        }
        return dx
    }

    /// Calls `body` for every window with the offsets in x of its positions inside the map, row-major, and the offset
    /// of its output.
    private func forEachWindow(_ maps: Int, _ body: (_ window: [Int], _ y: Int) -> Void) {
        for map in 0..<maps {
            for i in 0..<output.height {
                for j in 0..<output.width {
                    var window: [Int] = []
                    forEachTap(i, j) { window.append(inputOffset(map: map, $0.row, $0.column)) }
                    body(window, outputOffset(map: map, i, j))
                }
            }
        }
    }

    // MARK: Blur

    /// `y[i,j] = Σ taps[p]·taps[q] · x[reflect(i·stride + p − before), reflect(j·stride + q − before)]`
    func blur(x: [Double], taps: [Double], maps: Int) -> [Double] {
        var y = [Double](repeating: 0, count: outputCount(maps))
        forEachBlurred(taps, maps) { y[$1] += x[$0] * $2 }
        return y
    }

    func blurGradient(dy: [Double], taps: [Double], maps: Int) -> [Double] {
        var dx = [Double](repeating: 0, count: inputCount(maps))
        forEachBlurred(taps, maps) { dx[$0] += dy[$1] * $2 }
        return dx
    }

    private func forEachBlurred(
        _ taps: [Double], _ maps: Int, _ body: (_ x: Int, _ y: Int, _ factor: Double) -> Void
    ) {
        for map in 0..<maps {
            for i in 0..<output.height {
                for j in 0..<output.width {
                    for p in taps.indices {
                        for q in taps.indices {
                            let row = reflected(i * stride.height + p - before.height, input.height)
                            let column = reflected(j * stride.width + q - before.width, input.width)
                            body(
                                inputOffset(map: map, row, column), outputOffset(map: map, i, j), taps[p] * taps[q])
                        }
                    }
                }
            }
        }
    }
}

/// A position outside `0 ..< count` mirrored at the border element, which is not repeated: −1 is 1, `count` is
/// `count − 2`.
private func reflected(_ position: Int, _ count: Int) -> Int {
    if position < 0 { return -position }
    return position < count ? position : 2 * (count - 1) - position
}

extension ReferenceCall {
    /// N·C of the first input.
    fileprivate var maps: Int { batch * shapes[0][1] }
}

extension Op.MaxPool: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        let (y, winners) = geometry.maximum(x: call.inputs[0], maps: call.maps)
        return call.operation.outputs.count > 1 ? [y, winners] : [y]
    }
}

extension Op.MaxPoolGradient: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        [
            geometry.maximumGradient(
                dy: call.inputs[0], winners: call.inputs[1], y: throughReLU ? call.inputs[2] : nil, maps: call.maps)
        ]
    }
}

extension Op.AveragePool: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] { [geometry.average(x: call.inputs[0], maps: call.maps)] }
}

extension Op.AveragePoolGradient: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        [geometry.averageGradient(dy: call.inputs[0], maps: call.maps)]
    }
}

extension Op.BlurPool: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        [geometry.blur(x: call.inputs[0], taps: taps, maps: call.maps)]
    }
}

extension Op.BlurPoolGradient: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        [geometry.blurGradient(dy: call.inputs[0], taps: taps, maps: call.maps)]
    }
}
