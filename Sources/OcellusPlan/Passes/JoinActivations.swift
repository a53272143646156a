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
    /// A function becomes the epilogue of the operation before it, when nothing else reads what it reads: in training one whose
    /// gradient reads its result. The gradient of the function is then the operation's.
    static let joinActivations = Pass("join activations") { program, fusions in
        let uses = DefUse(program)
        let isTraining = program.isTraining
        var removed = Set<Int>()
        for (position, operation) in program.operations.enumerated() {
            guard operation.phase == .forward, let function = (operation.kind as? Op.Unary)?.function,
                let writer = program.core(before: position, uses), uses.onlyReader(of: operation.inputs[0]) == position,
                fusions.takes(
                    Epilogue(activation: function), behind: program.operations[writer].kind,
                    of: program[operation.inputs[0]].shape, isTraining: isTraining)
            else { continue }
            program.join(position, into: writer, function)
            removed.insert(position)
            let core = program.operations[writer]
            for gradient in program.operations.indices
            where program.operations[gradient].isGradient(of: operation) {
                program.operations[gradient].of = core.id
                program.operations[gradient].label = core.label
            }
        }
        program.rewrite(removing: removed)
    }

    /// A batch norm in training takes any function behind it along, whose gradient its own takes too: it computes what the function
    /// was applied to anew. That is what a function whose gradient reads this needs, so that it is never written.
    static let joinNormFunctions = Pass("join batch norms and the functions behind them") { program, fusions in
        guard fusions.takesFunctionGradients else { return }
        let uses = DefUse(program)
        var removed = Set<Int>()
        for (position, operation) in program.operations.enumerated() {
            guard operation.phase == .forward, let function = (operation.kind as? Op.Unary)?.function,
                case let x = operation.inputs[0], let writer = program.core(before: position, uses),
                let kind = program.operations[writer].kind as? Op.BatchNormTraining,
                let gradient = uses.onlyReader(of: x, besides: position),
                program.operations[gradient].kind is Op.UnaryGradient,
                case let dx = program.operations[gradient].outputs[0], program.isPrivate(dx),
                let ofNorm = uses.onlyReader(of: dx), program.operations[ofNorm].kind is Op.BatchNormGradient,
                program.operations[ofNorm].isGradient(of: program.operations[writer]),
                fusions.takes(
                    Epilogue(activation: function), behind: kind, of: program[x].shape, isTraining: true)
            else { continue }
            program.join(position, into: writer, function)
            program.operations[ofNorm].kind = Op.BatchNormGradient(epsilon: kind.epsilon, through: function)
            program.operations[ofNorm].inputs[0] = program.operations[gradient].inputs[0]
            removed.formUnion([position, gradient])
        }
        program.rewrite(removing: removed)
    }
}

extension Program {
    /// The operation that writes what another reads, where it may end in a function yet.
    fileprivate func core(before position: Int, _ uses: DefUse) -> Int? {
        let x = operations[position].inputs[0]
        guard let writer = uses.writer(of: x), isPrivate(x), operations[writer].outputs[0] == x,
            operations[writer].phase == .forward, operations[writer].kind is any EpilogueOperator,
            operations[writer].epilogue.isEmpty
        else { return nil }
        return writer
    }

    /// Makes a function the epilogue of an operation.
    fileprivate mutating func join(_ position: Int, into writer: Int, _ function: UnaryFunction) {
        let (x, y) = (operations[writer].outputs[0], operations[position].outputs[0])
        operations[writer].epilogue.activation = function
        operations[writer].outputs[0] = y
        values[y.index].name = self[x].name
    }
}
