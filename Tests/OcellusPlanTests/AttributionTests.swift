// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Gradients of a trained network with respect to its input") struct AttributionTests {
    /// Running statistics that are not those of an untrained network, and biases that keep ReLUs alive.
    private func data(_ example: ExampleNetwork, seed: Int) throws -> NetworkData {
        var data = try example.data(batchSize: 2, seed: seed)
        data.parameters = data.parameters.map { $0.shape.rank == 1 ? $0.mapped { $0 + 1 } : $0 }
        data.buffers = try example.network.buffers().enumerated().map { index, spec in
            let values = Samples.uniform(spec.shape, seed: 100 * seed + index)
            return spec.name.hasSuffix("var") ? values.mapped { 1.25 + $0 } : values
        }
        return data
    }

    @Test("match central differences", arguments: ExampleNetwork.all)
    func differences(example: ExampleNetwork) throws {
        let engine = Engine.reference
        let data = try data(example, seed: 3)
        let plan = try engine.plan(example.network, data, mode: .attribution())
        try plan.executable.run(.forward)
        try plan.executable.run(.backward)
        let gradient = try engine.tensor(plan, try #require(plan.program.inputGradient))
        let step = 1e-5
        func value(_ elements: [Double]) throws -> Double {
            try plan.executable.writeDoubles(plan.program.input, elements)
            try plan.executable.run(.forward)
            return zip(try plan.executable.readDoubles(plan.program.output), data.outputGradient.scalars)
                .reduce(0) { $0 + $1.0 * $1.1 }
        }
        let scale = max(1, gradient.scalars.map(abs).max() ?? 0)
        for index in gradient.scalars.indices {
            var (above, below) = (data.input.scalars, data.input.scalars)
            above[index] += step
            below[index] -= step
            let numeric = (try value(above) - value(below)) / (above[index] - below[index])
            #expect(abs(numeric - gradient.scalars[index]) <= 1e-7 * scale, "element \(index)")
        }
        #expect(gradient.scalars.contains { $0 != 0 })
    }

    @Test("agree with the reference and give what inference gives", arguments: Engine.all, ExampleNetwork.all)
    @EngineActor func agreement(engine: Engine, example: ExampleNetwork) throws {
        let data = try data(example, seed: 2)
        func run(_ engine: Engine) throws -> (output: Tensor<Double>, gradient: Tensor<Double>) {
            let plan = try engine.plan(example.network, data, mode: .attribution())
            try plan.executable.run(.forward)
            try plan.executable.run(.backward)
            return (
                try engine.tensor(plan, plan.program.output),
                try engine.tensor(plan, try #require(plan.program.inputGradient))
            )
        }
        let (expected, actual) = (try run(.reference), try run(engine))
        let largest = (expected.output.scalars + expected.gradient.scalars).map(abs).max() ?? 0
        let bound = 1000 * engine.epsilon * engine.sumFactor * max(1, largest)
        #expect(difference(actual.output, expected.output, within: bound) == nil)
        #expect(difference(actual.gradient, expected.gradient, within: bound) == nil)
        #expect(difference(try engine.infer(example.network, data), actual.output, within: bound) == nil)
    }

    @Test("are those of PyTorch", arguments: Engine.all, Fixtures.cases) @EngineActor
    func pyTorch(engine: Engine, fixture: Fixtures.Case) throws {
        let network = fixture.network
        let shape = network.input.batched(1)
        var data = NetworkData(
            input: Tensor(shape, fixture.inputValues),
            parameters: try network.parameters().map { try #require(fixture.parameters[$0.name]).tensor($0.shape) },
            outputGradient: Tensor(repeating: 0, try network.outputShape()))
        data.buffers = try network.buffers().map { try #require(fixture.buffers[$0.name]).tensor($0.shape) }
        data.outputGradient.scalars[fixture.target] = 1
        let maps = try fixture.maps.tensor(try #require(fixture.maps.shape))
        func expect(
            _ actual: Tensor<Double>, _ expected: PyTorchFixtures.Values,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let expected = try expected.tensor(actual.shape)
            // The fixtures have twelve digits; the longest sums of the two networks have about 100 terms.
            let scale = max(1, expected.scalars.map(abs).max() ?? 0)
            let bound = max(1e-11, 500 * engine.epsilon * engine.sumFactor) * scale
            #expect(difference(actual, expected, within: bound) == nil, sourceLocation: sourceLocation)
        }

        let plan = try engine.plan(network, data, mode: .attribution(layers: [fixture.layer]))
        try plan.executable.run(.forward)
        try plan.executable.run(.backward)
        let program = plan.program
        try expect(engine.tensor(plan, program.output), fixture.output)
        try expect(engine.tensor(plan, try #require(program.inputGradient)), fixture.inputGradient)
        try expect(engine.tensor(plan, try #require(program.layerOutputs[fixture.layer])), fixture.maps)
        try expect(engine.tensor(plan, try #require(program.layerGradients[fixture.layer])), fixture.mapsGradient)

        data.outputGradient = Tensor(repeating: 0, maps.shape)
        for channel in 0..<maps.shape[1] {
            data.outputGradient[0, channel, maps.shape[2] / 2, maps.shape[3] / 2] = 1
        }
        let unit = try engine.plan(network, data, mode: .attribution(from: fixture.layer))
        try unit.executable.run(.forward)
        try unit.executable.run(.backward)
        try expect(engine.tensor(unit, try #require(unit.program.inputGradient)), fixture.unitGradient)
    }

    @Test("the fixtures are there") func fixtures() { #expect(Fixtures.cases.count == 2) }

    @Test("an unknown layer is an error with a guess") func unknown() {
        let network = Network(input: [1, 4, 4]) {
            Conv2D(2, kernelSize: 3).named("conv1")
            Flatten()
            Dense(2)
        }
        #expect {
            try ProgramBuilder.program(for: network, mode: .attribution(layers: ["conv2"]), batchSize: 1)
        } throws: { error in
            let error = error as? ModelError
            return error?.kind == .unknownLayer && error?.advice == "did you mean \"conv1\"?"
        }
    }

    @Test("a layer behind the start has an output but no gradient") func behind() throws {
        let network = Network(input: [1, 4, 4]) {
            Conv2D(2, kernelSize: 3)
            ReLU()
            Flatten()
            Dense(2)
        }
        let program = try ProgramBuilder.program(
            for: network, mode: .attribution(from: "0", layers: ["1", "0"]), batchSize: 1)
        #expect(program.layerOutputs.keys.sorted() == ["0", "1"])
        #expect(program.layerGradients.keys.sorted() == ["0"])
        #expect(program.inputGradient != nil)
    }

    /// `Tests/Fixtures/attributions.json`, written by `make_attribution_fixtures.py`.
    struct Fixtures: Decodable {
        struct Case: Decodable, CustomTestStringConvertible {
            var name: String
            var layer: String
            var target: Int
            var network: Network
            var inputValues: [Double]
            var parameters: [String: PyTorchFixtures.Values]
            var buffers: [String: PyTorchFixtures.Values]
            var output: PyTorchFixtures.Values
            var inputGradient: PyTorchFixtures.Values
            var maps: PyTorchFixtures.Values
            var mapsGradient: PyTorchFixtures.Values
            var unitGradient: PyTorchFixtures.Values
            var testDescription: String { name }
        }
        var cases: [Case]

        /// Empty when the file cannot be read, which a test of its own reports.
        static let cases: [Case] = {
            let file = TestData.checkout.appending(components: "Tests", "Fixtures", "attributions.json")
            return (try? JSONDecoder().decode(Fixtures.self, from: Data(contentsOf: file)))?.cases ?? []
        }()
    }
}
