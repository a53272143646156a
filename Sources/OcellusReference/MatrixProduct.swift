// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan
import OcellusTensor

/// `y[n,o] = b[o] + Σ x[n,i] · w[o,i]`, n over every row of the last axis.
struct Product {
    let batch: Int
    let inputs: Int
    let outputs: Int

    init(batch: Int, inputs: Int, outputs: Int) {
        self.batch = batch
        self.inputs = inputs
        self.outputs = outputs
    }

    /// Rows are those of the last axes.
    init(rowsOf x: Shape, _ y: Shape) {
        self.init(batch: x.count / x[x.rank - 1], inputs: x[x.rank - 1], outputs: y[y.rank - 1])
    }

    func output(x: [Double], w: [Double], b: [Double]?) -> [Double] {
        var y = [Double](repeating: 0, count: batch * outputs)
        for n in 0..<batch {
            for o in 0..<outputs {
                var sum = b?[o] ?? 0
                for i in 0..<inputs { sum += x[n * inputs + i] * w[o * inputs + i] }
                y[n * outputs + o] = sum
            }
        }
        return y
    }

    /// `dx[n,i] = Σ dy[n,o] · w[o,i]`
    func inputGradient(dy: [Double], w: [Double]) -> [Double] {
        var dx = [Double](repeating: 0, count: batch * inputs)
        for n in 0..<batch {
            for i in 0..<inputs {
                var sum = 0.0
                for o in 0..<outputs { sum += dy[n * outputs + o] * w[o * inputs + i] }
                dx[n * inputs + i] = sum
            }
        }
        return dx
    }

    /// `dw[o,i] = Σ x[n,i] · dy[n,o]`
    func weightGradient(x: [Double], dy: [Double]) -> [Double] {
        var dw = [Double](repeating: 0, count: outputs * inputs)
        for o in 0..<outputs {
            for i in 0..<inputs {
                var sum = 0.0
                for n in 0..<batch { sum += x[n * inputs + i] * dy[n * outputs + o] }
                dw[o * inputs + i] = sum
            }
        }
        return dw
    }

    /// `db[o] = Σ dy[n,o]`
    func biasGradient(dy: [Double]) -> [Double] {
        (0..<outputs).map { o in (0..<batch).reduce(0) { $0 + dy[$1 * outputs + o] } }
    }
}

extension Op.MatrixProduct: ReferenceOperator {
    var factors: Int { 2 }
    func results(_ call: ReferenceCall) -> [[Double]] {
        let product = Product(
            batch: call.inputs[0].count / call.shapes[1][1], inputs: call.shapes[1][1], outputs: call.shapes[1][0])
        return [product.output(x: call.inputs[0], w: call.inputs[1], b: hasBias ? call.inputs[2] : nil)]
    }
}

extension Op.MatrixProductInputGradient: ReferenceOperator {
    var factors: Int { 2 }
    func results(_ call: ReferenceCall) -> [[Double]] {
        let product = Product(
            batch: call.inputs[0].count / call.shapes[1][0], inputs: call.shapes[1][1], outputs: call.shapes[1][0])
        return [product.inputGradient(dy: call.inputs[0], w: call.inputs[1])]
    }
}

extension Op.MatrixProductWeightGradient: ReferenceOperator {
    var factors: Int { 2 }
    func results(_ call: ReferenceCall) -> [[Double]] {
        let product = Product(rowsOf: call.shapes[0], call.shapes[1])
        let dw = product.weightGradient(x: call.inputs[0], dy: call.inputs[1])
        return hasBias ? [dw, product.biasGradient(dy: call.inputs[1])] : [dw]
    }
}
