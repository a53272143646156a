// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// What a piece of memory is for, which decides where it lies.
enum Home {
    /// Content matters between two steps: shared.
    case arena
    /// Written by the host or kept between runs.
    case own
    /// A parameter that other plans of the network may read too.
    case shared(Int, Layout)
    /// A trained parameter, its gradient, the sum of those of a batch's parts, its optimiser state: at the same offset of
    /// equal blocks, so that the update is one pass.
    case parameter(Int)
    case gradient(Int)
    case gradientSum(Int)
    case state(Int, slot: Int)

    var isArena: Bool { if case .arena = self { true } else { false } }
}

/// Parameters in one piece of memory that plans share.
private final class WeightBlock {
    private let memory: UnsafeMutableRawPointer
    /// Where each parameter of the block lies.
    let places: [(parameter: Int, layout: Layout, offset: Int)]

    init(_ parameters: [(parameter: Int, layout: Layout)]) throws(PlanError) {
        var total = 0
        var places: [(parameter: Int, layout: Layout, offset: Int)] = []
        for (parameter, layout) in parameters {
            places.append((parameter, layout, total))
            total += (layout.bytes + 63) / 64 * 64
        }
        guard let memory = ocellus_dnn_allocate(max(total, 64)) else {
            throw PlanError(
                .outOfMemory, "there is not enough memory for the weights.", needs: "\(total) bytes in one piece")
        }
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: max(total, 64))
        self.memory = memory
        self.places = places
    }
    deinit { ocellus_dnn_deallocate(memory) }

    func address(_ parameter: Int, _ layout: Layout) -> UnsafeMutableRawPointer? {
        places.first { $0.parameter == parameter && $0.layout.equals(layout) }.map { memory + $0.offset }
    }
}

/// A piece of memory while a plan is compiled.
struct Buffer {
    var bytes: Int
    var home: Home
    /// First and last step that touch it.
    var first = Int.max
    var last = -1
}

/// One physical form of a value: where and in which layout.
struct Instance {
    var buffer: Int
    var layout: Layout
}

/// Memory, primitives and tables of one executable; frees all of it at the end.
final class Resources {
    let context: Context
    private var memory: UnsafeMutableRawPointer?
    private var tables: [UnsafeMutableRawPointer] = []
    private var primitives: [OpaquePointer] = []
    private var memories: [OpaquePointer] = []
    /// Address of each buffer of the compiler.
    private(set) var addresses: [UnsafeMutableRawPointer] = []
    /// Lent to the step that runs.
    private(set) var scratch: UnsafeMutableRawPointer?
    /// Size of the block of all trained parameters; that of their gradients and of each state is the same.
    private(set) var trainedBytes = 0
    private var starts: [Block: UnsafeMutableRawPointer] = [:]
    private var weightBlocks: [WeightBlock] = []
    /// What the steps of a batch tell each other.
    let batch: UnsafeMutablePointer<ocellus_batch_state>

    init(_ context: Context) {
        self.context = context
        batch = .allocate(capacity: 1)
        batch.initialize(to: ocellus_batch_state(loss: .init(), weight_sum: 0, gradient_scale: 1))
    }
    deinit {
        for primitive in primitives { ocellus_dnn_primitive_destroy(primitive) }
        for memory in memories { ocellus_dnn_memory_destroy(memory) }
        if let memory { ocellus_dnn_deallocate(memory) }
        for table in tables { table.deallocate() }
        batch.deallocate()
    }

    /// Gives every buffer its address.
    ///
    /// - Parameters:
    ///   - stepCount: Number of steps that buffers' lives refer to.
    ///   - scratch: The largest scratchpad of any step, in bytes.
    ///   - weights: Where parameters lie that are ``Home/shared(_:_:)``; missing ones are added.
    func place(
        _ buffers: [Buffer], stepCount: Int, scratch bytes: Int, weights: SharedWeights?
    ) throws(PlanError) -> PlanMemory {
        var offsets = [Int](repeating: 0, count: buffers.count)
        var sizes: [Block: Int] = [:]
        // Trained parameters first: they decide the offsets that their gradients and states share.
        var offsetOfParameter: [Int: Int] = [:]
        for buffer in buffers {
            guard case .parameter(let index) = buffer.home else { continue }
            offsetOfParameter[index] = sizes[.parameters, default: 0]
            sizes[.parameters, default: 0] += Self.aligned(buffer.bytes)
        }
        let requests = buffers.map {
            BufferRequest(
                bytes: $0.home.isArena && $0.last >= 0 ? $0.bytes : 0,
                lifetime: min($0.first, $0.last)...max(0, $0.last))
        }
        let arena = MemoryPlanner.place(requests)
        sizes[.arena] = arena.total
        for (index, buffer) in buffers.enumerated() {
            switch buffer.home {
            case .arena: offsets[index] = arena.offsets[index]
            case .shared: continue
            case .own:
                offsets[index] = sizes[.own, default: 0]
                sizes[.own, default: 0] += Self.aligned(buffer.bytes)
            case .parameter(let parameter), .gradient(let parameter), .gradientSum(let parameter),
                .state(let parameter, _):
                offsets[index] = offsetOfParameter[parameter] ?? 0
                if let block = Block(buffer.home) { sizes[block] = sizes[.parameters] }
            }
        }
        try allocate(sizes, scratch: bytes)
        let added = try weights.map { (weights) throws(PlanError) in try share(buffers, weights) } ?? 0
        for (index, buffer) in buffers.enumerated() {
            if case .shared(let parameter, let layout) = buffer.home {
                guard let address = weightBlocks.lazy.compactMap({ $0.address(parameter, layout) }).first else {
                    throw PlanError(.invalid, "a weight has no memory.")
                }
                addresses.append(address)
                continue
            }
            guard let block = Block(buffer.home), let start = starts[block] else {
                throw PlanError(.invalid, "a buffer has no memory.")
            }
            addresses.append(start + offsets[index])
        }
        trainedBytes = sizes[.parameters, default: 0]
        let shared = sizes[.arena, default: 0] + sizes[.gradients, default: 0]
        return PlanMemory(persistent: sizes.values.reduce(0, +) - shared + added, arena: shared, scratch: bytes)
    }

    /// Takes the weights that other plans hold already and adds a block of the others.
    ///
    /// - Returns: The block's bytes.
    private func share(_ buffers: [Buffer], _ weights: SharedWeights) throws(PlanError) -> Int {
        let known = weights.blocks.compactMap { $0 as? WeightBlock }
        var missing: [(parameter: Int, layout: Layout)] = []
        for buffer in buffers {
            guard case .shared(let parameter, let layout) = buffer.home,
                !known.contains(where: { $0.address(parameter, layout) != nil })
            else { continue }
            missing.append((parameter, layout))
        }
        weightBlocks = known
        guard !missing.isEmpty else { return 0 }
        let block = try WeightBlock(missing)
        weights.blocks.append(block)
        weightBlocks.append(block)
        return missing.reduce(0) { $0 + $1.layout.bytes }
    }

    /// A part of the memory.
    enum Block: Hashable {
        case arena, own, parameters, gradients, gradientSums
        case states(slot: Int)

        /// `nil` for memory that plans share.
        init?(_ home: Home) {
            switch home {
            case .arena: self = .arena
            case .own: self = .own
            case .shared: return nil
            case .parameter: self = .parameters
            case .gradient: self = .gradients
            case .gradientSum: self = .gradientSums
            case .state(_, let slot): self = .states(slot: slot)
            }
        }

        /// Where it comes in memory.
        fileprivate var order: Int {
            switch self {
            case .arena: 0
            case .own: 1
            case .parameters: 2
            case .gradients: 3
            case .gradientSums: 4
            case .states(let slot): 5 + slot
            }
        }
    }

    /// A whole number of cache lines.
    private static func aligned(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 }

    /// Gives every block and the scratchpad a part of one piece of memory, all zero: large pages then serve them all.
    ///
    /// The parts begin at different lines of their pages. Blocks that a pass reads and writes side by side would
    /// otherwise have the same low address bits, which processors take for the same place.
    private func allocate(_ sizes: [Block: Int], scratch bytes: Int) throws(PlanError) {
        let (page, line) = (4096, 64)
        var total = 0
        func part(of size: Int, number: Int) -> Int {
            let start = (total + page - 1) / page * page + number * 5 * line
            total = start + size
            return start
        }
        let blocks = sizes.sorted { $0.key.order < $1.key.order }
        let offsets = blocks.enumerated().map { part(of: $1.value, number: $0) }
        let scratchOffset = part(of: bytes, number: blocks.count)
        guard let memory = ocellus_dnn_allocate(max(total, line)) else {
            throw PlanError(
                .outOfMemory, "there is not enough memory for the plan.", needs: "\(total) bytes in one piece",
                advice: smallerBatch)
        }
        self.memory = memory
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: max(total, line))
        for (block, offset) in zip(blocks, offsets) { starts[block.key] = memory + offset }
        if bytes > 0 { scratch = memory + scratchOffset }
    }

    /// A table that lives as long as the executable.
    func table<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element> {
        let start = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
        start.initialize(from: elements, count: elements.count)
        tables.append(UnsafeMutableRawPointer(start))
        return UnsafePointer(start)
    }

    /// Start of the block of trained parameters, of their gradients or of one state.
    func trained(_ block: Block) throws(PlanError) -> Floats {
        guard let start = starts[block] else { throw PlanError(.invalid, "nothing is trained.") }
        return start.assumingMemoryBound(to: Float.self)
    }

    func floats(_ buffer: Int) -> Floats { addresses[buffer].assumingMemoryBound(to: Float.self) }

    func pointer(_ instance: Instance) -> Floats { floats(instance.buffer) }

    /// Where the elements lie, of whichever type.
    func elements(_ instance: Instance) -> Elements { addresses[instance.buffer] }

    /// A primitive with its arguments as a call; the scratchpad joins them when the operation wants one.
    func call(
        _ description: Description, _ arguments: [(Int, Instance)]
    ) throws(PlanError) -> Call {
        let primitive = try make("compile \(description.implementation)") {
            ocellus_dnn_primitive_create($0, description.pointer)
        }
        primitives.append(primitive)
        var entries: [ocellus_dnn_argument] = []
        for (argument, instance) in arguments {
            let memory = try memory(instance.layout, addresses[instance.buffer])
            entries.append(ocellus_dnn_argument(argument: Int32(argument), memory: memory))
        }
        if let layout = try description.layout(OCELLUS_DNN_SCRATCH), let scratch {
            let memory = try memory(layout, scratch)
            entries.append(ocellus_dnn_argument(argument: Int32(OCELLUS_DNN_SCRATCH), memory: memory))
        }
        return call(
            ocellus_dnn_execute,
            ocellus_dnn_call(
                context: context.pointer, primitive: primitive, count: Int32(entries.count), arguments: table(entries)))
    }

    private func memory(_ layout: Layout, _ bytes: UnsafeMutableRawPointer) throws(PlanError) -> OpaquePointer {
        let memory = try make("open a tensor") {
            ocellus_dnn_memory_create($0, context.pointer, layout.pointer, bytes)
        }
        memories.append(memory)
        return memory
    }
}
