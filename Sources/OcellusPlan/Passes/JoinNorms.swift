// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph

extension Op {
    /// A convolution with the batch norms before and behind it, each with its ReLU, in training: x, γ, β, running mean, running
    /// variance of the norm before, w, the same four of the norm behind → z, workspace (what the gradient reads besides x).
    /// Updates the running values in place.
    package struct NormedConvolution: Operator {
        package var convolution: Convolution
        package var before: BatchNormTraining
        package var behind: BatchNormTraining
    }

    /// dz, x, γ and β of the norm before, w, γ and β of the norm behind, workspace → dx, dγ and dβ of the norm before, dw, dγ and
    /// dβ of the norm behind
    package struct NormedConvolutionGradient: Operator {
        package var forward: NormedConvolution
    }
}

/// Seven operations by their positions: a batch norm with ReLU, a convolution, another such norm; their gradients.
private struct NormedChain {
    var kind: Op.NormedConvolution
    /// The convolution; the norms stand beside it.
    var convolution: Int
    /// The gradient of the norm behind; those of the convolution and of the norm before follow.
    var gradients: Int
    var ofInput: Int
    var ofWeight: Int
    var positions: [Int] { Array(convolution - 1...convolution + 1) + Array(gradients...gradients + 3) }

    /// The chain around a convolution; `nil` where something is between its parts or reads what lies between them, which is not
    /// written then.
    init?(around position: Int, _ program: Program, _ uses: DefUse) {
        let all = program.operations
        guard position > 0, position + 1 < all.count, all[position].epilogue.isEmpty,
            let convolution = all[position].kind as? Op.Convolution, !convolution.hasBias,
            let before = all[position - 1].normWithReLU, let behind = all[position + 1].normWithReLU,
            case (let x, let y) = (all[position].inputs[0], all[position].outputs[0]),
            uses.writer(of: x) == position - 1, all[position + 1].inputs[0] == y,
            let start = uses.onlyReader(of: all[position + 1].outputs[1]), start + 3 < all.count,
            all[start].isGradientOfNormWithReLU, all[start + 3].isGradientOfNormWithReLU,
            all[start + 3].inputs[4] == all[position - 1].outputs[1]
        else { return nil }
        let dy = all[start].outputs[0]
        guard let ofInput = (start + 1...start + 2).first(where: { all[$0].kind is Op.ConvolutionInputGradient }),
            let ofWeight = (start + 1...start + 2).first(where: { all[$0].kind is Op.ConvolutionWeightGradient }),
            all[ofInput].inputs == [dy, all[position].inputs[1]], all[ofWeight].inputs == [x, dy],
            case let dx = all[ofInput].outputs[0], all[start + 3].inputs[0] == dx,
            [x, y, dy, dx].allSatisfy(program.isPrivate), Set(uses.readers(of: x)) == [position, ofWeight],
            uses.onlyReader(of: y, besides: start) == position + 1, Set(uses.readers(of: dy)) == [ofInput, ofWeight],
            uses.onlyReader(of: dx) == start + 3
        else { return nil }
        kind = Op.NormedConvolution(convolution: convolution, before: before, behind: behind)
        (self.convolution, gradients, self.ofInput, self.ofWeight) = (position, start, ofInput, ofWeight)
    }

    /// Both parts stand where theirs ended, under the convolution's name.
    func join(in program: inout Program) {
        let all = program.operations
        let (before, core, behind) = (all[convolution - 1], all[convolution], all[convolution + 1])
        let (first, last) = (all[gradients], all[gradients + 3])
        var forward = core
        forward.kind = kind
        forward.inputs = before.inputs + [core.inputs[1]] + behind.inputs.dropFirst()
        forward.outputs = behind.outputs
        forward.multiplyAdds = [before, core, behind].reduce(0) { $0 + $1.multiplyAdds }
        var gradient = all[ofWeight]
        gradient.kind = Op.NormedConvolutionGradient(forward: kind)
        gradient.inputs =
            [first.inputs[0]] + before.inputs[0...2] + [core.inputs[1]] + behind.inputs[1...2] + [behind.outputs[1]]
        gradient.outputs = last.outputs + [all[ofWeight].outputs[0]] + first.outputs.dropFirst()
        gradient.multiplyAdds = all[gradients...gradients + 3].reduce(0) { $0 + $1.multiplyAdds }
        program.operations[convolution + 1] = forward
        program.operations[gradients + 3] = gradient
    }
}

extension Pass {
    /// A convolution takes the batch norms around it along, and their ReLUs. A norm between two convolutions belongs to the first.
    static let joinNorms = Pass("join convolutions and the batch norms around them") { program, fusions in
        let uses = DefUse(program)
        var (removed, claimed) = (Set<Int>(), Set<Int>())
        for position in program.operations.indices {
            guard let chain = NormedChain(around: position, program, uses), claimed.isDisjoint(with: chain.positions),
                fusions.takesNorms(around: chain.kind.convolution)
            else { continue }
            claimed.formUnion(chain.positions)
            chain.join(in: &program)
            removed.formUnion([chain.convolution - 1, chain.convolution])
            removed.formUnion(chain.gradients...chain.gradients + 2)
        }
        program.rewrite(removing: removed)
    }
}

extension Operation {
    /// A batch norm in training with ReLU, to which nothing is added; `nil` for other operations.
    fileprivate var normWithReLU: Op.BatchNormTraining? {
        epilogue == Epilogue(activation: .relu) ? kind as? Op.BatchNormTraining : nil
    }

    fileprivate var isGradientOfNormWithReLU: Bool { (kind as? Op.BatchNormGradient)?.through == .relu }
}
