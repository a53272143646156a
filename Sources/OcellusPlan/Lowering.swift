// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusTensor

extension ProgramBuilder {
    /// Lowers a chain of layers and returns its output.
    ///
    /// - Parameters:
    ///   - prefix: Path of the composite that holds the chain with a dot behind it, or empty.
    ///   - branch: Name of the chain inside the composite.
    mutating func lower(
        _ layers: [NamedLayer], prefix: String = "", branch: String? = nil, from input: ValueID
    ) throws(ModelError) -> ValueID {
        // Validates every shape first, so that an error names the layer's place.
        var shapes: [Shape] = []
        _ = try LayerPath.walk(layers, from: program[input].shape) { (_, _, _, output) throws(ModelError) in
            shapes.append(output)
        }
        let outer = layer
        defer { layer = outer }
        var current = input
        var index = 0
        while index < layers.count {
            let next = index + 1 < layers.count ? layers[index + 1].kind : nil
            var joinsReLU = false
            if case .relu = next { joinsReLU = fusesReLU && layers[index].kind.canJoinReLU }
            let path = prefix + LayerPath.component(layers[index], index, branch: branch)
            layer = "\(path) \(layers[index].layer)"
            let shape = shapes[index]
            current = try lower(layers[index].kind, path: path, from: current, to: shape, relu: joinsReLU)
            program.layerOutputs[path] = current
            index += joinsReLU ? 2 : 1
        }
        return current
    }

    private mutating func lower(
        _ kind: LayerKind, path: String, from x: ValueID, to shape: Shape, relu: Bool
    ) throws(ModelError) -> ValueID {
        let input = program[x].shape
        switch kind {
        case .conv2D(let layer):
            let convolution = Convolution(
                geometry: try layer.geometry(for: input), inputChannels: input[1],
                outputChannels: layer.outputChannels, groups: layer.groups, hasBias: layer.hasBias)
            return weighted(
                x, shape, relu: relu, hasBias: layer.hasBias, multiplyAdds: try layer.multiplyAdds(for: input),
                forward: .conv2D(convolution, relu: relu), inputGradient: .conv2DInputGradient(convolution),
                weightGradient: .conv2DWeightGradient(convolution))
        case .locallyConnected2D(let layer):
            let convolution = Convolution(
                geometry: try layer.geometry(for: input), inputChannels: input[1],
                outputChannels: layer.outputChannels, groups: 1, hasBias: layer.hasBias,
                connectionSeed: layer.connectionSeed)
            return weighted(
                x, shape, relu: relu, hasBias: layer.hasBias, multiplyAdds: try layer.multiplyAdds(for: input),
                forward: .locallyConnected2D(convolution, relu: relu),
                inputGradient: .locallyConnected2DInputGradient(convolution),
                weightGradient: .locallyConnected2DWeightGradient(convolution))
        case .dense(let layer):
            return weighted(
                x, shape, relu: relu, hasBias: layer.hasBias, multiplyAdds: try layer.multiplyAdds(for: input),
                forward: .dense(hasBias: layer.hasBias, relu: relu), inputGradient: .denseInputGradient,
                weightGradient: .denseWeightGradient(hasBias: layer.hasBias))
        case .maxPool2D(let layer): return maxPool(x, try layer.geometry(for: input), shape)
        case .averagePool2D(let layer): return averagePool(x, try layer.geometry(for: input), shape)
        case .blurPool2D(let layer):
            let geometry = try layer.geometry(for: input)
            let taps = layer.taps
            let cost = try layer.multiplyAdds(for: input)
            return unary(
                .blurPool2D(geometry, taps: taps), .blurPool2DGradient(geometry, taps: taps), x, shape, cost)
        case .globalMaxPool2D:
            let geometry = try wholeMap(input)
            return flattened(maxPool(x, geometry, [input[0], input[1], 1, 1]))
        case .globalAveragePool2D:
            let geometry = try wholeMap(input)
            return flattened(averagePool(x, geometry, [input[0], input[1], 1, 1]))
        case .flatten: return flattened(x)
        case .relu: return activation(.relu, x)
        case .leakyReLU(let layer): return activation(.leakyReLU(slope: layer.slope), x)
        case .sigmoid: return activation(.sigmoid, x)
        case .tanh: return activation(.tanh, x)
        case .gelu: return activation(.gelu, x)
        case .softmax:
            let y = apply(.softmax, [x], shape)
            onBackward(of: y, [x]) { builder, dy in
                builder.addGradient(builder.apply(.softmaxGradient, [dy, y], input, suffix: "input gradient"), to: x)
            }
            return y
        case .scale(let layer): return unary(.scale(layer.factor), .scale(layer.factor), x, shape)
        case .dropout(let layer):
            guard isTraining, layer.rate > 0 else { return x }
            let kind = Operator.dropout(rate: layer.rate, stream: dropoutStreams)
            dropoutStreams += 1
            return unary(kind, kind, x, shape)
        case .batchNorm2D(let layer): return batchNorm(layer, x, relu: relu)
        case .residual(let layer):
            let first = program.operations.count
            let body = try lower(layer.body, prefix: path + ".", branch: "body", from: x)
            let shortcut = try lower(layer.shortcut, prefix: path + ".", branch: "shortcut", from: x)
            return sum(of: body, shortcut, relu: relu, operationsFrom: first)
        case .concatenate(let layer):
            var branches: [ValueID] = []
            for (index, branch) in layer.branches.enumerated() {
                branches.append(try lower(branch, prefix: path + ".", branch: "branches.\(index)", from: x))
            }
            let parts = branches
            let y = apply(.concatenate, parts, shape)
            onBackward(of: y, parts) { builder, dy in
                var offset = 0
                for part in parts {
                    let shape = builder.program[part].shape
                    if builder.requiresGradient(part) {
                        builder.addGradient(
                            builder.apply(.slice(offset: offset), [dy], shape, suffix: "slice of gradient"), to: part)
                    }
                    offset += shape[1]
                }
            }
            return y
        }
    }

    /// A layer with a weight and perhaps a bias, and the ReLU behind it when joined.
    private mutating func weighted(
        _ x: ValueID, _ shape: Shape, relu: Bool, hasBias: Bool, multiplyAdds: Int, forward: Operator,
        inputGradient: Operator, weightGradient: Operator
    ) -> ValueID {
        let parameters = takeParameters(hasBias ? 2 : 1)
        let y = apply(forward, [x] + parameters, shape, multiplyAdds: multiplyAdds)
        onBackward(of: y, [x] + parameters, relu: relu) { builder, dy in
            // The input's gradient comes first: a backend may then update the weight while it computes its gradient.
            if builder.requiresGradient(x) {
                let dx = builder.apply(
                    inputGradient, [dy, parameters[0]], builder.program[x].shape, multiplyAdds: multiplyAdds,
                    suffix: "input gradient")
                builder.addGradient(dx, to: x)
            }
            if parameters.contains(where: builder.requiresGradient) {
                let gradients = parameters.map { builder.gradient(of: $0) }
                builder.append(weightGradient, [x, dy], gradients, multiplyAdds: multiplyAdds)
                for parameter in parameters where !builder.requiresGradient(parameter) {
                    builder.forgetGradient(of: parameter)
                }
            }
        }
        return y
    }

    private mutating func maxPool(_ x: ValueID, _ geometry: Geometry2D, _ shape: Shape) -> ValueID {
        guard requiresGradient(x) else { return apply(.maxPool2D(geometry), [x], shape) }
        let followsReLU = fusesReLU && program.operations.last.map { $0.outputs == [x] && $0.kind.endsInReLU } == true
        let y = value("\(layer) output", shape, .activation)
        let winners = value("\(layer) winners", shape, .workspace)
        append(.maxPool2D(geometry), [x], [y, winners])
        markNeedsGradient(y)
        onBackward(of: y, [x]) { builder, dy in
            let dx = builder.apply(
                .maxPool2DGradient(geometry, throughReLU: followsReLU), [dy, winners] + (followsReLU ? [y] : []),
                builder.program[x].shape, suffix: "input gradient")
            if followsReLU { builder.masked[x] = dx }
            builder.addGradient(dx, to: x)
        }
        return y
    }

    private mutating func averagePool(_ x: ValueID, _ geometry: Geometry2D, _ shape: Shape) -> ValueID {
        unary(.averagePool2D(geometry), .averagePool2DGradient(geometry), x, shape)
    }

    private mutating func flattened(_ x: ValueID) -> ValueID {
        let shape = program[x].shape
        return unary(.reshape, .reshape, x, [shape[0], shape.dropFirst().count])
    }

    /// An operation whose gradient needs nothing but the gradient of its output.
    private mutating func unary(
        _ forward: Operator, _ backward: Operator, _ x: ValueID, _ shape: Shape, _ multiplyAdds: Int = 0
    ) -> ValueID {
        let input = program[x].shape
        let y = apply(forward, [x], shape, multiplyAdds: multiplyAdds)
        onBackward(of: y, [x]) { builder, dy in
            builder.addGradient(
                builder.apply(backward, [dy], input, multiplyAdds: multiplyAdds, suffix: "input gradient"), to: x)
        }
        return y
    }

    private mutating func activation(_ activation: Activation, _ x: ValueID) -> ValueID {
        let shape = program[x].shape
        let y = apply(.activation(activation), [x], shape)
        onBackward(of: y, [x], relu: activation == .relu) { builder, dy in
            if activation == .relu { return builder.addGradient(dy, to: x) }
            let saved = activation.gradientUsesOutput ? y : x
            builder.addGradient(
                builder.apply(.activationGradient(activation), [dy, saved], shape, suffix: "input gradient"), to: x)
        }
        return y
    }

    private mutating func batchNorm(_ layer: BatchNorm2D, _ x: ValueID, relu: Bool) -> ValueID {
        let parameters = takeParameters(2)
        let buffers = takeBuffers(2)
        let shape = program[x].shape
        guard isTraining else {
            let y = apply(
                .batchNorm2DInference(epsilon: layer.epsilon, relu: relu), [x] + parameters + buffers, shape,
                multiplyAdds: shape.count)
            onBackward(of: y, [x], relu: relu) { builder, dy in
                // The layer is y = s·x + t for each channel, so dx is what it makes of dy without mean and shift.
                let zeros = builder.value("\(builder.layer) zeros", [shape[1]], .zeros)
                builder.program.zeros.append(zeros)
                let dx = builder.apply(
                    .batchNorm2DInference(epsilon: layer.epsilon, relu: false),
                    [dy, parameters[0], zeros, zeros, buffers[1]], shape, multiplyAdds: shape.count,
                    suffix: "input gradient")
                builder.addGradient(dx, to: x)
            }
            return y
        }
        let y = value("\(self.layer) output", shape, .activation)
        let saved = value("\(self.layer) batch statistics", [2, shape[1]], .workspace)
        append(
            .batchNorm2DTraining(epsilon: layer.epsilon, momentum: layer.momentum, relu: relu),
            [x] + parameters + buffers, [y, saved], multiplyAdds: shape.count)
        if ([x] + parameters).contains(where: requiresGradient) { markNeedsGradient(y) }
        onBackward(of: y, [x] + parameters) { builder, dy in
            // All three gradients come from one pass over the maps, so they are always computed together.
            let dx = builder.value("\(builder.layer) input gradient", shape, .gradient)
            let others = parameters.map { builder.gradient(of: $0) }
            builder.append(
                .batchNorm2DGradient(epsilon: layer.epsilon, relu: relu), [dy, x] + parameters + [saved], [dx] + others,
                multiplyAdds: shape.count)
            for parameter in parameters where !builder.requiresGradient(parameter) {
                builder.forgetGradient(of: parameter)
            }
            if builder.requiresGradient(x) { builder.addGradient(dx, to: x) }
        }
        return y
    }

    /// The sum at the end of a residual: part of the batch norm that comes right before it, or in inference of the
    /// convolution, where there is one, else an operation of its own.
    ///
    /// - Parameter first: Index of the residual's first operation.
    private mutating func sum(
        of body: ValueID, _ shortcut: ValueID, relu: Bool, operationsFrom first: Int
    ) -> ValueID {
        let last = program.operations.count - 1
        if fusesReLU, last >= first, let y = program.operations[last].outputs.first, body != shortcut,
            y == body || y == shortcut,
            let kind = program.operations[last].kind.addingMore(relu: relu, isTraining: isTraining)
        {
            // The operation's output becomes the sum, and a batch norm's gradient what comes before the ReLU.
            let other = y == body ? shortcut : body
            program.values[y.index].name = "\(layer) output"
            program.operations[last].kind = kind
            program.operations[last].inputs.append(other)
            if requiresGradient(other) { markNeedsGradient(y) }
            onBackward(of: y, [y], relu: relu) { builder, dy in
                builder.replaceGradient(of: y, by: dy)
                if builder.requiresGradient(other) { builder.addGradient(dy, to: other) }
            }
            return y
        }
        let y = apply(.add(relu: relu), [body, shortcut], program[body].shape)
        onBackward(of: y, [body, shortcut], relu: relu) { builder, dy in
            if builder.requiresGradient(body) { builder.addGradient(dy, to: body) }
            if builder.requiresGradient(shortcut) { builder.addGradient(dy, to: shortcut) }
        }
        return y
    }

    private func wholeMap(_ input: Shape) throws(ModelError) -> Geometry2D {
        try Geometry2D(input: input, kernel: Size2D(input[2], input[3]), stride: 1, padding: .valid)
    }
}

extension LayerKind {
    /// Whether the engine can apply a ReLU while it writes this layer's output.
    var canJoinReLU: Bool {
        switch self {
        case .conv2D, .dense, .locallyConnected2D, .batchNorm2D, .residual: true
        default: false
        }
    }
}

extension Operator {
    /// Whether every output of this operation went through a ReLU last.
    var endsInReLU: Bool {
        switch self {
        case .conv2D(_, let relu), .locallyConnected2D(_, let relu), .dense(_, let relu): relu
        case .activation(.relu), .add(relu: true): true
        default: false
        }
    }

    /// The operation that also adds something to its result, with a ReLU behind; `nil` where there is none.
    fileprivate func addingMore(relu: Bool, isTraining: Bool) -> Operator? {
        switch self {
        case .conv2D(let convolution, relu: false): isTraining ? nil : .conv2D(convolution, relu: relu)
        case .batchNorm2DTraining(let epsilon, let momentum, relu: false):
            .batchNorm2DTraining(epsilon: epsilon, momentum: momentum, relu: relu)
        case .batchNorm2DInference(let epsilon, relu: false): .batchNorm2DInference(epsilon: epsilon, relu: relu)
        default: nil
        }
    }
}
