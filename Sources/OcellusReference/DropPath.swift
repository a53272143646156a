// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan

extension Op.DropPath: ReferenceOperator {
    /// `y[n] = x[n]·keep[n] / (1 − rate)`
    func results(_ call: ReferenceCall) -> [[Double]] {
        let (x, settings) = (call.inputs[0], call.executable.settings)
        let size = x.count / call.batch
        let y = x.indices.map { index in
            let isKept = DropoutMask.isKept(
                settings.firstImage + index / size, rate: rate, seed: settings.dropoutSeed,
                step: settings.dropoutStep, stream: stream)
            return isKept ? x[index] / (1 - Double(rate)) : 0
        }
        return [y]
    }
}
