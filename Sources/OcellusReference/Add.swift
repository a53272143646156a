// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan

extension Op.Add: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] { [zip(call.inputs[0], call.inputs[1]).map { $0 + $1 }] }
}

extension Op.Reshape: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] { [call.inputs[0]] }
}
