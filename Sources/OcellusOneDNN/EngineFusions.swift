// SPDX-License-Identifier: Apache-2.0

import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// What the engine computes as one operation, by what its kernels are made for.
struct EngineFusions: Fusions {
    let precision: Precision
    /// Whether vectors hold 16 floats: the kernels for patterns work on blocks of as many channels.
    private let hasWideVectors = ocellus_dnn_vector_width() >= 16

    init(_ precision: Precision) { self.precision = precision }

    /// Any function ends a product in inference, and a batch norm always. In training, oneDNN's approximations of transcendental
    /// functions are left to inference: the kernels' own are as fast beside the sums and closer.
    func takes(
        _ epilogue: Epilogue, behind core: any Operator, of result: Shape, isTraining: Bool
    ) -> Bool {
        guard let function = epilogue.activation, function != .relu else { return true }
        // What lies behind the last channel stays 0.
        if function.movesZero, result.rank == 4, !result[1].isMultiple(of: 16) { return false }
        if core is Op.BatchNormTraining || core is Op.BatchNormInference { return true }
        guard core is Op.Convolution || core is Op.MatrixProduct else { return false }
        return !isTraining || function.isPiecewiseLinear
    }

    var takesFunctionGradients: Bool { true }

    func takesNorms(around convolution: Convolution) -> Bool {
        hasWideVectors && precision == .float32 && convolution.suitsNorms
    }

    func takesPool(_ pool: Geometry2D, behind convolution: Convolution) -> Bool {
        hasWideVectors && convolution.suitsPooledGradient && pool.isQuarter
    }

    /// With few images, the time of so many weights is that of moving them in float32 through memory, once for the product and once
    /// for the update; a copy in bfloat16 would be one thing more to move. The kernels round them on the way.
    func takesUpdate(ofDense weight: Shape, batchSize: Int) -> Bool {
        hasWideVectors && weight.count >= 1 << 20 && (precision == .float32 || batchSize < 64)
    }
}

extension UnaryFunction {
    /// Whether the same bits come of it wherever it is computed.
    fileprivate var isPiecewiseLinear: Bool {
        switch self {
        case .relu, .leakyReLU, .relu6: true
        case .sigmoid, .tanh, .gelu, .silu, .hardSwish, .hardSigmoid: false
        }
    }
}

/// The same without patterns, by which ``CacheRule`` counts what a network writes.
struct EpilogueFusions: Fusions {
    func takes(_ epilogue: Epilogue, behind core: any Operator, of result: Shape, isTraining: Bool) -> Bool {
        EngineFusions(.float32).takes(epilogue, behind: core, of: result, isTraining: isTraining)
    }

    var takesFunctionGradients: Bool { true }
}

extension Convolution {
    /// Whether the kernels of ``ConvolutionAlgorithm/depthwise`` apply. Planes that a second-level cache does not hold twice are
    /// left to oneDNN.
    fileprivate var suitsNorms: Bool {
        let sizes = geometry
        return groups == inputChannels && groups == outputChannels && groups > 1 && sizes.kernel == 3
            && sizes.dilation == 1 && (sizes.stride == 1 || sizes.stride == 2)
            && [sizes.before, sizes.after].allSatisfy { $0.height <= 2 && $0.width <= 2 }
            && sizes.input.height * sizes.input.width <= 4096
    }

    /// Whether the kernel of ``ConvolutionAlgorithm/pooled`` applies: 3×3 on images of few channels.
    fileprivate var suitsPooledGradient: Bool {
        geometry.kernel == 3 && geometry.stride == 1 && geometry.dilation == 1 && groups == 1 && inputChannels <= 3
            && outputChannels % 16 == 0
    }
}

extension Geometry2D {
    /// Whether windows of 2×2 lie side by side, none of them over a border.
    fileprivate var isQuarter: Bool {
        kernel == 2 && stride == 2 && dilation == 1 && before == Size2D(0, 0) && 2 * output.height <= input.height
            && 2 * output.width <= input.width
    }
}
