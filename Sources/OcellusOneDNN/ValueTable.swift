// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// Where the values of a program lie while it is compiled: each has one or more forms, and several may share a piece of memory.
struct ValueTable {
    private let program: Program
    /// Whether parameters lie where plans of other batch sizes read them too.
    private let sharesWeights: Bool
    private(set) var buffers: [Buffer] = []
    private var instances: [[Instance]]
    /// Of the values in each buffer, the last operation that reads or writes one: `Int.max` where the host reads one.
    private var lastUseOfBuffer: [Int] = []
    /// Last operation that reads or writes each value.
    private let lastUse: [Int]
    /// Index of the parameter whose gradient a value is.
    private let gradientOf: [ValueID: Int]

    init(_ program: Program, sharesWeights: Bool) {
        self.program = program
        self.sharesWeights = sharesWeights
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

    // MARK: Forms of values

    /// The forms of a value, the one in which it was written first.
    subscript(id: ValueID) -> [Instance] { instances[id.index] }

    /// The form in which each value is read and written by the host.
    var written: [Instance?] { instances.map(\.first) }

    func missing(_ id: ValueID) -> PlanError {
        PlanError(.invalid, "\(program[id].name) is read before it is written.")
    }

    /// The form in which a value was written.
    func written(_ id: ValueID) throws(PlanError) -> Instance {
        guard let instance = instances[id.index].first else { throw missing(id) }
        return instance
    }

    /// Memory for a value that the current operation writes.
    ///
    /// - Parameter home: Where; found from the value's role when left out.
    mutating func newInstance(_ id: ValueID, _ layout: Layout, home: Home? = nil) -> Instance {
        let instance = Instance(
            buffer: newBuffer(layout.bytes, home: home ?? self.home(of: id, layout)), layout: layout)
        attach(instance, to: id)
        return instance
    }

    /// How a parameter lies whose whole gradient a value is; `nil` for other values.
    func parameterLayout(ofGradient id: ValueID) throws(PlanError) -> Layout? {
        guard let index = gradientOf[id] else { return nil }
        return try written(program.parameters[index]).layout
    }

    /// Memory for an elementwise result: that of `source` when nothing reads it later.
    ///
    /// - Parameter position: Of the operation that writes it.
    mutating func newInstance(_ id: ValueID, over source: Instance, at position: Int) -> Instance {
        guard isLastUse(of: source, at: position), home(of: id, source.layout).isArena else {
            return newInstance(id, source.layout)
        }
        attach(source, to: id)
        return source
    }

    /// Lets one value be another's memory under its own shape.
    mutating func alias(_ id: ValueID, of source: ValueID) throws(PlanError) {
        for instance in instances[source.index] { attach(instance, to: id) }
        if instances[id.index].isEmpty { throw missing(source) }
    }

    mutating func attach(_ instance: Instance, to id: ValueID) {
        instances[id.index].append(instance)
        let last = program[id].isResult ? .max : lastUse[id.index]
        lastUseOfBuffer[instance.buffer] = max(lastUseOfBuffer[instance.buffer], last)
    }

    // MARK: Memory

    private func home(of id: ValueID, _ layout: Layout) -> Home {
        switch program[id].role {
        case .parameter(let index) where sharesWeights: .shared(index, layout)
        case .parameter(let index):
            program.parameterGradients[index] == nil ? .own : .parameter(index)
        case .optimizerState(let parameter, let slot):
            // What the operation that computes its gradient updates has no part in the update of all.
            program.parameterGradients[parameter] == nil ? .own : .state(parameter, slot: slot)
        case .gradientSum(let parameter): .gradientSum(parameter)
        case .gradient: gradientOf[id].map { .gradient($0) } ?? .arena
        case .activation, .workspace: .arena
        case .input, .labels, .sampleWeights, .outputGradient, .buffer, .zeros: .own
        }
    }

    mutating func newBuffer(_ bytes: Int, home: Home) -> Int {
        buffers.append(Buffer(bytes: bytes, home: home))
        lastUseOfBuffer.append(-1)
        return buffers.count - 1
    }

    /// Memory that belongs to no value.
    mutating func temporary(_ layout: Layout) -> Instance {
        Instance(buffer: newBuffer(layout.bytes, home: .arena), layout: layout)
    }

    /// Whether the operation at a position may write over memory that it reads.
    func isLastUse(of source: Instance, at position: Int) -> Bool {
        buffers[source.buffer].home.isArena && lastUseOfBuffer[source.buffer] <= position
    }

    /// Says that a step uses a buffer.
    mutating func touch(_ buffer: Int, at step: Int) {
        buffers[buffer].first = min(buffers[buffer].first, step)
        buffers[buffer].last = max(buffers[buffer].last, step)
    }

    /// Keeps what the host reads until the end.
    mutating func keepResults(steps: Int) {
        for index in program.values.indices where program.values[index].isResult {
            for instance in instances[index] { buffers[instance.buffer].last = steps }
        }
    }
}
