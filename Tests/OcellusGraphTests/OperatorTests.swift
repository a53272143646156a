// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusTensor
import Testing

@testable import OcellusGraph

@Suite("Operators: shapes, settings, operands") struct OperatorTests {
    // MARK: Worked examples

    // 7×6 maps, a 3×3 kernel at stride 2, one row above and none below: (7 + 1 − 3) / 2 + 1 = 3 and (6 − 3) / 2 + 1 = 2.
    @Test("convolution: [1, 4, 7, 6] gives [1, 6, 3, 2]") func convolution() throws {
        let geometry = try Geometry2D.over(
            Size2D(7, 6), 3, stride: 2, padding: .explicit(top: 1, left: 0, bottom: 0, right: 0))
        let kind = Op.Convolution(geometry: geometry, inputChannels: 4, outputChannels: 6, groups: 2, hasBias: true)
        #expect(try GraphBuilder.result(of: kind, [1, 4, 7, 6], [6, 2, 3, 3], [6]) == [1, 6, 3, 2])
        #expect(kind.settings == "3×3, stride 2×2, padding top 1 left 0 bottom 0 right 0, groups 2")
        #expect(try kind.multiplyAdds([[1, 4, 7, 6]], [1, 6, 3, 2]) == 6 * 3 * 2 * 2 * 9)
        #expect(kind.window([]) == Window(extent: 3, stride: 2, before: Size2D(1, 0)))
    }

    // A weight for each of the 2×3 positions: [H′, W′, O, C, kH, kW].
    @Test("locally connected: [1, 2, 3, 4] gives [1, 5, 2, 3]") func locallyConnected() throws {
        let geometry = try Geometry2D.over(Size2D(3, 4), 2)
        var kind = Op.LocallyConnected(
            Op.Convolution(geometry: geometry, inputChannels: 2, outputChannels: 5, groups: 1, hasBias: true),
            connectionSeed: nil)
        #expect(try GraphBuilder.result(of: kind, [1, 2, 3, 4], [2, 3, 5, 2, 2, 2], [5, 2, 3]) == [1, 5, 2, 3])
        #expect(try kind.multiplyAdds([[1, 2, 3, 4]], [1, 5, 2, 3]) == 5 * 2 * 3 * 2 * 4)
        #expect(kind.window([]).extent == 2)
        kind.connectionSeed = 3
        #expect(kind.window([]).extent == Size2D(3, 4))
        #expect(kind.settings == "2×2, random inputs 3")
        #expect(kind.randomInputs?.count == 6 * 8)
    }

    @Test("matrix product: [1, 6] by [4, 6] gives [1, 4]") func matrixProduct() throws {
        #expect(try GraphBuilder.result(of: Op.MatrixProduct(hasBias: true), [1, 6], [4, 6], [4]) == [1, 4])
        #expect(try GraphBuilder.result(of: Op.MatrixProduct(hasBias: false), [1, 6], [4, 6]) == [1, 4])
        #expect(try GraphBuilder.result(of: Op.MatrixProduct(hasBias: true), [1, 5, 6], [4, 6], [4]) == [1, 5, 4])
        #expect(try Op.MatrixProduct(hasBias: true).multiplyAdds([[1, 5, 6], [4, 6], [4]], [1, 5, 4]) == 120)
        #expect(try GraphBuilder.result(of: Op.Softmax(), [1, 2, 3, 4]) == [1, 2, 3, 4])
        #expect(try Op.MatrixProduct(hasBias: true).multiplyAdds([[1, 6], [4, 6], [4]], [1, 4]) == 24)
    }

    @Test("pools: [1, 3, 5, 7] at 2×2 gives [1, 3, 2, 3]; blur keeps every second of five and seven") func pools()
        throws
    {
        let geometry = try Geometry2D.over(Size2D(5, 7), 2, stride: 2)
        #expect(try GraphBuilder.result(of: Op.MaxPool(geometry), [1, 3, 5, 7]) == [1, 3, 2, 3])
        #expect(try GraphBuilder.result(of: Op.AveragePool(geometry), [1, 3, 5, 7]) == [1, 3, 2, 3])
        #expect(Op.MaxPool(geometry).settings == "2×2")
        let blur = Op.BlurPool(
            try .over(Size2D(5, 7), 3, stride: 2, padding: .all(1)), taps: [0.25, 0.5, 0.25])
        #expect(try GraphBuilder.result(of: blur, [1, 3, 5, 7]) == [1, 3, 3, 4])
        #expect(try blur.multiplyAdds([[1, 3, 5, 7]], [1, 3, 3, 4]) == 36 * 9)
    }

    @Test("elementwise operators keep the shape") func elementwise() throws {
        let shape: Shape = [1, 2, 3, 4]
        #expect(try GraphBuilder.result(of: Op.Add(), shape, shape) == shape)
        #expect(try GraphBuilder.result(of: Op.Scale(0.5), shape) == shape)
        #expect(try GraphBuilder.result(of: Op.Dropout(rate: 0.5, stream: 0), shape) == shape)
        #expect(try GraphBuilder.result(of: Op.DropPath(rate: 0.5, stream: 0), shape) == shape)
        for function in [
            UnaryFunction.relu, .sigmoid, .tanh, .gelu, .relu6, .silu, .hardSwish, .hardSigmoid, .leakyReLU(slope: 0.1),
        ] {
            #expect(try GraphBuilder.result(of: Op.Unary(function), shape) == shape)
        }
        let norm = Op.BatchNorm(epsilon: 1e-5, momentum: 0.1)
        #expect(try GraphBuilder.result(of: norm, shape, [2], [2], [2], [2]) == shape)
        #expect(try norm.multiplyAdds([shape], shape) == 24)
        #expect(try GraphBuilder.result(of: Op.Softmax(), [1, 5]) == [1, 5])
    }

    @Test("expand: a tensor [3, 4] gives [1, 3, 4]") func expand() throws {
        var builder = try GraphBuilder(image: [1, 2, 2])
        let tensor = try builder.parameter("p", [3, 4], .zeros)
        let y = try builder.apply(Op.Expand(), tensor)
        #expect(builder.shape(y) == [1, 3, 4])
        #expect(
            failure { try builder.apply(Op.Expand(), builder.input) }
                == "wrongOperands | expand cannot read its operands. | parameter | activation")
        let deep = try builder.parameter("deep", [1, 1, 1, 1, 1, 1, 1, 2], .zeros)
        #expect(
            failure { try builder.apply(Op.Expand(), deep) }
                == "wrongRank | cannot repeat its tensor. | a tensor of 1 to 7 axes | [1, 1, 1, 1, 1, 1, 1, 2]")
    }

    @Test("transpose: [1, 2, 3, 4] in the order 3, 1, 2 gives [1, 4, 2, 3]") func transpose() throws {
        #expect(try GraphBuilder.result(of: Op.Transpose([3, 1, 2]), [1, 2, 3, 4]) == [1, 4, 2, 3])
        #expect(Op.Transpose([3, 1, 2]).inverse == Op.Transpose([2, 3, 1]))
        #expect(Op.Transpose([2, 1]).settings == "2, 1")
        for order in [[1], [1, 1], [0, 1], [2, 3], []] {
            #expect(
                failure { _ = try GraphBuilder.result(of: Op.Transpose(order), [1, 2, 3]) }.hasPrefix(
                    "outOfRange | has an impossible order of axes. | each of 1 to 2 once"))
        }
    }

    @Test("slice: two of [1, 5, 3] from 2 on are [1, 2, 3]") func slice() throws {
        #expect(try GraphBuilder.result(of: Op.Slice(offset: 2, count: 2), [1, 5, 3]) == [1, 2, 3])
        #expect(Op.Slice(offset: 2, count: 2).settings == "2 from 2")
        for (offset, count) in [(-1, 2), (4, 2), (0, 0), (5, 1), (1, .max)] {
            #expect(
                failure { _ = try GraphBuilder.result(of: Op.Slice(offset: offset, count: count), [1, 5, 3]) }
                    == "outOfRange | takes a part that is not there. | a part of 0 ..< 5 | \(count) from \(offset) on")
        }
        #expect(
            failure { _ = try GraphBuilder.result(of: Op.Slice(offset: 0, count: 1), [1]) }
                == "outOfRange | takes a part that is not there. | an axis behind the batch | 1 from 0 on")
    }

    @Test("batched product: [1, 2, 3, 4] by [1, 2, 4, 5] gives [1, 2, 3, 5], whichever is transposed") func batched()
        throws
    {
        let (a, b): (Shape, Shape) = ([1, 2, 3, 4], [1, 2, 4, 5])
        let (turnedA, turnedB): (Shape, Shape) = ([1, 2, 4, 3], [1, 2, 5, 4])
        let result: Shape = [1, 2, 3, 5]
        #expect(try GraphBuilder.result(of: Op.BatchedProduct(), a, b) == result)
        #expect(try GraphBuilder.result(of: Op.BatchedProduct(transposesA: true), turnedA, b) == result)
        #expect(try GraphBuilder.result(of: Op.BatchedProduct(transposesB: true), a, turnedB) == result)
        let both = Op.BatchedProduct(transposesA: true, transposesB: true)
        #expect(try GraphBuilder.result(of: both, turnedA, turnedB) == result)
        #expect(try both.multiplyAdds([turnedA, turnedB], result) == 2 * 3 * 5 * 4)
        #expect(both.settings == "first transposed, second transposed")
        for wrong in [[1, 2, 5, 4], [1, 3, 4, 5], [1, 2, 4], [1, 1, 2, 4, 5]] as [Shape] {
            #expect(
                failure { _ = try GraphBuilder.result(of: Op.BatchedProduct(), a, wrong) }
                    == "wrongOperands | cannot multiply matrices. | [N, …, M, K] and [N, …, K, P] | "
                    + "[N, 2, 3, 4] and \(printed(wrong))")
        }
        #expect(
            failure { _ = try GraphBuilder.result(of: Op.BatchedProduct(), [1, 2], [1, 2]) }.hasPrefix("wrongOperands"))
    }

    @Test("layer norm: over channels of maps, over the last axis of tokens and features") func layerNorm() throws {
        let kind = Op.LayerNorm(epsilon: 1e-5)
        #expect(try GraphBuilder.result(of: kind, [1, 5, 2, 3], [5], [5]) == [1, 5, 2, 3])
        #expect(try GraphBuilder.result(of: kind, [1, 5, 7], [7], [7]) == [1, 5, 7])
        #expect(try GraphBuilder.result(of: kind, [1, 5], [5], [5]) == [1, 5])
        #expect(try kind.multiplyAdds([[1, 5, 2, 3]], [1, 5, 2, 3]) == 30)
    }

    @Test("multiply: a gate [1, 2, 1, 1] repeats along [1, 2, 3, 4]") func multiply() throws {
        let maps: Shape = [1, 2, 3, 4]
        for gate in [maps, [1, 2, 1, 1], [1, 1, 3, 4], [1, 1, 1, 1], [1, 2, 3, 1]] as [Shape] {
            #expect(try GraphBuilder.result(of: Op.Multiply(), maps, gate) == maps)
        }
        #expect(Repeats(of: [5, 2, 1, 1], along: [5, 2, 3, 4]) == Repeats(outer: 10, repeats: 12, inner: 1))
        #expect(Repeats(of: [5, 1, 3, 4], along: [5, 2, 3, 4]) == Repeats(outer: 5, repeats: 2, inner: 12))
        #expect(Repeats(of: [5, 2, 3], along: [5, 2, 3]) == Repeats(outer: 30, repeats: 1, inner: 1))
        // Height is 1 in both, between channels and width, which repeat.
        #expect(Repeats(of: [5, 1, 1, 1], along: [5, 2, 1, 4]) == Repeats(outer: 5, repeats: 8, inner: 1))
        #expect(Repeats(of: [5, 1, 3, 1], along: [5, 2, 3, 4]) == nil)
    }

    @Test("reshape and concatenate: 24 elements as [4, 6]; channels 2 and 3 give 5") func shapes() throws {
        #expect(try GraphBuilder.result(of: Op.Reshape([4, 6]), [1, 2, 3, 4]) == [1, 4, 6])
        #expect(try GraphBuilder.result(of: Op.Concatenate(), [1, 2, 3, 4], [1, 3, 3, 4]) == [1, 5, 3, 4])
        #expect(try GraphBuilder.result(of: Op.Concatenate(), [1, 2], [1, 3], [1, 2]) == [1, 7])
        #expect(try GraphBuilder.result(of: Op.Concatenate(), [1, 2]) == [1, 2])
    }

    // MARK: What does not fit

    @Test("impossible settings and operands are named") func errors() throws {
        func fails<Kind: GraphOperator>(
            _ kind: Kind, _ shapes: Shape..., with text: String, location: SourceLocation = #_sourceLocation
        ) {
            let seen = failure {
                var builder = GraphBuilder(input: shapes[0])
                let roles = kind.operands ?? shapes.map { _ in .activation }
                var inputs: [Graph.ValueID] = []
                for (position, shape) in shapes.enumerated() {
                    switch roles[position] {
                    case .activation:
                        inputs.append(
                            position == 0
                                ? builder.input : try builder.apply(Source(shape: shape.dropFirst()), builder.input))
                    case .parameter: inputs.append(try builder.parameter("p\(position)", shape, .zeros))
                    case .buffer: inputs.append(try builder.buffer("b\(position)", shape, initialValue: 0))
                    }
                }
                try builder.apply(kind, inputs)
            }
            #expect(seen == text, sourceLocation: location)
        }
        fails(
            Op.Add(), [1, 2], [1, 3], with: "branchShapesDiffer | cannot add. | equal shapes | [N, 2] and [N, 3]")
        for gate in [[1, 2], [1, 2, 3, 2], [1, 1, 3, 1], [1, 2, 3, 4, 1]] as [Shape] {
            fails(
                Op.Multiply(), [1, 2, 3, 4], gate,
                with:
                    "branchShapesDiffer | cannot multiply. | equal shapes, or a second of 1 along neighbouring axes | "
                    + "[N, 2, 3, 4] and \(printed(gate))")
        }
        fails(
            Op.Concatenate(), [1, 2, 3, 4], [1, 2, 4, 4],
            with: "branchShapesDiffer | cannot join its branches. | equal sizes in all axes but channels | "
                + "[N, 2, 3, 4] and [N, 2, 4, 4]")
        fails(
            Op.Concatenate(), [1],
            with: "wrongRank | cannot join its branches. | maps [N, C, H, W] or features [N, F] | [N]")
        fails(
            Op.Dropout(rate: 1, stream: 0), [1, 2], with: "outOfRange | has an impossible rate. | 0 ≤ rate < 1 | 1.0")
        fails(
            Op.Dropout(rate: .nan, stream: 0), [1, 2],
            with: "outOfRange | has an impossible rate. | 0 ≤ rate < 1 | nan")
        fails(
            Op.Dropout(rate: 0.5, stream: -1), [1, 2],
            with: "outOfRange | draws from an impossible stream. | 0 to 1048576 | -1")
        fails(
            Op.DropPath(rate: 1, stream: 0), [1, 2], with: "outOfRange | has an impossible rate. | 0 ≤ rate < 1 | 1.0")
        fails(
            Op.DropPath(rate: 0.5, stream: 1 << 21), [1, 2],
            with: "outOfRange | draws from an impossible stream. | 0 to 1048576 | 2097152")
        fails(Op.Scale(.infinity), [1, 2], with: "outOfRange | has an impossible factor. | a finite number | inf")
        fails(
            Op.Unary(.leakyReLU(slope: 1)), [1, 2],
            with: "outOfRange | has an unsupported slope. | 0 ≤ slope < 1 | 1.0")
        fails(Op.Softmax(), [1], with: "wrongRank | cannot run. | an axis behind the batch | [N]")
        fails(
            Op.Reshape([5]), [1, 2, 3],
            with: "wrongOperands | has operands that do not fit. | as many elements as [5] | [1, 2, 3]")
        fails(
            Op.Reshape([-2, -3]), [1, 2, 3],
            with: "notPositive | received an empty or oversized tensor. | sizes of at least 1 | [-2, -3]")
        fails(
            Op.Reshape([1, 1, 1, 1, 1, 1, 1, 6]), [1, 6],
            with: "outOfRange | has an impossible number of sizes. | 1 to 7 sizes behind the batch | 8")
        fails(
            Op.Reshape([]), [1, 1],
            with: "outOfRange | has an impossible number of sizes. | 1 to 7 sizes behind the batch | 0")
        fails(
            Op.BatchNorm(epsilon: 0, momentum: 0.1), [1, 2, 1, 1], [2], [2], [2], [2],
            with: "outOfRange | has impossible settings. | epsilon > 0 and 0 ≤ momentum ≤ 1 | epsilon 0.0, momentum 0.1"
        )
        fails(
            Op.BatchNorm(epsilon: 1, momentum: 0.1), [1, 2, 1, 1], [2], [3], [2], [2],
            with: "wrongOperands | has operands that do not fit. | [2] | [3]")
        fails(
            Op.LayerNorm(epsilon: .nan), [1, 2], [2], [2],
            with: "outOfRange | has impossible settings. | epsilon > 0 | epsilon nan")
        fails(
            Op.LayerNorm(epsilon: 1), [1, 2, 3], [3], [2],
            with: "wrongOperands | has operands that do not fit. | [3] | [2]")
        fails(
            Op.LayerNorm(epsilon: 1), [1, 2, 3, 4, 5], [2], [2],
            with: "wrongRank | cannot run. | maps [N, C, H, W], tokens [N, T, F] or features [N, F] | [N, 2, 3, 4, 5]")
        fails(
            Op.MatrixProduct(hasBias: true), [1, 6], [4, 5], [4],
            with: "wrongOperands | has operands that do not fit. | a weight [O, 6] | [4, 5]")
        fails(
            Op.MatrixProduct(hasBias: true), [1, 6], [4, 6], [5],
            with: "wrongOperands | has operands that do not fit. | a bias [4] | [5]")
        fails(
            Op.MatrixProduct(hasBias: false), [1, 6, 1, 1], [4, 6],
            with: "wrongRank | cannot run. | features [N, F] or tokens [N, T, F] | [N, 6, 1, 1]")
        fails(
            Op.MatrixProduct(hasBias: false), [1, 6, 2], [4, 6],
            with: "wrongOperands | has operands that do not fit. | a weight [O, 2] | [4, 6]")
    }

    @Test("windows: sizes that do not belong together, only padding, gaps, borders") func windows() throws {
        let maps: Shape = [1, 2, 5, 5]
        let window = try Geometry2D.over(5, 3)
        #expect(
            failure { _ = try GraphBuilder.result(of: Op.MaxPool(window), [1, 2, 6, 6]) }
                == "wrongOperands | has sizes that do not belong together. | maps of 6×6 | a window over maps of 5×5")
        var wrong = window
        wrong.output = 4
        #expect(failure { _ = try GraphBuilder.result(of: Op.MaxPool(wrong), maps) }.hasPrefix("wrongOperands"))
        #expect(
            failure { _ = try GraphBuilder.result(of: Op.AveragePool(try .over(5, 2, padding: .all(2))), maps) }
                == "outOfRange | has windows that see only padding. | padding smaller than the kernel 2×2 | "
                + "padding 2×2 before and 2×2 after")
        let gaps = try Geometry2D.over(5, 2, dilation: 2)
        for text in [
            failure { _ = try GraphBuilder.result(of: Op.MaxPool(gaps), maps) },
            failure { _ = try GraphBuilder.result(of: Op.AveragePool(gaps), maps) },
            failure { _ = try GraphBuilder.result(of: Op.BlurPool(gaps, taps: [0.5, 0.5]), maps) },
        ] { #expect(text == "outOfRange | cannot be dilated. | a dilation of 1×1 | 2×2") }
        for taps in [[0.5], [.nan, 0, 0], []] as [[Double]] {
            #expect(
                failure { _ = try GraphBuilder.result(of: Op.BlurPool(window, taps: taps), maps) }.hasPrefix(
                    "outOfRange | has impossible taps. | finite numbers, as many as the kernel 3×3"))
        }
        #expect(
            failure {
                _ = try GraphBuilder.result(
                    of: Op.BlurPool(try .over(2, 5, padding: .all(2)), taps: [0.2, 0.2, 0.2, 0.2, 0.2]), [1, 1, 2, 2])
            } == "kernelExceedsInput | cannot reflect its border. | maps of at least 3×3 | [N, 1, 2, 2]")
    }

    @Test("convolutions: channels, groups, tensors") func convolutions() throws {
        let geometry = try Geometry2D.over(5, 3)
        func kind(inputs: Int = 4, outputs: Int = 4, groups: Int = 1) -> Op.Convolution {
            Op.Convolution(
                geometry: geometry, inputChannels: inputs, outputChannels: outputs, groups: groups, hasBias: true)
        }
        func error(_ kind: some GraphOperator, _ weight: Shape = [4, 4, 3, 3], _ bias: Shape = [4]) -> String {
            failure { _ = try GraphBuilder.result(of: kind, [1, 4, 5, 5], weight, bias) }
        }
        let unfit = "wrongOperands | has operands that do not fit. | "
        #expect(error(kind()) == "no error")
        #expect(error(kind(inputs: 3)) == unfit + "maps of 3 channels | [1, 4, 5, 5]")
        #expect(error(kind(), [4, 4, 3, 2]) == unfit + "a weight [4, 4, 3, 3] | [4, 4, 3, 2]")
        #expect(error(kind(), [4, 4, 3, 3], [1]) == unfit + "a bias [4] | [1]")
        #expect(error(kind(groups: 3)) == unfit + "channels that 3 divides | [1, 4, 5, 5]")
        #expect(error(kind(groups: 0)) == "notPositive | has an impossible number of groups. | 1 to 1073741824 | 0")
        #expect(
            error(kind(outputs: -4))
                == "notPositive | has an impossible number of output channels. | 1 to 1073741824 | -4")
        #expect(
            error(kind(outputs: .max))
                == "tooLarge | has an impossible number of output channels. | 1 to 1073741824 | 9223372036854775807")
        #expect(
            error(Op.LocallyConnected(kind(groups: 2), connectionSeed: nil)) == unfit + "one group | [1, 4, 5, 5]")
        let wide = Op.Convolution(
            geometry: try .over(2, 3, padding: .all(1)), inputChannels: 4, outputChannels: 4, groups: 1, hasBias: true)
        #expect(
            failure {
                _ = try GraphBuilder.result(
                    of: Op.LocallyConnected(wide, connectionSeed: 1), [1, 4, 2, 2], [2, 2, 4, 4, 3, 3], [4, 2, 2])
            }
                == "kernelExceedsInput | cannot draw its random inputs. | a kernel of at most 4 values, as many as a map has | 3×3"
        )
    }

    @Test("operands: number and roles") func roles() throws {
        var builder = try GraphBuilder(image: [2, 3, 4])
        let weight = try builder.parameter("w", [1, 2, 3, 4], .zeros)
        let x = builder.input
        #expect(
            failure { _ = try builder.apply(Op.Add(), x) }
                == "wrongOperands | add cannot read its operands. | activation, activation | activation")
        #expect(
            failure { _ = try builder.apply(Op.Unary(.relu), weight) }
                == "wrongOperands | unary cannot read its operands. | activation | parameter")
        #expect(
            failure { _ = try builder.apply(Op.Concatenate(), []) }
                == "wrongOperands | concatenate cannot read its operands. | activation | ")
        #expect(
            failure { _ = try builder.apply(Op.Concatenate(), x, weight) }
                == "wrongOperands | concatenate cannot read its operands. | activation, activation | activation, parameter"
        )
        // Of a larger graph.
        var other = builder
        _ = try other.apply(Op.Unary(.relu), x)
        let foreign = try other.apply(Op.Unary(.relu), x)
        #expect(
            failure { _ = try builder.apply(Op.Unary(.relu), foreign) }
                == "wrongOperands | unary reads a value of another graph. | values that this graph holds")
        #expect(failure { _ = try builder.finished(foreign) }.contains("a value of another graph"))
        #expect(
            failure { _ = try builder.finished(weight) }
                == "wrongOperands | gives what is no result. | the image or what an operation of the graph makes | w")
        #expect(
            failure { _ = try builder.layer("l", "L", from: x) { _ in weight } }.hasPrefix(
                "wrongOperands | gives what is no result."))
        #expect(builder.graph.operations.isEmpty)
    }

    /// Joins the images of a batch, which no operator may.
    private struct Mixing: GraphOperator {
        static let name = "mixing"
        func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape { [inputs[0].count] }
    }

    @Test("an operator keeps the batch axis") func batchAxis() throws {
        #expect(
            failure { _ = try GraphBuilder.result(of: Mixing(), [1, 2, 3]) }
                == "wrongOperands | mixing does not keep the batch axis. | a first axis of 1 | [6]")
    }

    @Test("tensors: sizes and first values that there are") func tensors() throws {
        var builder = try GraphBuilder(image: [1, 1, 1])
        func error(
            _ shape: Shape, _ initializer: Initializer = .zeros, fanIn: Int = 1, fanOut: Int = 1
        ) -> String {
            failure { _ = try builder.parameter("p", shape, initializer, fanIn: fanIn, fanOut: fanOut) }
        }
        #expect(error([2, 0]).hasPrefix("notPositive"))
        #expect(error([1 << 30, 1 << 30]).hasPrefix("tooLarge"))
        #expect(
            error([2], .dirac)
                == "outOfRange | the tensor \"p\" cannot start as the identity. | outputs and inputs as its first axes | [2]"
        )
        #expect(
            error([2], .constant(.nan))
                == "outOfRange | the tensor \"p\" has an impossible initial value. | a finite number | nan")
        #expect(
            error([2], .normal(standardDeviation: .nan)).hasPrefix(
                "outOfRange | the tensor \"p\" has an impossible initial value."))
        #expect(
            error([2], fanIn: 0)
                == "outOfRange | the tensor \"p\" has an impossible fan-in or fan-out. | 1 to 2^53 | 0 and 1")
        #expect(error([2], fanOut: .max).hasPrefix("outOfRange"))
        #expect(failure { _ = try builder.buffer("b", [2], initialValue: .infinity) }.hasPrefix("outOfRange"))
        #expect(builder.graph.parameters.isEmpty && builder.graph.buffers.isEmpty)
    }

    // MARK: The list

    @Test("Op.all is complete: a file for each operator, a word for each") func all() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/OcellusGraph/Operators").standardized
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
            .filter { $0.hasSuffix(".swift") }.map { String($0.dropLast(".swift".count)) }
        #expect(files.sorted() == Op.all.map { "\($0)" })
        #expect(Op.all.map { "\($0)" } == Op.all.map { "\($0)" }.sorted())
        #expect(Set(Op.all.map { $0.name }).count == Op.all.count)
        for kind in Op.all { #expect(try Op.named(kind.name) == kind) }
        #expect(
            failure { _ = try Op.named("convolutoin") }.hasPrefix(
                "unknownOperator | there is no operator \"convolutoin\". | one of add, average_pool,"))
    }
}
