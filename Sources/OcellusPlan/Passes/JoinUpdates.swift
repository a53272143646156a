// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
package import OcellusModel

extension Op {
    /// The gradient of a dense weight together with its update: x, dy, w, states… → dw, db?; changes w and the states in place. Where
    /// one step does both, dw is never written.
    package struct MatrixProductUpdate: Operator {
        package var hasBias: Bool
        package var optimizer: Optimizer
    }
}

extension Pass {
    /// A dense weight is updated where its gradient is computed, when nothing else reads the gradient, and the weight for the last
    /// time before: the gradient of the layer's input comes first.
    static let joinUpdates = Pass("join weight gradients and updates") { program, fusions in
        let uses = DefUse(program)
        var removed = Set<Int>()
        for (position, gradient) in program.operations.enumerated() {
            guard let kind = gradient.kind as? Op.MatrixProductWeightGradient, case let dw = gradient.outputs[0],
                let index = program.parameterGradients.firstIndex(of: dw), program.isPrivate(dw),
                let reader = uses.onlyReader(of: dw), let update = program.operations[reader].kind as? Op.Update,
                case let w = program.parameters[index],
                uses.readers(of: w).allSatisfy({ $0 < position || $0 == reader }),
                fusions.takesUpdate(ofDense: program[w].shape, batchSize: program.batchSize)
            else { continue }
            program.operations[position].kind = Op.MatrixProductUpdate(
                hasBias: kind.hasBias, optimizer: update.optimizer)
            program.operations[position].inputs += [w] + program.operations[reader].inputs.dropFirst(2)
            program.parameterGradients[index] = nil
            removed.insert(reader)
        }
        program.rewrite(removing: removed)
    }
}
