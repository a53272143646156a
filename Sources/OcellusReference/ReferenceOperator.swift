// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// An operator as loops: what it computes from its inputs, one array for each output. Those that change persistent values do so
/// themselves.
protocol ReferenceOperator: Operator {
    /// Inputs from the first on that are factors of products, which ``Precision/bfloat16`` rounds.
    var factors: Int { get }
    func results(_ call: ReferenceCall) -> [[Double]]
}

extension ReferenceOperator {
    var factors: Int { 0 }
}

/// One operation while it runs.
struct ReferenceCall {
    let executable: ReferenceExecutable
    let operation: Operation
    /// Elements of each input, row-major.
    let inputs: [[Double]]
    let shapes: [Shape]

    var batch: Int { executable.program.batchSize }
    var outputShape: Shape { executable.program[operation.outputs[0]].shape }
}

extension ReferenceExecutable {
    /// What an operation computes, with its epilogue.
    func results(of operation: Operation) -> [[Double]] {
        guard let kind = operation.kind as? any ReferenceOperator else { return [] }
        let inputs = operation.inputs.enumerated().map { position, id in
            precision == .bfloat16 && position < kind.factors ? self[id].map(bfloat16) : self[id]
        }
        let call = ReferenceCall(
            executable: self, operation: operation, inputs: inputs, shapes: operation.inputs.map { program[$0].shape })
        var results = kind.results(call)
        if let added = operation.added { results[0] = zip(results[0], self[added]).map { $0 + $1 } }
        if let function = operation.epilogue.activation { results[0] = function.output(results[0]) }
        return results
    }
}

/// The nearest number that bfloat16 represents, ties to even.
private func bfloat16(_ x: Double) -> Double {
    let bits = Float(x).bitPattern
    guard Float(x).isFinite else { return x }
    return Double(Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000))
}
