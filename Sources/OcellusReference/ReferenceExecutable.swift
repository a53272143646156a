// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// Runs a program one operation at a time, every value in an array of its own.
///
/// Host buffers hold Float. An element of the input is the Float in the input, unless ``writeDoubles(_:_:)`` gave a
/// Double that rounds to it: so gradient checks move the input by less than a Float can, and everyone else just fills
/// the buffer.
final class ReferenceExecutable: Executable {
    let program: Program
    let storage: ReferenceBackend.Storage
    let precision: Precision
    let steps: [StepInfo]
    let memory: PlanMemory
    let choices: [String: String] = [:]

    private let input: UnsafeMutableBufferPointer<Float>
    let labels: UnsafeMutableBufferPointer<Int32>
    private let sampleWeights: UnsafeMutableBufferPointer<Float>
    var settings = StepSettings()
    var statistics = LossStatistics()
    /// Every update multiplies its gradient by it: what `Op.GradientClip` found, and what makes a mean of
    /// `Op.GradientSums`.
    var gradientFactor = 1.0
    /// Of the samples of the parts so far, where a batch comes in parts; else 0.
    var summedWeight = 0.0
    /// By ``ValueID/index``, row-major.
    private var elements: [[Double]]

    init(_ program: Program, storage: ReferenceBackend.Storage, precision: Precision) {
        self.program = program
        self.storage = storage
        self.precision = precision
        elements = program.values.map { Array(repeating: 0, count: $0.shape.count) }
        let size = MemoryLayout<Double>.size
        steps = program.operations.map { operation in
            StepInfo(
                name: "\(type(of: operation.kind))", layer: operation.label, phase: operation.phase,
                implementation: "nested loops", multiplyAdds: operation.multiplyAdds,
                bytes: (operation.inputs + operation.outputs).reduce(0) { $0 + program[$1].shape.count * size },
                outputs: operation.outputs)
        }
        func bytes(_ persistent: Bool) -> Int {
            program.values.filter { $0.role.isPersistent == persistent }.reduce(0) { $0 + $1.shape.count * size }
        }
        memory = PlanMemory(persistent: bytes(true), arena: bytes(false), scratch: 0)

        func buffer<Scalar>(_ id: ValueID?, _ initial: Scalar) -> UnsafeMutableBufferPointer<Scalar> {
            let buffer = UnsafeMutableBufferPointer<Scalar>.allocate(capacity: id.map { program[$0].shape.count } ?? 0)
            buffer.initialize(repeating: initial)
            return buffer
        }
        input = buffer(program.input, 0)
        labels = buffer(program.labels, 0)
        sampleWeights = buffer(program.sampleWeights, 1)
    }

    deinit {
        input.deallocate()
        labels.deallocate()
        sampleWeights.deallocate()
    }

    func withInput<Result>(_ body: (BatchInput) throws -> Result) rethrows -> Result {
        try body(BatchInput(images: input, labels: labels, sampleWeights: sampleWeights))
    }

    func run(_ phase: Phase) {
        for step in steps.indices where steps[step].phase == phase { run(step: step) }
    }

    func run(step: Int) {
        let operation = program.operations[step]
        for (output, result) in zip(operation.outputs, results(of: operation)) { self[output] = result }
    }

    /// The elements of a value, row-major. Setting rounds to the precision, except workspaces, whose form is ours.
    subscript(id: ValueID) -> [Double] {
        get {
            switch program[id].role {
            case .input: currentInput()
            case .labels: labels.map(Double.init)
            case .sampleWeights: sampleWeights.map(Double.init)
            default: elements[id.index]
            }
        }
        set {
            let rounds = storage == .float && program[id].role != .workspace
            elements[id.index] = rounds ? newValue.map { Double(Float($0)) } : newValue
            switch program[id].role {
            case .input: for (index, element) in newValue.enumerated() { input[index] = Float(element) }
            case .labels: for (index, element) in newValue.enumerated() { labels[index] = Int32(element) }
            case .sampleWeights: for (index, element) in newValue.enumerated() { sampleWeights[index] = Float(element) }
            default: break
            }
        }
    }

    private func currentInput() -> [Double] {
        zip(input, elements[program.input.index]).map { float, double in
            Float(double) == float ? double : Double(float)
        }
    }

    func read(_ value: ValueID, into buffer: UnsafeMutableBufferPointer<Float>) {
        _ = buffer.update(fromContentsOf: self[value].map { Float($0) })
    }

    func write(_ value: ValueID, from buffer: UnsafeBufferPointer<Float>) {
        writeDoubles(value, buffer.map(Double.init))
    }

    func readDoubles(_ value: ValueID) -> [Double] { self[value] }

    func writeDoubles(_ value: ValueID, _ elements: [Double]) {
        precondition(
            elements.count == program[value].shape.count, "\(elements.count) elements for \(program[value].shape)")
        self[value] = elements
    }
}
