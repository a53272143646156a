// SPDX-License-Identifier: Apache-2.0

import OcellusGraph

extension Pass {
    /// The gradient of a function right behind a batch norm in training is taken by that of the batch norm, which computes anew
    /// what the function was applied to.
    static let joinNormGradients = Pass("join batch norm and function gradients") { program, fusions in
        guard fusions.takesFunctionGradients else { return }
        let uses = DefUse(program)
        var (removed, replacements) = (Set<Int>(), [ValueID: ValueID]())
        for (position, norm) in program.operations.enumerated() {
            guard let kind = norm.kind as? Op.BatchNormGradient, kind.through == nil, let of = norm.of,
                let mask = uses.writer(of: norm.inputs[0]),
                let function = (program.operations[mask].kind as? Op.UnaryGradient)?.function,
                uses.onlyReader(of: norm.inputs[0]) == position, program.isPrivate(norm.inputs[0]),
                let forward = program.position(of: of),
                program.operations[forward].epilogue == Epilogue(activation: function),
                program.operations[forward].outputs[0] == program.operations[mask].inputs[1]
            else { continue }
            program.operations[position].kind = Op.BatchNormGradient(epsilon: kind.epsilon, through: function)
            replacements[norm.inputs[0]] = program.operations[mask].inputs[0]
            removed.insert(mask)
        }
        program.rewrite(removing: removed, replacing: replacements)
    }

    /// The gradient of a max pool right behind a ReLU is zero where the pool's result is, and so needs no ReLU gradient after
    /// it: a window's winner is positive exactly where the result is.
    static let maskPoolGradients = Pass("mask pool gradients") { program, fusions in
        guard fusions.takesFunctionGradients else { return }
        let uses = DefUse(program)
        var (removed, replacements) = (Set<Int>(), [ValueID: ValueID]())
        for (position, gradient) in program.operations.enumerated() {
            guard let kind = gradient.kind as? Op.MaxPoolGradient, let of = gradient.of,
                let pool = program.position(of: of), pool > 0, case let before = program.operations[pool - 1],
                before.outputs == [program.operations[pool].inputs[0]], before.endsInReLU
            else { continue }
            program.operations[position].kind = Op.MaxPoolGradient(geometry: kind.geometry, throughReLU: true)
            program.operations[position].inputs.append(program.operations[pool].outputs[0])
            let dx = gradient.outputs[0]
            for reader in uses.readers(of: dx) where program.operations[reader].masksWithReLU {
                let mask = program.operations[reader]
                guard mask.inputs == [dx, before.outputs[0]], program.isPrivate(mask.outputs[0]) else { continue }
                replacements[mask.outputs[0]] = dx
                removed.insert(reader)
            }
        }
        program.rewrite(removing: removed, replacing: replacements)
    }

    /// The gradient of a ReLU whose output was used twice adds both gradients while it masks them.
    static let joinSumsOfGradients = Pass("join sums of gradients and ReLU gradients") { program, fusions in
        guard fusions.takesFunctionGradients else { return }
        let uses = DefUse(program)
        var removed = Set<Int>()
        for (position, mask) in program.operations.enumerated() {
            guard mask.masksWithReLU, let sum = uses.writer(of: mask.inputs[0]), program.operations[sum].kind is Op.Add,
                program.operations[sum].phase == .backward, program.isPrivate(mask.inputs[0]),
                uses.onlyReader(of: mask.inputs[0]) == position
            else { continue }
            program.operations[position].kind = Op.ReLUGradientOfSum()
            program.operations[position].inputs = program.operations[sum].inputs + [mask.inputs[1]]
            removed.insert(sum)
        }
        program.rewrite(removing: removed)
    }
}

extension Operation {
    /// Whether this is the gradient of a ReLU: dy where y is positive.
    fileprivate var masksWithReLU: Bool { (kind as? Op.UnaryGradient)?.function == .relu }
}
