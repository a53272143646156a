// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph

extension Op {
    /// The weight gradient of a convolution through the max pool behind it: x, dy of the pool, its workspace, its y? → dw, db?. With
    /// y, dy counts only where y is positive: the gradient of a ReLU before the pool.
    package struct PooledWeightGradient: Operator {
        package var convolution: Convolution
        package var throughReLU: Bool
    }
}

extension Pass {
    /// The gradient of a max pool that only the weight gradient of the convolution before it reads becomes part of that: most of it
    /// is zeros.
    static let joinPools = Pass("join weight gradients and max pool gradients") { program, fusions in
        let uses = DefUse(program)
        var removed = Set<Int>()
        for (position, gradient) in program.operations.enumerated() {
            guard let convolution = (gradient.kind as? Op.ConvolutionWeightGradient)?.convolution,
                let pool = uses.writer(of: gradient.inputs[1]),
                let kind = program.operations[pool].kind as? Op.MaxPoolGradient,
                uses.onlyReader(of: gradient.inputs[1]) == position, program.isPrivate(gradient.inputs[1]),
                fusions.takesPool(kind.geometry, behind: convolution)
            else { continue }
            program.operations[position].kind = Op.PooledWeightGradient(
                convolution: convolution, throughReLU: kind.throughReLU)
            program.operations[position].inputs = [gradient.inputs[0]] + program.operations[pool].inputs
            removed.insert(pool)
        }
        program.rewrite(removing: removed)
    }
}
