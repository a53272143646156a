// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// A step before memory is placed.
struct PendingStep {
    var info: StepInfo
    /// Makes the call once every buffer has its address.
    var call: (Resources) throws(PlanError) -> Call
}

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

    private(set) var buffers: [Buffer] = []
    private var instances: [[Instance]]
    private var valuesInBuffer: [[ValueID]] = []
    private(set) var steps: [PendingStep] = []
    private var scratch = 0
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
    /// Max pools whose gradients are made by the weight gradient of the convolution before them, and what of, by the
    /// value that is not written therefore.
    var joined: Set<OperationID> = []
    var joinedPools: [ValueID: JoinedPool] = [:]
    /// By the positions of their operations.
    private var chains: [Int: DepthwiseChain] = [:]
    /// By the position of a chain's first operation.
    var depthwise: [Int: DepthwiseChain.Record] = [:]
    /// Block of the input maps of average and blur pools.
    var poolInputBlocks: [OperationID: Int] = [:]
    var updated: [(parameter: Int, w: Instance, g: Instance, states: [Instance])] = []
    /// Update operations so far.
    var updatesSeen = 0
    /// Weights that the step of their gradient updates.
    var updatedEarly: Set<ValueID> = []
    var choices: [String: String] = [:]
    /// Of the operation being compiled.
    var choice: AlgorithmChoice?

    /// The operation being compiled.
    private var position = 0
    var operation: Operation { program.operations[position] }
    /// Last operation that reads or writes each value.
    private let lastUse: [Int]
    /// Index of the parameter whose gradient a value is.
    private let gradientOf: [ValueID: Int]

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
        instances = Array(repeating: [], count: program.values.count)
        var lastUse = [Int](repeating: -1, count: program.values.count)
        for (position, operation) in program.operations.enumerated() {
            for id in operation.inputs + operation.outputs { lastUse[id.index] = position }
        }
        self.lastUse = lastUse
        var gradientOf: [ValueID: Int] = [:]
        for (index, id) in program.parameterGradients.enumerated() {
            if let id { gradientOf[id] = index }
        }
        for operation in program.operations where operation.kind is Op.GradientSums {
            for (gradient, sum) in zip(operation.inputs, operation.outputs) { gradientOf[gradient] = gradientOf[sum] }
        }
        self.gradientOf = gradientOf
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
        for chain in findDepthwiseChains() {
            for position in [chain.forward, chain.backward].joined() { chains[position] = chain }
        }
        for index in program.operations.indices {
            position = index
            choice = nil
            do {
                if let chain = chains[index] { try lowerDepthwise(chain, at: index) } else { try lower() }
            } catch {
                throw error.named(operation.label)
            }
        }
        // What no operation reads is kept all the same, for whoever reads the weights.
        for id in program.parameters where instances[id.index].isEmpty {
            _ = newInstance(id, try Layout.plain(shape(id).dimensions), home: .own)
        }
        for (id, layout) in wanted { _ = try instance(id, as: layout) }
    }

    mutating func compile(
        given: [ValueID: Layout] = [:], wanted: [ValueID: Layout] = [:]
    ) throws(PlanError) -> OneDNNExecutable {
        try lowerAll(given: given, wanted: wanted)
        for index in program.values.indices {
            for instance in instances[index] where program.values[index].isResult {
                buffers[instance.buffer].last = steps.count
            }
        }
        let resources = Resources(context)
        let memory = try resources.place(buffers, stepCount: steps.count, scratch: scratch, weights: weights)
        var calls: [Call] = []
        for step in steps {
            do {
                calls.append(try step.call(resources))
            } catch {
                throw error.named(step.info.layer)
            }
        }
        return try OneDNNExecutable(
            program: program, threads: threads, steps: steps.map(\.info), calls: calls,
            keptFilters: keptFilters.map { $0(resources) }, weights: weights ?? SharedWeights(), memory: memory,
            choices: choices, instances: instances.map(\.first), resources: resources)
    }

    // MARK: Values

    func shape(_ id: ValueID) -> Shape { program[id].shape }

    /// Memory for a value that the current operation writes.
    ///
    /// - Parameter home: Where; found from the value's role when left out.
    mutating func newInstance(_ id: ValueID, _ layout: Layout, home: Home? = nil) -> Instance {
        let instance = Instance(
            buffer: newBuffer(layout.bytes, home: home ?? self.home(of: id, layout)), layout: layout)
        attach(instance, to: id)
        return instance
    }

    /// Memory for a parameter, in the layout of the first operation that reads it; the value in the wanted layout for others.
    mutating func parameter(_ id: ValueID, as layout: Layout) throws(PlanError) -> Instance {
        instances[id.index].isEmpty ? newInstance(id, layout) : try instance(id, as: layout)
    }

    /// The layout in which an operation writes its gradient of a parameter: the parameter's own, unless that was laid out for
    /// other axes, by another operation that reads it. The sum of the gradients is laid out anew then.
    func gradientLayout(of id: ValueID, like layout: Layout) throws(PlanError) -> Layout {
        let own = try written(id).layout
        return own.dimensions == layout.dimensions ? own : layout
    }

    /// How a parameter lies whose whole gradient a value is; `nil` for other values.
    func parameterLayout(ofGradient id: ValueID) throws(PlanError) -> Layout? {
        guard let index = gradientOf[id] else { return nil }
        return try written(program.parameters[index]).layout
    }

    private func home(of id: ValueID, _ layout: Layout) -> Home {
        switch program[id].role {
        case .parameter(let index) where weights != nil: .shared(index, layout)
        case .parameter(let index):
            program.parameterGradients[index] == nil || updatedEarly.contains(id) ? .own : .parameter(index)
        case .optimizerState(let parameter, let slot):
            updatedEarly.contains(program.parameters[parameter]) ? .own : .state(parameter, slot: slot)
        case .gradientSum(let parameter): .gradientSum(parameter)
        case .gradient: gradientOf[id].map { .gradient($0) } ?? .arena
        case .activation, .workspace: .arena
        case .input, .labels, .sampleWeights, .outputGradient, .buffer, .zeros: .own
        }
    }

    private mutating func newBuffer(_ bytes: Int, home: Home) -> Int {
        buffers.append(Buffer(bytes: bytes, home: home))
        valuesInBuffer.append([])
        return buffers.count - 1
    }

    private mutating func attach(_ instance: Instance, to id: ValueID) {
        instances[id.index].append(instance)
        valuesInBuffer[instance.buffer].append(id)
    }

    /// Memory that only the current operation uses, or that it leaves for its gradient.
    mutating func temporary(_ layout: Layout) -> Instance {
        Instance(buffer: newBuffer(layout.bytes, home: .arena), layout: layout)
    }

    /// Memory for bytes without a layout.
    mutating func temporary(bytes: Int) -> Int { newBuffer(bytes, home: .arena) }

    /// The same for what is kept from run to run.
    mutating func kept(bytes: Int) -> Int { newBuffer(bytes, home: .own) }

    /// Whether the current operation may write over memory that it reads.
    func isLastUse(of source: Instance) -> Bool {
        buffers[source.buffer].home.isArena
            && valuesInBuffer[source.buffer].allSatisfy {
                lastUse[$0.index] <= position && !program[$0].isResult
            }
    }

    /// Memory for an elementwise result: that of `source` when nothing reads it later.
    mutating func newInstance(_ id: ValueID, over source: Instance) -> Instance {
        guard isLastUse(of: source), home(of: id, source.layout).isArena else { return newInstance(id, source.layout) }
        attach(source, to: id)
        return source
    }

    /// Lets one value be another's memory under its own shape.
    mutating func alias(_ id: ValueID, of source: ValueID) throws(PlanError) {
        for instance in instances[source.index] { attach(instance, to: id) }
        if instances[id.index].isEmpty { throw missing(source) }
    }

    private func missing(_ id: ValueID) -> PlanError {
        PlanError(.invalid, "\(program[id].name) is read before it is written.")
    }

    /// The form in which a value was written.
    func written(_ id: ValueID) throws(PlanError) -> Instance {
        guard let instance = instances[id.index].first else { throw missing(id) }
        return instance
    }

    /// The form in which a value was written, in float32.
    mutating func primary(_ id: ValueID) throws(PlanError) -> Instance {
        let source = try written(id)
        if source.layout.type == .float32 { return source }
        for instance in instances[id.index] where instance.layout.type == .float32 { return instance }
        return try instance(id, as: .maps(source.layout.dimensions, block: max(1, source.layout.block)))
    }

    func instances(of id: ValueID) -> [Instance] { instances[id.index] }

    /// The value in the wanted layout, by a reorder step when no instance has it.
    mutating func instance(_ id: ValueID, as layout: Layout) throws(PlanError) -> Instance {
        for instance in instances[id.index] where instance.layout.equals(layout) { return instance }
        let source = try written(id)
        if source.layout.isRowMajor, layout.isRowMajor, layout.bytes == source.layout.bytes,
            layout.type == source.layout.type
        {
            return Instance(buffer: source.buffer, layout: layout)
        }
        // A copy must speak of the same logical axes; row-major memory has them all.
        var from = source
        if source.layout.dimensions != layout.dimensions {
            from = try rowMajor(id)
            from.layout = try .plain(layout.dimensions)
            if layout.isRowMajor, layout.type == .float32 { return from }
        }
        let copy = temporary(layout)
        attach(copy, to: id)
        try reorder(from, to: copy, name: "reorder \(program[id].name)")
        return copy
    }

    /// The value in row-major order and float32, with the dimensions of its layout.
    private mutating func rowMajor(_ id: ValueID) throws(PlanError) -> Instance {
        for instance in instances[id.index] where instance.layout.isRowMajor && instance.layout.type == .float32 {
            return instance
        }
        let source = try written(id)
        let copy = temporary(try .plain(source.layout.dimensions))
        attach(copy, to: id)
        try reorder(source, to: copy, name: "reorder \(program[id].name)")
        return copy
    }

    /// The value in row-major order of its own shape.
    mutating func plain(_ id: ValueID) throws(PlanError) -> Instance {
        try plain(id, shape(id).dimensions)
    }

    /// The value in row-major order under other dimensions of the same count.
    mutating func plain(_ id: ValueID, _ dimensions: [Int]) throws(PlanError) -> Instance {
        Instance(buffer: try rowMajor(id).buffer, layout: try .plain(dimensions))
    }

    /// A value `[N, C, H, W]` in a layout that the vector kernels know, preferably as it is.
    mutating func maps(_ id: ValueID, block: Int? = nil) throws(PlanError) -> Instance {
        let dimensions = shape(id).dimensions
        let source = try primary(id)
        if source.layout.dimensions == dimensions, source.layout.block != 0,
            block == nil || block == source.layout.block
        {
            return source
        }
        return try instance(id, as: try .maps(dimensions, block: block ?? 1))
    }

    // MARK: Steps

    /// Adds a step of the current operation.
    ///
    /// - Parameters:
    ///   - implementation: The primitive or kernel and its layouts.
    ///   - isMain: Whether it makes the operation's outputs and carries its cost.
    ///   - other: What it computes where that is not the current operation.
    mutating func step(
        _ name: String, _ implementation: String, reads: [Instance], writes: [Instance], isMain: Bool = true,
        as other: Operation? = nil, _ call: @escaping (Resources) throws(PlanError) -> Call
    ) {
        let operation = other ?? operation
        for instance in reads + writes { touch(instance.buffer) }
        let bytes = (reads + writes).reduce(0) { $0 + $1.layout.bytes }
        steps.append(
            PendingStep(
                info: StepInfo(
                    name: name, layer: operation.label, phase: operation.phase, implementation: implementation,
                    algorithm: isMain ? choice?.algorithm.rawValue : nil, origin: isMain ? choice?.origin : nil,
                    multiplyAdds: isMain ? operation.multiplyAdds : 0, bytes: bytes,
                    outputs: isMain ? operation.outputs : []),
                call: call))
    }

    /// Says that the step that comes next uses a buffer.
    mutating func touch(_ buffer: Int) {
        buffers[buffer].first = min(buffers[buffer].first, steps.count)
        buffers[buffer].last = max(buffers[buffer].last, steps.count)
    }

    /// Asks for a scratchpad, lent to each step while it runs.
    mutating func needScratch(floats: Int) { scratch = max(scratch, floats * MemoryLayout<Float>.stride) }

    /// Adds a step that runs one of oneDNN's operations.
    mutating func primitive(
        _ name: String, _ description: Description, reads: [(Int, Instance)], writes: [(Int, Instance)],
        isMain: Bool = true
    ) throws(PlanError) {
        if let layout = try description.layout(OCELLUS_DNN_SCRATCH) { scratch = max(scratch, layout.bytes) }
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
