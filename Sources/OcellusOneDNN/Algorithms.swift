// SPDX-License-Identifier: Apache-2.0

import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// A way to compute convolutions: its name, whether it can be made, whether the rule of the shapes takes it, its steps.
///
/// What it decides forward travels with the operation: its gradients ask for the algorithm that was chosen for them then.
protocol EngineAlgorithm: Sendable {
    var name: ConvolutionAlgorithm { get }
    /// Whether it can compute a direction of the compiler's current operation, and is worth a measurement.
    func canMake(
        _ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler
    ) throws(PlanError) -> Bool
    /// Whether it is the fastest by the shapes, of those behind it in ``PlanCompiler/convolutionAlgorithms``.
    func pays(_ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler) -> Bool
    /// Whether its gradients want to be told of oneDNN's forward operation, also where another algorithm takes that.
    var asksForForward: Bool { get }
    /// Whether it reads maps forward as they lie.
    var readsAnyMaps: Bool { get }
    /// Adds the steps of the compiler's current operation.
    func lower(
        _ direction: ConvolutionDirection, _ convolution: Convolution, activation: UnaryFunction?,
        in compiler: inout PlanCompiler
    ) throws(PlanError)
}

extension EngineAlgorithm {
    var asksForForward: Bool { false }
    var readsAnyMaps: Bool { false }
}

extension PlanCompiler {
    /// Every algorithm; the rule of the shapes takes the first that pays.
    static let convolutionAlgorithms: [any EngineAlgorithm] = [
        Winograd(), Bfloat16Sums(), Chwn(), Streamed(), Planes(), DirectSums(), WindowMatrix(),
    ]

    func algorithm(_ name: ConvolutionAlgorithm) throws(PlanError) -> any EngineAlgorithm {
        guard let algorithm = Self.convolutionAlgorithms.first(where: { $0.name == name }) else {
            throw unsupported("this convolution by the algorithm \"\(name.rawValue)\"")
        }
        return algorithm
    }

    /// Chooses the algorithm of every direction that the program computes of the current operation's convolution.
    ///
    /// All at once, because the forward operation decides how the weights lie.
    mutating func chooseAlgorithms(
        _ convolution: Convolution, activation: UnaryFunction?
    ) throws(PlanError) -> [ConvolutionDirection: AlgorithmChoice] {
        bfloat16Candidate = precision == .bfloat16 ? try bfloat16Convolution(convolution, activation: activation) : nil
        var chosen: [ConvolutionDirection: AlgorithmChoice] = [:]
        for direction in directions {
            guard
                let rule = Self.convolutionAlgorithms.first(where: { $0.pays(direction, convolution, in: self) })?.name
            else {
                throw unsupported("this convolution")
            }
            if let algorithm = forced?[direction] {
                chosen[direction] = AlgorithmChoice(algorithm, .measured)
                continue
            }
            guard algorithms.isActive, forced == nil else {
                chosen[direction] = AlgorithmChoice(rule, .fixed)
                continue
            }
            var candidates = [rule]
            for algorithm in Self.convolutionAlgorithms where algorithm.name != rule {
                if try algorithm.canMake(direction, convolution, in: self) { candidates.append(algorithm.name) }
            }
            let task = ConvolutionTask(
                direction, of: convolution, batchSize: program.batchSize, precision: precision, threads: threads,
                keepsFilters: direction == .forward && convolution.suitsWinograd(block: preferredBlock)
                    && keepsFilters(convolution))
            let timer = ConvolutionTimer(threads: threads, precision: precision)
            chosen[direction] = try algorithms.choose(task, among: candidates) {
                (task, candidates) throws(PlanError) in try timer.seconds(of: task, candidates)
            }
        }
        if chosen.values.contains(where: { $0.algorithm == .bfloat16 }) {
            bfloat16Products[forward] = bfloat16Candidate
        }
        return chosen
    }

    /// Those that the program computes of the current forward operation.
    private var directions: [ConvolutionDirection] {
        [.forward]
            + program.operations.compactMap { gradient in
                guard gradient.isGradient(of: operation) else { return nil }
                if gradient.kind is Op.ConvolutionInputGradient { return .inputGradient }
                return gradient.kind is Op.ConvolutionWeightGradient ? .weightGradient : nil
            }
    }

    /// The algorithm of a direction that the forward operation chose; the steps that follow carry it.
    mutating func begin(_ direction: ConvolutionDirection) throws(PlanError) -> ConvolutionAlgorithm {
        guard let choice = chosen[forward]?[direction] else { throw missingForward() }
        note(choice, direction)
        return choice.algorithm
    }

    /// Records an algorithm, which decides the bits of the result.
    mutating func note(_ choice: AlgorithmChoice, _ direction: ConvolutionDirection) {
        self.choice = choice
        choices["\(operation.label): \(direction.rawValue)"] = choice.algorithm.rawValue
    }

    /// Adds the steps of a gradient by the algorithm that the forward operation chose for it.
    mutating func lowerGradient(
        _ direction: ConvolutionDirection, _ convolution: Convolution
    ) throws(PlanError) {
        try algorithm(try begin(direction)).lower(direction, convolution, activation: nil, in: &self)
    }

    /// Positions of the result's maps, of all samples.
    func outputPositions(_ convolution: Convolution) -> Int {
        program.batchSize * convolution.geometry.output.height * convolution.geometry.output.width
    }
}
