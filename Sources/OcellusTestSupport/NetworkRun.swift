// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
package import OcellusModel
package import OcellusPlan
package import OcellusTensor

/// Everything that a forward and backward run of a network gives.
package struct NetworkRun {
    package var output: Tensor<Double>
    package var inputGradient: Tensor<Double>?
    /// By parameter name; frozen parameters are absent.
    package var parameterGradients: [String: Tensor<Double>]
    /// Running statistics after the run, by name.
    package var buffers: [String: Tensor<Double>]
}

/// What a network is run with.
package struct NetworkData {
    /// `[N, C, H, W]`
    package var input: Tensor<Double>
    /// In the order of ``Network/parameters()``.
    package var parameters: [Tensor<Double>]
    /// In the order of ``Network/buffers()``; `nil` for their initial values.
    package var buffers: [Tensor<Double>]?
    /// Of the output's shape.
    package var outputGradient: Tensor<Double>

    package init(
        input: Tensor<Double>, parameters: [Tensor<Double>] = [], buffers: [Tensor<Double>]? = nil,
        outputGradient: Tensor<Double>
    ) {
        self.input = input
        self.parameters = parameters
        self.buffers = buffers
        self.outputGradient = outputGradient
    }

    /// Data of the shapes that the network needs, each tensor from `sample(shape, seed)` with a seed of its own.
    package init(
        for network: Network, batchSize: Int, seed: Int, _ sample: (_ shape: Shape, _ seed: Int) -> Tensor<Double>
    ) throws {
        let shapes = [network.input.batched(batchSize), try network.outputShape(batchSize: batchSize)]
        let tensors = (shapes + (try network.parameters().map(\.shape))).enumerated().map { index, shape in
            sample(shape, seed * 1000 + index)
        }
        self.init(input: tensors[0], parameters: Array(tensors.dropFirst(2)), outputGradient: tensors[1])
    }

    /// The same data with every tensor changed by `transform`.
    package func mapped(_ transform: (Double) -> Double) -> NetworkData {
        NetworkData(
            input: input.mapped(transform), parameters: parameters.map { $0.mapped(transform) },
            buffers: buffers.map { $0.map { $0.mapped(transform) } }, outputGradient: outputGradient.mapped(transform))
    }
}

extension Network {
    /// A network of one layer for inputs of the given shape: `[C, H, W]`, or `[F]` for layers that take features.
    package static func single(_ layer: some Layer, input: Shape) -> Network {
        input.rank == 1
            ? Network(input: [input[0], 1, 1]) {
                Flatten()
                layer
            }
            : Network(input: input) { layer }
    }
}

extension Engine {
    /// A plan of this engine with the data written into it, not yet run.
    package func plan(
        _ network: Network, _ data: NetworkData, mode: PlanMode = .gradients, joins: Bool = true
    ) throws -> Plan {
        let plan = try Plan(
            network, mode: mode, batchSize: data.input.shape[0], backend: backend, joins: joins)
        let weights = try network.initialWeights(seed: 0)
        let program = plan.program
        try set(plan, program.input, data.input)
        for (id, tensor) in zip(program.parameters, data.parameters) { try set(plan, id, tensor) }
        let initial = weights.buffers.map { Tensor($0.shape, $0.scalars.map(Double.init)) }
        for (id, tensor) in zip(program.buffers, data.buffers ?? initial) { try set(plan, id, tensor) }
        if let id = program.outputGradient { try set(plan, id, data.outputGradient) }
        return plan
    }

    /// Writes a value in this engine's precision; the input through the buffer that hosts fill.
    package func set(_ plan: Plan, _ id: ValueID, _ tensor: Tensor<Double>) throws {
        precondition(tensor.shape == plan.program[id].shape, "\(tensor.shape) is not \(plan.program[id].shape)")
        if isDouble {
            try plan.executable.writeDoubles(id, tensor.scalars)
        } else if id == plan.program.input {
            _ = plan.executable.withInput { $0.images.update(fromContentsOf: tensor.scalars.map { Float($0) }) }
        } else {
            try plan.set(id, to: Tensor(tensor.shape, tensor.scalars.map { Float($0) }))
        }
    }

    package func tensor(_ plan: Plan, _ id: ValueID) throws -> Tensor<Double> {
        Tensor(plan.program[id].shape, try plan.executable.readDoubles(id))
    }

    /// Runs a network forward in training form and backward from `data.outputGradient`.
    package func run(
        _ network: Network, _ data: NetworkData, settings: StepSettings = StepSettings(), joins: Bool = true
    ) throws -> NetworkRun {
        let plan = try plan(network, data, joins: joins)
        plan.executable.settings = settings
        try plan.executable.run(.forward)
        try plan.executable.run(.backward)
        let program = plan.program
        func named(_ ids: [ValueID?], _ names: [String]) throws -> [String: Tensor<Double>] {
            var result: [String: Tensor<Double>] = [:]
            for (id, name) in zip(ids, names) { if let id { result[name] = try tensor(plan, id) } }
            return result
        }
        return NetworkRun(
            output: try tensor(plan, program.output),
            inputGradient: try program.inputGradient.map { try tensor(plan, $0) },
            parameterGradients: try named(program.parameterGradients, try network.parameters().map(\.name)),
            buffers: try named(program.buffers, try network.buffers().map(\.name)))
    }

    /// The output in inference: running statistics, no dropout.
    package func infer(_ network: Network, _ data: NetworkData) throws -> Tensor<Double> {
        let plan = try plan(network, data, mode: .inference)
        try plan.executable.run(.forward)
        return try tensor(plan, plan.program.output)
    }
}
