// SPDX-License-Identifier: Apache-2.0

package import OcellusModel
import OcellusTensor

/// What a plan is compiled for.
package enum PlanMode: Sendable {
    /// Forward only, with running statistics and without dropout.
    case inference
    /// As ``inference``, with every activation kept for reading after a run.
    case activations
    /// Forward, loss, backward and update. With `sumsGradients` a batch may come in parts: forward to backward for each, then
    /// one update.
    case training(Loss, Optimizer, maximumGradientNorm: Double? = nil, sumsGradients: Bool = false)
    /// Forward as in training, then backward from an output gradient that the host supplies, down to the input.
    case gradients
    /// Forward as in ``inference``, then backward from a gradient that the host supplies, down to the input.
    ///
    /// The gradient is that of the layer `from`, else of the network's output. Outputs and gradients of `layers` are kept
    /// too; a layer behind `from` has no gradient. Layers are named by path, e.g. `3` or `layer1.0.conv2`, and no ReLU is
    /// joined with the layer before it, so that each has an output of its own.
    case attribution(from: String? = nil, layers: [String] = [])
}

/// Lowers a network, its loss and its update to a ``Program``.
///
/// Each layer appends its forward operations and a closure that appends its backward ones; the closures run in reverse
/// order. A value used twice gets the sum of its gradients.
package struct ProgramBuilder {
    var program: Program
    let network: Network
    let isTraining: Bool
    /// Whether a ReLU is joined with the layer before it and its gradient with the pool behind it, and the addition at
    /// the end of a residual with the batch norm before it.
    let fusesReLU: Bool
    private var nextParameter = 0
    private var nextBuffer = 0
    private var parameterNames: [String]
    private var needsGradient = Set<ValueID>()
    private var gradients: [ValueID: ValueID] = [:]
    /// A second gradient of a value, not yet added to the first: a ReLU gradient may do so.
    private var secondGradients: [ValueID: ValueID] = [:]
    /// For the output of a ReLU, the gradient of it that is already zero where the output was not positive.
    var masked: [ValueID: ValueID] = [:]
    private var tape: [(layer: String, backward: (inout ProgramBuilder) -> Void)] = []
    private var phase = Phase.forward
    var layer = ""
    var dropoutStreams = 0

    /// - Throws: ``ModelError`` of the network, loss or optimiser.
    package static func program(
        for network: Network, mode: PlanMode, batchSize: Int, fusesReLU: Bool = true
    ) throws(ModelError) -> Program {
        guard batchSize >= 1, batchSize <= 1 << 20 else {
            throw ModelError(
                .outOfRange, "the batch size is out of range.", needs: "1 to 1048576", received: "\(batchSize)")
        }
        var builder = try ProgramBuilder(network, mode, batchSize, fusesReLU)
        try builder.build(mode)
        return builder.program
    }

    private init(_ network: Network, _ mode: PlanMode, _ batchSize: Int, _ fusesReLU: Bool) throws(ModelError) {
        self.network = network
        if case .attribution = mode { self.fusesReLU = false } else { self.fusesReLU = fusesReLU }
        let placeholder = ValueID(index: 0)
        program = Program(batchSize: batchSize, output: placeholder, input: placeholder)
        let parameters = try network.parameters()
        parameterNames = parameters.map(\.name)
        switch mode {
        case .inference, .activations, .attribution: isTraining = false
        case .training, .gradients: isTraining = true
        }

        program.input = value("input", network.input.batched(batchSize), .input)
        for (index, spec) in parameters.enumerated() {
            let id = value(spec.name, spec.shape, .parameter(index))
            program.parameters.append(id)
            if isTraining, !network.isFrozen(spec.name) { needsGradient.insert(id) }
        }
        program.parameterGradients = Array(repeating: nil, count: parameters.count)
        for (index, spec) in try network.buffers().enumerated() {
            program.buffers.append(value(spec.name, spec.shape, .buffer(index)))
        }
        switch mode {
        case .gradients, .attribution: needsGradient.insert(program.input)
        case .inference, .activations, .training: break
        }
    }

    private mutating func build(_ mode: PlanMode) throws(ModelError) {
        let output = try lower(network.layers, from: program.input)
        program.output = output
        program.values[output.index].isResult = true
        switch mode {
        case .inference: return
        case .activations:
            for index in program.values.indices where program.values[index].role == .activation {
                program.values[index].isResult = true
            }
        case .gradients:
            let gradient = value("gradient of output", program[output].shape, .outputGradient)
            program.outputGradient = gradient
            backward(from: gradient, of: output)
            program.inputGradient = self.gradient(at: program.input)
            for id in gradients.values where program[id].role == .gradient {
                program.values[id.index].isResult = true
            }
        case .attribution(let start, let layers):
            let source = try start.map { (path) throws(ModelError) in try layerOutput(path) } ?? output
            let kept = try layers.map { (path) throws(ModelError) in (path, try layerOutput(path)) }
            let gradient = value("gradient of \(program[source].name)", program[source].shape, .outputGradient)
            program.outputGradient = gradient
            backward(from: gradient, of: source)
            program.inputGradient = self.gradient(at: program.input)
            program.layerOutputs = Dictionary(kept) { first, _ in first }
            program.layerGradients = program.layerOutputs.compactMapValues { gradients[$0] }
            let read = Array(program.layerOutputs.values) + Array(program.layerGradients.values)
            for id in read + [program.inputGradient].compactMap(\.self) {
                program.values[id.index].isResult = true
            }
        case .training(let loss, let optimizer, let maximumNorm, let sumsGradients):
            try loss.validate(classes: try network.classes())
            try optimizer.validate()
            if let maximumNorm, !(maximumNorm > 0) || !maximumNorm.isFinite {
                throw ModelError(
                    .outOfRange, "the gradient clip is out of range.", needs: "a norm above 0",
                    received: "\(maximumNorm)")
            }
            backward(from: lower(loss), of: output)
            if sumsGradients { sumGradients() }
            lower(optimizer, maximumNorm: maximumNorm)
        }
    }

    /// - Throws: ``ModelError/Code/unknownLayer``.
    private func layerOutput(_ path: String) throws(ModelError) -> ValueID {
        if let id = program.layerOutputs[path] { return id }
        let paths = program.layerOutputs.keys.sorted()
        throw ModelError(
            .unknownLayer, "the network has no layer \"\(path)\".", needs: "one of \(paths.joined(separator: ", "))",
            received: path, advice: closestMatch(to: path, in: paths).map { "did you mean \"\($0)\"?" })
    }

    // MARK: Building blocks for layers

    /// Adds a value to the program.
    mutating func value(_ name: String, _ shape: Shape, _ role: Role) -> ValueID {
        program.values.append(Value(name: name, shape: shape, role: role))
        return ValueID(index: program.values.count - 1)
    }

    /// Adds an operation of the current layer and phase.
    mutating func append(_ kind: Operator, _ inputs: [ValueID], _ outputs: [ValueID], multiplyAdds: Int = 0) {
        program.operations.append(
            Operation(
                kind: kind, inputs: inputs, outputs: outputs, phase: phase, layer: layer, multiplyAdds: multiplyAdds))
    }

    /// Adds an operation with one new output; the output needs a gradient when an input does.
    mutating func apply(
        _ kind: Operator, _ inputs: [ValueID], _ shape: Shape, multiplyAdds: Int = 0, suffix: String = "output"
    ) -> ValueID {
        let output = value("\(layer) \(suffix)", shape, phase == .forward ? .activation : .gradient)
        append(kind, inputs, [output], multiplyAdds: multiplyAdds)
        if phase == .forward, inputs.contains(where: needsGradient.contains) { needsGradient.insert(output) }
        return output
    }

    func requiresGradient(_ id: ValueID) -> Bool { needsGradient.contains(id) }

    /// The next tensors of the network, in file order: layers take theirs in the order in which they are lowered.
    mutating func takeParameters(_ count: Int) -> [ValueID] {
        defer { nextParameter += count }
        return Array(program.parameters[nextParameter..<nextParameter + count])
    }
    mutating func takeBuffers(_ count: Int) -> [ValueID] {
        defer { nextBuffer += count }
        return Array(program.buffers[nextBuffer..<nextBuffer + count])
    }

    /// Registers what runs backward for the layer, if any of `inputs` needs a gradient. The closure gets the gradient
    /// of `output`.
    ///
    /// - Parameter relu: Whether the layer ended in a ReLU; then the closure gets the gradient before it.
    mutating func onBackward(
        of output: ValueID, _ inputs: [ValueID], relu: Bool = false,
        _ body: @escaping (inout ProgramBuilder, ValueID) -> Void
    ) {
        guard inputs.contains(where: needsGradient.contains) else { return }
        let layer = layer
        tape.append(
            (
                layer,
                { builder in
                    // A value that nothing used further on has no gradient.
                    guard
                        let gradient = relu ? builder.gradientBeforeReLU(of: output) : builder.gradient(at: output)
                    else { return }
                    body(&builder, gradient)
                }
            ))
    }

    /// Adds to the gradient of a value.
    mutating func addGradient(_ gradient: ValueID, to id: ValueID) {
        if self.gradient(at: id) == nil {
            gradients[id] = gradient
        } else {
            secondGradients[id] = gradient
        }
    }

    /// For an operation that ends in several steps: the gradient before the last of them.
    mutating func replaceGradient(of id: ValueID, by gradient: ValueID) { gradients[id] = gradient }

    /// The gradient of a value, the sum where it has two.
    private mutating func gradient(at id: ValueID) -> ValueID? {
        guard let first = gradients[id], let second = secondGradients.removeValue(forKey: id) else {
            return gradients[id]
        }
        let sum = apply(.add(relu: false), [first, second], program[id].shape, suffix: "sum of gradients")
        gradients[id] = sum
        return sum
    }

    /// The gradient of a ReLU's input from that of its output `y`, in one pass where that is a sum of two.
    mutating func gradientBeforeReLU(of y: ValueID) -> ValueID? {
        let name = "gradient before ReLU"
        // Apart, so that the sum can be read where ReLUs are not joined.
        guard fusesReLU, let first = gradients[y] else {
            return gradient(at: y).map { apply(.activationGradient(.relu), [$0, y], program[y].shape, suffix: name) }
        }
        if let second = secondGradients.removeValue(forKey: y) {
            return apply(.reluGradientOfSum, [first, second, y], program[y].shape, suffix: name)
        }
        if masked[y] == first { return first }
        return apply(.activationGradient(.relu), [first, y], program[y].shape, suffix: name)
    }

    /// A new value for the gradient of `id`, registered as such; for parameters also in the program's list.
    mutating func gradient(of id: ValueID) -> ValueID {
        let result = value("gradient of \(program[id].name)", program[id].shape, .gradient)
        if case .parameter(let index) = program[id].role { program.parameterGradients[index] = result }
        return result
    }

    /// Says that a value whose operation was added by hand needs a gradient.
    mutating func markNeedsGradient(_ id: ValueID) { needsGradient.insert(id) }

    /// Takes back the gradient of a frozen parameter that came as a by-product.
    mutating func forgetGradient(of id: ValueID) {
        guard case .parameter(let index) = program[id].role else { return }
        program.parameterGradients[index] = nil
    }

    private mutating func backward(from gradient: ValueID, of source: ValueID) {
        phase = .backward
        gradients[source] = gradient
        for entry in tape.reversed() {
            layer = entry.layer
            entry.backward(&self)
        }
        for (index, id) in program.parameters.enumerated() {
            if let gradient = program.parameterGradients[index] { gradients[id] = gradient }
        }
    }

    private mutating func lower(_ loss: Loss) -> ValueID {
        phase = .loss
        layer = "loss"
        let labels = value("labels", [program.batchSize], .labels)
        let weights = value("sample weights", [program.batchSize], .sampleWeights)
        (program.labels, program.sampleWeights) = (labels, weights)
        return apply(
            .softmaxCrossEntropy(loss), [program.output, labels, weights], program[program.output].shape,
            suffix: "gradient of logits")
    }

    /// Puts the sum of each parameter's gradients in the place of its gradient.
    private mutating func sumGradients() {
        layer = "gradients"
        let updated = program.parameters.indices.filter { program.parameterGradients[$0] != nil }
        let sums = updated.map { index in
            value(
                "sum of gradients of \(parameterNames[index])", program[program.parameters[index]].shape,
                .gradientSum(parameter: index))
        }
        append(.gradientSums, updated.compactMap { program.parameterGradients[$0] }, sums)
        for (index, sum) in zip(updated, sums) { program.parameterGradients[index] = sum }
    }

    private mutating func lower(_ optimizer: Optimizer, maximumNorm: Double?) {
        phase = .update
        layer = "update"
        let updated = program.parameters.indices.filter { program.parameterGradients[$0] != nil }
        if let maximumNorm {
            append(.gradientClip(maximum: maximumNorm), updated.compactMap { program.parameterGradients[$0] }, [])
        }
        program.optimizerStates = Array(repeating: [], count: program.parameters.count)
        for index in updated {
            guard let gradient = program.parameterGradients[index] else { continue }
            let id = program.parameters[index]
            let states = (0..<optimizer.stateCount).map { slot in
                value(
                    "state \(slot) of \(parameterNames[index])", program[id].shape,
                    .optimizerState(parameter: index, slot: slot))
            }
            program.optimizerStates[index] = states
            layer = parameterNames[index]
            append(.update(optimizer), [id, gradient] + states, [])
        }
    }
}
