// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusTensor

/// What one operator of ONNX means in a graph, where it reads a value of the image.
typealias ONNXImportRow = @Sendable (ONNXCall, inout ONNXConverter) throws -> [ONNXConverter.Value]

extension ONNXConverter {
    /// One for each operator of the standard set that is taken; those of the patterns are named in ``ONNXPatterns``.
    static let rows: [String: ONNXImportRow] = windows.merging(arithmetic) { $1 }.merging(places) { $1 }

    /// A row of one result.
    private static func row(
        _ body: @escaping @Sendable (ONNXCall, inout ONNXConverter) throws -> Activation
    ) -> ONNXImportRow {
        { [.activation(try body($0, &$1))] }
    }

    private static func function(_ function: UnaryFunction) -> ONNXImportRow {
        row { try $1.unary(function, try $0.activation(0)) }
    }

    private static let windows: [String: ONNXImportRow] = [
        "Conv": row { try $1.convolution($0) },
        "MaxPool": row { try $1.maxPool($0) },
        "AveragePool": row { try $1.averagePool($0) },
        "GlobalAveragePool": row {
            try $1.reduced(try $0.activation(0), over: spatial($0), keeps: true) { Op.AveragePool($0) }
        },
        "GlobalMaxPool": row {
            try $1.reduced(try $0.activation(0), over: spatial($0), keeps: true) { Op.MaxPool($0) }
        },
        "BatchNormalization": row { try $1.batchNorm($0) },
        "Pad": row { try $1.padded($0) },
        ONNXPatterns.blur: row { try $1.blurPool($0) },
        ONNXPatterns.locallyConnected: row { try $1.locallyConnected($0) },
    ]

    private static func spatial(_ call: ONNXCall) throws -> [Int] {
        let rank = try call.activation(0).dimensions.count
        return rank > 2 ? Array(2..<rank) : []
    }

    private static let arithmetic: [String: ONNXImportRow] = [
        "Relu": function(.relu), "Sigmoid": function(.sigmoid), "Tanh": function(.tanh),
        "HardSwish": function(.hardSwish), ONNXPatterns.silu: function(.silu), ONNXPatterns.gelu: function(.gelu),
        ONNXPatterns.hardSwish: function(.hardSwish), ONNXPatterns.hardSigmoid: function(.hardSigmoid),
        "Swish": row { call, graph in
            guard try call.float("alpha", 1) == 1 else { throw ONNXUnsupported("has an alpha other than 1") }
            return try graph.unary(.silu, try call.activation(0))
        },
        "Gelu": row { call, graph in
            let x = try call.activation(0)
            return try call.text("approximate", "none") == "tanh" ? graph.tanhGELU(x) : graph.unary(.gelu, x)
        },
        "HardSigmoid": row {
            try $1.hardSigmoid(try $0.activation(0), try $0.float("alpha", 0.2), try $0.float("beta", 0.5))
        },
        "LeakyRelu": row { try $1.unary(.leakyReLU(slope: try $0.float("alpha", 0.01)), try $0.activation(0)) },
        "PRelu": row { call, graph in
            guard let slope = try call.needed(1).uniform else { throw ONNXUnsupported("has slopes that differ") }
            return try graph.unary(.leakyReLU(slope: slope), try call.activation(0))
        },
        "Clip": row { call, graph in
            let low = try call.constant(1)?.scalar ?? call.float("min", -.infinity)
            let high = try call.constant(2)?.scalar ?? call.float("max", .infinity)
            return try graph.clipped(try call.activation(0), low, high)
        },
        "Add": row { call, graph in
            if let (x, constant, name) = try call.sides() { return try graph.sum(x, constant, name) }
            return try graph.sum(try call.activation(0), try call.activation(1))
        },
        "Sub": row { call, graph in
            guard let (x, constant, name) = try call.sides() else {
                return try graph.sum(try call.activation(0), try graph.scaled(try call.activation(1), -1))
            }
            let isFirst = name == call.name(1)
            return isFirst
                ? try graph.sum(x, constant.map { -$0 }, "") : try graph.sum(try graph.scaled(x, -1), constant, name)
        },
        "Mul": row { call, graph in
            if let (x, constant, name) = try call.sides() { return try graph.product(x, constant, name) }
            return try graph.product(try call.activation(0), try call.activation(1))
        },
        "Div": row { call, graph in
            guard case .constant(let constant)? = call.inputs.last ?? nil else {
                throw ONNXUnsupported("divides by a value that depends on the image")
            }
            return try graph.product(try call.activation(0), constant.map { 1 / $0 }, "")
        },
        "Neg": row { try $1.scaled(try $0.activation(0), -1) },
        "Pow": row { call, graph in
            let x = try call.activation(0)
            switch try call.needed(1).uniform {
            case 1: return x
            case 2: return try graph.product(x, x)
            case 3: return try graph.product(x, try graph.product(x, x))
            default: throw ONNXUnsupported("has an exponent other than 1, 2 and 3")
            }
        },
        "Max": row { call, graph in
            guard let (x, constant, _) = try call.sides(), let low = constant.uniform else {
                throw ONNXUnsupported("compares two values of the image")
            }
            return try graph.clipped(x, low, .infinity)
        },
        "Min": row { call, graph in
            guard let (x, constant, _) = try call.sides(), let high = constant.uniform else {
                throw ONNXUnsupported("compares two values of the image")
            }
            return try graph.clipped(x, -.infinity, high)
        },
        "Softmax": row { call, graph in
            let x = try call.activation(0)
            let isOld = graph.operatorSet < 13
            guard let axis = ONNXShape.axis(try call.integer("axis", isOld ? 1 : -1), x.dimensions.count) else {
                throw ONNXUnsupported("has an axis that is not there")
            }
            guard isOld, axis < x.dimensions.count - 1 else { return try graph.softmax(x, axis: axis) }
            // Until version 13 all axes from this one on were one.
            let (before, after) = (x.dimensions[..<axis].reduce(1, *), x.dimensions[axis...].reduce(1, *))
            let flat = try graph.softmax(Activation(id: x.id, dimensions: [before, after]), axis: 1)
            return Activation(id: flat.id, dimensions: x.dimensions)
        },
        "LayerNormalization": row { call, graph in
            let x = try call.activation(0)
            guard let axis = ONNXShape.axis(try call.integer("axis", -1), x.dimensions.count) else {
                throw ONNXUnsupported("has an axis that is not there")
            }
            return try graph.layerNorm(
                x, over: x.dimensions[axis...].reduce(1, *), try call.needed(1), try call.constant(2),
                epsilon: try call.float("epsilon", 1e-5),
                names: (call.name(1), call.name(2)))
        },
        ONNXPatterns.normalize: row { call, graph in
            let x = try call.activation(0)
            return try graph.layerNorm(
                x, over: x.dimensions.last ?? 1, nil, nil, epsilon: try call.float("epsilon", 1e-5), names: ("", ""))
        },
        "Gemm": row { call, graph in
            let weight = try call.needed(1)
            guard weight.dimensions.count == 2, try call.integer("transA", 0) == 0 else {
                throw ONNXUnsupported("multiplies something other than features with a matrix")
            }
            let isTurned = try call.integer("transB", 0) == 1
            let matrix = isTurned ? weight : weight.transposed([1, 0])
            let (alpha, beta) = (try call.float("alpha", 1), try call.float("beta", 1))
            let outputs = matrix.dimensions[0]
            let bias = try call.constant(2)
            let shift = try bias.map { bias throws -> [Float] in
                guard bias.count == outputs || bias.count == 1 else {
                    throw ONNXUnsupported("has a bias for every row")
                }
                let floats = bias.count == 1 ? [Float](repeating: bias.floats[0], count: outputs) : bias.floats
                return beta == 1 ? floats : floats.map { $0 * beta }
            }
            let numbers = alpha == 1 ? matrix.floats : matrix.floats.map { $0 * alpha }
            return try graph.linear(
                try call.activation(0), numbers, outputs: outputs, bias: shift, names: (call.name(1), call.name(2)))
        },
        "Einsum": row { call, graph in
            guard call.inputs.count == 2 else { throw ONNXUnsupported("has \(call.inputs.count) operands") }
            return try graph.einsum(
                try call.text("equation", ""), try call.activation(0), try call.activation(1))
        },
        "MatMul": row { call, graph in try graph.matrixProduct(call) },
        ONNXPatterns.linear: row { call, graph in try graph.matrixProduct(call) },
    ]

    /// A product of two values, or with a matrix that is trained.
    private mutating func matrixProduct(_ call: ONNXCall) throws -> Activation {
        guard case .constant(let weight)? = call.inputs.count > 1 ? call.inputs[1] : nil else {
            guard case .constant(let left)? = call.inputs.first ?? nil else {
                return try matrixProduct(try call.activation(0), try call.activation(1))
            }
            return try matrixProduct(try expanded(left, call.name(0)), try call.activation(1))
        }
        let x = try call.activation(0)
        guard weight.dimensions.count == 2 else {
            return try matrixProduct(x, try expanded(weight, call.name(1)))
        }
        let outputs = weight.dimensions[1]
        return try linear(
            x, weight.transposed([1, 0]).floats, outputs: outputs, bias: try call.constant(2)?.floats,
            names: (call.name(1), call.name(2)))
    }

    private static let places: [String: ONNXImportRow] = [
        "Identity": row { call, _ in try call.activation(0) },
        "Dropout": row { call, _ in
            guard try call.constant(2)?.scalar ?? 0 == 0 else { throw ONNXUnsupported("drops values outside training") }
            return try call.activation(0)
        },
        "Cast": row { call, _ in
            let type = try call.integer("to", 1)
            guard [1, 10, 11, 16].contains(type) else {
                throw ONNXUnsupported("makes whole numbers of values of the image")
            }
            return try call.activation(0)
        },
        "Reshape": row { call, _ in
            let x = try call.activation(0)
            guard let target = try call.integers("shape", orInput: 1),
                let sizes = ONNXShape.reshaped(
                    x.dimensions, to: target, allowsZero: try call.integer("allowzero", 0) == 1)
            else { throw ONNXUnsupported("asks for sizes that one image does not have") }
            return Activation(id: x.id, dimensions: sizes)
        },
        "Flatten": row { call, _ in
            let x = try call.activation(0)
            let given = try call.integer("axis", 1)
            let axis = given < 0 ? given + x.dimensions.count : given
            guard (0...x.dimensions.count).contains(axis) else {
                throw ONNXUnsupported("has an axis that is not there")
            }
            let sizes = [x.dimensions[..<axis].reduce(1, *), x.dimensions[axis...].reduce(1, *)]
            return Activation(id: x.id, dimensions: sizes)
        },
        "Squeeze": row { call, _ in
            let x = try call.activation(0)
            let given = try call.integers("axes", orInput: 1)
            let removed =
                try given.map { try axes($0, x.dimensions.count) }
                ?? x.dimensions.indices.filter { x.dimensions[$0] == 1 }
            guard removed.allSatisfy({ x.dimensions[$0] == 1 }) else {
                throw ONNXUnsupported("removes an axis of more than 1")
            }
            return Activation(
                id: x.id, dimensions: x.dimensions.indices.filter { !removed.contains($0) }.map { x.dimensions[$0] })
        },
        "Unsqueeze": row { call, _ in
            let x = try call.activation(0)
            guard let given = try call.integers("axes", orInput: 1), given.count <= 8 else {
                throw ONNXUnsupported("has no axes")
            }
            var sizes = x.dimensions
            for axis in try axes(given, sizes.count + given.count).sorted() {
                sizes.insert(1, at: min(axis, sizes.count))
            }
            return Activation(id: x.id, dimensions: sizes)
        },
        "Transpose": row { call, graph in
            let x = try call.activation(0)
            let order = try call.integers("perm") ?? x.dimensions.indices.reversed()
            guard order.sorted() == Array(x.dimensions.indices) else {
                throw ONNXUnsupported("has an impossible order")
            }
            return try graph.transposed(x, order)
        },
        "Expand": row { call, graph in
            let x = try call.activation(0)
            guard let target = try call.needed(1).integers else { throw ONNXUnsupported("has impossible sizes") }
            return try graph.broadcast(x, to: try ONNXConverter.commonSizes(x.dimensions, target))
        },
        "Concat": row { call, graph in
            var parts: [Activation] = []
            for place in call.inputs.indices {
                if case .constant(let constant)? = call.inputs[place] {
                    parts.append(try graph.expanded(constant, call.name(place)))
                } else {
                    parts.append(try call.activation(place))
                }
            }
            let rank = parts.first?.dimensions.count ?? 0
            let axis = try axes([try call.integer("axis", 0)], rank)[0]
            for part in parts {
                var sizes = part.dimensions
                guard sizes.count == rank else { throw ONNXUnsupported("joins values of different sizes") }
                sizes[axis] = parts[0].dimensions[axis]
                guard sizes == parts[0].dimensions else { throw ONNXUnsupported("joins values of different sizes") }
            }
            return try graph.joined(parts, axis: axis)
        },
        "Slice": row { call, graph in
            var x = try call.activation(0)
            guard let starts = try call.integers("starts", orInput: 1),
                let ends = try call.integers("ends", orInput: 2),
                starts.count == ends.count
            else { throw ONNXUnsupported("has bounds that do not fit") }
            let given = try call.integers("axes", orInput: 3) ?? Array(starts.indices)
            let steps = try call.integers("steps", orInput: 4) ?? starts.map { _ in 1 }
            guard given.count == starts.count, steps.count == starts.count else {
                throw ONNXUnsupported("has bounds that do not fit")
            }
            for (index, axis) in try axes(given, x.dimensions.count).enumerated() {
                guard let part = ONNXShape.slice(starts[index], ends[index], steps[index], size: x.dimensions[axis])
                else {
                    throw ONNXUnsupported("has an impossible step")
                }
                x = try graph.strided(x, axis: axis, first: part.first, count: part.count, step: steps[index])
            }
            return x
        },
        "Split": { call, graph in
            let x = try call.activation(0)
            let axis = try axes([try call.integer("axis", 0)], x.dimensions.count)[0]
            let outputs = call.node.outputs.count
            let size = x.dimensions[axis]
            let even = outputs > 0 ? (size + outputs - 1) / outputs : size
            let sizes =
                try call.integers("split", orInput: 1)
                ?? (0..<outputs).map { max(0, min(even, size - $0 * even)) }
            guard sizes.count == outputs, sizes.allSatisfy({ (1...size).contains($0) }), sizes.reduce(0, +) == size
            else {
                throw ONNXUnsupported("has parts that do not make the whole")
            }
            var start = 0
            var parts: [Value] = []
            for count in sizes {
                parts.append(.activation(try graph.slice(x, axis: axis, from: start, count: count)))
                start += count
            }
            return parts
        },
        "Gather": row { call, graph in
            let x = try call.activation(0)
            let axis = try axes([try call.integer("axis", 0)], x.dimensions.count)[0]
            let indices = try call.needed(1)
            let size = x.dimensions[axis]
            guard let places = indices.integers?.map({ $0 < 0 ? $0 &+ size : $0 }),
                places.allSatisfy({ (0..<size).contains($0) })
            else { throw ONNXUnsupported("takes places that are not there") }
            let sizes = x.dimensions[..<axis] + indices.dimensions + x.dimensions[(axis + 1)...]
            if let turned = try graph.turned(x, axis: axis, places, indices.dimensions) {
                return Activation(id: turned.id, dimensions: Array(sizes))
            }
            return Activation(id: try graph.gathered(x, axis: axis, places).id, dimensions: Array(sizes))
        },
        "ReduceMean": row { call, graph in try graph.reduced(call) { Op.AveragePool($0) } },
        "ReduceMax": row { call, graph in try graph.reduced(call) { Op.MaxPool($0) } },
        "ReduceSum": row { call, graph in
            let x = try call.activation(0)
            let mean = try graph.reduced(call) { Op.AveragePool($0) }
            return try graph.scaled(mean, Float(x.count / max(1, mean.count)))
        },
    ]

    private mutating func reduced(
        _ call: ONNXCall, _ pool: (Geometry2D) -> any GraphOperator
    ) throws -> Activation {
        let x = try call.activation(0)
        let given = try call.integers("axes", orInput: 1) ?? []
        if given.isEmpty, try call.integer("noop_with_empty_axes", 0) == 1 { return x }
        let axes = given.isEmpty ? Array(x.dimensions.indices) : try Self.axes(given, x.dimensions.count)
        return try reduced(x, over: axes, keeps: try call.integer("keepdims", 1) == 1, pool)
    }

    private static func axes(_ given: [Int], _ rank: Int) throws -> [Int] {
        let axes = given.compactMap { ONNXShape.axis($0, rank) }
        guard axes.count == given.count, Set(axes).count == axes.count, rank > 0 else {
            throw ONNXUnsupported("has axes that are not there")
        }
        return axes
    }
}

extension ONNXCall {
    /// A value of the image and a constant, whichever comes first, with the constant's name; `nil` for two values.
    func sides() throws -> (ONNXConverter.Activation, ONNXConstant, String)? {
        guard inputs.count == 2 else { throw ONNXUnsupported("has \(inputs.count) operands") }
        switch (inputs[0], inputs[1]) {
        case (.activation(let x)?, .constant(let constant)?): return (x, constant, name(1))
        case (.constant(let constant)?, .activation(let x)?): return (x, constant, name(0))
        default: return nil
        }
    }
}
