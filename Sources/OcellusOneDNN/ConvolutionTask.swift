// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
package import OcellusModel
package import OcellusPlan
import OcellusTensor

/// The name of a way to compute a convolution or one of its gradients, as runs and models keep it. Each stands beside its
/// ``EngineAlgorithm``.
package struct ConvolutionAlgorithm: RawRepresentable, Hashable, Sendable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// What a convolution's operation computes.
package enum ConvolutionDirection: String, Sendable, CaseIterable {
    case forward
    case inputGradient = "input gradient"
    case weightGradient = "weight gradient"
}

package struct AlgorithmChoice: Sendable, Equatable {
    package var algorithm: ConvolutionAlgorithm
    package var origin: AlgorithmOrigin

    package init(_ algorithm: ConvolutionAlgorithm, _ origin: AlgorithmOrigin) {
        self.algorithm = algorithm
        self.origin = origin
    }
}

/// What an algorithm is chosen for: all that its time depends on, on one machine.
package struct ConvolutionTask: Hashable, Sendable {
    package var direction: ConvolutionDirection
    package var convolution: Convolution
    package var batchSize: Int
    package var precision: Precision
    package var threads: Int
    /// Whether ``ConvolutionAlgorithm/winograd`` finds its filters transformed, because they do not change.
    package var keepsFilters: Bool

    package init(
        _ direction: ConvolutionDirection, of convolution: Convolution, batchSize: Int, precision: Precision,
        threads: Int, keepsFilters: Bool
    ) {
        self.direction = direction
        self.convolution = convolution
        self.batchSize = batchSize
        self.precision = precision
        self.threads = threads
        self.keepsFilters = keepsFilters
    }

    /// The name under which a choice is kept. Bias and ReLU are left out: every algorithm adds them while it writes.
    package var key: String {
        let (sizes, groups) = (convolution.geometry, convolution.groups)
        func pair(_ size: Size2D) -> String { "\(size.height)x\(size.width)" }
        let padding = [sizes.before.height, sizes.before.width, sizes.after.height, sizes.after.width]
        return [
            direction.rawValue, "\(batchSize)x\(convolution.inputChannels)x\(pair(sizes.input))",
            "to \(convolution.outputChannels)", "kernel \(pair(sizes.kernel))", "stride \(pair(sizes.stride))",
            "dilation \(pair(sizes.dilation))", "padding \(padding.map(String.init).joined(separator: " "))",
            "groups \(groups)", precision.rawValue, "threads \(threads)",
        ].joined(separator: ", ") + (keepsFilters ? ", kept filters" : "")
    }

    /// The operation alone, with the forward one before a gradient, for timing it.
    package var program: ConvolutionProgram { ConvolutionProgram(self) }
}

/// A program of one convolution and perhaps one of its gradients, whose operands the host writes.
package struct ConvolutionProgram: Sendable {
    package private(set) var program: Program
    package let x: ValueID
    package let weight: ValueID
    package let y: ValueID
    /// The gradient of ``y``; absent in the forward direction.
    package private(set) var dy: ValueID?
    package private(set) var dx: ValueID?

    fileprivate init(_ task: ConvolutionTask) {
        var convolution = task.convolution
        convolution.hasBias = false
        let (sizes, batchSize) = (convolution.geometry, task.batchSize)
        var program = Program(batchSize: batchSize, output: ValueID(index: 0), input: ValueID(index: 0))
        func value(_ name: String, _ shape: Shape, _ role: Role) -> ValueID {
            program.values.append(Value(name: name, shape: shape, role: role))
            return ValueID(index: program.values.count - 1)
        }
        func append(_ kind: any Operator, _ inputs: [ValueID], _ outputs: [ValueID], _ phase: Phase) {
            let position = program.operations.count
            program.operations.append(
                Operation(
                    id: OperationID(number: position), kind: kind, inputs: inputs, outputs: outputs, phase: phase,
                    of: position == 0 ? nil : OperationID(number: 0), label: "convolution", multiplyAdds: 0))
        }
        let filter = convolution.weightShape
        let input: Shape = [batchSize, convolution.inputChannels, sizes.input.height, sizes.input.width]
        let output: Shape = [batchSize, convolution.outputChannels, sizes.output.height, sizes.output.width]
        x = value("x", input, .input)
        weight = value("weight", filter, .parameter(0))
        y = value("y", output, .activation)
        append(convolution, [x, weight], [y], .forward)
        program.input = x
        program.output = y
        program.parameters = [weight]
        program.parameterGradients = [nil]
        if task.direction != .forward {
            let gradient = value("gradient of y", output, .outputGradient)
            dy = gradient
            program.outputGradient = gradient
            if task.direction == .inputGradient {
                let result = value("gradient of x", input, .gradient)
                dx = result
                append(Op.ConvolutionInputGradient(convolution: convolution), [gradient, weight], [result], .backward)
            } else {
                let result = value("gradient of weight", filter, .gradient)
                append(Op.ConvolutionWeightGradient(convolution: convolution), [x, gradient], [result], .backward)
            }
        }
        self.program = program
    }
}
