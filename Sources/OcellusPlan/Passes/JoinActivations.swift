// SPDX-License-Identifier: Apache-2.0

import OcellusGraph

/// An operator that may apply a function, and some of them a sum, to its result while it writes it.
protocol EpilogueOperator: Operator {
    /// Whether the last step may be a sum with another value.
    func addsMore(isTraining: Bool) -> Bool
}

extension EpilogueOperator {
    func addsMore(isTraining: Bool) -> Bool { false }
}

extension Op.Convolution: EpilogueOperator {
    // In training the sum would have to be undone for the gradient of what comes before it.
    func addsMore(isTraining: Bool) -> Bool { !isTraining }
}
extension Op.LocallyConnected: EpilogueOperator {}
extension Op.MatrixProduct: EpilogueOperator {}
extension Op.Add: EpilogueOperator {}
extension Op.BatchNormTraining: EpilogueOperator {
    func addsMore(isTraining: Bool) -> Bool { true }
}
extension Op.BatchNormInference: EpilogueOperator {
    func addsMore(isTraining: Bool) -> Bool { true }
}

extension Pass {
    /// A ReLU becomes the epilogue of the operation before it, when nothing else reads what it reads. The gradient of the ReLU
    /// is then the operation's.
    static let joinActivations = Pass("join activations") { program, fusions in
        let uses = DefUse(program)
        let isTraining = program.isTraining
        var removed = Set<Int>()
        for (position, operation) in program.operations.enumerated() {
            guard operation.phase == .forward, (operation.kind as? Op.Unary)?.function == .relu,
                let writer = uses.writer(of: operation.inputs[0]), program.isPrivate(operation.inputs[0]),
                uses.onlyReader(of: operation.inputs[0]) == position,
                case let core = program.operations[writer], core.kind is any EpilogueOperator, core.epilogue.isEmpty,
                fusions.takes(Epilogue(activation: .relu), behind: core.kind, isTraining: isTraining)
            else { continue }
            program.operations[writer].epilogue.activation = .relu
            program.operations[writer].outputs[0] = operation.outputs[0]
            program.values[operation.outputs[0].index].name = program[core.outputs[0]].name
            removed.insert(position)
            for gradient in program.operations.indices
            where program.operations[gradient].isGradient(of: operation) {
                program.operations[gradient].of = core.id
                program.operations[gradient].label = core.label
            }
        }
        program.rewrite(removing: removed)
    }
}
