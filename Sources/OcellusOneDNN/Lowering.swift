// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    /// Adds the steps of the current operation.
    mutating func lower() throws(PlanError) {
        let (inputs, outputs) = (operation.inputs, operation.outputs)
        switch operation.kind {
        case .conv2D(let convolution, let relu): try lowerConvolution(convolution, relu: relu)
        case .conv2DInputGradient(let convolution): try lowerConvolutionInputGradient(convolution)
        case .conv2DWeightGradient(let convolution): try lowerConvolutionWeightGradient(convolution)
        case .locallyConnected2D(let convolution, let relu): try lowerLocal(convolution, relu: relu)
        case .locallyConnected2DInputGradient(let convolution): try lowerLocalInputGradient(convolution)
        case .locallyConnected2DWeightGradient(let convolution): try lowerLocalWeightGradient(convolution)
        case .dense(let hasBias, let relu): try lowerDense(hasBias: hasBias, relu: relu)
        case .denseInputGradient: try lowerDenseInputGradient()
        case .denseWeightGradient(let hasBias): try lowerDenseWeightGradient(hasBias: hasBias)
        case .maxPool2D(let geometry): try lowerMaxPool(geometry)
        case .maxPool2DGradient(let geometry, let throughReLU):
            try lowerMaxPoolGradient(geometry, throughReLU: throughReLU)
        case .averagePool2D(let geometry): try lowerAveragePool(geometry)
        case .averagePool2DGradient(let geometry): try lowerAveragePoolGradient(geometry)
        case .blurPool2D(let geometry, let taps): try lowerBlurPool(geometry, taps)
        case .blurPool2DGradient(let geometry, let taps): try lowerBlurPoolGradient(geometry, taps)
        case .activation(let activation): try lowerActivation(activation)
        case .activationGradient(let activation): try lowerActivationGradient(activation)
        case .softmax: try lowerSoftmax()
        case .softmaxGradient: try lowerSoftmaxGradient()
        case .scale(let factor): try lowerScale(factor)
        case .reshape: try alias(outputs[0], of: inputs[0])
        case .dropout(let rate, let stream): try lowerDropout(rate, stream)
        case .batchNorm2DTraining(let epsilon, let momentum, let relu):
            try lowerBatchNorm(epsilon, momentum, relu: relu)
        case .batchNorm2DGradient(let epsilon, let relu): try lowerBatchNormGradient(epsilon, relu: relu)
        case .batchNorm2DInference(let epsilon, let relu): try lowerBatchNormInference(epsilon, relu: relu)
        case .add(let relu): try lowerAdd(relu: relu)
        case .reluGradientOfSum: try lowerReLUGradientOfSum()
        case .concatenate: try lowerConcatenate()
        case .slice(let offset): try lowerSlice(offset)
        case .softmaxCrossEntropy(let loss): try lowerLoss(loss)
        case .gradientSums: try lowerGradientSums()
        case .gradientClip(let maximum): try lowerClip(maximum)
        case .update(let optimizer): try lowerUpdate(optimizer)
        }
    }
}
