// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusOneDNN

/// A step that fails is an error of the run: it names the step and its layer, and the process goes on.
@Suite("failed steps", .serialized) struct FailedStepTests {
    static let network = Network(input: [3, 8, 8]) {
        Conv2D(16, kernelSize: 3)
        ReLU()
        Flatten()
        Dense(4)
    }

    /// An inference plan with weights and an input.
    private func plan() throws -> Plan {
        let plan = try Plan(Self.network, mode: .inference, batchSize: 2, backend: OneDNNBackend(threads: 2))
        try plan.load(try Self.network.initialWeights(seed: 1))
        plan.executable.withInput { for index in $0.images.indices { $0.images[index] = Float(index % 7) - 3 } }
        return plan
    }

    private func output(_ plan: Plan) throws -> Tensor<Float> {
        try plan.forward()
        return try plan.tensor(plan.program.output)
    }

    @Test("a run ends with an error that names the step and its layer; other plans go on") @EngineActor
    func run() throws {
        let (broken, sound) = (try plan(), try plan())
        let expected = try output(sound)
        #expect(try output(broken) == expected)
        let executable = try #require(broken.executable as? OneDNNExecutable)
        for index in executable.steps.indices {
            let another = try plan()
            let step = executable.steps[index]
            let executable = try #require(another.executable as? OneDNNExecutable)
            executable.plantFailure(step: index)
            let error = #expect(throws: PlanError.self) { try another.forward() }
            #expect(error?.kind == .engineFailure)
            #expect(error?.code == "plan.engineFailure")
            #expect(error?.summary == "layer \(step.layer): oneDNN could not run step \(index), \(step.name).")
            #expect(error?.because == "its status is invalid arguments")
            #expect(throws: try #require(error)) { try another.executable.run(step: index) }
        }
        #expect(try output(sound) == expected)
        #expect(try output(broken) == expected)
    }

    @Test("an error says which layer, in words") @EngineActor func wording() throws {
        let plan = try plan()
        let executable = try #require(plan.executable as? OneDNNExecutable)
        let dense = try #require(executable.steps.lastIndex { $0.name == "dense" })
        executable.plantFailure(step: dense)
        let error = #expect(throws: PlanError.self) { try plan.forward() }
        #expect(error?.summary == "layer 3 Dense(4): oneDNN could not run step \(dense), dense.")
    }

    @Test("a value that cannot be converted is an error of reading and of writing it") @EngineActor
    func conversion() throws {
        let plan = try plan()
        let expected = try output(plan)
        let weight = plan.program.parameters[0]
        let tensor = try plan.tensor(weight)
        let executable = try #require(plan.executable as? OneDNNExecutable)
        try executable.plantFailure(converting: weight)
        for attempt in [{ _ = try plan.tensor(weight) }, { try plan.set(weight, to: tensor) }] {
            let error = #expect(throws: PlanError.self, performing: attempt)
            #expect(error?.kind == .engineFailure)
            #expect(error?.summary.hasPrefix("oneDNN could not convert 0.weight from ") == true)
        }
        #expect(try output(plan) == expected)
    }
}
