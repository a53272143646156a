// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
package import OcellusModel
package import OcellusTensor

/// A graph compiled for one batch size, one purpose and one backend.
///
/// It owns its memory and is not `Sendable`: one owner, on the ``Backend/thread`` of its backend.
package final class Plan {
    package let graph: Graph
    package let program: Program
    package let executable: any Executable
    package var batchSize: Int { program.batchSize }

    /// - Parameter weights: Of other plans of the network, for inference.
    /// - Throws: ``ModelError`` for the network's own faults, ``PlanError`` for what the backend cannot do.
    package convenience init(
        _ network: Network, mode: PlanMode, batchSize: Int, backend: any Backend, joins: Bool = true,
        sharing weights: SharedWeights? = nil
    ) throws {
        try self.init(
            try network.graph(), mode: mode, batchSize: batchSize, backend: backend, joins: joins,
            sharing: weights, isFrozen: { network.isFrozen($0) })
    }

    /// - Parameters:
    ///   - joins: Whether the device may compute several operations as one; without, each layer has an output of its own.
    ///   - weights: Of other plans of the graph, for inference.
    ///   - isFrozen: Whether training leaves a parameter as it is.
    /// - Throws: ``ModelError`` for the graph's own faults, ``PlanError`` for what the backend cannot do.
    package init(
        _ graph: Graph, mode: PlanMode, batchSize: Int, backend: any Backend, joins: Bool = true,
        sharing weights: SharedWeights? = nil, isFrozen: (String) -> Bool = { _ in false }
    ) throws {
        self.graph = graph
        program = try ProgramBuilder.program(
            for: graph, mode: mode, batchSize: batchSize,
            fusions: joins ? backend.fusions : NoFusions(), isFrozen: isFrozen)
        executable =
            if let weights { try backend.compile(program, sharing: weights) } else { try backend.compile(program) }
    }

    // MARK: Tensors in logical order

    /// Copies a value out.
    package func tensor(_ id: ValueID) throws(PlanError) -> Tensor<Float> {
        let shape = program[id].shape
        var scalars = [Float](repeating: 0, count: shape.count)
        try scalars.withUnsafeMutableBufferPointer { (buffer) throws(PlanError) in
            try executable.read(id, into: buffer)
        }
        return Tensor(shape, scalars)
    }

    /// Copies a value in.
    package func set(_ id: ValueID, to tensor: Tensor<Float>) throws(PlanError) {
        precondition(tensor.shape == program[id].shape, "\(tensor.shape) is not \(program[id].shape)")
        try tensor.scalars.withUnsafeBufferPointer { (buffer) throws(PlanError) in
            try executable.write(id, from: buffer)
        }
    }

    /// Parameters and running statistics; `batchesTracked` is the caller's to count.
    package func weights(batchesTracked: Int = 0) throws(PlanError) -> Weights {
        Weights(
            parameters: try program.parameters.map(tensor), buffers: try program.buffers.map(tensor),
            batchesTracked: batchesTracked)
    }

    /// - Throws: ``ModelError/Code/weightsMismatch``, ``PlanError``.
    package func load(_ weights: Weights) throws {
        try graph.validate(weights)
        for (id, tensor) in zip(program.parameters, weights.parameters) { try set(id, to: tensor) }
        for (id, tensor) in zip(program.buffers, weights.buffers) { try set(id, to: tensor) }
    }

    /// `[parameter][slot]`, empty for frozen parameters.
    package func optimizerStates() throws(PlanError) -> [[Tensor<Float>]] {
        try program.optimizerStates.map { (ids) throws(PlanError) in try ids.map(tensor) }
    }

    /// - Throws: ``ModelError/Code/weightsMismatch``, ``PlanError``.
    package func load(optimizerStates: [[Tensor<Float>]]) throws {
        let shapes = program.optimizerStates.map { $0.map { program[$0].shape } }
        guard optimizerStates.map({ $0.map(\.shape) }) == shapes else {
            throw ModelError(
                .weightsMismatch, "the optimiser's state is not that of this network and optimiser.",
                needs: "\(shapes.joined().count) tensors of the parameters' shapes",
                received: "\(optimizerStates.joined().count) tensors")
        }
        for (ids, tensors) in zip(program.optimizerStates, optimizerStates) {
            for (id, tensor) in zip(ids, tensors) { try set(id, to: tensor) }
        }
    }

    // MARK: Runs

    /// Runs the forward phase; the input was filled before.
    package func forward() throws(PlanError) { try executable.run(.forward) }

    /// Runs forward and loss.
    package func forwardAndLoss() throws(PlanError) -> LossStatistics {
        try executable.run(.forward)
        try executable.run(.loss)
        return executable.statistics
    }

    /// Runs backward, clipping and update with the executable's settings.
    package func backwardAndUpdate() throws(PlanError) {
        try backward()
        try clip()
        try update()
    }

    /// Runs backward alone: for one part of several of a batch.
    package func backward() throws(PlanError) { try executable.run(.backward) }

    /// Scales the gradients down where the plan limits their norm, behind the last part.
    package func clip() throws(PlanError) { try executable.run(.clip) }

    /// Runs the update alone, behind clipping.
    package func update() throws(PlanError) { try executable.run(.update) }

    /// The first layer whose parameters or output are not finite, for the message when a loss is not.
    /// Runs the forward phase again, one step at a time.
    package func firstNonFiniteLayer() throws(PlanError) -> String? {
        for id in program.parameters where !(try tensor(id).scalars.allSatisfy(\.isFinite)) {
            return "the parameter \(program[id].name)"
        }
        for (index, step) in executable.steps.enumerated() where step.phase == .forward || step.phase == .loss {
            try executable.run(step: index)
            for id in step.outputs where program[id].role == .activation || program[id].role == .gradient {
                if try !tensor(id).scalars.allSatisfy(\.isFinite) { return "the output of layer \(step.layer)" }
            }
        }
        return nil
    }
}
