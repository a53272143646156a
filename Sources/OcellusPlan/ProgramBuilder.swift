// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
package import OcellusModel
import OcellusTensor

/// What a plan is compiled for.
package enum PlanMode: Sendable {
    /// Forward only, with running statistics and without dropout.
    case inference
    /// As ``inference``, with every activation kept for reading after a run.
    case activations
    /// Forward, loss, backward and update. With `sumsGradients` a batch may come in parts: forward to backward for each, then
    /// one update. With `keepsGradients` the host may read and change them between backward pass and update.
    case training(
        Loss, Optimizer, maximumGradientNorm: Double? = nil, sumsGradients: Bool = false, keepsGradients: Bool = false)
    /// Forward as in training, then backward from an output gradient that the host supplies, down to the input.
    case gradients
    /// Forward as in ``inference``, then backward from a gradient that the host supplies, down to the input.
    ///
    /// The gradient is that of the layer `from`, else of the network's output. Outputs and gradients of `layers` are kept
    /// too; a layer behind `from` has no gradient. Layers are named by path, e.g. `3` or `layer1.0.conv2`, and no ReLU is
    /// joined with the layer before it, so that each has an output of its own.
    case attribution(from: String? = nil, layers: [String] = [])
}

/// Makes a ``Program`` of a graph, its loss and its update: forward operations one by one, then the gradients by the operators'
/// rules in reverse order. A value used twice gets the sum of its gradients. Nothing is joined here; passes do that.
package struct ProgramBuilder {
    var program: Program
    let isTraining: Bool
    private let graph: Graph
    private var needsGradient = Set<ValueID>()
    private var gradients: [ValueID: ValueID] = [:]
    /// A second gradient of a value, not yet added to the first: their sum stands right before what reads it.
    private var secondGradients: [ValueID: ValueID] = [:]
    private var phase = Phase.forward
    /// Of the operation that is lowered or differentiated.
    private(set) var label = ""
    private var origin: OperationID?
    private var nextOperation = 0

    /// A forward operation of the graph after it was lowered.
    struct Node {
        /// Its identity; the operation whose gradient is asked for.
        var id: OperationID
        var label: String
        var inputs: [ValueID]
        var output: ValueID
        /// What the forward operation wrote besides, for its gradient alone.
        var saved: ValueID?
        var multiplyAdds: Int
    }

    /// - Parameter fusions: Of the device.
    /// - Throws: ``ModelError`` of the network, loss or optimiser.
    package static func program(
        for network: Network, mode: PlanMode, batchSize: Int, fusions: any Fusions = NoFusions()
    ) throws(ModelError) -> Program {
        try program(
            for: try network.graph(), mode: mode, batchSize: batchSize, fusions: fusions,
            isFrozen: { network.isFrozen($0) })
    }

    /// - Parameters:
    ///   - fusions: Of the device.
    ///   - isFrozen: Whether training leaves a parameter as it is.
    /// - Throws: ``ModelError`` of the loss or optimiser; ``ModelError/Code/unknownOperator`` for an operator that plans do not
    ///   know.
    package static func program(
        for graph: Graph, mode: PlanMode, batchSize: Int, fusions: any Fusions = NoFusions(),
        isFrozen: (String) -> Bool = { _ in false }
    ) throws(ModelError) -> Program {
        guard batchSize >= 1, batchSize <= 1 << 20 else {
            throw ModelError(
                .outOfRange, "the batch size is out of range.", needs: "1 to 1048576", received: "\(batchSize)")
        }
        var builder = try ProgramBuilder(graph, mode, batchSize, isFrozen)
        try builder.build(mode)
        // Explanations read each layer by itself.
        if case .attribution = mode { return builder.program }
        var program = builder.program
        for pass in Pass.joins { pass.run(&program, fusions) }
        // What the host reads is settled only now that operations are joined.
        for id in Self.results(of: program, mode) { program.values[id.index].isResult = true }
        for pass in Pass.patterns { pass.run(&program, fusions) }
        program.removeUnusedValues()
        return program
    }

    private static func results(of program: Program, _ mode: PlanMode) -> [ValueID] {
        switch mode {
        case .inference, .attribution: []
        case .training(_, _, _, _, let keepsGradients):
            keepsGradients ? program.parameterGradients.compactMap(\.self) : []
        case .activations: program.operations.flatMap(\.outputs).filter { program[$0].role == .activation }
        case .gradients: (program.parameterGradients + [program.inputGradient]).compactMap(\.self)
        }
    }

    private init(
        _ graph: Graph, _ mode: PlanMode, _ batchSize: Int, _ isFrozen: (String) -> Bool
    ) throws(ModelError) {
        self.graph = graph
        let placeholder = ValueID(index: 0)
        program = Program(batchSize: batchSize, output: placeholder, input: placeholder)
        switch mode {
        case .inference, .activations, .attribution: isTraining = false
        case .training, .gradients: isTraining = true
        }
        _ = try checked(graph.shape(graph.output).dropFirst().batched(batchSize))
        program.input = value("input", graph.shape(graph.input).dropFirst().batched(batchSize), .input)
        for (index, spec) in graph.parameters.enumerated() {
            let id = value(spec.name, spec.shape, .parameter(index))
            program.parameters.append(id)
            if isTraining, !isFrozen(spec.name) { needsGradient.insert(id) }
        }
        program.parameterGradients = Array(repeating: nil, count: graph.parameters.count)
        for (index, spec) in graph.buffers.enumerated() {
            program.buffers.append(value(spec.name, spec.shape, .buffer(index)))
        }
        switch mode {
        case .gradients, .attribution: needsGradient.insert(program.input)
        case .inference, .activations, .training: break
        }
    }

    private mutating func build(_ mode: PlanMode) throws(ModelError) {
        let (nodes, ids) = try forward()
        guard let output = ids[graph.output] else { throw unknown(graph.output) }
        program.ids = ids
        program.output = output
        program.values[output.index].isResult = true
        switch mode {
        case .inference: return
        case .activations: noteLayers(ids)
        case .gradients:
            let gradient = value("gradient of output", program[output].shape, .outputGradient)
            program.outputGradient = gradient
            backward(nodes, from: gradient, of: output)
            program.inputGradient = self.gradient(at: program.input)
        case .attribution(let start, let layers):
            noteLayers(ids)
            let source = try start.map { (path) throws(ModelError) in try layerOutput(path) } ?? output
            let kept = try layers.map { (path) throws(ModelError) in (path, try layerOutput(path)) }
            let gradient = value("gradient of \(program[source].name)", program[source].shape, .outputGradient)
            program.outputGradient = gradient
            backward(nodes, from: gradient, of: source)
            program.inputGradient = self.gradient(at: program.input)
            program.layerOutputs = Dictionary(kept) { first, _ in first }
            program.layerGradients = program.layerOutputs.compactMapValues { gradients[$0] }
            let read = Array(program.layerOutputs.values) + Array(program.layerGradients.values)
            for id in read + [program.inputGradient].compactMap(\.self) {
                program.values[id.index].isResult = true
            }
        case .training(let loss, let optimizer, let maximumNorm, let sumsGradients, _):
            try loss.validate(classes: try graph.classes())
            try optimizer.validate()
            try Self.validate(maximumNorm)
            backward(nodes, from: lower(loss), of: output)
            if sumsGradients { sumGradients() }
            lower(optimizer, maximumNorm: maximumNorm)
        }
    }

    private static func validate(_ maximumNorm: Double?) throws(ModelError) {
        guard let maximumNorm, !(maximumNorm > 0) || !maximumNorm.isFinite else { return }
        throw ModelError(
            .outOfRange, "the gradient clip is out of range.", needs: "a norm above 0", received: "\(maximumNorm)")
    }

    /// What each layer gives, by its path.
    private mutating func noteLayers(_ ids: [Graph.ValueID: ValueID]) {
        for scope in graph.scopes + graph.outermostScopes {
            if let id = ids[scope.output] { program.layerOutputs[scope.path] = id }
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

    // MARK: Forward

    /// Lowers every operation of the graph.
    private mutating func forward() throws(ModelError) -> ([(any PlannedOperator, Node)], [Graph.ValueID: ValueID]) {
        let costs = try GraphWalk(graph).multiplyAdds
        var ids = sources()
        var nodes: [(any PlannedOperator, Node)] = []
        for (position, operation) in graph.operations.enumerated() {
            guard let kind = operation.kind as? any PlannedOperator else {
                throw ModelError(
                    .unknownOperator, "plans do not know the operator \(type(of: operation.kind).name).",
                    needs: "an operator of the library")
            }
            var inputs: [ValueID] = []
            for id in operation.inputs {
                guard let known = ids[id] else { throw unknown(id) }
                inputs.append(known)
            }
            label = graph.label(of: operation)
            origin = nil
            var node = Node(
                id: OperationID(number: nextOperation), label: label, inputs: inputs, output: program.input,
                multiplyAdds: costs[position] * program.batchSize)
            kind.lower(&node, to: graph.shape(operation.output).dropFirst().batched(program.batchSize), in: &self)
            ids[operation.output] = node.output
            nodes.append((kind, node))
        }
        return (nodes, ids)
    }

    /// The program's values of image, parameters and buffers.
    private func sources() -> [Graph.ValueID: ValueID] {
        var ids: [Graph.ValueID: ValueID] = [:]
        for (id, value) in zip(graph.valueIDs, graph.values) {
            switch value.source {
            case .input: ids[id] = program.input
            case .parameter(let index): ids[id] = program.parameters[index]
            case .buffer(let index): ids[id] = program.buffers[index]
            case .operation: continue
            }
        }
        return ids
    }

    private func unknown(_ id: Graph.ValueID) -> ModelError {
        ModelError(.wrongOperands, "the graph reads \(graph[id].name) before it is made.")
    }

    // MARK: Building blocks for operators

    /// Adds a value to the program.
    mutating func value(_ name: String, _ shape: Shape, _ role: Role) -> ValueID {
        program.values.append(Value(name: name, shape: shape, role: role))
        return ValueID(index: program.values.count - 1)
    }

    /// Adds an operation with the current label and phase.
    mutating func append(_ kind: any Operator, _ inputs: [ValueID], _ outputs: [ValueID], multiplyAdds: Int = 0) {
        program.operations.append(
            Operation(
                id: OperationID(number: nextOperation), kind: kind, inputs: inputs, outputs: outputs, phase: phase,
                of: origin, label: label, multiplyAdds: multiplyAdds))
        nextOperation += 1
    }

    /// Adds an operation with one new output; the output needs a gradient when an input does.
    mutating func apply(
        _ kind: any Operator, _ inputs: [ValueID], _ shape: Shape, multiplyAdds: Int = 0, suffix: String = "output"
    ) -> ValueID {
        let output = value("\(label) \(suffix)", shape, phase == .forward ? .activation : .gradient)
        append(kind, inputs, [output], multiplyAdds: multiplyAdds)
        if phase == .forward { passNeed(from: inputs, to: output) }
        return output
    }

    func requiresGradient(_ id: ValueID) -> Bool { needsGradient.contains(id) }

    /// The output needs a gradient when an input does.
    mutating func passNeed(from inputs: [ValueID], to output: ValueID) {
        if inputs.contains(where: needsGradient.contains) { needsGradient.insert(output) }
    }

    /// Adds to the gradient of a value, where it needs one.
    mutating func addGradient(_ gradient: ValueID, to id: ValueID) {
        guard requiresGradient(id) else { return }
        if self.gradient(at: id) == nil {
            gradients[id] = gradient
        } else {
            secondGradients[id] = gradient
        }
    }

    /// The gradient of a value, the sum where it has two.
    private mutating func gradient(at id: ValueID) -> ValueID? {
        guard let first = gradients[id], let second = secondGradients.removeValue(forKey: id) else {
            return gradients[id]
        }
        let sum = apply(Op.Add(), [first, second], program[id].shape, suffix: "sum of gradients")
        gradients[id] = sum
        return sum
    }

    /// Adds the operation that computes the gradients of parameters, each only where it is needed.
    ///
    /// - Parameter others: Outputs before those.
    mutating func appendParameterGradients(
        _ kind: any Operator, _ inputs: [ValueID], of parameters: [ValueID], behind others: [ValueID] = [],
        multiplyAdds: Int
    ) {
        let gradients = parameters.map { id in value("gradient of \(program[id].name)", program[id].shape, .gradient) }
        append(kind, inputs, others + gradients, multiplyAdds: multiplyAdds)
        for (id, gradient) in zip(parameters, gradients) where requiresGradient(id) {
            if case .parameter(let index) = program[id].role { program.parameterGradients[index] = gradient }
            // One tensor may serve two operations.
            addGradient(gradient, to: id)
        }
    }

    // MARK: Backward, loss, update

    private mutating func backward(
        _ nodes: [(any PlannedOperator, Node)], from gradient: ValueID, of source: ValueID
    ) {
        phase = .backward
        gradients[source] = gradient
        for (kind, node) in nodes.reversed() where node.inputs.contains(where: needsGradient.contains) {
            // One that does nothing here, or that nothing used further on, has no gradient to pass.
            guard node.output != node.inputs.first, gradients[node.output] != nil else { continue }
            (label, origin) = (node.label, node.id)
            guard let dy = self.gradient(at: node.output) else { continue }
            kind.differentiate(node, dy, in: &self)
        }
        origin = nil
        for (index, id) in program.parameters.enumerated() where program.parameterGradients[index] != nil {
            program.parameterGradients[index] = self.gradient(at: id)
        }
    }

    private mutating func lower(_ loss: Loss) -> ValueID {
        phase = .loss
        label = "loss"
        let labels = value("labels", [program.batchSize], .labels)
        let weights = value("sample weights", [program.batchSize], .sampleWeights)
        (program.labels, program.sampleWeights) = (labels, weights)
        return apply(
            Op.SoftmaxCrossEntropy(loss), [program.output, labels, weights], program[program.output].shape,
            suffix: "gradient of logits")
    }

    /// Puts the sum of each parameter's gradients in the place of its gradient.
    private mutating func sumGradients() {
        label = "gradients"
        let updated = program.parameters.indices.filter { program.parameterGradients[$0] != nil }
        let sums = updated.map { index in
            value(
                "sum of gradients of \(graph.parameters[index].name)", program[program.parameters[index]].shape,
                .gradientSum(parameter: index))
        }
        append(Op.GradientSums(), updated.compactMap { program.parameterGradients[$0] }, sums)
        for (index, sum) in zip(updated, sums) { program.parameterGradients[index] = sum }
    }

    private mutating func lower(_ optimizer: Optimizer, maximumNorm: Double?) {
        label = "update"
        let updated = program.parameters.indices.filter { program.parameterGradients[$0] != nil }
        phase = .clip
        if let maximumNorm {
            append(
                Op.GradientClip(maximum: maximumNorm), updated.compactMap { program.parameterGradients[$0] }, [])
        }
        phase = .update
        program.optimizerStates = Array(repeating: [], count: program.parameters.count)
        for index in updated {
            guard let gradient = program.parameterGradients[index] else { continue }
            let id = program.parameters[index]
            let name = graph.parameters[index].name
            let states = (0..<optimizer.stateCount).map { slot in
                value(
                    "state \(slot) of \(name)", program[id].shape, .optimizerState(parameter: index, slot: slot))
            }
            program.optimizerStates[index] = states
            label = name
            append(Op.Update(optimizer), [id, gradient] + states, [])
        }
    }
}
