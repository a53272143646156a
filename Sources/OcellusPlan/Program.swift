// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
import OcellusModel
package import OcellusTensor

/// A tensor of a program, by position in ``Program/values``.
package struct ValueID: Hashable, Sendable {
    package let index: Int
    package init(index: Int) { self.index = index }
}

/// The sizes of a convolution, by which algorithms are chosen.
package typealias Convolution = Op.Convolution

/// What a value is for, which decides how long it lives.
package enum Role: Hashable, Sendable {
    /// Images `[N, C, H, W]`, written by the host before a run.
    case input
    /// Class indices `[N]`, written by the host.
    case labels
    /// Weight of each sample in the loss `[N]`, written by the host; 0 leaves a sample out.
    case sampleWeights
    /// Gradient of the output or of a layer's, written by the host (``PlanMode/gradients``, ``PlanMode/attribution``).
    case outputGradient
    /// 0 in every element, for good.
    case zeros
    /// Position in ``Network/parameters()``.
    case parameter(Int)
    /// Position in ``Network/buffers()``.
    case buffer(Int)
    /// One tensor of optimiser state of a parameter.
    case optimizerState(parameter: Int, slot: Int)
    /// The sum of a parameter's gradients over the parts of a batch.
    case gradientSum(parameter: Int)
    case activation
    /// Private to the operation that writes it and the one that reads it; its form is the backend's.
    case workspace
    case gradient

    /// Whether the value keeps its content between runs.
    package var isPersistent: Bool {
        switch self {
        case .activation, .workspace, .gradient: false
        default: true
        }
    }
}

/// A tensor of a program: its logical shape and its use. The physical layout is the backend's.
package struct Value: Sendable {
    /// For people: `3.output`, `gradient of 3.weight`.
    package var name: String
    package var shape: Shape
    package var role: Role
    /// Whether the host reads it after a run, so that its memory must not be reused.
    package var isResult = false

    package init(name: String, shape: Shape, role: Role) {
        self.name = name
        self.shape = shape
        self.role = role
    }
}

/// The parts of one training step, in order.
package enum Phase: String, Sendable, Codable, CaseIterable {
    case forward, loss, backward
    /// Between backward and update, where the host may look at gradients first.
    case clip
    case update
}

/// What an operation does to its result while it writes it: first the sum, then the function.
package struct Epilogue: Hashable, Sendable {
    /// Whether the last input is added to the result.
    package var adds = false
    package var activation: UnaryFunction?

    package init(adds: Bool = false, activation: UnaryFunction? = nil) {
        self.adds = adds
        self.activation = activation
    }

    package var isEmpty: Bool { self == Epilogue() }
}

/// The identity of an operation: it stays when passes move the operation or change what it does.
package struct OperationID: Hashable, Sendable {
    package let number: Int
    package init(number: Int) { self.number = number }
}

/// One operation of a program.
package struct Operation: Sendable {
    package let id: OperationID
    /// What it computes; the operator's comment says from which inputs and to which outputs.
    package var kind: any Operator
    package var epilogue = Epilogue()
    package var inputs: [ValueID]
    package var outputs: [ValueID]
    package var phase: Phase
    /// The forward operation whose gradient it computes a part of.
    package var of: OperationID?
    /// For people alone: path and printed form of the layer, e.g. `3 Conv2D(64, 3×3, padding valid)`.
    package var label: String
    package var multiplyAdds: Int

    package init(
        id: OperationID, kind: any Operator, inputs: [ValueID], outputs: [ValueID], phase: Phase,
        of: OperationID? = nil,
        label: String, multiplyAdds: Int
    ) {
        self.id = id
        self.kind = kind
        self.inputs = inputs
        self.outputs = outputs
        self.phase = phase
        self.of = of
        self.label = label
        self.multiplyAdds = multiplyAdds
    }

    /// What is added to the result.
    package var added: ValueID? { epilogue.adds ? inputs.last : nil }

    /// Whether the result went through a ReLU last.
    package var endsInReLU: Bool {
        epilogue.activation == .relu || (kind as? Op.Unary)?.function == .relu && epilogue.isEmpty
    }

    package func isGradient(of forward: Operation) -> Bool { of == forward.id }
}

/// What to compute for one batch, without saying how: values and an ordered list of operations.
package struct Program: Sendable {
    package var values: [Value] = []
    package var operations: [Operation] = []
    package var batchSize: Int
    /// The network's output, `[N, classes]` for a classifier.
    package var output: ValueID
    package var input: ValueID
    package var inputGradient: ValueID?
    package var outputGradient: ValueID?
    /// What layers give and the gradients of that, by the layer's path (``PlanMode/attribution`` and, without gradients,
    /// ``PlanMode/activations``).
    package var layerOutputs: [String: ValueID] = [:]
    package var layerGradients: [String: ValueID] = [:]
    /// The value that stands for each of the graph's. Results that joined operations do not write any more are never written.
    package var ids: [Graph.ValueID: ValueID] = [:]
    package var zeros: [ValueID] = []
    package var labels: ValueID?
    package var sampleWeights: ValueID?
    /// In the order of ``Network/parameters()``.
    package var parameters: [ValueID] = []
    /// The gradient of each parameter, `nil` where frozen or not computed.
    package var parameterGradients: [ValueID?] = []
    package var buffers: [ValueID] = []
    /// States of each parameter, `[parameter][slot]`.
    package var optimizerStates: [[ValueID]] = []

    package init(batchSize: Int, output: ValueID, input: ValueID) {
        self.batchSize = batchSize
        self.output = output
        self.input = input
    }

    package subscript(id: ValueID) -> Value { values[id.index] }

    /// Position of an operation, which passes may change.
    package func position(of id: OperationID) -> Int? { operations.firstIndex { $0.id == id } }

    /// How many operations read a value.
    package func readers(of id: ValueID) -> Int { operations.count { $0.inputs.contains(id) } }

    /// For each value, the operations between which its content matters: first write (or -1 when persistent) and last
    /// read (or `operations.count` when persistent or a result).
    package func lifetimes() -> [ClosedRange<Int>?] {
        var first = [Int?](repeating: nil, count: values.count)
        var last = [Int](repeating: -1, count: values.count)
        for (position, operation) in operations.enumerated() {
            for value in operation.outputs + operation.inputs {
                first[value.index] = first[value.index] ?? position
                last[value.index] = position
            }
        }
        return values.indices.map { index in
            let value = values[index]
            if value.role.isPersistent { return -1...operations.count }
            guard let start = first[index] else { return nil }
            return start...(value.isResult ? operations.count : last[index])
        }
    }
}
