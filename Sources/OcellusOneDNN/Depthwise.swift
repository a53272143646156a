// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension ConvolutionAlgorithm {
    /// A depthwise convolution together with the batch norms and ReLUs before and behind it in training, by the kernels: a
    /// pattern of the program, no alternative to others.
    package static let depthwise = ConvolutionAlgorithm(rawValue: "depthwise")
}

/// A depthwise convolution with the batch norms before and behind it, each with its ReLU, in training: seven operations, computed
/// by two steps. Positions are those in ``Program/operations``.
struct DepthwiseChain {
    var convolution: Convolution
    /// Of the batch norm before, the convolution and the batch norm behind.
    var forward: Range<Int>
    /// Of the gradients: of the batch norm behind, of the convolution's input and weight, of the batch norm before.
    var backward: Range<Int>

    /// What the forward step left for the backward one.
    struct Record {
        var sizes: ocellus_depthwise
        var x: Instance
        var weights: Instance
        var y: Instance
        var z: Instance
        var before: BatchNormRecord
        var after: BatchNormRecord
    }
}

extension PlanCompiler {
    /// The chains of a program that the kernels compute faster than their parts: a training step of mobilenet-small, of whose
    /// time they take a third, by a sixth (Zen 4, 2 threads, batch 128).
    func findDepthwiseChains() -> [DepthwiseChain] {
        // The kernels are made for vectors of 16 channels.
        guard preferredBlock == 16, precision == .float32 else { return [] }
        var chains: [DepthwiseChain] = []
        for position in program.operations.indices {
            // A batch norm between two such convolutions belongs to the first.
            guard let chain = depthwiseChain(around: position), chains.last?.forward.overlaps(chain.forward) != true
            else { continue }
            chains.append(chain)
        }
        return chains
    }

    private func depthwiseChain(around position: Int) -> DepthwiseChain? {
        let all = program.operations
        guard let convolution = all[position].kind as? Op.Convolution, all[position].epilogue.isEmpty,
            convolution.suitsDepthwise,
            position > 0, position + 1 < all.count,
            let first = all[position - 1].trainedNorm, let second = all[position + 1].trainedNorm,
            all[position].inputs[0] == first.y, all[position + 1].inputs[0] == all[position].outputs[0],
            let start = all.firstIndex(where: { $0.inputs.contains(second.saved) }), start + 3 < all.count
        else { return nil }
        let gradients = all[start...(start + 3)]
        // The gradient of what the convolution reads, and of what it gives.
        guard all[start].isGradientOfNormAndReLU, all[start + 3].isGradientOfNormAndReLU,
            all[start + 3].inputs[4] == first.saved,
            let ofInput = gradients.first(where: { $0.kind is Op.ConvolutionInputGradient }),
            let ofWeight = gradients.first(where: { $0.kind is Op.ConvolutionWeightGradient }),
            ofInput.isGradient(of: all[position]), ofWeight.isGradient(of: all[position]),
            ofInput.inputs == [all[start].outputs[0], all[position].inputs[1]],
            ofWeight.inputs == [first.y, all[start].outputs[0]], all[start + 3].inputs[0] == ofInput.outputs[0]
        else { return nil }
        // What lies between the steps of a chain is not written, so nothing else may read it.
        let chain = DepthwiseChain(
            convolution: convolution, forward: position - 1..<position + 2, backward: start..<start + 4)
        let hidden = [first.y, all[position].outputs[0], all[start].outputs[0], ofInput.outputs[0]]
        for id in hidden where program[id].isResult { return nil }
        for (index, operation) in all.enumerated()
        where !chain.forward.contains(index) && !chain.backward.contains(index) {
            if operation.inputs.contains(where: hidden.contains) { return nil }
        }
        return chain
    }

    /// Adds the steps of an operation of a chain: both steps stand where its part of the chain ends.
    mutating func lowerDepthwise(_ chain: DepthwiseChain, at position: Int) throws(PlanError) {
        if position == chain.forward.upperBound - 1 { try lowerDepthwiseForward(chain) }
        if position == chain.backward.upperBound - 1 { try lowerDepthwiseGradient(chain) }
    }

    private mutating func lowerDepthwiseForward(_ chain: DepthwiseChain) throws(PlanError) {
        let (first, middle, last) = chain.operations(of: program)
        func maps(_ id: ValueID) throws(PlanError) -> Layout { try .maps(shape(id).dimensions, block: preferredBlock) }
        let x = try instance(first.inputs[0], as: maps(first.inputs[0]))
        let y = temporary(try maps(middle.outputs[0]))
        let record = DepthwiseChain.Record(
            sizes: ocellus_depthwise(
                x: kernelMaps(x.layout), y: kernelMaps(y.layout), window: kernelWindow(chain.convolution.geometry)),
            x: x, weights: try parameter(middle.inputs[1], as: .plain(shape(middle.inputs[1]).dimensions)), y: y,
            z: newInstance(last.outputs[0], y.layout), before: try normRecord(first, x.layout),
            after: try normRecord(last, y.layout))
        depthwise[chain.forward.lowerBound] = record
        for direction in ConvolutionDirection.allCases { note(.init(.depthwise, .fixed), direction, of: middle) }
        let (before, after) = (record.before, record.after)
        needScratch(floats: ocellus_depthwise_scratch(record.sizes, Int32(threads)))
        step(
            "convolution between batch norms", kernel("depthwise", x),
            reads: [x, record.weights, before.scale, before.shift, after.scale, after.shift],
            writes: [y, record.z, before.mean, before.variance, after.mean, after.variance],
            as: middle.joined(with: [first, last])
        ) { resources in
            resources.call(
                ocellus_depthwise_forward,
                ocellus_depthwise_forward_arguments(
                    sizes: record.sizes, before: before.trained(resources, first.norm.epsilon),
                    after: after.trained(resources, last.norm.epsilon), x: resources.pointer(x),
                    w: resources.pointer(record.weights), y: resources.pointer(y), z: resources.pointer(record.z)))
        }
        try runningStatistics(before, first.norm.momentum, of: first)
        try runningStatistics(after, last.norm.momentum, of: last)
    }

    private mutating func lowerDepthwiseGradient(_ chain: DepthwiseChain) throws(PlanError) {
        guard let record = depthwise[chain.forward.lowerBound] else { throw missingForward() }
        let (first, _, last) = chain.operations(of: program)
        let gradients = Array(program.operations[chain.backward])
        guard let weightGradient = gradients.first(where: { $0.kind is Op.ConvolutionWeightGradient })
        else {
            throw missingForward()
        }
        let (behind, ahead) = (gradients[0], gradients[3])
        let dz = try instance(behind.inputs[0], as: record.z.layout)
        let x = try instance(ahead.inputs[1], as: record.x.layout)
        let dx = newInstance(ahead.outputs[0], record.x.layout)
        let dw = newInstance(weightGradient.outputs[0], record.weights.layout)
        // Both norms have the convolution's channels.
        let layout = record.before.scale.layout
        func channels(_ gradient: Operation) -> (scale: Instance, shift: Instance) {
            (newInstance(gradient.outputs[1], layout), newInstance(gradient.outputs[2], layout))
        }
        let (dBefore, dAfter) = (channels(ahead), channels(behind))
        let (before, after) = (record.before, record.after)
        choice = .init(.depthwise, .fixed)
        needScratch(floats: ocellus_depthwise_scratch(record.sizes, Int32(threads)))
        step(
            "convolution between batch norms gradient", kernel("depthwise gradient", x),
            reads: [
                dz, record.y, x, record.weights, before.mean, before.variance, before.scale, before.shift, after.mean,
                after.variance, after.scale, after.shift,
            ],
            writes: [dx, dw, dBefore.scale, dBefore.shift, dAfter.scale, dAfter.shift],
            as: weightGradient.joined(with: gradients)
        ) { resources in
            resources.call(
                ocellus_depthwise_gradient,
                ocellus_depthwise_gradient_arguments(
                    sizes: record.sizes, before: before.trained(resources, first.norm.epsilon, gradients: dBefore),
                    after: after.trained(resources, last.norm.epsilon, gradients: dAfter), x: resources.pointer(x),
                    w: resources.pointer(record.weights), y: resources.pointer(record.y), dz: resources.pointer(dz),
                    dx: resources.pointer(dx), dw: resources.pointer(dw)))
        }
    }

    private mutating func normRecord(_ norm: Operation, _ x: Layout) throws(PlanError) -> BatchNormRecord {
        let channels = try Layout.plain([shape(norm.inputs[0])[1]])
        return BatchNormRecord(
            x: x, mean: temporary(channels), variance: temporary(channels),
            scale: try parameter(norm.inputs[1], as: channels), shift: try parameter(norm.inputs[2], as: channels))
    }
}

extension DepthwiseChain {
    fileprivate func operations(of program: Program) -> (Operation, Operation, Operation) {
        let first = forward.lowerBound
        return (program.operations[first], program.operations[first + 1], program.operations[first + 2])
    }
}

extension BatchNormRecord {
    fileprivate func trained(
        _ resources: Resources, _ epsilon: Float, gradients: (scale: Instance, shift: Instance)? = nil
    ) -> ocellus_trained_norm {
        ocellus_trained_norm(
            scale: resources.pointer(scale), shift: resources.pointer(shift), epsilon: epsilon,
            mean: resources.pointer(mean), variance: resources.pointer(variance),
            dscale: gradients.map { resources.pointer($0.scale) }, dshift: gradients.map { resources.pointer($0.shift) }
        )
    }
}

extension Operation {
    /// What a batch norm in training with ReLU, to which nothing is added, writes; `nil` for other operations.
    fileprivate var trainedNorm: (y: ValueID, saved: ValueID)? {
        guard kind is Op.BatchNormTraining, epilogue == Epilogue(activation: .relu) else { return nil }
        return (outputs[0], outputs[1])
    }

    /// This one with what it takes to compute others too.
    fileprivate func joined(with others: [Operation]) -> Operation {
        var joined = self
        for other in others where other.id != id {
            joined.multiplyAdds += other.multiplyAdds
        }
        joined.outputs = others.last?.outputs ?? outputs
        return joined
    }

    /// Of a batch norm in training.
    fileprivate var norm: (epsilon: Float, momentum: Float) {
        guard let norm = kind as? Op.BatchNormTraining else { return (0, 0) }
        return (norm.epsilon, norm.momentum)
    }

    fileprivate var isGradientOfNormAndReLU: Bool { (kind as? Op.BatchNormGradient)?.throughReLU == true }
}

extension Convolution {
    /// Whether the kernels of ``ConvolutionAlgorithm/depthwise`` apply. Planes that a second-level cache does not hold twice are
    /// left to oneDNN.
    fileprivate var suitsDepthwise: Bool {
        let sizes = geometry
        return groups == inputChannels && groups == outputChannels && groups > 1 && !hasBias && sizes.kernel == 3
            && sizes.dilation == 1 && (sizes.stride == 1 || sizes.stride == 2)
            && [sizes.before, sizes.after].allSatisfy { $0.height <= 2 && $0.width <= 2 }
            && sizes.input.height * sizes.input.width <= 4096
    }
}
