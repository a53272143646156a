// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import Testing

/// Calls of kernels with arrays, which Swift lends no longer than for a call.
enum Kernel {
    typealias Floats = UnsafePointer<Float>
    typealias Result = UnsafeMutablePointer<Float>
    /// Of either type of elements.
    typealias Elements = UnsafeRawPointer
    typealias Results = UnsafeMutableRawPointer

    static let bfloat16 = ocellus_element_bfloat16

    /// Runs a kernel, which must succeed.
    ///
    /// - Parameter settings: Changes what the run lends.
    /// - Returns: The state of the batch.
    @discardableResult static func run(
        _ kernel: ocellus_kernel, _ arguments: some BitwiseCopyable, scratch: Result? = nil, _ threads: Int32,
        gradientScale: Float = 1, settings: (inout ocellus_run) -> Void = { _ in }
    ) -> ocellus_batch_state {
        var batch = ocellus_batch_state(loss: .init(), weight_sum: 0, gradient_scale: gradientScale)
        let status = withUnsafeMutablePointer(to: &batch) { batch in
            var run = ocellus_run()
            (run.threads, run.scratch, run.batch) = (threads, scratch, batch)
            settings(&run)
            return withUnsafePointer(to: arguments) { kernel($0, &run) }
        }
        #expect(status == 0)
        return batch
    }

    // MARK: Elementwise

    static func elementwise(
        _ kernel: ocellus_kernel, _ count: Int, _ a: Elements, _ b: Elements? = nil, _ c: Elements? = nil,
        factor: Float = 0, to y: Results, _ threads: Int32, type: ocellus_element = ocellus_element_float32
    ) {
        run(
            kernel,
            ocellus_elementwise_arguments(type: type, count: count, a: a, b: b, c: c, factor: factor, y: y), threads)
    }

    // MARK: Maps

    static func zeroPadding(_ maps: ocellus_maps, _ x: Result, _ threads: Int32) {
        run(
            ocellus_maps_zero_padding,
            ocellus_maps_zero_padding_arguments(maps: maps, type: ocellus_element_float32, x: x), threads)
    }

    static func dropout(
        _ maps: ocellus_maps, _ x: Floats, _ y: Result, rate: Float, seed: UInt64, step: Int, stream: Int,
        firstImage: Int, _ threads: Int32
    ) {
        run(
            ocellus_dropout, ocellus_dropout_arguments(maps: maps, rate: rate, stream: UInt32(stream), x: x, y: y),
            threads
        ) { run in
            (run.dropout_seed, run.dropout_step, run.first_image) = (seed, UInt32(step), firstImage)
        }
    }

    // MARK: Pooling

    static func maxPool(
        _ maps: ocellus_maps, _ window: ocellus_window, _ x: Elements, _ y: Results, _ winners: Results?,
        _ threads: Int32, type: ocellus_element = ocellus_element_float32
    ) {
        run(
            ocellus_max_pool,
            ocellus_max_pool_arguments(maps: maps, window: window, type: type, x: x, y: y, winners: winners), threads)
    }

    static func maxPoolGradient(
        _ maps: ocellus_maps, _ window: ocellus_window, _ dy: Elements, _ winners: Elements, _ y: Elements?,
        _ dx: Results, _ threads: Int32, type: ocellus_element = ocellus_element_float32
    ) {
        run(
            ocellus_max_pool_gradient,
            ocellus_max_pool_gradient_arguments(
                maps: maps, window: window, type: type, dy: dy, winners: winners, y: y, dx: dx), threads)
    }

    /// Forward or the gradient.
    static func averagePool(
        _ kernel: ocellus_kernel, _ maps: ocellus_maps, _ window: ocellus_window, _ from: Floats, _ to: Result,
        _ threads: Int32
    ) {
        run(kernel, ocellus_average_pool_arguments(maps: maps, window: window, from: from, to: to), threads)
    }

    /// Forward or the gradient.
    static func blurPool(
        _ kernel: ocellus_kernel, _ maps: ocellus_maps, _ window: ocellus_window, _ taps: UnsafePointer<Double>,
        _ from: Floats, _ to: Result, _ threads: Int32
    ) {
        run(
            kernel, ocellus_blur_pool_arguments(maps: maps, window: window, taps: taps, from: from, to: to), threads)
    }

    // MARK: Locally connected

    /// Forward or the gradient.
    static func localColumns(
        _ kernel: ocellus_kernel, _ maps: ocellus_maps, _ window: ocellus_window, _ from: Floats, _ to: Result,
        _ threads: Int32
    ) {
        run(kernel, ocellus_local_columns_arguments(maps: maps, window: window, from: from, to: to), threads)
    }

    static func localOutput(
        _ maps: ocellus_maps, _ products: Floats, _ bias: Floats?, relu: Bool, _ y: Result, _ threads: Int32
    ) {
        run(
            ocellus_local_output,
            ocellus_local_output_arguments(maps: maps, products: products, bias: bias, relu: relu, y: y), threads)
    }

    /// Of the products or of the bias.
    static func localOutputGradient(
        _ kernel: ocellus_kernel, _ maps: ocellus_maps, _ dy: Floats, _ to: Result, _ threads: Int32
    ) {
        run(kernel, ocellus_local_output_gradient_arguments(maps: maps, dy: dy, to: to), threads)
    }

    private static func activation(relu: Bool) -> ocellus_activation {
        ocellus_activation(function: relu ? ocellus_function_relu : ocellus_function_none, factor: 0)
    }

    // MARK: Dense layers and updates

    static func denseForward(
        _ sizes: ocellus_dense, _ x: Floats, _ w: Floats, _ bias: Floats?, relu: Bool, _ y: Result, _ scratch: Result,
        _ threads: Int32
    ) {
        run(
            ocellus_dense_forward,
            ocellus_dense_forward_arguments(
                sizes: sizes, x: x, w: w, bias: bias, activation: activation(relu: relu), y: y),
            scratch: scratch, threads)
    }

    static func denseInputGradient(
        _ sizes: ocellus_dense, _ dy: Floats, _ w: Floats, _ dx: Result, _ scratch: Result, _ threads: Int32
    ) {
        run(
            ocellus_dense_input_gradient,
            ocellus_dense_input_gradient_arguments(sizes: sizes, dy: dy, w: w, dx: dx), scratch: scratch, threads)
    }

    /// An optimiser in one of its updates.
    struct Rule: Sendable {
        var optimizer: ocellus_optimizer
        var rate: Double
        var number = 1

        fileprivate func set(_ run: inout ocellus_run) {
            (run.learning_rate, run.update_number) = (rate, number)
        }
    }

    static func denseUpdate(
        _ sizes: ocellus_dense, _ rule: Rule, _ x: Floats, _ dy: Floats, _ w: Result, _ m: Result?, _ v: Result?,
        _ db: Result?, scale: Float, _ scratch: Result, _ threads: Int32
    ) {
        run(
            ocellus_dense_update,
            ocellus_dense_update_arguments(
                sizes: sizes, optimizer: rule.optimizer, parameter: 0, x: x, dy: dy, w: w, m: m, v: v, db: db),
            scratch: scratch, threads, gradientScale: scale, settings: rule.set)
    }

    static func update(
        _ count: Int, _ rule: Rule, _ w: Result, _ g: Floats, _ m: Result?, _ v: Result?, scale: Float,
        _ threads: Int32
    ) {
        run(
            ocellus_update,
            ocellus_update_arguments(
                optimizer: rule.optimizer, parts: nil, part_count: 0, count: count, w: w, g: g, m: m, v: v), threads,
            gradientScale: scale, settings: rule.set)
    }

    // MARK: Winograd

    static func winogradForward(
        _ sizes: ocellus_winograd, _ x: Elements, _ w: Floats, _ bias: Floats?, added: Elements? = nil, relu: Bool,
        _ y: Results, _ scratch: Result, _ threads: Int32, type: ocellus_element = ocellus_element_float32
    ) {
        run(
            ocellus_winograd_forward,
            ocellus_winograd_forward_arguments(
                sizes: sizes, type: type, x: x, w: w, u: nil, bias: bias, added: added,
                activation: activation(relu: relu), y: y),
            scratch: scratch, threads)
    }

    static func winogradInputGradient(
        _ sizes: ocellus_winograd, _ dy: Elements, _ w: Floats, _ dx: Results, _ scratch: Result, _ threads: Int32,
        type: ocellus_element = ocellus_element_float32
    ) {
        run(
            ocellus_winograd_input_gradient,
            ocellus_winograd_input_gradient_arguments(sizes: sizes, type: type, dy: dy, w: w, dx: dx),
            scratch: scratch, threads)
    }

    static func winogradWeightGradient(
        _ sizes: ocellus_winograd, _ x: Elements, _ dy: Elements, _ dw: Result, _ db: Result?, _ scratch: Result,
        _ threads: Int32, type: ocellus_element = ocellus_element_float32
    ) {
        run(
            ocellus_winograd_weight_gradient,
            ocellus_winograd_weight_gradient_arguments(sizes: sizes, type: type, x: x, dy: dy, dw: dw, db: db),
            scratch: scratch, threads)
    }

    // MARK: Loss

    static func softmaxCrossEntropy(
        _ batch: Int, _ classes: Int, _ logits: Floats, _ labels: UnsafePointer<Int32>, _ weights: Floats,
        _ classWeights: UnsafePointer<Double>?, smoothing: Double, _ dlogits: Result?, _ threads: Int32
    ) -> ocellus_loss_statistics {
        run(
            ocellus_softmax_cross_entropy,
            ocellus_softmax_cross_entropy_arguments(
                batch: batch, classes: classes, logits: logits, labels: labels, sample_weights: weights,
                class_weights: classWeights, label_smoothing: smoothing, dlogits: dlogits), threads
        ).loss
    }
}
