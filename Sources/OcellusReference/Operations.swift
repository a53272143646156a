// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusPlan
import OcellusTensor

extension ReferenceExecutable {
    /// What an operation computes from its inputs, one array for each output; the comments of ``Operator`` say what.
    /// Operations that change persistent values do so here.
    func results(of operation: Operation) -> [[Double]] {
        let inputs = operation.inputs.enumerated().map { position, id in
            precision == .bfloat16 && operation.kind.multiplies(position) ? self[id].map(bfloat16) : self[id]
        }
        let shapes = operation.inputs.map { program[$0].shape }
        let batch = program.batchSize
        /// The bias behind input and weight, where there is one.
        var bias: [Double]? { inputs.count > 2 ? inputs[2] : nil }

        switch operation.kind {
        case .conv2D(let convolution, let relu):
            var y = convolution.output(
                x: inputs[0], w: inputs[1], b: convolution.hasBias ? inputs[2] : nil, batch: batch)
            if let added = convolution.added(operation) { y = zip(y, self[added]).map { $0 + $1 } }
            return [relu ? Activation.relu.output(y) : y]
        case .conv2DInputGradient(let convolution):
            return [convolution.inputGradient(dy: inputs[0], w: inputs[1], batch: batch)]
        case .conv2DWeightGradient(let convolution):
            let dw = convolution.weightGradient(x: inputs[0], dy: inputs[1], batch: batch)
            return convolution.hasBias ? [dw, convolution.biasGradient(dy: inputs[1], batch: batch)] : [dw]

        case .locallyConnected2D(let convolution, let relu):
            let layer = Untied(convolution: convolution)
            let y = layer.output(x: inputs[0], w: inputs[1], b: bias, batch: batch)
            return [relu ? Activation.relu.output(y) : y]
        case .locallyConnected2DInputGradient(let convolution):
            return [Untied(convolution: convolution).inputGradient(dy: inputs[0], w: inputs[1], batch: batch)]
        case .locallyConnected2DWeightGradient(let convolution):
            let layer = Untied(convolution: convolution)
            let dw = layer.weightGradient(x: inputs[0], dy: inputs[1], batch: batch)
            return convolution.hasBias ? [dw, layer.biasGradient(dy: inputs[1], batch: batch)] : [dw]

        case .dense(_, let relu):
            let layer = Product(batch: batch, inputs: shapes[1][1], outputs: shapes[1][0])
            let y = layer.output(x: inputs[0], w: inputs[1], b: bias)
            return [relu ? Activation.relu.output(y) : y]
        case .denseInputGradient:
            let layer = Product(batch: batch, inputs: shapes[1][1], outputs: shapes[1][0])
            return [layer.inputGradient(dy: inputs[0], w: inputs[1])]
        case .denseWeightGradient(let hasBias):
            let layer = Product(batch: batch, inputs: shapes[0][1], outputs: shapes[1][1])
            let dw = layer.weightGradient(x: inputs[0], dy: inputs[1])
            return hasBias ? [dw, layer.biasGradient(dy: inputs[1])] : [dw]

        case .maxPool2D(let geometry):
            let (y, winners) = geometry.maximum(x: inputs[0], maps: batch * shapes[0][1])
            return operation.outputs.count > 1 ? [y, winners] : [y]
        case .maxPool2DGradient(let geometry, let throughReLU):
            return [
                geometry.maximumGradient(
                    dy: inputs[0], winners: inputs[1], y: throughReLU ? inputs[2] : nil, maps: batch * shapes[0][1])
            ]
        case .averagePool2D(let geometry):
            return [geometry.average(x: inputs[0], maps: batch * shapes[0][1])]
        case .averagePool2DGradient(let geometry):
            return [geometry.averageGradient(dy: inputs[0], maps: batch * shapes[0][1])]
        case .blurPool2D(let geometry, let taps):
            return [geometry.blur(x: inputs[0], taps: taps, maps: batch * shapes[0][1])]
        case .blurPool2DGradient(let geometry, let taps):
            return [geometry.blurGradient(dy: inputs[0], taps: taps, maps: batch * shapes[0][1])]

        case .activation(let activation): return [activation.output(inputs[0])]
        case .activationGradient(let activation): return [activation.gradient(dy: inputs[0], saved: inputs[1])]
        case .softmax: return [softmax(inputs[0], classes: shapes[0][1])]
        case .softmaxGradient: return [softmaxGradient(dy: inputs[0], y: inputs[1], classes: shapes[0][1])]
        case .scale(let factor): return [inputs[0].map { Double(factor) * $0 }]
        case .reshape: return [inputs[0]]
        case .dropout(let rate, let stream): return [dropout(inputs[0], rate: rate, stream: stream)]

        case .batchNorm2DTraining(let epsilon, let momentum, let relu):
            let layer = Normalization(shape: shapes[0], epsilon: epsilon)
            let batchStatistics = layer.statistics(x: inputs[0])
            self[operation.inputs[3]] = layer.running(inputs[3], batchStatistics.map(\.mean), momentum)
            self[operation.inputs[4]] = layer.running(inputs[4], batchStatistics.map(\.unbiased), momentum)
            let (mean, inverse) = (batchStatistics.map(\.mean), batchStatistics.map { layer.inverse($0.variance) })
            let y = layer.output(x: inputs[0], scale: inputs[1], shift: inputs[2], mean: mean, inverse: inverse)
            return [ended(y, added: inputs.dropFirst(5).first, relu: relu), mean + inverse]
        case .batchNorm2DGradient(let epsilon, let relu):
            let layer = Normalization(shape: shapes[1], epsilon: epsilon)
            var dy = inputs[0]
            if relu {
                let channels = shapes[1][1]
                let y = layer.output(
                    x: inputs[1], scale: inputs[2], shift: inputs[3], mean: Array(inputs[4][..<channels]),
                    inverse: Array(inputs[4][channels...]))
                dy = Activation.relu.gradient(dy: dy, saved: y)
            }
            return layer.gradients(dy: dy, x: inputs[1], scale: inputs[2], saved: inputs[4])
        case .batchNorm2DInference(let epsilon, let relu):
            let layer = Normalization(shape: shapes[0], epsilon: epsilon)
            let y = layer.output(
                x: inputs[0], scale: inputs[1], shift: inputs[2], mean: inputs[3],
                inverse: inputs[4].map(layer.inverse))
            return [ended(y, added: inputs.dropFirst(5).first, relu: relu)]

        case .add(let relu): return [ended(inputs[0], added: inputs[1], relu: relu)]
        case .reluGradientOfSum:
            return [Activation.relu.gradient(dy: ended(inputs[0], added: inputs[1], relu: false), saved: inputs[2])]
        case .concatenate: return [concatenation(of: inputs, shapes)]
        case .slice(let offset):
            return [slice(inputs[0], shapes[0], from: offset, to: program[operation.outputs[0]].shape)]

        case .softmaxCrossEntropy(let loss):
            let result = loss.evaluate(
                logits: inputs[0], labels: labels.map { Int($0) }, mixture: settings.mixture, sampleWeights: inputs[2],
                classes: shapes[0][1])
            statistics = result.statistics
            return [result.gradient]
        case .gradientSums:
            if settings.firstImage == 0 { summedWeight = 0 }
            summedWeight += statistics.weightSum
            gradientFactor = 1 / summedWeight
            return zip(inputs, operation.outputs).map { gradient, sum in
                let before = settings.firstImage == 0 ? gradient.map { _ in 0 } : self[sum]
                return zip(before, gradient).map { $0 + statistics.weightSum * $1 }
            }
        case .gradientClip(let maximum):
            let mean = summedWeight == 0 ? 1 : 1 / summedWeight
            gradientFactor = mean * clipFactor(inputs.map { $0.map { mean * $0 } }, maximum: maximum)
            return []
        case .update(let optimizer):
            var factor = 1.0
            if case .parameter(let index) = program[operation.inputs[0]].role {
                factor = settings.rateFactor(of: index)
            }
            let updated = optimizer.step(
                w: inputs[0], g: inputs[1].map { $0 * gradientFactor }, states: Array(inputs.dropFirst(2)),
                settings: settings, rateFactor: factor)
            self[operation.inputs[0]] = updated.w
            for (id, state) in zip(operation.inputs.dropFirst(2), updated.states) { self[id] = state }
            return []
        }
    }
}

/// With what is added and the ReLU at the end, where an operation has them.
private func ended(_ y: [Double], added: [Double]?, relu: Bool) -> [Double] {
    let sum = added.map { zip(y, $0).map { $0 + $1 } } ?? y
    return relu ? Activation.relu.output(sum) : sum
}

extension Operator {
    /// Whether an input is a factor of products that ``Precision/bfloat16`` rounds.
    fileprivate func multiplies(_ input: Int) -> Bool {
        switch self {
        case .conv2D, .conv2DInputGradient, .conv2DWeightGradient, .dense, .denseInputGradient, .denseWeightGradient:
            input < 2
        default: false
        }
    }
}

/// The nearest number that bfloat16 represents, ties to even.
private func bfloat16(_ x: Double) -> Double {
    let bits = Float(x).bitPattern
    guard Float(x).isFinite else { return x }
    return Double(Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000))
}
