// SPDX-License-Identifier: Apache-2.0

import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    /// Chooses the algorithm of every direction that the program computes of the current operation's convolution.
    ///
    /// All at once, because the forward operation decides how the weights lie.
    mutating func chooseAlgorithms(
        _ convolution: Convolution, relu: Bool
    ) throws(PlanError) -> [ConvolutionDirection: AlgorithmChoice] {
        let narrow = precision == .bfloat16 ? try bfloat16Convolution(convolution, relu: relu) : nil
        var chosen: [ConvolutionDirection: AlgorithmChoice] = [:]
        for direction in directions {
            let rule = rule(direction, of: convolution, hasBfloat16: narrow != nil)
            if let algorithm = forced?[direction] {
                chosen[direction] = AlgorithmChoice(algorithm, .measured)
                continue
            }
            if direction == .weightGradient, let pool = poolToJoin(convolution) {
                joined.insert(pool)
                chosen[direction] = AlgorithmChoice(.pooled, .fixed)
                continue
            }
            guard algorithms.isActive, forced == nil else {
                chosen[direction] = AlgorithmChoice(rule, .fixed)
                continue
            }
            var candidates = [rule]
            for algorithm in ConvolutionAlgorithm.allCases where algorithm != rule {
                if try canMake(algorithm, direction, of: convolution, hasBfloat16: narrow != nil) {
                    candidates.append(algorithm)
                }
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
            bfloat16Products[forward] = narrow
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
        note(choice, direction, of: operation)
    }

    mutating func note(_ choice: AlgorithmChoice, _ direction: ConvolutionDirection, of convolution: Operation) {
        self.choice = choice
        choices["\(convolution.label): \(direction.rawValue)"] = choice.algorithm.rawValue
    }

    // MARK: The rule

    /// The algorithm that is the fastest by the shapes.
    ///
    /// - Parameter hasBfloat16: Whether oneDNN can compute the convolution in bfloat16, in a program of that precision.
    private func rule(
        _ direction: ConvolutionDirection, of convolution: Convolution, hasBfloat16: Bool
    ) -> ConvolutionAlgorithm {
        if winogradPays(direction, convolution) { return .winograd }
        if hasBfloat16 { return .bfloat16 }
        if chwnPays(convolution) { return .chwn }
        if direction == .forward, streamedPays(convolution) { return .streamed }
        return .direct
    }

    /// Whether Winograd's algorithm is the fastest for a convolution.
    ///
    /// It makes a quarter of the products, which outweighs that the processor makes twice as many in bfloat16, as long
    /// as the transformed filters (4 times the filters in float32) stay in the caches and enough tiles share them. Of fewer
    /// channels the transforms outweigh the products. On Zen 4 the transform of a filter takes as long as the direct sums
    /// save in float32 at some 160 outputs, at some 480 where all of them exceed the caches. Filters that are kept
    /// transformed pay as soon as four tiles share them.
    private func winogradPays(_ direction: ConvolutionDirection, _ convolution: Convolution) -> Bool {
        guard convolution.suitsWinograd(block: preferredBlock), convolution.inputChannels >= 24,
            convolution.outputChannels >= 32
        else { return false }
        let fitsCaches = convolution.fitsCachesTransformed
        if precision == .float32 {
            let least = direction == .forward && keepsFilters(convolution) ? 49 : fitsCaches ? 160 : 480
            return outputPositions(convolution) >= least
        }
        // Where some of a block is empty, the direct sum in bfloat16 is as fast.
        guard convolution.inputChannels % preferredBlock == 0 else { return false }
        let output = convolution.geometry.output
        let tiles = program.batchSize * ((output.height + 3) / 4) * ((output.width + 3) / 4)
        return tiles >= 64 && fitsCaches
    }

    /// Whether reading every weight once is what counts.
    ///
    /// On Zen 4 it is where weights take megabytes and up to some 128 positions share them (512 maps of 4×4 from as many: half
    /// the time of oneDNN's direct sums for one sample); of fewer weights or more positions those are as fast or faster.
    private func streamedPays(_ convolution: Convolution) -> Bool {
        precision == .float32 && convolution.suitsStreamed(block: preferredBlock)
            && convolution.weightDimensions.reduce(1, *) >= 1 << 19 && outputPositions(convolution) <= 128
    }

    /// Positions of the result's maps, of all samples.
    private func outputPositions(_ convolution: Convolution) -> Int {
        program.batchSize * convolution.geometry.output.height * convolution.geometry.output.width
    }

    /// Whether vectors across samples are faster than blocks of channels.
    ///
    /// On Zen 4 they are where channels leave a fifth of their blocks empty (1.1 to 2.8 times as fast), as long as every
    /// thread has a group of samples; where blocks are full they are slower.
    private func chwnPays(_ convolution: Convolution) -> Bool {
        let kernel = convolution.geometry.kernel
        return preferredBlock == 16 && canMakeChwn(convolution) && convolution.filledShareOfBlocks <= 0.8
            && kernel.height * kernel.width >= 9 && program.batchSize >= max(2, threads) * 16
    }

    private func canMakeChwn(_ convolution: Convolution) -> Bool {
        precision == .float32 && convolution.suitsChwn && operation.added == nil
    }

    /// Whether an algorithm that is not the rule's can be made.
    private func canMake(
        _ algorithm: ConvolutionAlgorithm, _ direction: ConvolutionDirection, of convolution: Convolution,
        hasBfloat16: Bool
    ) throws(PlanError) -> Bool {
        switch algorithm {
        case .winograd:
            return convolution.suitsWinograd(block: preferredBlock)
                && (precision == .float32 || convolution.inputChannels % preferredBlock == 0)
        case .chwn:
            // Nowhere else is it worth a measurement.
            return canMakeChwn(convolution) && convolution.filledShareOfBlocks < 1 && program.batchSize >= 16
        case .streamed:
            return direction == .forward && precision == .float32 && convolution.suitsStreamed(block: preferredBlock)
                && outputPositions(convolution) <= 2048
        case .pooled, .depthwise: return false
        case .bfloat16: return hasBfloat16
        // In bfloat16, float32 makes half as many products at once.
        case .direct: return precision == .float32
        case .matrix:
            // Images of few channels have primitives that read them as they are.
            guard precision == .float32, convolution.groups == 1, convolution.inputChannels > 3 else { return false }
            return try hasMatrixProduct(direction, of: convolution)
        }
    }
}
