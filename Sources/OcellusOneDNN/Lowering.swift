// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan
import OcellusTensor

/// An operator that the engine computes: it adds the steps of the compiler's current operation.
protocol EngineOperator: Operator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError)
    /// Whether an operation of this operator takes one of its inputs in bfloat16 as it was written, or would round it anyway.
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool
}

extension EngineOperator {
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool { false }
}

extension PlanCompiler {
    /// Adds the steps of the current operation.
    mutating func lower() throws(PlanError) {
        guard let kind = operation.kind as? any EngineOperator else {
            throw PlanError(
                .unsupported, "the engine does not know the operator \(type(of: operation.kind)).",
                needs: "an operator that it knows", advice: "--backend reference")
        }
        try kind.lower(in: &self)
    }

    /// The forward operation that the current one is, or is a gradient of.
    var forward: OperationID { operation.of ?? operation.id }

    /// Whether a ReLU ends the current operation.
    var endsInReLU: Bool { operation.epilogue.activation == .relu }
}
