// SPDX-License-Identifier: Apache-2.0

/// `y[n,o] = b[o] + Σ x[n,i] · w[o,i]`
struct Product {
    let batch: Int
    let inputs: Int
    let outputs: Int

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
