// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Conv2D on every engine") struct Conv2DTests {
    // x = 1…9 (3×3), w = [[1,0],[0,1]]: y[0,0] = 1 + 5 = 6. The upstream gradient is 1,2,3,4.
    // dw[0,0] = 1·1 + 2·2 + 4·3 + 5·4 = 37; dx[1,1] = dy[0,0]·w[1,1] + dy[1,1]·w[0,0] = 1 + 4 = 5.
    @Test("matches a worked example", arguments: Engine.all) @EngineActor func worked(engine: Engine) throws {
        let run = try engine.run(
            .single(Conv2D(1, kernelSize: 2, padding: .valid), input: [1, 3, 3]),
            NetworkData(
                input: Samples.counting([1, 1, 3, 3]),
                parameters: [Tensor([1, 1, 2, 2], [1, 0, 0, 1]), Tensor([1], [10])],
                outputGradient: Samples.counting([1, 1, 2, 2])))
        #expect(run.output.scalars == [16, 18, 22, 24])
        #expect(run.parameterGradients["0.weight"]?.scalars == [37, 47, 67, 77])
        #expect(run.parameterGradients["0.bias"]?.scalars == [10])
        #expect(run.inputGradient?.scalars == [1, 2, 0, 3, 5, 2, 0, 3, 4])
    }

    @Test("agrees with the reference", arguments: Engine.all, ConvolutionCase.all) @EngineActor
    func agreement(engine: Engine, test: ConvolutionCase) throws {
        try expectAgreement(
            engine, .single(test.layer, input: test.input), batchSize: test.batchSize, terms: test.terms)
    }

    @Test("gradients match central differences", arguments: ConvolutionCase.all.filter { $0.index % 4 == 0 })
    func gradients(test: ConvolutionCase) throws {
        let network = Network.single(test.layer, input: test.input)
        let data = try NetworkData(for: network, batchSize: test.batchSize, seed: 3) { Samples.uniform($0, seed: $1) }
        let check = try GradientCheck(network, data, limit: 12)
        #expect(check.failures == [])
        #expect(check.checked > 0)
    }

    @Test("a shifted image shifts the output away from borders", arguments: Engine.all) @EngineActor
    func equivariance(engine: Engine) throws {
        let network = Network.single(Conv2D(3, kernelSize: 3), input: [2, 7, 8])
        var data = try NetworkData(for: network, batchSize: 1, seed: 4) { Samples.integers($0, seed: $1) }
        let output = try engine.run(network, data).output
        var shifted = Tensor<Double>(repeating: 0, data.input.shape)
        for c in 0..<2 { for i in 1..<7 { for j in 2..<8 { shifted[0, c, i, j] = data.input[0, c, i - 1, j - 2] } } }
        data.input = shifted
        let shiftedOutput = try engine.run(network, data).output
        for o in 0..<3 {
            for i in 2..<6 {
                for j in 3..<7 { #expect(abs(shiftedOutput[0, o, i, j] - output[0, o, i - 1, j - 2]) < 1e-4) }
            }
        }
    }

    @Test("weights of zero give the bias", arguments: Engine.all) @EngineActor func bias(engine: Engine) throws {
        let network = Network.single(Conv2D(2, kernelSize: 3), input: [3, 5, 4])
        let data = NetworkData(
            input: Samples.uniform([1, 3, 5, 4], seed: 5),
            parameters: [Tensor(repeating: 0, [2, 3, 3, 3]), Tensor([2], [-1.5, 2.5])],
            outputGradient: Tensor(repeating: 1, [1, 2, 5, 4]))
        let output = try engine.run(network, data).output
        #expect(output.scalars == Array(repeating: -1.5, count: 20) + Array(repeating: 2.5, count: 20))
    }
}

/// A convolution over maps of the sizes 1, 2, 5, 13 with every kind of stride, padding, dilation and group.
struct ConvolutionCase: Sendable, CustomStringConvertible {
    let index: Int
    let layer: Conv2D
    let input: Shape
    let batchSize: Int
    /// The longest sum of output or gradients.
    let terms: Int

    var description: String { "\(layer) of \(batchSize) × \(input)" }

    /// All combinations of size, kernel, stride, padding and dilation that have an output; groups, channels, bias and
    /// batch go round with periods that share no factor with one another, so that all pairs occur.
    static let all: [ConvolutionCase] = {
        let paddings: [Padding2D] = [.valid, .same, .explicit(top: 2, left: 0, bottom: 1, right: 3)]
        let channels: [(groups: Int, inputs: Int, outputs: Int)] = [
            (1, 3, 5), (1, 17, 2), (2, 6, 4), (3, 3, 3), (5, 5, 10), (1, 1, 18), (4, 8, 12),
        ]
        let sizes: [Size2D] = [1, 2, 5, Size2D(13, 5), Size2D(2, 13)]
        let kernels: [Size2D] = [1, 2, 3, Size2D(1, 4), 5]
        let strides: [Size2D] = [1, 2, Size2D(3, 1)]
        let dilations: [Size2D] = [1, Size2D(2, 3)]
        var cases: [ConvolutionCase] = []
        for size in sizes {
            for kernel in kernels {
                for stride in strides {
                    for padding in paddings {
                        for dilation in dilations {
                            let index = cases.count
                            let channel = channels[index % 7]
                            let layer = Conv2D(
                                channel.outputs, kernelSize: kernel, stride: stride, padding: padding,
                                dilation: dilation, groups: channel.groups, hasBias: index % 5 != 0)
                            let batchSize = index % 11 < 5 ? 1 : 3
                            let input: Shape = [channel.inputs, size.height, size.width]
                            guard let output = try? layer.outputShape(for: input.batched(batchSize)) else { continue }
                            let field = kernel.height * kernel.width
                            let terms = max(
                                channel.inputs * field + 1, channel.outputs * field, batchSize * output[2] * output[3])
                            cases.append(
                                ConvolutionCase(
                                    index: index, layer: layer, input: input, batchSize: batchSize, terms: terms))
                        }
                    }
                }
            }
        }
        return cases
    }()
}
