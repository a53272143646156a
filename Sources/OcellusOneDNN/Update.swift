// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    /// One step over the blocks of all gradients and of their sums.
    mutating func lowerGradientSums() throws(PlanError) {
        var (gradients, sums): ([Instance], [Instance]) = ([], [])
        for (gradient, sum) in zip(operation.inputs, operation.outputs) {
            let g = try primary(gradient)
            gradients.append(g)
            sums.append(newInstance(sum, g.layout))
        }
        guard !sums.isEmpty else { return }
        step("gradient sums", "kernel:add scaled", reads: gradients, writes: sums) { (resources) throws(PlanError) in
            resources.call(
                ocellus_gradient_sums,
                ocellus_gradient_sums_arguments(
                    count: resources.trainedBytes / MemoryLayout<Float>.stride, g: try resources.trained(.gradients),
                    sums: try resources.trained(.gradientSums)))
        }
    }

    mutating func lowerClip(_ maximum: Double) throws(PlanError) {
        var gradients: [Instance] = []
        for id in operation.inputs { gradients.append(try primary(id)) }
        step("gradient clip", "kernel:sum of squares", reads: gradients, writes: []) { [gradients] resources in
            resources.call(
                ocellus_gradient_clip,
                ocellus_gradient_clip_arguments(
                    buffers: gradients.count,
                    g: resources.table(gradients.map { UnsafePointer(resources.pointer($0)) as _? }),
                    counts: resources.table(gradients.map(\.layout.elements)), maximum: maximum))
        }
    }

    /// Position of a value in the network's parameters.
    func parameterIndex(of id: ValueID) throws(PlanError) -> Int {
        guard case .parameter(let index) = program[id].role else {
            throw PlanError(.invalid, "an update of something that is no parameter.")
        }
        return index
    }

    /// Adds one step that updates every trained parameter, at the last of the program's updates: parameters,
    /// gradients and states lie at the same offsets of blocks of their own.
    mutating func lowerUpdate(_ optimizer: Optimizer) throws(PlanError) {
        let w = try primary(operation.inputs[0])
        updatesSeen += 1
        let g = try primary(operation.inputs[1])
        let states = try operation.inputs.dropFirst(2).map { (id) throws(PlanError) in newInstance(id, w.layout) }
        updated.append((try parameterIndex(of: operation.inputs[0]), w, g, states))
        guard updatesSeen == program.operations.count(where: \.isUpdate) else { return }
        let all = updated
        let sumsGradients = if case .gradientSum = program[operation.inputs[1]].role { true } else { false }
        step(
            "update", "kernel:\(optimizer.kernelName)", reads: all.map(\.g),
            writes: all.flatMap { [$0.w] + $0.states }
        ) { (resources) throws(PlanError) in
            let states = try all[0].states.indices.map { (slot) throws(PlanError) in
                try resources.trained(.states(slot: slot))
            }
            let w = try resources.trained(.parameters)
            let starts = all.map { (resources.pointer($0.w) - w, $0.parameter) }.sorted { $0.0 < $1.0 }
            let count = resources.trainedBytes / MemoryLayout<Float>.stride
            let ends = starts.dropFirst().map(\.0) + [count]
            let parts = zip(starts, ends).map { start, end in
                ocellus_update_part(parameter: start.1, start: start.0, count: end - start.0)
            }
            return resources.call(
                ocellus_update,
                ocellus_update_arguments(
                    optimizer: optimizer.settings, parts: resources.table(parts), part_count: parts.count,
                    count: count, w: w, g: try resources.trained(sumsGradients ? .gradientSums : .gradients),
                    m: states.count == 2 ? states[0] : nil, v: states.last))
        }
    }
}

extension PlanCompiler {
    /// Adds a step that updates one weight with its gradient.
    mutating func lowerSingleUpdate(
        _ optimizer: Optimizer, _ w: ValueID, _ gradient: ValueID, _ states: some Sequence<ValueID>
    ) throws(PlanError) {
        let (weights, parameter) = (try written(w), try parameterIndex(of: w))
        let g = try instance(gradient, as: weights.layout)
        let states = states.map { newInstance($0, weights.layout) }
        step(
            "update", "kernel:\(optimizer.kernelName)", reads: [g], writes: [weights] + states, isMain: false
        ) { resources in
            let count = weights.layout.elements
            let part = ocellus_update_part(parameter: parameter, start: 0, count: count)
            let pointers = states.map(resources.pointer)
            return resources.call(
                ocellus_update,
                ocellus_update_arguments(
                    optimizer: optimizer.settings, parts: resources.table([part]), part_count: 1, count: count,
                    w: resources.pointer(weights), g: resources.pointer(g),
                    m: pointers.count == 2 ? pointers[0] : nil, v: pointers.last))
        }
    }
}

extension Operation {
    var isUpdate: Bool { kind is Op.Update }
}

extension Op.GradientSums: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerGradientSums() }
}

extension Op.GradientClip: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerClip(maximum) }
}

extension Op.Update: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerUpdate(optimizer) }
}

extension Optimizer {
    /// As the kernels take it.
    var settings: ocellus_optimizer {
        var settings = ocellus_optimizer()
        switch self {
        case .sgd(_, let momentum, let nesterov, let decay):
            settings.kind =
                momentum == 0 ? ocellus_rule_sgd : nesterov ? ocellus_rule_nesterov : ocellus_rule_momentum
            settings.momentum = momentum
            settings.decay = decay
        case .adam(_, let beta1, let beta2, let epsilon, let decay),
            .adamW(_, let beta1, let beta2, let epsilon, let decay):
            settings.kind = ocellus_rule_adam
            (settings.beta1, settings.beta2, settings.epsilon) = (beta1, beta2, epsilon)
            settings.decay = decay
            settings.decoupled = isDecoupled
        }
        return settings
    }

    /// Whether weight decay stays apart from the gradient.
    fileprivate var isDecoupled: Bool {
        if case .adamW = self { true } else { false }
    }

    /// For the list of steps.
    var kernelName: String {
        switch self {
        case .sgd(_, let momentum, _, _): momentum == 0 ? "sgd" : "sgd with momentum"
        case .adam: "adam"
        case .adamW: "adamw"
        }
    }
}
