// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// Turns a program into steps for oneDNN and the vector kernels.
///
/// It walks the operations once, in order. Each value has one or more instances: the first is written by the operation
/// that makes the value, in the layout that suits it; others are copies in the layout that a later operation needs,
/// made once by a reorder step. Parameters take the layout of their forward operation, and so do their gradients and
/// optimiser states.
///
/// In ``Precision/bfloat16`` an instance may hold bfloat16: written so by an operation that can, or a copy. Only
/// operations that ask for such an instance see it; ``primary(_:)`` and what builds on it give float32.
struct PlanCompiler {
    let program: Program
    let threads: Int
    let precision: Precision
    let algorithms: AlgorithmBook
    /// Of other plans of the network.
    private let weights: SharedWeights?
    /// Whether weights may change from run to run without being written by the host.
    let weightsChange: Bool
    let context: Context
    /// Block of maps that this machine's primitives prefer.
    let preferredBlock: Int

    var values: ValueTable
    private var list = StepList()
    /// Filters that are transformed when weights were written.
    var keptFilters: [(Resources) -> Call] = []
    /// The algorithm of each direction of a convolution, by its forward operation.
    var chosen: [OperationID: [ConvolutionDirection: AlgorithmChoice]] = [:]
    /// Algorithms that are timed, instead of what would be chosen.
    let forced: [ConvolutionDirection: ConvolutionAlgorithm]?
    /// What a forward operation decided for its gradients.
    var convolutions: [OperationID: ConvolutionRecord] = [:]
    var denses: [OperationID: DenseRecord] = [:]
    var bfloat16Products: [OperationID: Bfloat16Record] = [:]
    /// How the convolution whose algorithms are chosen would compute in bfloat16.
    var bfloat16Candidate: Bfloat16Record?
    /// What a forward operation left for its gradient, by the workspace it wrote.
    var batchNorms: [ValueID: BatchNormRecord] = [:]
    var maxPools: [ValueID: MaxPoolRecord] = [:]
    var depthwise: [ValueID: DepthwiseRecord] = [:]
    /// Block of the input maps of average and blur pools.
    var poolInputBlocks: [OperationID: Int] = [:]
    var updated: [(parameter: Int, w: Instance, g: Instance, states: [Instance])] = []
    /// Update operations so far.
    var updatesSeen = 0
    var choices: [String: String] = [:]
    /// Of the operation being compiled.
    var choice: AlgorithmChoice?

    /// The operation being compiled.
    private(set) var position = 0
    var operation: Operation { program.operations[position] }
    /// - Parameters:
    ///   - forced: For a program of one convolution: its algorithms.
    ///   - weightsChange: For such a program: whether it stands for one that trains.
    init(
        _ program: Program, threads: Int, precision: Precision, algorithms: AlgorithmBook,
        forced: [ConvolutionDirection: ConvolutionAlgorithm]? = nil, weightsChange: Bool? = nil,
        weights: SharedWeights? = nil
    ) throws(PlanError) {
        self.program = program
        self.threads = threads
        self.precision = precision
        self.algorithms = algorithms
        self.forced = forced
        self.weights = weights
        self.weightsChange = weightsChange ?? program.operations.contains { $0.phase == .update }
        context = try Context()
        preferredBlock = ocellus_dnn_vector_width() >= 16 ? 16 : 8
        values = ValueTable(program, sharesWeights: weights != nil)
    }

    /// Adds the steps of every operation.
    ///
    /// - Parameters:
    ///   - given: Layouts of what the host writes, row-major where left out.
    ///   - wanted: Layouts in which results must lie at the end.
    mutating func lowerAll(given: [ValueID: Layout] = [:], wanted: [ValueID: Layout] = [:]) throws(PlanError) {
        let written = [program.input, program.labels, program.sampleWeights, program.outputGradient].compactMap(\.self)
        for id in written + program.buffers + program.zeros {
            let layout = if let given = given[id] { given } else { try Layout.plain(shape(id).dimensions) }
            _ = newInstance(id, layout, home: .own)
        }
        for index in program.operations.indices {
            position = index
            choice = nil
            do {
                try lower()
            } catch {
                throw error.named(operation.label)
            }
        }
        // What no operation reads is kept all the same, for whoever reads the weights.
        for id in program.parameters where values[id].isEmpty {
            _ = newInstance(id, try Layout.plain(shape(id).dimensions), home: .own)
        }
        for (id, layout) in wanted { _ = try instance(id, as: layout) }
    }

    mutating func compile(
        given: [ValueID: Layout] = [:], wanted: [ValueID: Layout] = [:]
    ) throws(PlanError) -> OneDNNExecutable {
        try lowerAll(given: given, wanted: wanted)
        values.keepResults(steps: list.count)
        let resources = Resources(context)
        let memory = try resources.place(
            values.buffers, stepCount: list.count, scratch: list.scratch, weights: weights)
        return try OneDNNExecutable(
            program: program, threads: threads, steps: list.steps.map(\.info),
            calls: try list.calls(resources),
            keptFilters: keptFilters.map { $0(resources) }, weights: weights ?? SharedWeights(), memory: memory,
            choices: choices, instances: values.written, resources: resources)
    }

    // MARK: Steps

    /// Adds a step of the current operation.
    ///
    /// - Parameters:
    ///   - implementation: The primitive or kernel and its layouts.
    ///   - isMain: Whether it makes the operation's outputs and carries its cost.
    mutating func step(
        _ name: String, _ implementation: String, reads: [Instance], writes: [Instance], isMain: Bool = true,
        _ call: @escaping (Resources) throws(PlanError) -> Call
    ) {
        let operation = operation
        for instance in reads + writes { touch(instance.buffer) }
        let bytes = (reads + writes).reduce(0) { $0 + $1.layout.bytes }
        list.append(
            PendingStep(
                info: StepInfo(
                    name: name, layer: operation.label, phase: operation.phase, implementation: implementation,
                    algorithm: isMain ? choice?.algorithm.rawValue : nil, origin: isMain ? choice?.origin : nil,
                    multiplyAdds: isMain ? operation.multiplyAdds : 0, bytes: bytes,
                    outputs: isMain ? operation.outputs : []),
                call: call))
    }

    /// Says that the step that comes next uses a buffer.
    mutating func touch(_ buffer: Int) { values.touch(buffer, at: list.count) }

    /// Asks for a scratchpad, lent to each step while it runs.
    mutating func needScratch(floats: Int) { list.needScratch(bytes: floats * MemoryLayout<Float>.stride) }

    /// Adds a step that runs one of oneDNN's operations.
    mutating func primitive(
        _ name: String, _ description: Description, reads: [(Int, Instance)], writes: [(Int, Instance)],
        isMain: Bool = true
    ) throws(PlanError) {
        if let layout = try description.layout(OCELLUS_DNN_SCRATCH) { list.needScratch(bytes: layout.bytes) }
        let layouts = (reads + writes).map(\.1.layout).filter { $0.dimensions.count > 1 }.map(\.description)
        let arguments = reads + writes
        step(
            name, ([description.implementation] + layouts).joined(separator: " "), reads: reads.map(\.1),
            writes: writes.map(\.1), isMain: isMain
        ) { (resources) throws(PlanError) in try resources.call(description, arguments) }
    }

    mutating func reorder(_ from: Instance, to: Instance, name: String, isMain: Bool = false) throws(PlanError) {
        try primitive(
            name, try .reorder(context, from.layout, to.layout), reads: [(OCELLUS_DNN_SOURCE, from)],
            writes: [(OCELLUS_DNN_RESULT, to)], isMain: isMain)
    }

    func unsupported(_ what: String) -> PlanError {
        PlanError(
            .unsupported, "the engine has no fast implementation of \(what).",
            because: "oneDNN offers only its slow reference for these sizes on this processor",
            advice: "--backend reference")
    }
}

/// Sizes of maps as the kernels take them.
func kernelMaps(_ layout: Layout) -> ocellus_maps {
    let sizes = layout.dimensions
    return ocellus_maps(batch: sizes[0], channels: sizes[1], height: sizes[2], width: sizes[3], block: layout.block)
}
