// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// Times the algorithms of one direction of one convolution.
///
/// Each is compiled alone, with the reorders that it needs between maps as the neighbours of a convolution write and want
/// them. All run in turns on random numbers, a whole pass at a time so that the operands are as cold or warm as in a step of
/// a plan; the median counts.
struct ConvolutionTimer {
    /// Seconds that a direction's measurement should take, and the passes that it takes at least and at most.
    private static let budget = 0.15
    private static let rounds = 7...41
    /// A candidate that takes so many times as long as the best in the first pass is not timed again.
    private static let hopeless = 2.0

    let threads: Int
    let precision: Precision

    /// Median seconds of each candidate; those that cannot be made are left out.
    ///
    /// - Parameter candidates: The rule's choice first.
    func seconds(
        of task: ConvolutionTask, _ candidates: [ConvolutionAlgorithm]
    ) throws(PlanError) -> [ConvolutionAlgorithm: Double] {
        let clock = ContinuousClock()
        let content = task.program
        var runs: [(algorithm: ConvolutionAlgorithm, executable: OneDNNExecutable, steps: Range<Int>)] = []
        for algorithm in candidates {
            guard let executable = try executable(content, task, algorithm, rule: candidates[0]) else { continue }
            let phase: Phase = task.direction == .forward ? .forward : .backward
            let first = executable.steps.firstIndex { $0.phase == phase } ?? 0
            runs.append((algorithm, executable, first..<executable.steps.count))
        }
        /// One pass; only the direction's own steps count.
        func pass(_ index: Int) throws(PlanError) -> Double {
            let run = runs[index]
            for step in 0..<run.steps.lowerBound { try run.executable.run(step: step) }
            let start = clock.now
            for step in run.steps { try run.executable.run(step: step) }
            let duration = clock.now - start
            return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
        }
        var times = try runs.indices.map { (index) throws(PlanError) in
            // Pages are touched and tables made in the first.
            _ = try pass(index)
            return [try pass(index)]
        }
        let best = times.map { $0[0] }.min() ?? 0
        let hopeful = runs.indices.filter { times[$0][0] <= Self.hopeless * best }
        if hopeful.count > 1 {
            let start = clock.now
            for round in 1..<Self.rounds.upperBound {
                for index in hopeful { times[index].append(try pass(index)) }
                if round >= Self.rounds.lowerBound, clock.now - start > .seconds(Self.budget) { break }
            }
        }
        return Dictionary(
            uniqueKeysWithValues: zip(runs, times).map { ($0.algorithm, $1.sorted()[$1.count / 2]) })
    }

    /// The operation alone; `nil` when the engine has no such algorithm for it.
    private func executable(
        _ content: ConvolutionProgram, _ task: ConvolutionTask, _ algorithm: ConvolutionAlgorithm,
        rule: ConvolutionAlgorithm
    ) throws(PlanError) -> OneDNNExecutable? {
        var forced: [ConvolutionDirection: ConvolutionAlgorithm] = [.forward: rule]
        forced[task.direction] = algorithm
        do {
            var compiler = try PlanCompiler(
                content.program, threads: threads, precision: precision,
                algorithms: AlgorithmBook(.fixed, machine: ""), forced: forced, weightsChange: !task.keepsFilters)
            let block = compiler.preferredBlock
            func maps(_ id: ValueID) throws(PlanError) -> Layout {
                let dimensions = content.program[id].shape.dimensions
                // Images of few channels come as they are.
                return dimensions[1] <= 3
                    ? try .plain(dimensions) : try .maps(dimensions, block: block, block == 16 ? precision : .float32)
            }
            var (given, wanted) = ([content.x: try maps(content.x)], [ValueID: Layout]())
            if let dy = content.dy { given[dy] = try maps(dy) }
            if task.direction == .forward { wanted[content.y] = try maps(content.y) }
            if let dx = content.dx { wanted[dx] = try maps(dx) }
            let executable = try compiler.compile(given: given, wanted: wanted)
            try fill(executable, content)
            return executable
        } catch {
            guard error.kind == .unsupported else { throw error }
            return nil
        }
    }

    /// Numbers such as a ReLU leaves for the input, and of both signs elsewhere.
    private func fill(_ executable: OneDNNExecutable, _ content: ConvolutionProgram) throws(PlanError) {
        var random = CounterRandom(seed: 0, purpose: .timing)
        // As many as a prime, so that no two rows of maps are alike.
        let drawn = (0..<8191).map { _ in Float(random.next() >> 40) * 0x1p-23 - 1 }
        func write(_ id: ValueID?, _ number: (Float) -> Float) throws(PlanError) {
            guard let id else { return }
            let count = content.program[id].shape.count
            let numbers = drawn.map(number)
            let all = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                for start in stride(from: 0, to: count, by: numbers.count) {
                    let part = numbers[0..<min(numbers.count, count - start)]
                    _ = buffer[start..<start + part.count].initialize(fromContentsOf: part)
                }
                initialized = count
            }
            try all.withUnsafeBufferPointer { (buffer) throws(PlanError) in try executable.write(id, from: buffer) }
        }
        try write(content.x) { max(0, $0) }
        try write(content.weight) { 0.1 * $0 }
        try write(content.dy) { $0 }
    }
}
