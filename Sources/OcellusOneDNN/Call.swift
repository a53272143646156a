// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

typealias Floats = UnsafeMutablePointer<Float>
/// Elements in bfloat16.
typealias Halves = UnsafeMutablePointer<UInt16>

/// Elements of maps in the type that stands beside them.
typealias Elements = UnsafeMutableRawPointer

/// What one step does, with every address resolved. All payloads are plain values, so running copies no references.
enum Call {
    case primitive(OpaquePointer, UnsafePointer<ocellus_dnn_argument>, Int32)

    /// Transformed filters `u` where the plan keeps them.
    case winograd(
        ocellus_winograd, x: Floats, w: Floats, u: Floats?, bias: Floats?, added: Floats?, relu: Bool, y: Floats,
        scratch: Floats)
    case winogradInputGradient(ocellus_winograd, dy: Floats, w: Floats, dx: Floats, scratch: Floats)
    case winogradWeightGradient(ocellus_winograd, x: Floats, dy: Floats, dw: Floats, db: Floats?, scratch: Floats)
    /// The same with maps in bfloat16.
    case winogradBfloat16(
        ocellus_winograd, x: Halves, w: Floats, u: Floats?, bias: Floats?, added: Halves?, relu: Bool, y: Halves,
        scratch: Floats)
    case winogradInputGradientBfloat16(ocellus_winograd, dy: Halves, w: Floats, dx: Halves, scratch: Floats)
    case winogradWeightGradientBfloat16(
        ocellus_winograd, x: Halves, dy: Halves, dw: Floats, db: Floats?, scratch: Floats)

    case chwn(ocellus_chwn, x: Floats, w: Floats, bias: Floats?, relu: Bool, y: Floats, scratch: Floats)
    case chwnInputGradient(ocellus_chwn, dy: Floats, w: Floats, dx: Floats, scratch: Floats)
    case chwnWeightGradient(ocellus_chwn, x: Floats, dy: Floats, dw: Floats, db: Floats?, scratch: Floats)

    case streamed(
        x: ocellus_maps, y: ocellus_maps, ocellus_window, from: Floats, w: Floats, bias: Floats?, added: Floats?,
        relu: Bool, to: Floats, scratch: Floats)

    case pooledGradient(
        ocellus_pooled, x: Floats, dy: Floats, y: Floats?, winners: UnsafeMutablePointer<UInt8>, dw: Floats,
        db: Floats?, scratch: Floats)
    case pooledGradientBfloat16(
        ocellus_pooled, x: Floats, dy: Halves, y: Halves?, winners: UnsafeMutablePointer<UInt8>, dw: Floats,
        db: Floats?, scratch: Floats)

    case depthwise(
        ocellus_depthwise, before: ocellus_trained_norm, after: ocellus_trained_norm, x: Floats, w: Floats, y: Floats,
        z: Floats, scratch: Floats)
    case depthwiseGradient(
        ocellus_depthwise, before: ocellus_trained_norm, after: ocellus_trained_norm, x: Floats, w: Floats, y: Floats,
        dz: Floats, dx: Floats, dw: Floats, scratch: Floats)

    case denseForward(ocellus_dense, x: Floats, w: Floats, bias: Floats?, relu: Bool, y: Floats, scratch: Floats)
    case denseInputGradient(ocellus_dense, dy: Floats, w: Floats, dx: Floats, scratch: Floats)
    /// The weight gradient of a dense layer and the update of its weights; states and bias gradient where there are any.
    case denseUpdate(
        ocellus_dense, Rule, parameter: Int, x: Floats, dy: Floats, w: Floats, m: Floats?, v: Floats?, db: Floats?,
        scratch: Floats)

    case maxPool(ocellus_maps, ocellus_window, x: Floats, y: Floats, winners: UnsafeMutableRawPointer?)
    case maxPoolGradient(
        ocellus_maps, ocellus_window, dy: Floats, winners: UnsafeMutableRawPointer, y: Floats?, dx: Floats)
    case maxPoolBfloat16(ocellus_maps, ocellus_window, x: Halves, y: Halves, winners: UnsafeMutableRawPointer?)
    case maxPoolGradientBfloat16(
        ocellus_maps, ocellus_window, dy: Halves, winners: UnsafeMutableRawPointer, y: Halves?, dx: Halves)
    case averagePool(ocellus_maps, ocellus_window, x: Floats, y: Floats)
    case averagePoolGradient(ocellus_maps, ocellus_window, dy: Floats, dx: Floats)
    case blurPool(ocellus_maps, ocellus_window, UnsafePointer<Double>, x: Floats, y: Floats)
    case blurPoolGradient(ocellus_maps, ocellus_window, UnsafePointer<Double>, dy: Floats, dx: Floats)

    case activation(UnaryFunction, Int, x: Floats, y: Floats)
    case activationGradient(UnaryFunction, Int, saved: Floats, dy: Floats, dx: Floats)
    case activationBfloat16(NarrowActivation, Int, x: Halves, y: Halves)
    case activationGradientBfloat16(NarrowActivation, Int, saved: Halves, dy: Halves, dx: Halves)
    case addBfloat16(Int, a: Halves, b: Halves, relu: Bool, y: Halves)
    case reluGradientOfSumBfloat16(Int, a: Halves, b: Halves, saved: Halves, dx: Halves)
    case zeroPadding(ocellus_maps, Floats)
    case scale(Float, Int, x: Floats, y: Floats)
    case add(Int, a: Floats, b: Floats, relu: Bool, y: Floats)
    case reluGradientOfSum(Int, a: Floats, b: Floats, saved: Floats, dx: Floats)
    case dropout(ocellus_maps, rate: Float, stream: Int, x: Floats, y: Floats)

    case localColumns(ocellus_maps, ocellus_window, x: Floats, columns: Floats)
    case localColumnsGradient(ocellus_maps, ocellus_window, columns: Floats, dx: Floats)
    case localGather(LocalTable, x: Floats, columns: Floats)
    case localGatherGradient(LocalTable, columns: Floats, dx: Floats)
    case localOutput(ocellus_maps, products: Floats, bias: Floats?, relu: Bool, y: Floats)
    case localOutputGradient(ocellus_maps, dy: Floats, products: Floats)
    case localBiasGradient(ocellus_maps, dy: Floats, db: Floats)

    case batchStatistics(ocellus_maps, Precision, x: Elements, mean: Floats, variance: Floats, scratch: Floats)
    case batchNorm(
        ocellus_maps, Precision, ocellus_normalization, x: Elements, added: Elements?, y: Elements, scratch: Floats)
    case batchNormGradient(
        ocellus_maps, Precision, ocellus_normalization, x: Elements, dy: Elements, dx: Elements, dScale: Floats,
        dShift: Floats, scratch: Floats)
    /// `running ← (1 − momentum)·running + momentum·batch`, the variance times `correction` to make it unbiased.
    case runningStatistics(
        channels: Int, mean: Floats, variance: Floats, runningMean: Floats, runningVariance: Floats, momentum: Float,
        correction: Float)

    case softmaxGradient(batch: Int, features: Int, y: Floats, dy: Floats, dx: Floats)
    case loss(
        batch: Int, classes: Int, logits: Floats, labels: UnsafeMutablePointer<Int32>, weights: Floats,
        classWeights: UnsafePointer<Double>?, smoothing: Double, dlogits: Floats)
    /// Adds all gradients to the sums over the parts of a batch; sets the factor that makes means of them.
    case gradientSums(Int, gradients: Floats, sums: Floats)
    /// Sets the factor of all gradients from their joint norm.
    case clip(Int, UnsafePointer<UnsafePointer<Float>?>, UnsafePointer<Int>, maximum: Double)
    case update(UpdateParts, Rule, w: Floats, g: Floats, m: Floats?, v: Floats?)

    /// Where each parameter lies in the blocks that one update goes over.
    struct UpdateParts {
        struct Part {
            /// Position in the network's parameters.
            var parameter: Int
            /// First element and number of elements, whole cache lines.
            var start: Int
            var count: Int
        }
        /// Elements of all parts together.
        var count: Int
        var parts: UnsafePointer<Part>
        var partCount: Int
    }

    /// Offsets of the random inputs of every position.
    struct LocalTable {
        var maps: ocellus_maps
        var offsets: UnsafePointer<Int32>
        var positions: Int
        var inputs: Int
    }

    /// The settings of an optimiser that stay the same from step to step.
    enum Rule {
        case sgd(decay: Float)
        case momentum(Float, nesterov: Bool, decay: Float)
        case adam(beta1: Double, beta2: Double, epsilon: Double, decay: Double, isDecoupled: Bool)
    }
}
