// SPDX-License-Identifier: Apache-2.0

package import OcellusModel
package import OcellusTensor

/// A tensor of a program, by position in ``Program/values``.
package struct ValueID: Hashable, Sendable {
    package let index: Int
}

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
}

/// The parts of one training step, in order.
package enum Phase: String, Sendable, Codable, CaseIterable {
    case forward, loss, backward, update
}

/// An elementwise function.
package enum Activation: Hashable, Sendable {
    case relu, sigmoid, tanh, gelu
    case leakyReLU(slope: Float)

    /// Whether the gradient is computed from the output (else from the input).
    package var gradientUsesOutput: Bool {
        switch self {
        case .relu, .sigmoid, .tanh: true
        case .gelu, .leakyReLU: false
        }
    }
}

/// A convolution with every size resolved.
package struct Convolution: Hashable, Sendable {
    package var geometry: Geometry2D
    package var inputChannels: Int
    package var outputChannels: Int
    package var groups: Int
    package var hasBias: Bool
    /// As in ``LocallyConnected2D``.
    package var connectionSeed: UInt64?

    /// What is added to the result of an operation of this convolution.
    package func added(_ operation: Operation) -> ValueID? {
        operation.inputs.count > (hasBias ? 3 : 2) ? operation.inputs.last : nil
    }

    /// As in ``LocallyConnected2D/randomInputs(for:)``.
    package var randomInputs: [Int]? {
        connectionSeed.map {
            LocallyConnected2D.randomInputs(
                inputChannels * geometry.kernel.height * geometry.kernel.width,
                of: inputChannels * geometry.input.height * geometry.input.width,
                positions: geometry.output.height * geometry.output.width, seed: $0)
        }
    }
}

/// What an operation computes. The comment gives inputs → outputs in order; `?` marks what may be absent.
package enum Operator: Hashable, Sendable {
    /// x `[N,C,H,W]`, w `[O,C/g,kH,kW]`, b? `[O]`, added? → y `[N,O,H′,W′]`; to the convolution comes what is added (in
    /// inference only), then with `relu` `max(0, …)`.
    case conv2D(Convolution, relu: Bool)
    /// dy, w → dx
    case conv2DInputGradient(Convolution)
    /// x, dy → dw, db?
    case conv2DWeightGradient(Convolution)
    /// x `[N,C,H,W]`, w `[H′,W′,O,C,kH,kW]`, b? `[O,H′,W′]` → y
    case locallyConnected2D(Convolution, relu: Bool)
    /// dy, w → dx
    case locallyConnected2DInputGradient(Convolution)
    /// x, dy → dw, db?
    case locallyConnected2DWeightGradient(Convolution)
    /// x `[N,F]`, w `[O,F]`, b? `[O]` → y `[N,O]`
    case dense(hasBias: Bool, relu: Bool)
    /// dy, w → dx
    case denseInputGradient
    /// x, dy → dw, db?
    case denseWeightGradient(hasBias: Bool)
    /// x → y, workspace? (the winner of each window; present when a gradient is needed)
    case maxPool2D(Geometry2D)
    /// dy, workspace, y? → dx; with y, dx is also zero where y is not positive (the gradient of a ReLU before the pool)
    case maxPool2DGradient(Geometry2D, throughReLU: Bool)
    /// x → y; the mean over positions inside the map
    case averagePool2D(Geometry2D)
    /// dy → dx
    case averagePool2DGradient(Geometry2D)
    /// x → y; fixed taps along each axis, reflected borders
    case blurPool2D(Geometry2D, taps: [Double])
    /// dy → dx
    case blurPool2DGradient(Geometry2D, taps: [Double])
    /// x → y, any shape
    case activation(Activation)
    /// dy, (y or x by ``Activation/gradientUsesOutput``) → dx
    case activationGradient(Activation)
    /// x `[N,F]` → y
    case softmax
    /// dy, y → dx
    case softmaxGradient
    /// x → y = factor·x; also its own gradient
    case scale(Float)
    /// x → y, the same elements in row-major order under another shape; also its own gradient
    case reshape
    /// x → y; `y = x·keep/(1 − rate)`, keep drawn by ``DropoutMask`` with this operation's stream; also its own gradient
    case dropout(rate: Float, stream: Int)
    /// x, γ, β, running mean, running variance, added? → y, workspace (mean and 1/√(variance + ε) of the batch); to the
    /// normalised maps comes what is added, then with `relu` `max(0, …)`. Updates both running values in place.
    case batchNorm2DTraining(epsilon: Float, momentum: Float, relu: Bool)
    /// dy, x, γ, β, workspace → dx, dγ, dβ; with `relu`, dy counts only where the normalised maps are positive
    case batchNorm2DGradient(epsilon: Float, relu: Bool)
    /// x, γ, β, running mean, running variance, added? → y
    case batchNorm2DInference(epsilon: Float, relu: Bool)
    /// a, b → a + b; with `relu`, `max(0, …)`
    case add(relu: Bool)
    /// a, b, y → a + b where y is positive, else 0: the gradient of a ReLU whose output y was used twice
    case reluGradientOfSum
    /// branches → joined along axis 1
    case concatenate
    /// x → the part of axis 1 that starts at `offset`, as long as the output's axis 1
    case slice(offset: Int)
    /// logits `[N,K]`, labels, sample weights → dlogits `[N,K]`, the gradient of the weighted mean loss.
    /// Also sets ``Executable/statistics``.
    case softmaxCrossEntropy(Loss)
    /// every parameter gradient → the sum of each over the parts of a batch (``StepSettings/firstImage``), a part counting
    /// as much as its samples weigh in the loss. Sets the factor that makes means of them.
    case gradientSums
    /// every parameter gradient → nothing; sets the factor that keeps their joint norm at most `maximum`
    case gradientClip(maximum: Double)
    /// w, dw, states… → nothing; changes w and the states in place
    case update(Optimizer)
}

/// One operation of a program.
package struct Operation: Sendable {
    package var kind: Operator
    package var inputs: [ValueID]
    package var outputs: [ValueID]
    package var phase: Phase
    /// The layer it came from: path and printed form, e.g. `3 Conv2D(64, 3×3, padding valid)`.
    package var layer: String
    package var multiplyAdds: Int
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
    /// What layers give and the gradients of that, by the layer's path (``PlanMode/attribution`` only).
    package var layerOutputs: [String: ValueID] = [:]
    package var layerGradients: [String: ValueID] = [:]
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

    package subscript(id: ValueID) -> Value { values[id.index] }

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
