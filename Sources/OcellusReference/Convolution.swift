// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan

/// A layer whose output is a sum of products `x·w`, plus a bias. Forward and both gradients are the same list of terms
/// read in three directions.
protocol Bilinear {
    /// Elements of one batch.
    func inputCount(batch: Int) -> Int
    func outputCount(batch: Int) -> Int
    var weightCount: Int { get }
    var biasCount: Int { get }
    /// The bias that the output element at `y` gets.
    func biasOffset(y: Int) -> Int
    /// Calls `body` once for every product, with the offsets of its factors and of the output it is added to.
    func forEachTerm(batch: Int, _ body: (_ x: Int, _ w: Int, _ y: Int) -> Void)
}

extension Bilinear {
    /// `y = b + Σ x·w`
    func output(x: [Double], w: [Double], b: [Double]?, batch: Int) -> [Double] {
        var y = (0..<outputCount(batch: batch)).map { b?[biasOffset(y: $0)] ?? 0 }
        forEachTerm(batch: batch) { y[$2] += x[$0] * w[$1] }
        return y
    }

    /// `dx = Σ dy·w`
    func inputGradient(dy: [Double], w: [Double], batch: Int) -> [Double] {
        var dx = [Double](repeating: 0, count: inputCount(batch: batch))
        forEachTerm(batch: batch) { dx[$0] += dy[$2] * w[$1] }
        return dx
    }

    /// `dw = Σ x·dy`
    func weightGradient(x: [Double], dy: [Double], batch: Int) -> [Double] {
        var dw = [Double](repeating: 0, count: weightCount)
        forEachTerm(batch: batch) { dw[$1] += x[$0] * dy[$2] }
        return dw
    }

    /// dw, and db where there is a bias.
    func parameterGradients(x: [Double], dy: [Double], hasBias: Bool, batch: Int) -> [[Double]] {
        let dw = weightGradient(x: x, dy: dy, batch: batch)
        return hasBias ? [dw, biasGradient(dy: dy, batch: batch)] : [dw]
    }

    /// `db = Σ dy`
    func biasGradient(dy: [Double], batch: Int) -> [Double] {
        var db = [Double](repeating: 0, count: biasCount)
        for y in dy.indices { db[biasOffset(y: y)] += dy[y] }
        return db
    }
}

/// `y[n,o,i,j] = b[o] + Σ x[n, c, i·stride + p·dilation − top, j·stride + q·dilation − left] · w[o,c,p,q]`, where c runs
/// over the channels of o's group.
extension Op.Convolution: Bilinear {
    func inputCount(batch: Int) -> Int { batch * inputChannels * geometry.input.height * geometry.input.width }
    func outputCount(batch: Int) -> Int { batch * outputChannels * geometry.output.height * geometry.output.width }
    var weightCount: Int { outputChannels * inputChannels / groups * geometry.kernel.height * geometry.kernel.width }
    var biasCount: Int { outputChannels }
    func biasOffset(y: Int) -> Int { y / (geometry.output.height * geometry.output.width) % outputChannels }

    func forEachTerm(batch: Int, _ body: (_ x: Int, _ w: Int, _ y: Int) -> Void) {
        let channels = inputChannels / groups
        let kernel = geometry.kernel
        for n in 0..<batch {
            for o in 0..<outputChannels {
                let group = o / (outputChannels / groups)
                for c in 0..<channels {
                    let xMap = n * inputChannels + group * channels + c
                    let yMap = n * outputChannels + o
                    geometry.forEachTap { tap in
                        body(
                            geometry.inputOffset(map: xMap, tap.row, tap.column),
                            ((o * channels + c) * kernel.height + tap.p) * kernel.width + tap.q,
                            geometry.outputOffset(map: yMap, tap.i, tap.j))
                    }
                }
            }
        }
    }
}

extension Op.Convolution: ReferenceOperator {
    var factors: Int { 2 }
    func results(_ call: ReferenceCall) -> [[Double]] {
        [output(x: call.inputs[0], w: call.inputs[1], b: hasBias ? call.inputs[2] : nil, batch: call.batch)]
    }
}

extension Op.ConvolutionInputGradient: ReferenceOperator {
    var factors: Int { 2 }
    func results(_ call: ReferenceCall) -> [[Double]] {
        [convolution.inputGradient(dy: call.inputs[0], w: call.inputs[1], batch: call.batch)]
    }
}

extension Op.ConvolutionWeightGradient: ReferenceOperator {
    var factors: Int { 2 }
    func results(_ call: ReferenceCall) -> [[Double]] {
        convolution.parameterGradients(
            x: call.inputs[0], dy: call.inputs[1], hasBias: convolution.hasBias, batch: call.batch)
    }
}

/// One position of a kernel over one position of a map.
struct Tap {
    /// Output position.
    var i, j: Int
    /// Kernel position.
    var p, q: Int
    /// Input position.
    var row, column: Int
}

extension Geometry2D {
    /// Calls `body` for every kernel position that lies inside the map, for every output position.
    func forEachTap(_ body: (Tap) -> Void) {
        for i in 0..<output.height {
            for j in 0..<output.width { forEachTap(i, j, body) }
        }
    }

    /// As above for the output position (i, j), in row-major order.
    func forEachTap(_ i: Int, _ j: Int, _ body: (Tap) -> Void) {
        for p in 0..<kernel.height {
            let row = i * stride.height + p * dilation.height - before.height
            if row < 0 || row >= input.height { continue }
            for q in 0..<kernel.width {
                let column = j * stride.width + q * dilation.width - before.width
                if column < 0 || column >= input.width { continue }
                body(Tap(i: i, j: j, p: p, q: q, row: row, column: column))
            }
        }
    }

    func inputOffset(map: Int, _ row: Int, _ column: Int) -> Int { (map * input.height + row) * input.width + column }
    func outputOffset(map: Int, _ i: Int, _ j: Int) -> Int { (map * output.height + i) * output.width + j }
}
