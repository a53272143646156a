// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusTensor

/// Sums, products and functions of one number.
extension ONNXConverter {
    mutating func unary(_ function: UnaryFunction, _ x: Activation) throws -> Activation {
        Activation(id: try emit(Op.Unary(function), x.id), dimensions: x.dimensions)
    }

    mutating func scaled(_ x: Activation, _ factor: Float) throws -> Activation {
        if factor == 1 { return x }
        return Activation(id: try emit(Op.Scale(factor), x.id), dimensions: x.dimensions)
    }

    mutating func sum(_ a: Activation, _ b: Activation) throws -> Activation {
        let sizes = try Self.commonSizes(a.dimensions, b.dimensions)
        let (left, right) = (try broadcast(a, to: sizes), try broadcast(b, to: sizes))
        // Where both already have the same sizes in the graph, none is changed.
        guard builder.shape(left.id) != builder.shape(right.id) else {
            return Activation(id: try emit(Op.Add(), left.id, right.id), dimensions: sizes)
        }
        return Activation(id: try emit(Op.Add(), try natural(left), try natural(right)), dimensions: sizes)
    }

    mutating func product(_ a: Activation, _ b: Activation) throws -> Activation {
        let sizes = try Self.commonSizes(a.dimensions, b.dimensions)
        if ONNXShape.aligned(a.dimensions, sizes.count) != sizes {
            if ONNXShape.aligned(b.dimensions, sizes.count) != sizes {
                return try product(try broadcast(a, to: sizes), b)
            }
            return try product(b, a)
        }
        if builder.shape(a.id) == builder.shape(b.id) {
            return Activation(id: try emit(Op.Multiply(), a.id, b.id), dimensions: sizes)
        }
        let small = ONNXShape.aligned(b.dimensions, sizes.count)
        let large = Activation(id: a.id, dimensions: sizes)
        let (wide, narrow) = (
            Self.natural(sizes), sizes.first == 1 && sizes.count > 1 ? Array(small.dropFirst()) : small
        )
        if Repeats(of: Shape([1] + narrow), along: Shape([1] + wide)) != nil {
            let gate = try view(Activation(id: b.id, dimensions: small), narrow)
            return Activation(id: try emit(Op.Multiply(), try view(large, wide), gate), dimensions: sizes)
        }
        return try product(large, try broadcast(b, to: sizes))
    }

    /// `x + c`
    mutating func sum(_ x: Activation, _ constant: ONNXConstant, _ name: String) throws -> Activation {
        if constant.uniform == 0, constant.dimensions.count <= x.dimensions.count,
            ONNXShape.broadcast(x.dimensions, constant.dimensions) == x.dimensions
        {
            return x
        }
        let sizes = try Self.commonSizes(x.dimensions, constant.dimensions)
        let wide = try broadcast(x, to: sizes)
        if sizes.count == 4, sizes[0] == 1, let shifts = channels(constant, sizes) {
            return try affine(wide, [Float](repeating: 1, count: sizes[1]), shifts, name)
        }
        guard let whole = constant.broadcast(to: sizes) else {
            throw ONNXUnsupported("has operands of sizes \(x.dimensions) and \(constant.dimensions)")
        }
        return try sum(wide, try expanded(whole, constant.dimensions == sizes ? name : ""))
    }

    /// One number for each channel of maps.
    private func channels(_ constant: ONNXConstant, _ sizes: [Int]) -> [Float]? {
        let own = ONNXShape.aligned(constant.dimensions, 4)
        guard own.count == 4, own[0] == 1, own[2] == 1, own[3] == 1 else { return nil }
        return constant.count == 1
            ? [Float](repeating: constant.floats[0], count: sizes[1]) : constant.floats
    }

    /// `x·factor + shift`, for each channel of maps `[1, C, H, W]`: a batch norm with a mean of 0 and a variance of 1.
    mutating func affine(
        _ x: Activation, _ factors: [Float], _ shifts: [Float], _ name: String
    ) throws -> Activation {
        let maps = try natural(x)
        let count = factors.count
        let tensors = [
            try parameter("", [count], factors, .ones), try parameter(name, [count], shifts),
            try buffer("", [Float](repeating: 0, count: count), 0),
            try buffer("", [Float](repeating: 1, count: count), 1),
        ]
        // So small that 1 + ε is 1.
        let norm = Op.BatchNorm(epsilon: 1e-30, momentum: 0)
        return Activation(id: try builder.apply(norm, [maps] + tensors), dimensions: x.dimensions)
    }

    /// `x·c`
    mutating func product(_ x: Activation, _ constant: ONNXConstant, _ name: String) throws -> Activation {
        let sizes = try Self.commonSizes(x.dimensions, constant.dimensions)
        if let factor = constant.uniform, factor.isFinite { return try scaled(try broadcast(x, to: sizes), factor) }
        let gate = ONNXConstant(
            dimensions: ONNXShape.aligned(constant.dimensions, sizes.count), numbers: constant.numbers)
        return try product(try broadcast(x, to: sizes), try expanded(gate, name))
    }

    /// `min(max(x, low), high)`
    mutating func clipped(_ x: Activation, _ low: Float, _ high: Float) throws -> Activation {
        guard low <= high else { throw ONNXUnsupported("has impossible bounds") }
        func moved(_ x: Activation, _ by: Float, _ converter: inout ONNXConverter) throws -> Activation {
            by == 0 ? x : try converter.sum(x, ONNXConstant([], [by]), "")
        }
        switch (low.isFinite && low > -1e38, high.isFinite && high < 1e38) {
        case (false, false): return x
        case (true, false): return try moved(try unary(.relu, try moved(x, -low, &self)), low, &self)
        case (false, true):
            let below = try unary(.relu, try moved(try scaled(x, -1), high, &self))
            return try moved(try scaled(below, -1), high, &self)
        case (true, true):
            guard high > low else { throw ONNXUnsupported("has impossible bounds") }
            let factor = 6 / (high - low)
            let inner = try scaled(try moved(x, -low, &self), factor)
            return try moved(try scaled(try unary(.relu6, inner), 1 / factor), low, &self)
        }
    }

    /// `min(max(alpha·x + beta, 0), 1)`
    mutating func hardSigmoid(_ x: Activation, _ alpha: Float, _ beta: Float) throws -> Activation {
        // Ours has a slope of 1/6 and is a half at 0.
        let factor = abs(alpha - 1 / 6) < 1e-6 ? 1 : 6 * alpha
        let inner = try scaled(x, factor)
        let shift = 6 * (beta - 0.5)
        return try unary(.hardSigmoid, shift == 0 ? inner : try sum(inner, ONNXConstant([], [shift]), ""))
    }

    /// The approximation of GELU by a hyperbolic tangent.
    mutating func tanhGELU(_ x: Activation) throws -> Activation {
        let cube = try product(x, try product(x, x))
        let inner = try scaled(try sum(x, try scaled(cube, 0.044715)), Float(0.7978845608))
        return try scaled(try sum(x, try product(x, try unary(.tanh, inner))), 0.5)
    }

    /// Over one axis.
    mutating func softmax(_ x: Activation, axis: Int) throws -> Activation {
        let (before, after) = Self.around(axis, x.dimensions)
        guard after == 1 else {
            let others = x.dimensions.indices.filter { $0 != axis }
            let last = try transposed(x, others + [axis])
            let result = try softmax(last, axis: last.dimensions.count - 1)
            let back = x.dimensions.indices.map { place in
                place == axis ? others.count : others.firstIndex(of: place) ?? 0
            }
            return try transposed(result, back)
        }
        let size = x.dimensions[axis]
        let isReady = builder.shape(x.id).dimensions.last == size && builder.shape(x.id).rank >= 2
        let source = isReady ? x.id : try view(x, before == 1 ? [size] : [before, size])
        return Activation(id: try emit(Op.Softmax(), source), dimensions: x.dimensions)
    }

    /// Over the last axes, which have `size` elements together, with weights where there are any.
    mutating func layerNorm(
        _ x: Activation, over size: Int, _ scale: ONNXConstant?, _ shift: ONNXConstant?, epsilon: Float,
        names: (String, String)
    ) throws -> Activation {
        let (gamma, beta) = (scale?.floats ?? [Float](repeating: 1, count: size), shift?.floats ?? [])
        guard gamma.count == size, beta.isEmpty || beta.count == size else {
            throw ONNXUnsupported("has weights that repeat along what it normalises")
        }
        let rows = x.count / max(1, size)
        let source = try view(x, rows == 1 ? [size] : [rows, size])
        let norm = Op.LayerNorm(epsilon: epsilon)
        let id = try emit(
            norm, source, try parameter(names.0, [size], gamma, .ones),
            try parameter(names.1, [size], beta.isEmpty ? [Float](repeating: 0, count: size) : beta))
        return Activation(id: id, dimensions: x.dimensions)
    }

    /// A product with a matrix `[O, F]` over the last axis.
    mutating func linear(
        _ x: Activation, _ weight: [Float], outputs: Int, bias: [Float]?, names: (String, String)
    ) throws -> Activation {
        guard let inputs = x.dimensions.last, inputs > 0, weight.count == outputs * inputs,
            bias?.count ?? outputs == outputs
        else { throw ONNXUnsupported("multiplies matrices of sizes that do not fit") }
        let rows = x.count / inputs
        let source = try view(x, rows == 1 ? [inputs] : [rows, inputs])
        let matrix = try parameter(names.0, [outputs, inputs], weight, .glorotUniform, fanIn: inputs)
        let kind = Op.MatrixProduct(hasBias: bias != nil)
        let sizes = x.dimensions.dropLast() + [outputs]
        guard let bias else { return Activation(id: try emit(kind, source, matrix), dimensions: Array(sizes)) }
        let id = try emit(kind, source, matrix, try parameter(names.1, [outputs], bias))
        return Activation(id: id, dimensions: Array(sizes))
    }

    /// `a·b` of two values, over their last two axes.
    mutating func matrixProduct(_ a: Activation, _ b: Activation) throws -> Activation {
        guard a.dimensions.count >= 2, b.dimensions.count >= 2 else {
            throw ONNXUnsupported("multiplies a vector that depends on the image")
        }
        let (rows, inner) = (a.dimensions[a.dimensions.count - 2], a.dimensions[a.dimensions.count - 1])
        let columns = b.dimensions[b.dimensions.count - 1]
        guard b.dimensions[b.dimensions.count - 2] == inner else {
            throw ONNXUnsupported("multiplies matrices of sizes that do not fit")
        }
        let outer = try Self.commonSizes(Array(a.dimensions.dropLast(2)), Array(b.dimensions.dropLast(2)))
        let count = outer.reduce(1, *)
        let left = try broadcast(a, to: outer + [rows, inner])
        let right = try broadcast(b, to: outer + [inner, columns])
        func matrices(_ x: Activation, _ sizes: [Int]) throws -> Graph.ValueID {
            try view(x, count == 1 ? sizes : [count] + sizes)
        }
        let id = try emit(
            Op.BatchedProduct(), try matrices(left, [rows, inner]), try matrices(right, [inner, columns]))
        return Activation(id: id, dimensions: outer + [rows, columns])
    }

    /// A sum of products of two values by their axes' letters, e.g. `bhid,bhjd->bhij`, as a product of matrices.
    mutating func einsum(_ equation: String, _ a: Activation, _ b: Activation) throws -> Activation {
        let sides = equation.filter { $0 != " " }.split(separator: ">").map { $0.filter { $0 != "-" } }
        let terms = (sides.first ?? "").split(separator: ",").map { Array($0) }
        guard sides.count == 2, terms.count == 2, terms[0].count == a.dimensions.count,
            terms[1].count == b.dimensions.count, (terms[0] + terms[1] + Array(sides[1])).allSatisfy(\.isLetter)
        else { throw ONNXUnsupported("has the equation \(equation)") }
        let (left, right, result) = (terms[0], terms[1], Array(sides[1]))
        let outer = left.filter { right.contains($0) && result.contains($0) }
        let inner = left.filter { right.contains($0) && !result.contains($0) }
        let rows = left.filter { !right.contains($0) }
        let columns = right.filter { !left.contains($0) }
        let made = outer + rows + columns
        guard Set(left).count == left.count, Set(right).count == right.count, !inner.isEmpty,
            made.count == result.count,
            Set(made) == Set(result)
        else { throw ONNXUnsupported("has the equation \(equation)") }
        let sizes = Dictionary(
            zip(left, a.dimensions).map { ($0, $1) } + zip(right, b.dimensions).map { ($0, $1) },
            uniquingKeysWith: { $1 })
        func count(_ letters: [Character]) -> Int { letters.map { sizes[$0] ?? 1 }.reduce(1, *) }
        func ordered(_ x: Activation, _ letters: [Character], _ wanted: [Character]) throws -> Activation {
            try transposed(x, wanted.compactMap { letters.firstIndex(of: $0) })
        }
        let first = try ordered(a, left, outer + rows + inner)
        let second = try ordered(b, right, outer + inner + columns)
        guard first.count == count(outer + rows + inner), second.count == count(outer + inner + columns) else {
            throw ONNXUnsupported("has operands of sizes \(a.dimensions) and \(b.dimensions)")
        }
        let product = try matrixProduct(
            Activation(id: first.id, dimensions: [count(outer), count(rows), count(inner)]),
            Activation(id: second.id, dimensions: [count(outer), count(inner), count(columns)]))
        let whole = Activation(id: product.id, dimensions: made.map { sizes[$0] ?? 1 })
        return try ordered(whole, made, result)
    }
}
