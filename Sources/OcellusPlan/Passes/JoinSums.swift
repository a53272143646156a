// SPDX-License-Identifier: Apache-2.0

import OcellusGraph

extension Pass {
    /// The sum at the end of a residual becomes part of the operation right before it: of a batch norm, in inference of a
    /// convolution too, when nothing else reads that one's result.
    static let joinSums = Pass("join sums") { program, fusions in
        let uses = DefUse(program)
        let isTraining = program.isTraining
        var removed = Set<Int>()
        for (position, sum) in program.operations.enumerated() {
            guard sum.phase == .forward, sum.kind is Op.Add, position > 0, sum.inputs[0] != sum.inputs[1] else {
                continue
            }
            let core = program.operations[position - 1]
            let epilogue = Epilogue(adds: true, activation: sum.epilogue.activation)
            guard let y = core.outputs.first, sum.inputs.contains(y), program.isPrivate(y),
                uses.onlyReader(of: y) == position, core.epilogue.isEmpty,
                (core.kind as? any EpilogueOperator)?.addsMore(isTraining: isTraining) == true,
                fusions.takes(epilogue, behind: core.kind, of: program[y].shape, isTraining: isTraining)
            else { continue }
            program.operations[position - 1].epilogue = epilogue
            program.operations[position - 1].inputs.append(sum.inputs[0] == y ? sum.inputs[1] : sum.inputs[0])
            program.operations[position - 1].outputs[0] = sum.outputs[0]
            removed.insert(position)
        }
        program.rewrite(removing: removed)
    }
}
