// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan

extension Op.Dropout: ReferenceOperator {
    /// `y = x·keep / (1 − rate)`
    func results(_ call: ReferenceCall) -> [[Double]] {
        let (x, settings) = (call.inputs[0], call.executable.settings)
        let first = settings.firstImage * (x.count / call.batch)
        let y = x.indices.map { index in
            let isKept = DropoutMask.isKept(
                first + index, rate: rate, seed: settings.dropoutSeed, step: settings.dropoutStep, stream: stream)
            return isKept ? x[index] / (1 - Double(rate)) : 0
        }
        return [y]
    }
}
