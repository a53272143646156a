// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan

/// `y[n,o,i,j] = b[o,i,j] + Σ x[n, c, i·stride + p − top, j·stride + q − left] · w[i,j,o,c,p,q]`, or the sum over the random
/// inputs of position (i,j).
extension Op.LocallyConnected: Bilinear {
    private var geometry: Geometry2D { convolution.geometry }
    private var positions: Int { geometry.output.height * geometry.output.width }

    func inputCount(batch: Int) -> Int { convolution.inputCount(batch: batch) }
    func outputCount(batch: Int) -> Int { convolution.outputCount(batch: batch) }
    var weightCount: Int { positions * convolution.weightCount }
    var biasCount: Int { convolution.outputChannels * positions }
    func biasOffset(y: Int) -> Int { y % biasCount }

    func forEachTerm(batch: Int, _ body: (_ x: Int, _ w: Int, _ y: Int) -> Void) {
        let (geometry, kernel) = (geometry, geometry.kernel)
        let (inputs, outputs) = (convolution.inputChannels, convolution.outputChannels)
        if let table = randomInputs {
            let (count, image) = (table.count / positions, inputs * geometry.input.height * geometry.input.width)
            for n in 0..<batch {
                for o in 0..<outputs {
                    for (index, from) in table.enumerated() {
                        let (position, k) = (index / count, index % count)
                        body(
                            n * image + from, (position * outputs + o) * count + k,
                            (n * outputs + o) * positions + position)
                    }
                }
            }
            return
        }
        for n in 0..<batch {
            for o in 0..<outputs {
                for c in 0..<inputs {
                    geometry.forEachTap { tap in
                        let position = tap.i * geometry.output.width + tap.j
                        let w = (((position * outputs + o) * inputs + c) * kernel.height + tap.p) * kernel.width + tap.q
                        body(
                            geometry.inputOffset(map: n * inputs + c, tap.row, tap.column), w,
                            geometry.outputOffset(map: n * outputs + o, tap.i, tap.j))
                    }
                }
            }
        }
    }
}

extension Op.LocallyConnected: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        let bias = convolution.hasBias ? call.inputs[2] : nil
        return [output(x: call.inputs[0], w: call.inputs[1], b: bias, batch: call.batch)]
    }
}

extension Op.LocallyConnectedInputGradient: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        [forward.inputGradient(dy: call.inputs[0], w: call.inputs[1], batch: call.batch)]
    }
}

extension Op.LocallyConnectedWeightGradient: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        forward.parameterGradients(
            x: call.inputs[0], dy: call.inputs[1], hasBias: forward.convolution.hasBias, batch: call.batch)
    }
}
