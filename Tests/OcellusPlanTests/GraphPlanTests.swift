// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusGraph

/// Graphs of the tests' own, which no layer made.
struct OwnGraph: Sendable, CustomStringConvertible {
    let description: String
    let make: @Sendable (inout GraphBuilder) throws -> Graph.ValueID
    var input: Shape = [2, 6, 6]

    func network() throws -> Network {
        var builder = try GraphBuilder(image: input)
        let output = try make(&builder)
        return try Network(try builder.finished(output))
    }

    static let all: [OwnGraph] = [
        OwnGraph(description: "two paths") { graph in
            let x = try graph.normalized(graph.convolved(graph.input, try graph.kernel("stem/kernel", 3, of: 2, 3), 3))
            let stem = try graph.apply(Op.Unary(.relu), [x], named: "stem out")
            let left = try graph.convolved(stem, try graph.kernel("left/kernel", 3, of: 3, 3), 3)
            let right = try graph.convolved(stem, try graph.kernel("right/kernel", 3, of: 3, 1), 1)
            let sum = try graph.apply(Op.Unary(.relu), try graph.apply(Op.Add(), left, right))
            return try graph.classified(sum, "head kernel: {weird}, name")
        },
        OwnGraph(description: "two convolutions one after the other with one weight") { graph in
            let kernel = try graph.kernel("kernel", 2, of: 2, 3)
            let first = try graph.apply(Op.Unary(.relu), try graph.convolved(graph.input, kernel, 3))
            return try graph.classified(try graph.convolved(first, kernel, 3), "head")
        },
        OwnGraph(description: "one weight over maps of two sizes, and batch norms with one scale") { graph in
            let kernel = try graph.kernel("kernel", 2, of: 2, 3)
            let gamma = try graph.parameter("gamma", [2], .ones)
            let first = try graph.normalized(graph.convolved(graph.input, kernel, 3), gamma)
            let small = try graph.pooled(try graph.apply(Op.Unary(.relu), first))
            let second = try graph.normalized(graph.convolved(small, kernel, 3), gamma)
            return try graph.classified(try graph.apply(Op.Unary(.relu), second), "head", pools: false)
        },
        OwnGraph(description: "matrix products with one weight and bias") { graph in
            let weight = try graph.parameter("w", [72, 72], .fanInUniform, fanIn: 72, fanOut: 72)
            let bias = try graph.parameter("b", [72], .zeros)
            var x = try graph.apply(Op.Reshape([72]), graph.input)
            for _ in 0..<3 {
                x = try graph.apply(Op.Unary(.tanh), try graph.apply(Op.MatrixProduct(hasBias: true), x, weight, bias))
            }
            return x
        },
        // The engine lays the weight out for maps in blocks first, for plain features then.
        OwnGraph(
            description: "a weight read by maps and by features",
            make: { graph in
                let maps = try graph.convolved(graph.input, try graph.kernel("kernel", 16, of: 16, 3), 3)
                let weight = try graph.parameter("w", [64, 64], .fanInUniform, fanIn: 64, fanOut: 64)
                var x = try graph.apply(Op.Reshape([64]), try graph.apply(Op.Unary(.relu), maps))
                for _ in 0..<2 {
                    x = try graph.apply(Op.Unary(.tanh), try graph.apply(Op.MatrixProduct(hasBias: false), x, weight))
                }
                return x
            }, input: [16, 2, 2]),
        OwnGraph(description: "values read twice and thrice by one operation") { graph in
            let twice = try graph.apply(Op.Add(), graph.input, graph.input)
            let relu = try graph.apply(Op.Unary(.relu), twice)
            let thrice = try graph.apply(Op.Concatenate(), relu, relu, twice, relu)
            return try graph.classified(try graph.apply(Op.Add(), thrice, thrice), "head")
        },
        OwnGraph(description: "what nobody reads") { graph in
            _ = try graph.parameter("unread", [3, 4], .heNormal)
            let x = try graph.convolved(graph.input, try graph.kernel("kernel", 4, of: 2, 3), 3)
            // The result itself is read once more, by operations that lead nowhere.
            let output = try graph.classified(x, "head")
            let lost = try graph.apply(Op.Unary(.relu), output)
            _ = try graph.apply(Op.Softmax(), lost)
            return output
        },
        OwnGraph(description: "ranks 2 to 8") { graph in
            var x = try graph.apply(Op.Unary(.relu), graph.input)
            for sizes in [
                [72], [8, 9], [2, 4, 9], [2, 2, 2, 9], [2, 2, 2, 3, 3], [1, 2, 2, 2, 3, 3], [1, 2, 2, 2, 3, 1, 3],
            ] {
                x = try graph.apply(Op.Reshape(Shape(sizes)), x)
                let y = try graph.apply(Op.Unary(.sigmoid), try graph.apply(Op.Scale(0.5), x))
                x = try graph.apply(Op.Add(), x, y)
                if sizes.count > 1 { x = try graph.apply(Op.Reshape([72]), try graph.apply(Op.Concatenate(), x)) }
            }
            return x
        },
        OwnGraph(description: "a kernel of identities") { graph in
            let kernel = try graph.kernel("kernel", 3, of: 2, 3, .dirac)
            return try graph.classified(try graph.convolved(graph.input, kernel, 3), "head")
        },
    ]
}

extension GraphBuilder {
    fileprivate mutating func kernel(
        _ name: String, _ outputs: Int, of inputs: Int, _ size: Int, _ initializer: Initializer = .heNormal
    ) throws -> Graph.ValueID {
        try parameter(
            name, [outputs, inputs, size, size], initializer, fanIn: inputs * size * size, fanOut: outputs * size * size
        )
    }

    /// Padding same, no bias.
    fileprivate mutating func convolved(
        _ x: Graph.ValueID, _ kernel: Graph.ValueID, _ size: Int
    ) throws -> Graph.ValueID {
        let (maps, weight) = (shape(x), shape(kernel))
        let convolution = Op.Convolution(
            geometry: try Geometry2D(input: maps, kernel: Size2D(size, size), stride: 1, padding: .same),
            inputChannels: maps[1], outputChannels: weight[0], groups: 1, hasBias: false)
        return try apply(convolution, x, kernel)
    }

    fileprivate mutating func normalized(_ x: Graph.ValueID, _ gamma: Graph.ValueID? = nil) throws -> Graph.ValueID {
        let (channels, number) = (shape(x)[1], graph.buffers.count)
        return try apply(
            Op.BatchNorm(epsilon: 1e-3, momentum: 0.1), x,
            try gamma ?? parameter("scale of \(number)", [channels], .ones),
            try parameter("shift of \(number)", [channels], .zeros),
            try buffer("mean of \(number)", [channels], initialValue: 0.25),
            try buffer("variance of \(number)", [channels], initialValue: 2))
    }

    fileprivate mutating func pooled(_ x: Graph.ValueID) throws -> Graph.ValueID {
        try apply(Op.MaxPool(try Geometry2D(input: shape(x), kernel: 2, stride: 2, padding: .valid)), x)
    }

    /// Pool, reshape, matrix product with three results.
    fileprivate mutating func classified(
        _ x: Graph.ValueID, _ name: String, pools: Bool = true
    ) throws -> Graph.ValueID {
        let maps = pools ? try pooled(x) : x
        let flat = try apply(Op.Reshape([shape(maps).dropFirst().count]), maps)
        let weight = try parameter(name, [3, shape(flat)[1]], .glorotUniform, fanIn: shape(flat)[1], fanOut: 3)
        return try apply(Op.MatrixProduct(hasBias: false), [flat, weight], named: "logits")
    }
}

@Suite("Plans of graphs that no layer made") struct GraphPlanTests {
    @Test("gradients match central differences, of tensors that several operations read too", arguments: OwnGraph.all)
    func gradients(own: OwnGraph) throws {
        let network = try own.network()
        let data = try NetworkData(for: network, batchSize: 3, seed: 1) { Samples.uniform($0, seed: $1) }
        let check = try GradientCheck(network, data, limit: 20)
        #expect(check.failures.filter { !$0.hasPrefix("unread") } == [])
        #expect(check.checked >= 20)
    }

    @Test("backends agree, joined and apart", arguments: Engine.all, OwnGraph.all) @EngineActor
    func agreement(engine: Engine, own: OwnGraph) throws {
        let network = try own.network()
        let data = try NetworkData(for: network, batchSize: 3, seed: 2) { Samples.uniform($0, seed: $1) }
        let expected = try Engine.reference.run(network, data, joins: false)
        let gradients = expected.parameterGradients.values.flatMap(\.scalars)
        let largest = (expected.output.scalars + gradients).map(abs).max() ?? 0
        let bounds = engine.bounds(like: expected, units: 1000 * engine.sumFactor, scale: max(1, largest))
        #expect(difference(try engine.run(network, data), expected, bounds) == nil)
        #expect(difference(try engine.run(network, data, joins: false), expected, bounds) == nil)
        let inferred = try Engine.reference.infer(network, data)
        let scale = 1000 * engine.epsilon * engine.sumFactor * max(1, inferred.scalars.map(abs).max() ?? 0)
        #expect(difference(try engine.infer(network, data), inferred, within: scale) == nil)
    }

    // Of the others, rounding decides which of two values is the largest of a window.
    @Test(
        "in bfloat16 tensors may be read by several operations too", .enabled(if: Engine.bfloat16 != nil),
        arguments: OwnGraph.all[1...4]) @EngineActor
    func bfloat16(own: OwnGraph) throws {
        let engine = try #require(Engine.bfloat16)
        let network = try own.network()
        let data = try NetworkData(for: network, batchSize: 3, seed: 2) { Samples.uniform($0, seed: $1) }
        let expected = try Engine.bfloat16Reference.run(network, data)
        let gradients = expected.parameterGradients.values.flatMap(\.scalars)
        let largest = (expected.output.scalars + gradients).map(abs).max() ?? 0
        // Maps are rounded too, a few times one after the other.
        let bounds = engine.bounds(like: expected, units: 16 * 0x1p-8 / engine.epsilon, scale: max(1, largest))
        #expect(difference(try engine.run(network, data), expected, bounds) == nil)
    }

    @Test("predictors with folded batch norms agree with plans that have them", arguments: Engine.all, OwnGraph.all)
    @EngineActor func folded(engine: Engine, own: OwnGraph) throws {
        let network = try own.network()
        let weights = try network.initialWeights(seed: 3)
        let pixels = Samples.uniform(network.input.batched(2), seed: 4).scalars.map { Float($0) }
        let plan = try Plan(network, mode: .inference, batchSize: 2, backend: engine.backend)
        try plan.load(weights)
        _ = plan.executable.withInput { $0.images.update(fromContentsOf: pixels) }
        try plan.forward()
        let expected = try plan.tensor(plan.program.output)
        guard expected.shape.rank == 2 else { return }
        let predictor = try Predictor(network, batchSize: 2, backend: engine.backend)
        let image = network.input.count
        try predictor.load(weights)
        let logits = try predictor.logits(count: 2) { range, buffer in
            _ = buffer.update(fromContentsOf: pixels[range.lowerBound * image..<range.upperBound * image])
        }
        let largest = expected.scalars.map(abs).max() ?? 0
        for (a, b) in zip(logits.scalars, expected.scalars) { #expect(abs(a - b) <= 1e-4 * max(1, largest)) }
    }

    @Test("a training step updates each tensor once, by all of its gradients", arguments: Engine.all) @EngineActor
    func training(engine: Engine) throws {
        for own in OwnGraph.all {
            let network = try own.network()
            // Where there is something to update.
            guard try !network.parameters().isEmpty else { continue }
            let program = try ProgramBuilder.program(for: network, mode: .training(Loss(), .sgd()), batchSize: 4)
            let updated = program.operations.compactMap { ($0.kind as? Op.Update) == nil ? nil : $0.inputs[0] }
            #expect(Set(updated).count == updated.count)
            let plan = try Plan(network, mode: .training(Loss(), .sgd()), batchSize: 4, backend: engine.backend)
            try plan.load(try network.initialWeights(seed: 1))
            let pixels = Samples.uniform(network.input.batched(4), seed: 5)
            try engine.set(plan, plan.program.input, pixels)
            _ = plan.executable.withInput { $0.labels.update(fromContentsOf: [0, 1, 2, 1]) }
            plan.executable.settings.learningRate = 0.02
            let first = try plan.forwardAndLoss()
            try plan.backwardAndUpdate()
            for _ in 0..<20 {
                _ = try plan.forwardAndLoss()
                try plan.backwardAndUpdate()
            }
            let last = try plan.forwardAndLoss()
            #expect(last.lossSum < first.lossSum, "\(own)")
            let trained = try plan.weights().parameters
            let start = try network.initialWeights(seed: 1).parameters
            for (spec, (before, after)) in zip(try network.parameters(), zip(start, trained)) {
                #expect((before == after) == (spec.name == "unread"), "\(spec.name) of \(own)")
            }
            #expect(try plan.firstNonFiniteLayer() == nil)
        }
    }

    @Test("a step of descent gives the reference's weights, in whatever layouts they lie", arguments: OwnGraph.all)
    @EngineActor func descent(own: OwnGraph) throws {
        let network = try own.network()
        let pixels = Samples.uniform(network.input.batched(4), seed: 5).scalars.map { Float($0) }
        let trained = try [Engine.all[1], try #require(Engine.all.last)].map { engine in
            let plan = try Plan(network, mode: .training(Loss(), .sgd()), batchSize: 4, backend: engine.backend)
            try plan.load(try network.initialWeights(seed: 1))
            _ = plan.executable.withInput { $0.images.update(fromContentsOf: pixels) }
            _ = plan.executable.withInput { $0.labels.update(fromContentsOf: [0, 1, 2, 1]) }
            plan.executable.settings.learningRate = 1
            _ = try plan.forwardAndLoss()
            try plan.backwardAndUpdate()
            return try plan.weights().parameters
        }
        for (spec, (expected, actual)) in zip(try network.parameters(), zip(trained[0], trained[1])) {
            let differences = zip(expected.scalars, actual.scalars).map { abs($0 - $1) }
            #expect(differences.max() ?? 1 < 1e-4, "\(spec.name)")
        }
    }

    // 1024·1024 numbers: the engine would update such a weight while it computes the gradient, if that were the whole one.
    @Test("a large weight that two products read is updated by both gradients", arguments: Optimizer.some) @EngineActor
    func largeShared(optimizer: Optimizer) throws {
        var builder = try GraphBuilder(image: [1, 32, 32])
        let weight = try builder.parameter("w", [1024, 1024], .normal(standardDeviation: 0.03))
        let flat = try builder.apply(Op.Reshape([1024]), builder.input)
        let first = try builder.apply(
            Op.Unary(.tanh), try builder.apply(Op.MatrixProduct(hasBias: false), flat, weight))
        let network = try Network(
            try builder.finished(try builder.apply(Op.MatrixProduct(hasBias: false), first, weight)))
        let pixels = Samples.uniform([2, 1, 32, 32], seed: 5)
        var updated: [Tensor<Float>] = []
        for engine in [Engine("reference", Engine.all[1].backend), try #require(Engine.all.last)] {
            let plan = try Plan(network, mode: .training(Loss(), optimizer), batchSize: 2, backend: engine.backend)
            try plan.load(try network.initialWeights(seed: 1))
            _ = plan.executable.withInput { $0.images.update(fromContentsOf: pixels.scalars.map { Float($0) }) }
            _ = plan.executable.withInput { $0.labels.update(fromContentsOf: [0, 700]) }
            plan.executable.settings.learningRate = 0.1
            _ = try plan.forwardAndLoss()
            try plan.backwardAndUpdate()
            updated.append(try plan.weights().parameters[0])
        }
        let start = try network.initialWeights(seed: 1).parameters[0]
        #expect(zip(updated[0].scalars, start.scalars).map { abs($0 - $1) }.max() ?? 0 > 1e-3)
        #expect(zip(updated[0].scalars, updated[1].scalars).map { abs($0 - $1) }.max() ?? 1 < 1e-5)
    }

    // Winograd's algorithm keeps filters transformed from run to run where nothing else reads them.
    @Test("predictors of wide convolutions with one weight follow the weights that are loaded") @EngineActor
    func wideShared() throws {
        var builder = try GraphBuilder(image: [32, 8, 8])
        let kernel = try builder.kernel("kernel", 32, of: 32, 3)
        let large = try builder.apply(Op.Unary(.relu), try builder.convolved(builder.input, kernel, 3))
        let small = try builder.pooled(try builder.convolved(large, kernel, 3))
        let network = try Network(try builder.finished(try builder.classified(small, "head")))
        let engine = try #require(Engine.all.last)
        let pixels = Samples.uniform([1, 32, 8, 8], seed: 5).scalars.map { Float($0) }
        let predictor = try Predictor(network, batchSize: 1, backend: engine.backend)
        let reference = try Predictor(network, batchSize: 1, backend: Engine.all[1].backend)
        for seed in [1, 2] as [UInt64] {
            let logits = try [predictor, reference].map { predictor in
                try predictor.load(try network.initialWeights(seed: seed))
                return try predictor.logits(count: 1) { _, buffer in _ = buffer.update(fromContentsOf: pixels) }
            }
            let largest = logits[1].scalars.map(abs).max() ?? 0
            for (a, b) in zip(logits[0].scalars, logits[1].scalars) { #expect(abs(a - b) <= 1e-4 * largest) }
        }
    }

    @Test("a plan takes the graph itself; its values are found by their names") @EngineActor func direct() throws {
        var builder = try GraphBuilder(image: [2, 6, 6])
        let output = try OwnGraph.all[0].make(&builder)
        let graph = try builder.finished(output)
        let plan = try Plan(
            graph, mode: .attribution(layers: ["stem out", "logits"]), batchSize: 1, backend: Engine.reference.backend)
        #expect(plan.program.layerOutputs.keys.contains("stem out"))
        #expect(plan.program.layerGradients.keys.sorted() == ["logits", "stem out"])
        let error = #expect(throws: ModelError.self) {
            try ProgramBuilder.program(for: graph, mode: .attribution(layers: ["stem"]), batchSize: 1)
        }
        #expect(error?.summary == "the network has no layer \"stem\".")
    }

    @Test("a graph of no operations gives back its image, and its gradient", arguments: Engine.all) @EngineActor
    func identity(engine: Engine) throws {
        var builder = try GraphBuilder(image: [1, 2, 2])
        let network = try Network(try builder.finished(builder.input))
        let data = NetworkData(
            input: Tensor([1, 1, 2, 2], [1, 2, 3, 4]), outputGradient: Tensor([1, 1, 2, 2], [5, 6, 7, 8]))
        let run = try engine.run(network, data)
        #expect(run.output.scalars == [1, 2, 3, 4])
        #expect(run.inputGradient?.scalars == [5, 6, 7, 8])
    }

    @Test("an operator of one's own is refused by name") func unknown() throws {
        struct Own: GraphOperator {
            static let name = "own"
            func resultShape(_ inputs: [Shape]) throws(ModelError) -> Shape { inputs[0] }
        }
        var builder = try GraphBuilder(image: [1, 2, 2])
        let graph = try builder.finished(try builder.apply(Op.Scale(1), try builder.apply(Own(), builder.input)))
        let error = #expect(throws: ModelError.self) {
            try ProgramBuilder.program(for: graph, mode: .inference, batchSize: 1)
        }
        #expect(error?.kind == .unknownOperator)
        #expect(error?.summary == "plans do not know the operator own.")
    }
}

extension Optimizer {
    /// Updates with and without state. Adam divides by gradients near nothing, so it is left out.
    fileprivate static let some: [Optimizer] = [.sgd(), .sgd(momentum: 0.9)]
}

@Suite("Every operator in every room") struct OperatorConformanceTests {
    /// A graph of one operation for each operator; features are reshaped maps.
    static func graphs() throws -> [String: Graph] {
        func graph(
            _ kind: some GraphOperator, features: Bool = false, operands: Int = 1, parameters: [Shape] = [],
            buffers: [Shape] = []
        ) throws -> Graph {
            var builder = try GraphBuilder(image: [4, 6, 6])
            let x = features ? try builder.apply(Op.Reshape([144]), builder.input) : builder.input
            var inputs = Array(repeating: x, count: operands)
            for (index, shape) in parameters.enumerated() {
                inputs.append(try builder.parameter("p\(index)", shape, .heNormal, fanIn: 4, fanOut: 4))
            }
            for (index, shape) in buffers.enumerated() {
                inputs.append(try builder.buffer("b\(index)", shape, initialValue: 1))
            }
            return try builder.finished(try builder.apply(kind, inputs))
        }
        // A tensor of every image is no function of the image: it is added to it.
        func expanded() throws -> Graph {
            var builder = try GraphBuilder(image: [4, 6, 6])
            let tensor = try builder.parameter("p0", [4, 6, 6], .heNormal, fanIn: 4, fanOut: 4)
            let y = try builder.apply(Op.Add(), builder.input, try builder.apply(Op.Expand(), tensor))
            return try builder.finished(y)
        }
        let window = try Geometry2D(input: [1, 4, 6, 6], kernel: 3, stride: 2, padding: .all(1))
        let convolution = Op.Convolution(
            geometry: window, inputChannels: 4, outputChannels: 5, groups: 1, hasBias: true)
        let graphs = [
            try graph(Op.Add(), operands: 2), try graph(Op.AveragePool(window)),
            try graph(
                Op.BatchNorm(epsilon: 1e-5, momentum: 0.1), parameters: [[4], [4]], buffers: [[4], [4]]),
            try graph(Op.BlurPool(window, taps: [0.25, 0.5, 0.25])), try graph(Op.Concatenate(), operands: 3),
            try graph(convolution, parameters: [convolution.weightShape, [5]]),
            try graph(Op.Dropout(rate: 0.5, stream: 0)), try graph(Op.DropPath(rate: 0.25, stream: 0)),
            try graph(Op.LayerNorm(epsilon: 1e-3), parameters: [[4], [4]]),
            try graph(
                Op.LocallyConnected(convolution, connectionSeed: 1), parameters: [[3, 3, 5, 4, 3, 3], [5, 3, 3]]),
            try graph(Op.MatrixProduct(hasBias: true), features: true, parameters: [[3, 144], [3]]),
            try graph(Op.MaxPool(window)), try graph(Op.Multiply(), operands: 2), try graph(Op.Reshape([12, 12])),
            try graph(Op.Scale(0.5)),
            try graph(Op.Softmax(), features: true), try graph(Op.BatchedProduct(transposesB: true), operands: 2),
            try graph(Op.Slice(offset: 1, count: 2)), try graph(Op.Transpose([3, 1, 2])),
            try graph(Op.Unary(.gelu)),
        ]
        var named = Dictionary(
            graphs.map { ($0.operations.last.map { type(of: $0.kind).name } ?? "", $0) }
        ) { first, _ in first }
        named[Op.Expand.name] = try expanded()
        return named
    }

    @Test("plans, their derivatives, the reference and the engine know it", arguments: Op.all.map { $0.name })
    @EngineActor func known(name: String) throws {
        let graph = try #require(try Self.graphs()[name], "a graph of \(name) is missing in this test")
        let network = try Network(graph)
        let data = try NetworkData(for: network, batchSize: 2, seed: 1) { Samples.uniform($0, seed: $1) }
        let expected = try Engine.reference.run(network, data)
        #expect(expected.inputGradient?.scalars.contains { $0 != 0 } == true)
        #expect(expected.parameterGradients.count == graph.parameters.count)
        for engine in Engine.all {
            let bounds = engine.bounds(like: expected, units: 2000 * engine.sumFactor, scale: 10)
            #expect(difference(try engine.run(network, data), expected, bounds) == nil, "\(engine)")
            for mode in [PlanMode.inference, .activations, .attribution()] {
                _ = try Plan(graph, mode: mode, batchSize: 2, backend: engine.backend)
            }
        }
        #expect(try GradientCheck(network, data, limit: 10).failures == [])
    }
}

@Suite("Labels decide nothing") struct LabelTests {
    /// The graph with every path, label and name replaced; all layers are called alike.
    private static func renamed(_ graph: Graph) -> Graph {
        var graph = graph
        for index in graph.scopes.indices {
            graph.scopes[index].path = "same"
            graph.scopes[index].layer = "Conv2D(1, 1×1)"
        }
        for index in graph.parameters.indices { graph.parameters[index].name = "tensor \(index)" }
        for index in graph.buffers.indices { graph.buffers[index].name = "state \(index)" }
        for index in graph.values.indices { graph.values[index].name = "value" }
        return graph
    }

    private static let modes: [PlanMode] = [
        .inference, .activations, .gradients, .attribution(),
        .training(Loss(), .adam(), maximumGradientNorm: 1, sumsGradients: true),
    ]

    /// What a program says but for its texts.
    private static func facts(_ program: Program) -> [String] {
        program.values.map { "\($0.shape) \($0.role) \($0.isResult)" }
            + program.operations.map {
                "\($0.id) \($0.kind) \($0.epilogue) \($0.inputs) \($0.outputs) \($0.phase) \(String(describing: $0.of)) \($0.multiplyAdds)"
            }
    }

    @Test("a graph whose labels are all changed gives the same program", arguments: Network.smallImageNames)
    func programs(name: String) throws {
        let graph = try Network.named(name, input: [3, 32, 32], classes: 10).graph()
        for mode in Self.modes {
            let expected = try ProgramBuilder.program(for: graph, mode: mode, batchSize: 2, fusions: AllFusions())
            let renamed = try ProgramBuilder.program(
                for: Self.renamed(graph), mode: mode, batchSize: 2, fusions: AllFusions())
            #expect(Self.facts(renamed) == Self.facts(expected))
        }
    }

    @Test(
        "and the same steps in the same memory on the engine",
        arguments: ["cnn", "mobilenet-small", "resnet18", "cifar94"])
    @EngineActor func steps(name: String) throws {
        let graph = try Network.named(name, input: [3, 32, 32], classes: 10).graph()
        let engine = try #require(Engine.all.last)
        func facts(_ plan: Plan) -> [String] {
            plan.executable.steps.map {
                // A copy is called by what it copies.
                "\($0.name.hasPrefix("reorder ") ? "reorder" : $0.name) \($0.phase) \($0.implementation) \($0.algorithm ?? "") \($0.origin?.rawValue ?? "") \($0.multiplyAdds) \($0.bytes) \($0.outputs)"
            }
        }
        for mode in [PlanMode.inference, .training(Loss(), .sgd())] {
            let expected = try Plan(graph, mode: mode, batchSize: 2, backend: engine.backend)
            let renamed = try Plan(Self.renamed(graph), mode: mode, batchSize: 2, backend: engine.backend)
            #expect(facts(renamed) == facts(expected))
            #expect(renamed.executable.memory == expected.executable.memory)
        }
    }
}
