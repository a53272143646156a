// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusTensor
import Testing

@testable import OcellusGraph

@Suite("Graphs: verifier, text, walk") struct GraphTests {
    /// Two paths over 5×5 maps that meet again, with names of its own.
    static func twoPaths() throws -> Graph {
        var builder = try GraphBuilder(image: [2, 5, 5])
        func convolve(_ x: Graph.ValueID, _ channels: Int, _ kernel: Size2D, _ name: String) throws -> Graph.ValueID {
            let shape = builder.shape(x)
            let kind = Op.Convolution(
                geometry: try Geometry2D(input: shape, kernel: kernel, stride: 1, padding: .same),
                inputChannels: shape[1], outputChannels: channels, groups: 1, hasBias: false)
            let weight = try builder.parameter(
                "\(name)/kernel", kind.weightShape, .heNormal, fanIn: shape[1] * kernel.height * kernel.width,
                fanOut: channels * kernel.height * kernel.width)
            return try builder.apply(kind, [x, weight], named: name)
        }
        let stem = try builder.apply(Op.Unary(.relu), [try convolve(builder.input, 3, 3, "stem")], named: "stem out")
        let (left, right) = (try convolve(stem, 3, 5, "left"), try convolve(stem, 3, 1, "right"))
        let sum = try builder.apply(Op.Add(), [left, right], named: "sum")
        let pooled = try builder.apply(
            Op.MaxPool(try Geometry2D(input: builder.shape(sum), kernel: 2, stride: 2, padding: .valid)), [sum],
            named: "pooled")
        return try builder.finished(try builder.apply(Op.Reshape([12]), pooled))
    }

    // MARK: Verifier

    @Test("a tensor without a name of its own has that of its layer") func tensorsOfLayers() throws {
        var builder = try GraphBuilder(image: [1, 2, 2])
        _ = try builder.layer("encoder", "Encoder", from: builder.input) { (builder) throws(ModelError) in
            try builder.layer("table", "Table", from: builder.input) { (builder) throws(ModelError) in
                try builder.apply(
                    Op.Add(), builder.input,
                    try builder.apply(Op.Expand(), try builder.parameter("", [1, 2, 2], .zeros)))
            }
        }
        #expect(builder.graph.parameters.map(\.name) == ["encoder.table"])
    }

    @Test("what was built holds together") func sound() throws {
        try Self.twoPaths().verify()
        for name in Network.smallImageNames {
            try Network.named(name, input: [3, 32, 32], classes: 10).graph().verify()
        }
    }

    @Test("a graph that was changed afterwards is refused at the operation at fault") func mutated() throws {
        let graph = try Self.twoPaths()
        func error(_ change: (inout Graph) -> Void) -> String {
            var changed = graph
            change(&changed)
            do {
                try changed.verify()
                return "no error"
            } catch {
                return error.summary
            }
        }
        #expect(error { _ in } == "no error")
        // The first operation reads what the last one makes.
        #expect(
            error { $0.operations[0].inputs[0] = $0.output }
                == "operation 1 of 7, convolution, reads a value that is not made yet.")
        #expect(
            error { $0.operations.swapAt(4, 5) }.hasPrefix("operation 5 of 7, max_pool, reads a value"))
        #expect(
            error { $0.values[$0.operations[1].output.index].shape = [1, 3, 4, 4] }
                == "operation 2 of 7, unary, writes a value that is not its own.")
        #expect(
            error { $0.operations[2].output = $0.operations[3].output }.hasPrefix(
                "operation 3 of 7, convolution, writes"))
        #expect(
            error { $0.operations[1].output = Graph.ValueID(index: 99) }.hasPrefix("operation 2 of 7, unary, writes"))
        #expect(
            error { $0.operations[1].inputs[0] = Graph.ValueID(index: -1) }.hasPrefix("operation 2 of 7, unary, reads"))
        #expect(error { $0.output = Graph.ValueID(index: 99) } == "the graph's output is never written.")
        // A tensor is no output.
        #expect(
            error { graph in graph.output = graph.operations[0].inputs[1] } == "the graph's output is never written.")
        #expect(error { $0.operations.removeLast() }.contains("is not what the graph says that it is"))
        #expect(error { $0.parameters.removeLast() }.contains("\"right/kernel\" is not what the graph says"))
        #expect(error { $0.parameters[0].shape = [1] }.contains("\"stem/kernel\" is not what the graph says"))
        #expect(error { $0.operations[0].scope = 0 }.hasPrefix("an operation is of a layer"))
        #expect(
            error { graph in
                graph.parameters[1].name = "stem/kernel"
                graph.values[graph.operations[2].inputs[1].index].name = "stem/kernel"
            } == "two tensors have the name \"stem/kernel\".")
        #expect(
            error { $0.values[$0.operations[3].output.index].name = "left" } == "two values have the name \"left\".")
        #expect(
            error { $0.values[$0.operations[3].output.index].name = "stem/kernel" }
                == "two values have the name \"stem/kernel\".")
        #expect(
            error { graph in
                graph.parameters[1].name = "image"
                graph.values[graph.operations[2].inputs[1].index].name = "image"
            } == "a tensor has the name \"image\", which is the image's.")
    }

    @Test("results have names of their own, whatever they are given") func names() throws {
        var builder = try GraphBuilder(image: [1, 2, 2])
        _ = try builder.parameter("w", [1], .zeros)
        var names: [String] = []
        for name in ["a", "a", "a.2", "w", "image", "%0", nil, "%9", nil, nil] {
            let id = try builder.apply(Op.Scale(1), [builder.input], named: name)
            names.append(builder.graph[id].name)
        }
        #expect(names == ["a", "a.2", "a.2.2", "w.2", "image.2", "%0.2", "%7", "%9", "%9.2", "%10"])
        try builder.finished(builder.input).verify()
    }

    @Test("a graph has room for 65,536 operations and as many tensors") func limits() throws {
        var builder = try GraphBuilder(image: [1, 1, 1])
        var x = builder.input
        for _ in 0..<GraphBuilder.largestSize { x = try builder.apply(Op.Scale(1), x) }
        #expect(
            failure { _ = try builder.apply(Op.Scale(1), x) }
                == "tooLarge | makes the graph too large. | at most 65536 operations | more")
        for index in 0..<GraphBuilder.largestSize { _ = try builder.parameter("\(index)", [1], .zeros) }
        #expect(failure { _ = try builder.parameter("w", [1], .zeros) }.contains("at most 65536 tensors"))
    }

    // MARK: Text

    @Test("the text of a small network") func text() throws {
        let network = Network(input: [1, 6, 6]) {
            Conv2D(2, kernelSize: 3)
            BatchNorm2D()
            ReLU()
            MaxPool2D(2)
            Flatten()
            Dense(3)
        }
        #expect(
            try network.graph().description == """
                %0 = image                                                                                         [N, 1, 6, 6]
                %1 = convolution(%0, 0.weight, 0.bias) 3×3, padding 1                                              [N, 2, 6, 6]   0 Conv2D(2, 3×3, padding same)
                %2 = batch_norm(%1, 1.weight, 1.bias, 1.running_mean, 1.running_var) epsilon 1e-05, momentum 0.1   [N, 2, 6, 6]   1 BatchNorm2D
                %3 = unary(%2) relu                                                                                [N, 2, 6, 6]   2 ReLU
                %4 = max_pool(%3) 2×2                                                                              [N, 2, 3, 3]   3 MaxPool2D(2×2)
                %5 = reshape(%4) [18]                                                                              [N, 18]        4 Flatten
                %6 = matrix_product(%5, 5.weight, 5.bias)                                                          [N, 3]         5 Dense(3)
                output %6
                """)
    }

    @Test("the text of a residual, and of a graph that no layer made") func residual() throws {
        let network = Network(input: [2, 4, 4]) {
            Residual {
                Conv2D(2, kernelSize: 3, hasBias: false)
                ReLU()
            }
        }
        #expect(
            try network.graph().description == """
                %0 = image                                             [N, 2, 4, 4]
                %1 = convolution(%0, 0.body.0.weight) 3×3, padding 1   [N, 2, 4, 4]   0.body.0 Conv2D(2, 3×3, padding same, no bias)
                %2 = unary(%1) relu                                    [N, 2, 4, 4]   0.body.1 ReLU
                %3 = add(%2, %0)                                       [N, 2, 4, 4]   0 Residual(Conv2D(2, 3×3, padding same, no bias), ReLU)
                output %3
                """)
        let lines = try Self.twoPaths().description.split(separator: "\n").map(String.init)
        #expect(lines[2].hasPrefix("stem out = unary(stem) relu"))
        #expect(lines[5].hasPrefix("sum = add(left, right)"))
        #expect(lines[5].hasSuffix("[N, 3, 5, 5]"))
        #expect(lines.last == "output %7")
    }

    // MARK: Walk

    // stem 3×3: 3·25·2·9; left 5×5: 3·25·3·25; right 1×1: 3·25·3. The left path sees 3 + 4 = 7 pixels, two more rows and columns
    // at each side; a 2×2 pool at stride 2 one more.
    @Test("costs and windows of two paths, computed by hand") func walk() throws {
        let graph = try Self.twoPaths()
        let walk = try GraphWalk(graph)
        #expect(walk.multiplyAdds == [1350, 0, 5625, 225, 0, 0, 0])
        let windows = graph.operations.map { walk.windows[$0.output.index] }
        let left = Window(extent: 7, stride: 1, before: 3)
        #expect(
            windows == [
                Window(extent: 3, stride: 1, before: 1), Window(extent: 3, stride: 1, before: 1), left,
                Window(extent: 3, stride: 1, before: 1), left, Window(extent: 8, stride: 2, before: 3),
                Window(extent: 8, stride: 2, before: 3),
            ])
        #expect(walk.windows[graph.input.index] == .pointwise)
        #expect(graph.hasConvolution && !graph.usesBatchStatistics)
    }

    @Test("operations that no layer made stand for themselves among layers") func outermost() throws {
        var builder = try GraphBuilder(image: [1, 2, 2])
        let first = try builder.apply(Op.Scale(2), [builder.input], named: "twice")
        let second = try builder.layer("block", "Block", from: first) { (builder) throws(ModelError) in
            try builder.layer("inner", "Inner", from: first) { (builder) throws(ModelError) in
                try builder.apply(Op.Unary(.relu), try builder.apply(Op.Scale(3), first))
            }
        }
        let graph = try builder.finished(try builder.apply(Op.Add(), first, second))
        #expect(graph.outermostScopes.map(\.path) == ["twice", "block", "%4"])
        #expect(graph.outermostScopes.map(\.layer) == ["scale 2.0", "Block", "add"])
        #expect(graph.outermostScopes.map(\.operations) == [0..<1, 1..<3, 3..<4])
        #expect(try NetworkSummary(graph).rows.map(\.name) == ["twice", "block", "%4"])
        #expect(try graph.flattened().outermostScopes.map(\.path) == ["twice", "block.inner", "%4"])
    }

    @Test("layers nest 32 deep") func nesting() throws {
        func nest(_ depth: Int, _ builder: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
            let input = builder.input
            return try builder.layer("l", "L", from: input) { (builder) throws(ModelError) in
                depth == 1 ? input : try nest(depth - 1, &builder)
            }
        }
        var builder = try GraphBuilder(image: [1, 1, 1])
        _ = try nest(32, &builder)
        #expect(
            failure { _ = try nest(33, &builder) }
                == "tooLarge | nests too deep. | at most 32 layers inside each other")
    }

    @Test("a tensor that two operations read is counted once") func shared() throws {
        var builder = try GraphBuilder(image: [4, 1, 1])
        let weight = try builder.parameter("w", [4, 4], .zeros)
        var x = try builder.apply(Op.Reshape([4]), builder.input)
        for _ in 0..<3 { x = try builder.apply(Op.MatrixProduct(hasBias: false), x, weight) }
        let summary = try NetworkSummary(try builder.finished(x))
        #expect(summary.parameters == 16)
        #expect(summary.multiplyAdds == 48)
    }
}
