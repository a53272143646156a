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
    let input: UnsafeMutableBufferPointer<Float>
    let labels: UnsafeMutableBufferPointer<Int32>
    let sampleWeights: UnsafeMutableBufferPointer<Float>
    var settings = StepSettings()
    private(set) var statistics = LossStatistics()
    /// Of the samples of the parts so far, where a batch comes in parts; else 0.
    private var summedWeight = 0.0

    private let calls: [Call]
    private let keptFilters: [KeptFilters]
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
    private let plainLayouts: [Layout?]

    /// - Parameter weights: That plans share, or this one's own.
    init(
        program: Program, threads: Int, steps: [StepInfo], calls: [Call], keptFilters: [KeptFilters],
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
        input = floats(program.input)
        sampleWeights = floats(program.sampleWeights)
        sampleWeights.update(repeating: 1)
        let words = floats(program.labels)
        labels = .init(
            start: words.baseAddress.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: Int32.self) },
            count: words.count)
    }

    // MARK: Running

    func run(_ phase: Phase) {
        ocellus_set_threads(threads)
        if knownWrites != weights.writes { transformKeptFilters() }
        let range =
            switch phase {
            case .forward: ranges[0]
            case .loss: ranges[1]
            case .backward: ranges[2]
            case .update: ranges[3]
            }
        for index in range { execute(index) }
    }

    func run(step: Int) {
        ocellus_set_threads(threads)
        if knownWrites != weights.writes { transformKeptFilters() }
        execute(step)
    }

    private func transformKeptFilters() {
        for kept in keptFilters { ocellus_winograd_filters(kept.sizes, kept.w, kept.u, threads) }
        knownWrites = weights.writes
    }

    private func execute(_ index: Int) {
        switch calls[index] {
        case .primitive(let primitive, let arguments, let count):
            let status = ocellus_dnn_execute(resources.context.pointer, primitive, count, arguments)
            precondition(status == 0, "oneDNN failed in \(steps[index].name) of layer \(steps[index].layer)")
        case .winograd(let sizes, let x, let w, let u, let bias, let added, let relu, let y, let scratch):
            ocellus_winograd_forward(sizes, x, w, u, bias, added, relu, y, scratch, threads)
        case .winogradInputGradient(let sizes, let dy, let w, let dx, let scratch):
            ocellus_winograd_input_gradient(sizes, dy, w, dx, scratch, threads)
        case .winogradWeightGradient(let sizes, let x, let dy, let dw, let db, let scratch):
            ocellus_winograd_weight_gradient(sizes, x, dy, dw, db, scratch, threads)
        case .winogradBfloat16(let sizes, let x, let w, let u, let bias, let added, let relu, let y, let scratch):
            ocellus_winograd_forward_bfloat16(sizes, x, w, u, bias, added, relu, y, scratch, threads)
        case .winogradInputGradientBfloat16(let sizes, let dy, let w, let dx, let scratch):
            ocellus_winograd_input_gradient_bfloat16(sizes, dy, w, dx, scratch, threads)
        case .winogradWeightGradientBfloat16(let sizes, let x, let dy, let dw, let db, let scratch):
            ocellus_winograd_weight_gradient_bfloat16(sizes, x, dy, dw, db, scratch, threads)
        case .chwn(let sizes, let x, let w, let bias, let relu, let y, let scratch):
            ocellus_chwn_forward(sizes, x, w, bias, relu, y, scratch, threads)
        case .chwnInputGradient(let sizes, let dy, let w, let dx, let scratch):
            ocellus_chwn_input_gradient(sizes, dy, w, dx, scratch, threads)
        case .chwnWeightGradient(let sizes, let x, let dy, let dw, let db, let scratch):
            ocellus_chwn_weight_gradient(sizes, x, dy, dw, db, scratch, threads)
        case .streamed(
            let x, let y, let window, let from, let w, let bias, let added, let relu, let to, let scratch):
            ocellus_streamed_forward(x, y, window, from, w, bias, added, relu, to, scratch, threads)
        case .pooledGradient(let sizes, let x, let dy, let y, let winners, let dw, let db, let scratch):
            ocellus_pooled_gradient(sizes, x, dy, y, winners, dw, db, scratch, threads)
        case .pooledGradientBfloat16(let sizes, let x, let dy, let y, let winners, let dw, let db, let scratch):
            ocellus_pooled_gradient_bfloat16(sizes, x, dy, y, winners, dw, db, scratch, threads)
        case .depthwise(let sizes, let before, let after, let x, let w, let y, let z, let scratch):
            ocellus_depthwise_forward(sizes, before, after, x, w, y, z, scratch, threads)
        case .depthwiseGradient(
            let sizes, let before, let after, let x, let w, let y, let dz, let dx, let dw, let scratch):
            ocellus_depthwise_gradient(sizes, before, after, x, w, y, dz, dx, dw, scratch, threads)
        case .denseForward(let sizes, let x, let w, let bias, let relu, let y, let scratch):
            ocellus_dense_forward(sizes, x, w, bias, relu, y, scratch, threads)
        case .denseInputGradient(let sizes, let dy, let w, let dx, let scratch):
            ocellus_dense_input_gradient(sizes, dy, w, dx, scratch, threads)
        case .denseUpdate(let sizes, let rule, let parameter, let x, let dy, let w, let m, let v, let db, let scratch):
            ocellus_dense_update(
                sizes, self.rule(rule, factor: settings.rateFactor(of: parameter)), x, dy, w, m, v, db,
                resources.gradientFactor, scratch, threads)
        case .maxPool(let maps, let window, let x, let y, let winners):
            ocellus_max_pool(maps, window, x, y, winners, threads)
        case .maxPoolGradient(let maps, let window, let dy, let winners, let y, let dx):
            ocellus_max_pool_gradient(maps, window, dy, winners, y, dx, threads)
        case .maxPoolBfloat16(let maps, let window, let x, let y, let winners):
            ocellus_max_pool_bfloat16(maps, window, x, y, winners, threads)
        case .maxPoolGradientBfloat16(let maps, let window, let dy, let winners, let y, let dx):
            ocellus_max_pool_gradient_bfloat16(maps, window, dy, winners, y, dx, threads)
        case .averagePool(let maps, let window, let x, let y):
            ocellus_average_pool(maps, window, x, y, threads)
        case .averagePoolGradient(let maps, let window, let dy, let dx):
            ocellus_average_pool_gradient(maps, window, dy, dx, threads)
        case .blurPool(let maps, let window, let taps, let x, let y):
            ocellus_blur_pool(maps, window, taps, x, y, threads)
        case .blurPoolGradient(let maps, let window, let taps, let dy, let dx):
            ocellus_blur_pool_gradient(maps, window, taps, dy, dx, threads)
        case .activation(let activation, let count, let x, let y):
            activation.run(count, x, y, threads)
        case .activationGradient(let activation, let count, let saved, let dy, let dx):
            activation.runGradient(count, saved, dy, dx, threads)
        case .activationBfloat16(.relu, let count, let x, let y): ocellus_relu_bfloat16(count, x, y, threads)
        case .activationBfloat16(.gelu, let count, let x, let y): ocellus_gelu_bfloat16(count, x, y, threads)
        case .activationGradientBfloat16(.relu, let count, let saved, let dy, let dx):
            ocellus_relu_gradient_bfloat16(count, saved, dy, dx, threads)
        case .activationGradientBfloat16(.gelu, let count, let saved, let dy, let dx):
            ocellus_gelu_gradient_bfloat16(count, saved, dy, dx, threads)
        case .addBfloat16(let count, let a, let b, let relu, let y):
            (relu ? ocellus_add_relu_bfloat16 : ocellus_add_bfloat16)(count, a, b, y, threads)
        case .reluGradientOfSumBfloat16(let count, let a, let b, let saved, let dx):
            ocellus_add_relu_gradient_bfloat16(count, saved, a, b, dx, threads)
        case .zeroPadding(let maps, let x): ocellus_maps_zero_padding(maps, x, threads)
        case .scale(let factor, let count, let x, let y): ocellus_scale(count, x, factor, y, threads)
        case .add(let count, let a, let b, let relu, let y):
            (relu ? ocellus_add_relu : ocellus_add)(count, a, b, y, threads)
        case .reluGradientOfSum(let count, let a, let b, let saved, let dx):
            ocellus_add_relu_gradient(count, saved, a, b, dx, threads)
        case .dropout(let maps, let rate, let stream, let x, let y):
            ocellus_dropout(
                maps, x, y, rate, settings.dropoutSeed, UInt32(truncatingIfNeeded: settings.dropoutStep),
                UInt32(truncatingIfNeeded: stream), settings.firstImage * maps.channels * maps.height * maps.width,
                threads)
        case .localColumns(let maps, let window, let x, let columns):
            ocellus_local_columns(maps, window, x, columns, threads)
        case .localColumnsGradient(let maps, let window, let columns, let dx):
            ocellus_local_columns_gradient(maps, window, columns, dx, threads)
        case .localGather(let table, let x, let columns):
            ocellus_local_gather(table.maps, table.offsets, table.positions, table.inputs, x, columns, threads)
        case .localGatherGradient(let table, let columns, let dx):
            ocellus_local_gather_gradient(
                table.maps, table.offsets, table.positions, table.inputs, columns, dx, threads)
        case .localOutput(let maps, let products, let bias, let relu, let y):
            ocellus_local_output(maps, products, bias, relu, y, threads)
        case .localOutputGradient(let maps, let dy, let products):
            ocellus_local_output_gradient(maps, dy, products, threads)
        case .localBiasGradient(let maps, let dy, let db):
            ocellus_local_bias_gradient(maps, dy, db, threads)
        case .batchStatistics(let maps, let type, let x, let mean, let variance, let scratch):
            type.runStatistics(maps, x, mean, variance, scratch, threads)
        case .batchNorm(let maps, let type, let rule, let x, let added, let y, let scratch):
            type.runBatchNorm(maps, rule, x, added, y, scratch, threads)
        case .batchNormGradient(
            let maps, let type, let rule, let x, let dy, let dx, let dScale, let dShift, let scratch):
            type.runBatchNormGradient(maps, rule, x, dy, dx, dScale, dShift, scratch, threads)
        case .runningStatistics(
            let channels, let mean, let variance, let runningMean, let runningVariance, let momentum, let correction):
            for channel in 0..<channels {
                runningMean[channel] = (1 - momentum) * runningMean[channel] + momentum * mean[channel]
                runningVariance[channel] =
                    (1 - momentum) * runningVariance[channel] + momentum * (correction * variance[channel])
            }
        case .softmaxGradient(let batch, let features, let y, let dy, let dx):
            ocellus_softmax_gradient(batch, features, y, dy, dx, threads)
        case .loss(
            let batch, let classes, let logits, let labels, let weights, let classWeights, let smoothing, let dlogits):
            let mixture = settings.mixture
            let sums = mixture.withPointers { others, shares in
                ocellus_mixed_cross_entropy(
                    batch, classes, logits, labels, others, shares, weights, classWeights, smoothing, dlogits, threads)
            }
            statistics.lossSum = sums.loss_sum
            statistics.weightSum = sums.weight_sum
            statistics.correct = sums.correct
            statistics.count = sums.count
        case .gradientSums(let count, let gradients, let sums):
            let weight = Float(statistics.weightSum)
            if settings.firstImage == 0 {
                summedWeight = statistics.weightSum
                ocellus_scale(count, gradients, weight, sums, threads)
            } else {
                summedWeight += statistics.weightSum
                ocellus_add_scaled(count, sums, gradients, weight, sums, threads)
            }
            resources.gradientFactor.pointee = Float(1 / summedWeight)
        case .clip(let count, let gradients, let counts, let maximum):
            let mean = summedWeight == 0 ? 1 : 1 / summedWeight
            let sum = mean * mean * ocellus_sum_of_squares(count, gradients, counts, threads)
            resources.gradientFactor.pointee = Float(mean) * ocellus_clip_factor(sum, maximum)
        case .update(let all, let rule, let w, let g, let m, let v):
            guard !settings.rateFactors.isEmpty else {
                return ocellus_update(all.count, self.rule(rule), w, g, m, v, resources.gradientFactor, threads)
            }
            for index in 0..<all.partCount {
                let part = all.parts[index]
                ocellus_update(
                    part.count, self.rule(rule, factor: settings.rateFactor(of: part.parameter)), w + part.start,
                    g + part.start, m.map { $0 + part.start }, v.map { $0 + part.start }, resources.gradientFactor,
                    threads)
            }
        }
    }

    /// A rule with the factors of the step that runs.
    ///
    /// - Parameter factor: Of the parameter's rate; weight decay keeps its pull.
    private func rule(_ rule: Call.Rule, factor: Double = 1) -> ocellus_rule {
        var result = ocellus_rule()
        let rate = settings.learningRate * factor
        let pull = StepSettings.decayFactor(forRateFactor: factor)
        result.rate = Float(rate)
        switch rule {
        case .sgd(let decay):
            result.kind = ocellus_rule_sgd
            result.decay = decay * Float(pull)
        case .momentum(let momentum, let nesterov, let decay):
            result.kind = nesterov ? ocellus_rule_nesterov : ocellus_rule_momentum
            result.momentum = momentum
            result.decay = decay * Float(pull)
        case .adam(let beta1, let beta2, let epsilon, let decay, let isDecoupled):
            result.kind = ocellus_rule_adam
            result.adam = ocellus_adam_step_make(
                rate, beta1, beta2, epsilon, isDecoupled ? decay * pull : decay, isDecoupled, settings.updateNumber)
        }
        return result
    }

    // MARK: Values

    func read(_ value: ValueID, into buffer: UnsafeMutableBufferPointer<Float>) {
        precondition(buffer.count == program[value].shape.count, "the buffer does not fit the value")
        guard let instance = instances[value.index], let target = buffer.baseAddress else { return }
        let source = resources.pointer(instance)
        if let plain = plainLayouts[value.index] {
            convert(instance.layout, source, plain, target)
        } else if instance.layout.isRowMajor {
            target.update(from: source, count: buffer.count)
        } else {
            ocellus_maps_to_plain(kernelMaps(instance.layout), source, target, threads)
        }
    }

    func write(_ value: ValueID, from buffer: UnsafeBufferPointer<Float>) {
        precondition(buffer.count == program[value].shape.count, "the buffer does not fit the value")
        guard let instance = instances[value.index], let source = buffer.baseAddress else { return }
        if case .parameter = program[value].role { weights.writes += 1 }
        let target = resources.pointer(instance)
        if let plain = plainLayouts[value.index] {
            convert(plain, UnsafeMutablePointer(mutating: source), instance.layout, target)
        } else if instance.layout.isRowMajor {
            target.update(from: source, count: buffer.count)
        } else {
            ocellus_maps_from_plain(kernelMaps(instance.layout), source, target, threads)
        }
    }

    private func convert(_ from: Layout, _ source: Floats, _ to: Layout, _ target: Floats) {
        let status = ocellus_dnn_convert(resources.context.pointer, from.pointer, source, to.pointer, target)
        precondition(status == 0, "oneDNN failed to convert \(from.description) to \(to.description)")
    }

    func readDoubles(_ value: ValueID) -> [Double] {
        let count = program[value].shape.count
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { buffer in
            buffer.initialize(repeating: 0)
            read(value, into: buffer)
            return buffer.map(Double.init)
        }
    }

    func writeDoubles(_ value: ValueID, _ elements: [Double]) {
        elements.map(Float.init).withUnsafeBufferPointer { write(value, from: $0) }
    }
}

extension UnaryFunction {
    fileprivate func run(_ count: Int, _ x: Floats, _ y: Floats, _ threads: Int32) {
        switch self {
        case .relu: ocellus_relu(count, x, y, threads)
        case .sigmoid: ocellus_sigmoid(count, x, y, threads)
        case .tanh: ocellus_tanh(count, x, y, threads)
        case .gelu: ocellus_gelu(count, x, y, threads)
        case .leakyReLU(let slope): ocellus_leaky_relu(count, x, slope, y, threads)
        }
    }

    fileprivate func runGradient(_ count: Int, _ saved: Floats, _ dy: Floats, _ dx: Floats, _ threads: Int32) {
        switch self {
        case .relu: ocellus_relu_gradient(count, saved, dy, dx, threads)
        case .sigmoid: ocellus_sigmoid_gradient(count, saved, dy, dx, threads)
        case .tanh: ocellus_tanh_gradient(count, saved, dy, dx, threads)
        case .gelu: ocellus_gelu_gradient(count, saved, dy, dx, threads)
        case .leakyReLU(let slope): ocellus_leaky_relu_gradient(count, saved, dy, slope, dx, threads)
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
