// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// A compiled program: one array of calls.
final class OneDNNExecutable: Executable {
    let program: Program
    let steps: [StepInfo]
    let memory: PlanMemory
    let choices: [String: String]
    private let input: BatchInput
    var settings = StepSettings()

    private var calls: [Call]
    /// Transforms of filters that outlive a run.
    private let keptFilters: [Call]
    /// Counts writes of parameters, also by other plans with the same ones.
    private let weights: SharedWeights
    /// Writes that the kept filters know of.
    private var knownWrites: Int?
    private let ranges: [Range<Int>]
    private let threads: Int32
    /// The form in which each value is read and written.
    private let instances: [Instance?]
    private let resources: Resources
    /// Row-major order of the values in a form of oneDNN's own.
    private var plainLayouts: [Layout?]

    /// - Parameter weights: That plans share, or this one's own.
    init(
        program: Program, threads: Int, steps: [StepInfo], calls: [Call], keptFilters: [Call],
        weights: SharedWeights, memory: PlanMemory, choices: [String: String], instances: [Instance?],
        resources: Resources
    ) throws(PlanError) {
        self.program = program
        self.threads = Int32(threads)
        self.steps = steps
        self.calls = calls
        self.keptFilters = keptFilters
        self.weights = weights
        self.memory = memory
        self.choices = choices
        self.instances = instances
        self.resources = resources
        ranges = Phase.allCases.map { phase in
            let first = steps.firstIndex { $0.phase == phase } ?? 0
            return first..<first + steps.count { $0.phase == phase }
        }
        var plainLayouts = [Layout?](repeating: nil, count: instances.count)
        for (index, instance) in instances.enumerated() {
            guard let layout = instance?.layout, layout.block == 0 || layout.type != .float32 else { continue }
            let plain = try Layout.plain(layout.dimensions)
            // Asked now, so that a form that cannot be converted is an error of the compilation.
            _ = try Description.reorder(resources.context, layout, plain)
            _ = try Description.reorder(resources.context, plain, layout)
            plainLayouts[index] = plain
        }
        self.plainLayouts = plainLayouts

        func floats(_ id: ValueID?) -> UnsafeMutableBufferPointer<Float> {
            guard let id, let instance = instances[id.index] else { return .init(start: nil, count: 0) }
            return .init(start: resources.pointer(instance), count: program[id].shape.count)
        }
        let words = floats(program.labels)
        input = BatchInput(
            images: floats(program.input),
            labels: .init(
                start: words.baseAddress.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: Int32.self) },
                count: words.count),
            sampleWeights: floats(program.sampleWeights))
        input.sampleWeights.update(repeating: 1)
    }

    func withInput<Result>(_ body: (BatchInput) throws -> Result) rethrows -> Result { try body(input) }

    // MARK: Running

    func run(_ phase: Phase) throws(PlanError) {
        let range =
            switch phase {
            case .forward: ranges[0]
            case .loss: ranges[1]
            case .backward: ranges[2]
            case .clip: ranges[3]
            case .update: ranges[4]
            }
        try run(steps: range)
    }

    func run(step: Int) throws(PlanError) { try run(steps: step..<step + 1) }

    private func run(steps range: Range<Int>) throws(PlanError) {
        ocellus_set_threads(threads)
        if knownWrites != weights.writes {
            if let (_, status) = firstFailure(of: keptFilters[...]) { throw failure(status, "transform filters") }
            knownWrites = weights.writes
        }
        if let (index, status) = firstFailure(of: calls[range]) {
            let step = steps[index]
            throw failure(status, "run step \(index), \(step.name)").named(step.layer)
        }
    }

    /// Makes calls up to the first that fails.
    private func firstFailure(of calls: ArraySlice<Call>) -> (index: Int, status: Int32)? {
        withSettings { run in
            for index in calls.indices {
                let status = calls[index].kernel(calls[index].arguments, run)
                if status != 0 { return (index, status) }
            }
            return nil
        }
    }

    /// Lends the settings as the kernels take them.
    private func withSettings<Result>(_ body: (UnsafePointer<ocellus_run>) -> Result) -> Result {
        var run = ocellus_run(
            threads: threads, scratch: resources.scratch?.assumingMemoryBound(to: Float.self), batch: resources.batch,
            dropout_seed: settings.dropoutSeed, dropout_step: UInt32(truncatingIfNeeded: settings.dropoutStep),
            first_image: settings.firstImage, other_labels: nil, label_shares: nil,
            learning_rate: settings.learningRate, update_number: settings.updateNumber, rate_factors: nil)
        let (mixture, factors) = (settings.mixture, settings.rateFactors)
        return mixture.withPointers { others, shares in
            factors.withUnsafeBufferPointer { buffer in
                (run.other_labels, run.label_shares) = (others, shares)
                run.rate_factors = factors.isEmpty ? nil : buffer.baseAddress
                return body(&run)
            }
        }
    }

    var statistics: LossStatistics {
        let loss = resources.batch.pointee.loss
        var statistics = LossStatistics()
        statistics.lossSum = loss.loss_sum
        statistics.weightSum = loss.weight_sum
        statistics.correct = loss.correct
        statistics.count = loss.count
        return statistics
    }

    // MARK: Values

    func read(_ value: ValueID, into buffer: UnsafeMutableBufferPointer<Float>) throws(PlanError) {
        precondition(buffer.count == program[value].shape.count, "the buffer does not fit the value")
        guard let instance = instances[value.index], let target = buffer.baseAddress else { return }
        let source = resources.pointer(instance)
        if let plain = plainLayouts[value.index] {
            try convert(value, instance.layout, source, plain, target)
        } else if instance.layout.isRowMajor {
            target.update(from: source, count: buffer.count)
        } else {
            ocellus_maps_to_plain(kernelMaps(instance.layout), source, target, threads)
        }
    }

    func write(_ value: ValueID, from buffer: UnsafeBufferPointer<Float>) throws(PlanError) {
        precondition(buffer.count == program[value].shape.count, "the buffer does not fit the value")
        guard let instance = instances[value.index], let source = buffer.baseAddress else { return }
        if case .parameter = program[value].role { weights.writes += 1 }
        let target = resources.pointer(instance)
        if let plain = plainLayouts[value.index] {
            try convert(value, plain, UnsafeMutablePointer(mutating: source), instance.layout, target)
        } else if instance.layout.isRowMajor {
            target.update(from: source, count: buffer.count)
        } else {
            ocellus_maps_from_plain(kernelMaps(instance.layout), source, target, threads)
        }
    }

    private func convert(
        _ value: ValueID, _ from: Layout, _ source: Floats, _ to: Layout, _ target: Floats
    ) throws(PlanError) {
        try check(
            ocellus_dnn_convert(resources.context.pointer, from.pointer, source, to.pointer, target),
            "convert \(program[value].name) from \(from.description) to \(to.description)")
    }

    func readDoubles(_ value: ValueID) throws(PlanError) -> [Double] {
        var floats = [Float](repeating: 0, count: program[value].shape.count)
        try floats.withUnsafeMutableBufferPointer { (buffer) throws(PlanError) in try read(value, into: buffer) }
        return floats.map(Double.init)
    }

    func writeDoubles(_ value: ValueID, _ elements: [Double]) throws(PlanError) {
        try elements.map(Float.init).withUnsafeBufferPointer { (buffer) throws(PlanError) in
            try write(value, from: buffer)
        }
    }
}

extension LabelMixture? {
    /// Lends both arrays; `nil` for each where there is no mixture.
    fileprivate func withPointers<Result>(
        _ body: (UnsafePointer<Int32>?, UnsafePointer<Float>?) -> Result
    ) -> Result {
        guard let self else { return body(nil, nil) }
        return self.others.withUnsafeBufferPointer { others in
            self.shares.withUnsafeBufferPointer { body(others.baseAddress, $0.baseAddress) }
        }
    }
}

extension OneDNNExecutable {
    // Faults for tests of what follows them.

    /// Gives a step a call that oneDNN refuses: of no primitive.
    func plantFailure(step: Int) {
        calls[step] = resources.call(
            ocellus_dnn_execute,
            ocellus_dnn_call(context: resources.context.pointer, primitive: nil, count: 0, arguments: nil))
    }

    /// Lets a value be converted to another shape when it is read or written, which oneDNN refuses.
    func plantFailure(converting value: ValueID) throws(PlanError) {
        plainLayouts[value.index] = try Layout.plain([program[value].shape.count + 1])
    }
}
