// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Lowering, without a backend") struct LoweringTests {
    private static let cnn = Network(input: [1, 6, 6]) {
        Conv2D(2, kernelSize: 3)
        ReLU()
        MaxPool2D(2)
        Flatten()
        Dense(3)
    }

    private func names(_ program: Program, _ phase: Phase? = nil) -> [String] {
        program.operations.filter { phase == nil || $0.phase == phase }.map {
            "\(type(of: $0.kind))"
        }
    }

    private static let modes: [PlanMode] = [
        .inference, .activations, .gradients, .attribution(), .training(Loss(), .adam(), maximumGradientNorm: 1),
    ]

    /// Every example in every mode, with and without joined ReLUs.
    private func forEachProgram(_ body: (Program, Network, PlanMode) throws -> Void) throws {
        for example in ExampleNetwork.all {
            for mode in Self.modes {
                for fusions in [EpilogueFusions(), NoFusions()] as [any Fusions] {
                    try body(
                        ProgramBuilder.program(for: example.network, mode: mode, batchSize: 2, fusions: fusions),
                        example.network, mode)
                }
            }
        }
    }

    @Test("a small CNN becomes this list of operations") func operations() throws {
        let training = PlanMode.training(Loss(), .sgd())
        let joined = try ProgramBuilder.program(for: Self.cnn, mode: training, batchSize: 2, fusions: EpilogueFusions())
        #expect(
            names(joined) == [
                "Convolution", "MaxPool", "Reshape", "MatrixProduct", "SoftmaxCrossEntropy",
                "MatrixProductInputGradient",
                "MatrixProductWeightGradient", "Reshape", "MaxPoolGradient", "ConvolutionWeightGradient", "Update",
                "Update",
                "Update", "Update",
            ])
        let apart = try ProgramBuilder.program(for: Self.cnn, mode: training, batchSize: 2)
        #expect(
            names(apart, .forward) + names(apart, .backward) == [
                "Convolution", "Unary", "MaxPool", "Reshape", "MatrixProduct", "MatrixProductInputGradient",
                "MatrixProductWeightGradient",
                "Reshape", "MaxPoolGradient", "UnaryGradient", "ConvolutionWeightGradient",
            ])
        let inference = try ProgramBuilder.program(
            for: Self.cnn, mode: .inference, batchSize: 2, fusions: EpilogueFusions())
        #expect(names(inference) == ["Convolution", "MaxPool", "Reshape", "MatrixProduct"])
        #expect(inference.operations.map(\.label).first == "0 Conv2D(2, 3×3, padding same)")
    }

    @Test("ReLUs and sums join batch norms, sums of gradients join ReLUs") func joined() throws {
        let network = Network(input: [2, 4, 4]) {
            Conv2D(2, kernelSize: 3, hasBias: false)
            BatchNorm2D()
            ReLU()
            Residual {
                Conv2D(2, kernelSize: 3, hasBias: false)
                BatchNorm2D()
            }
            ReLU()
            Residual { Conv2D(2, kernelSize: 3) }
            ReLU()
        }
        let joined = try ProgramBuilder.program(
            for: network, mode: .gradients, batchSize: 1, fusions: EpilogueFusions())
        #expect(
            names(joined, .forward) == [
                "Convolution", "BatchNormTraining", "Convolution", "BatchNormTraining", "Convolution", "Add",
            ])
        #expect(
            names(joined, .backward) == [
                "UnaryGradient", "ConvolutionInputGradient", "ConvolutionWeightGradient", "ReLUGradientOfSum",
                "BatchNormGradient", "ConvolutionInputGradient", "ConvolutionWeightGradient", "Add",
                "BatchNormGradient",
                "ConvolutionInputGradient", "ConvolutionWeightGradient",
            ])
        let apart = try ProgramBuilder.program(for: network, mode: .gradients, batchSize: 1)
        #expect(names(apart, .forward).filter { $0 == "Unary" || $0 == "Add" }.count == 5)
    }

    private func count(_ kind: any Operator.Type, _ program: Program) -> Int {
        program.operations.count { type(of: $0.kind) == kind }
    }

    @Test("a device gets the patterns that it takes and no others") func patterns() throws {
        let training = PlanMode.training(Loss(), .adam())
        func program(
            _ name: String, _ fusions: any Fusions = AllFusions(), _ mode: PlanMode? = nil
        ) throws -> Program {
            try ProgramBuilder.program(
                for: Network.named(name, input: [3, 32, 32], classes: 10), mode: mode ?? training, batchSize: 2,
                fusions: fusions)
        }
        let separable = try program("mobilenet-small")
        #expect(count(Op.NormedConvolution.self, separable) == 6)
        #expect(count(Op.NormedConvolutionGradient.self, separable) == 6)
        // What lies between the parts of a chain is gone.
        let written = Set(separable.operations.flatMap { $0.outputs.map(\.index) })
        #expect(separable.values.indices.allSatisfy { separable.values[$0].role.isPersistent || written.contains($0) })
        // Only the gradient of the first convolution, whose images need none.
        #expect(count(Op.PooledWeightGradient.self, try program("cnn")) == 1)
        let dense = try program("ann")
        #expect(count(Op.MatrixProductUpdate.self, dense) == 3)
        #expect(count(Op.Update.self, dense) == 3)
        // Not where the host or a clip reads the gradients.
        for mode in [
            PlanMode.training(Loss(), .adam(), keepsGradients: true),
            .training(Loss(), .adam(), maximumGradientNorm: 1), .training(Loss(), .adam(), sumsGradients: true),
        ] {
            #expect(count(Op.MatrixProductUpdate.self, try program("ann", AllFusions(), mode)) == 0)
        }
        for name in ["mobilenet-small", "cnn", "ann"] {
            let own: [any Operator.Type] = [
                Op.NormedConvolution.self, Op.PooledWeightGradient.self, Op.MatrixProductUpdate.self,
            ]
            for fusions in [EpilogueFusions(), NoFusions()] as [any Fusions] {
                let apart = try program(name, fusions)
                #expect(own.allSatisfy { count($0, apart) == 0 })
            }
            #expect(try program(name, NoFusions()).operations.allSatisfy(\.epilogue.isEmpty))
        }
    }

    @Test("phases come in order and each mode has its own") func phases() throws {
        try forEachProgram { program, _, mode in
            let order = program.operations.map(\.phase).compactMap(Phase.allCases.firstIndex)
            #expect(order == order.sorted())
            let phases = Set(program.operations.map(\.phase))
            switch mode {
            case .inference, .activations: #expect(phases == [.forward])
            case .gradients, .attribution: #expect(phases == [.forward, .backward])
            case .training: #expect(phases == Set(Phase.allCases))
            }
        }
    }

    @Test("every value is written once, before it is read") func singleAssignment() throws {
        try forEachProgram { program, _, _ in
            var written = Set(program.values.indices.filter { program.values[$0].role.isPersistent })
            for operation in program.operations {
                for input in operation.inputs {
                    #expect(written.contains(input.index), "\(operation.label): \(program[input].name)")
                }
                for output in operation.outputs {
                    #expect(written.insert(output.index).inserted, "\(operation.label): \(program[output].name)")
                }
            }
        }
    }

    @Test("lifetimes reach from the first write to the last use") func lifetimes() throws {
        try forEachProgram { program, _, _ in
            let lifetimes = program.lifetimes()
            for (position, operation) in program.operations.enumerated() {
                for value in operation.inputs + operation.outputs {
                    #expect(lifetimes[value.index]?.contains(position) == true)
                }
            }
            for (value, lifetime) in zip(program.values, lifetimes) where value.isResult || value.role.isPersistent {
                #expect(lifetime?.upperBound == program.operations.count, "\(value.name)")
            }
        }
    }

    @Test("no result depends on a value outside its lifetime") func poison() throws {
        for example in ExampleNetwork.all {
            let data = try example.data(batchSize: 2, seed: 1)
            for mode in [PlanMode.gradients, .attribution(), .training(Loss(), .adam(), maximumGradientNorm: 1)] {
                func results(poisoned: Bool) throws -> [[Double]] {
                    let plan = try Engine.joinedReference.plan(example.network, data, mode: mode)
                    let (program, lifetimes) = (plan.program, plan.program.lifetimes())
                    plan.executable.settings.learningRate = 0.1
                    for step in program.operations.indices {
                        for (index, value) in program.values.enumerated() where poisoned && !value.role.isPersistent {
                            guard lifetimes[index]?.contains(step) != true else { continue }
                            let id = try #require(program.ids[index])
                            try plan.executable.writeDoubles(id, Array(repeating: .nan, count: value.shape.count))
                        }
                        try plan.executable.run(step: step)
                    }
                    let gradients = program.parameterGradients.compactMap { $0 }.filter { program[$0].isResult }
                    let input = program.inputGradient.map { [$0] } ?? []
                    return try (program.parameters + program.buffers + gradients + input + [program.output])
                        .map { try plan.executable.readDoubles($0) }
                }
                let clean = try results(poisoned: false)
                #expect(clean.joined().allSatisfy { $0.isFinite })
                #expect(try results(poisoned: true) == clean, "\(example)")
            }
        }
    }

    @Test("inference has neither dropout nor batch statistics; activations are kept when asked for") func inference()
        throws
    {
        try forEachProgram { program, _, mode in
            switch mode {
            case .inference, .activations:
                #expect(!names(program).contains { $0 == "Dropout" || $0 == "BatchNormTraining" })
                #expect(!program.values.contains { $0.role == .workspace })
            case .attribution: #expect(!names(program).contains { $0 == "Dropout" || $0 == "BatchNormTraining" })
            case .gradients, .training: break
            }
            guard case .activations = mode else { return }
            #expect(program.values.filter { $0.role == .activation }.allSatisfy { $0.isResult })
        }
    }

    @Test("each trained parameter is updated once, by a gradient of its shape") func updates() throws {
        try forEachProgram { program, network, mode in
            let frozen = try network.parameters().map { network.isFrozen($0.name) }
            switch mode {
            case .inference, .activations, .attribution: #expect(program.parameterGradients.allSatisfy { $0 == nil })
            case .gradients: #expect(program.parameterGradients.map { $0 == nil } == frozen)
            case .training:
                #expect(program.parameterGradients.map { $0 == nil } == frozen)
                #expect(program.optimizerStates.map(\.count) == frozen.map { $0 ? 0 : 2 })
                let updates = program.operations.filter { $0.phase == .update }
                #expect(names(program, .clip) == ["GradientClip"])
                #expect(
                    updates.map { $0.inputs[0] }
                        == zip(program.parameters, frozen)
                        .compactMap { $1 ? nil : $0 })
                for update in updates {
                    #expect(Set(update.inputs.map { program[$0].shape }).count == 1)
                }
            }
        }
    }

    @Test("nothing is computed below the first trained layer") func frozenBelow() throws {
        let network = Network(
            input: [1, 4, 4],
            layers: [NamedLayer(Conv2D(2, kernelSize: 3)), NamedLayer(Flatten()), NamedLayer(Dense(2))],
            frozen: ["0"])
        let program = try ProgramBuilder.program(for: network, mode: .training(Loss(), .sgd()), batchSize: 1)
        #expect(names(program, .backward) == ["MatrixProductWeightGradient"])
    }

    @Test("each dropout draws from a stream of its own") func streams() throws {
        let network = Network(input: [1, 2, 2]) {
            Dropout(0.1)
            Dropout(0.1)
            Dropout(0)
            Dropout(0.1)
        }
        let program = try ProgramBuilder.program(for: network, mode: .gradients, batchSize: 1)
        let streams = program.operations.filter { $0.phase == .forward }.map { operation in
            (operation.kind as? Op.Dropout)?.stream ?? -1
        }
        #expect(streams == [0, 1, 2])
    }

    @Test("multiply-adds are those of the network, and twice as many backward but for the input") func costs() throws {
        let program = try ProgramBuilder.program(for: Self.cnn, mode: .gradients, batchSize: 2)
        func sum(_ phase: Phase) -> Int {
            program.operations.filter { $0.phase == phase }.reduce(0) { $0 + $1.multiplyAdds }
        }
        // 2 images × (2·6·6·9 + 3·18)
        #expect(sum(.forward) == 1404)
        #expect(sum(.backward) == 2808)
    }
}

extension Program {
    /// The identity of each value that an operation uses, by index.
    fileprivate var ids: [Int: ValueID] {
        Dictionary(
            operations.flatMap { $0.inputs + $0.outputs }.map { ($0.index, $0) },
            uniquingKeysWith: { first, _ in first })
    }
}

/// Whatever is asked.
struct AllFusions: Fusions {
    func takes(_ epilogue: Epilogue, behind core: any Operator, of result: Shape, isTraining: Bool) -> Bool { true }
    var takesFunctionGradients: Bool { true }
    func takesNorms(around convolution: Convolution) -> Bool { convolution.groups > 1 }
    func takesPool(_ pool: Geometry2D, behind convolution: Convolution) -> Bool { true }
    func takesUpdate(ofDense weight: Shape, batchSize: Int) -> Bool { true }
}
