// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusTensor

/// Sizes and places: values under other sizes, other orders of axes, parts and joins along any axis.
extension ONNXConverter {
    /// Sizes without the batch's.
    static func natural(_ dimensions: [Int]) -> [Int] {
        let sizes = dimensions.first == 1 && dimensions.count > 1 ? Array(dimensions.dropFirst()) : dimensions
        return sizes.isEmpty ? [1] : sizes
    }

    /// The value of the graph under sizes of one image.
    mutating func view(_ x: Activation, _ sizes: [Int]) throws -> Graph.ValueID {
        if builder.shape(x.id).dimensions == [1] + sizes { return x.id }
        let source = reshaped[x.id] ?? x.id
        if builder.shape(source).dimensions == [1] + sizes { return source }
        let id = try emit(Op.Reshape(Shape(sizes)), source)
        reshaped[id] = source
        return id
    }

    mutating func natural(_ x: Activation) throws -> Graph.ValueID { try view(x, Self.natural(x.dimensions)) }

    /// Axis a of the result is axis `order[a]`. Axes of 1 move for nothing, and what is turned back is what it was.
    mutating func transposed(_ x: Activation, _ order: [Int]) throws -> Activation {
        let sizes = order.map { x.dimensions[$0] }
        let kept = x.dimensions.indices.filter { x.dimensions[$0] != 1 }
        let moved = order.filter { x.dimensions[$0] != 1 }.compactMap { kept.firstIndex(of: $0) }
        guard moved != moved.sorted() else { return Activation(id: x.id, dimensions: sizes) }
        let parts = kept.map { x.dimensions[$0] }
        if let earlier = turned[x.id], builder.shape(x.id).dimensions == [1] + parts {
            let composed = moved.map { earlier.order[$0] }
            if composed == composed.sorted() { return Activation(id: earlier.source, dimensions: sizes) }
            return try turn(earlier.source, composed, sizes)
        }
        return try turn(try view(x, parts), moved, sizes)
    }

    private mutating func turn(_ source: Graph.ValueID, _ order: [Int], _ sizes: [Int]) throws -> Activation {
        let id = try emit(Op.Transpose(order.map { $0 + 1 }), source)
        turned[id] = (source, order)
        return Activation(id: id, dimensions: sizes)
    }

    /// Sizes before an axis and after it, each as one.
    static func around(_ axis: Int, _ dimensions: [Int]) -> (before: Int, after: Int) {
        (dimensions[..<axis].reduce(1, *), dimensions[(axis + 1)...].reduce(1, *))
    }

    /// Whether a value of the graph has the axis behind its batch, so that slices and joins take it as it is.
    private mutating func leads(_ x: Activation, _ size: Int, _ after: Int) -> Bool {
        let shape = builder.shape(x.id).dimensions
        return shape.count >= 2 && shape[1] == size && shape.dropFirst(2).reduce(1, *) == after
    }

    /// The part of an axis.
    mutating func slice(_ x: Activation, axis: Int, from start: Int, count: Int) throws -> Activation {
        guard count >= 1 else { throw ONNXUnsupported("gives an empty value") }
        var sizes = x.dimensions
        let size = sizes[axis]
        sizes[axis] = count
        if count == size { return x }
        let (before, after) = Self.around(axis, x.dimensions)
        guard before > 1 else {
            let source = leads(x, size, after) ? x.id : try view(x, after == 1 ? [size] : [size, after])
            return Activation(id: try emit(Op.Slice(offset: start, count: count), source), dimensions: sizes)
        }
        let order = [1, 0, 2]
        let front = try transposed(Activation(id: x.id, dimensions: [before, size, after]), order)
        let part = try slice(front, axis: 0, from: start, count: count)
        return Activation(id: try transposed(part, order).id, dimensions: sizes)
    }

    /// Every step-th place of an axis.
    mutating func strided(_ x: Activation, axis: Int, first: Int, count: Int, step: Int) throws -> Activation {
        if step == 1 { return try slice(x, axis: axis, from: first, count: count) }
        let size = x.dimensions[axis]
        guard step > 1, size % step == 0, count == size / step else {
            // Backwards, or with a rest: the places one by one.
            return try gathered(x, axis: axis, (0..<count).map { first + $0 * step })
        }
        let (before, after) = Self.around(axis, x.dimensions)
        let split = Activation(id: x.id, dimensions: [before, count, step, after])
        var sizes = x.dimensions
        sizes[axis] = count
        return Activation(id: try slice(split, axis: 2, from: first, count: 1).id, dimensions: sizes)
    }

    /// Places of an axis in any order.
    mutating func gathered(_ x: Activation, axis: Int, _ places: [Int]) throws -> Activation {
        guard let first = places.first else { throw ONNXUnsupported("gives an empty value") }
        if places == Array(first..<first + places.count) {
            return try slice(x, axis: axis, from: first, count: places.count)
        }
        guard places.count <= 256 else { throw ONNXUnsupported("takes more than 256 places in an order of their own") }
        var parts: [Activation] = []
        for place in places { parts.append(try slice(x, axis: axis, from: place, count: 1)) }
        return try joined(parts, axis: axis)
    }

    /// All places of an axis as a view with other steps takes them, which PyTorch writes as a table of places; `nil` for others.
    ///
    /// - Parameter sizes: Of the table.
    mutating func turned(_ x: Activation, axis: Int, _ places: [Int], _ sizes: [Int]) throws -> Activation? {
        guard places.count == x.dimensions[axis], sizes.count > 1, sizes.allSatisfy({ $0 > 0 }) else { return nil }
        let rowMajor = ONNXShape.steps(sizes)
        let steps = sizes.indices.map { sizes[$0] > 1 ? places[rowMajor[$0]] - places[0] : 0 }
        let order = sizes.indices.filter { sizes[$0] > 1 }.sorted { steps[$0] > steps[$1] }
        // From the smallest step on, each must be as long as what lies inside it.
        var inner = 1
        for place in order.reversed() {
            guard steps[place] == inner else { return nil }
            inner *= sizes[place]
        }
        guard places.first == 0, ONNXShape.places(sizes, steps) == places else { return nil }
        let before = Array(x.dimensions[..<axis])
        let after = Array(x.dimensions[(axis + 1)...])
        let kept = sizes.indices.filter { sizes[$0] > 1 }
        let split = Activation(id: x.id, dimensions: before + order.map { sizes[$0] } + after)
        let moved = kept.compactMap { place in order.firstIndex(of: place).map { before.count + $0 } }
        let rest = (0..<after.count).map { before.count + order.count + $0 }
        return try transposed(split, Array(before.indices) + moved + rest)
    }

    /// Values behind each other along an axis.
    mutating func joined(_ parts: [Activation], axis: Int) throws -> Activation {
        guard let first = parts.first else { throw ONNXUnsupported("joins nothing") }
        if parts.count == 1 { return first }
        var sizes = first.dimensions
        sizes[axis] = parts.map { $0.dimensions[axis] }.reduce(0, +)
        let (before, after) = Self.around(axis, first.dimensions)
        guard before > 1 else {
            var ids: [Graph.ValueID] = []
            let rest = builder.shape(first.id).dimensions.dropFirst(2)
            var areAlike = true
            for part in parts {
                areAlike =
                    areAlike && leads(part, part.dimensions[axis], after)
                    && builder.shape(part.id).dimensions.dropFirst(2) == rest
            }
            for part in parts {
                let size = part.dimensions[axis]
                ids.append(areAlike ? part.id : try view(part, after == 1 ? [size] : [size, after]))
            }
            return Activation(id: try builder.apply(Op.Concatenate(), ids), dimensions: sizes)
        }
        var fronts: [Activation] = []
        for part in parts {
            let whole = Activation(id: part.id, dimensions: [before, part.dimensions[axis], after])
            fronts.append(try transposed(whole, [1, 0, 2]))
        }
        let join = try joined(fronts, axis: 0)
        return Activation(id: try transposed(join, [1, 0, 2]).id, dimensions: sizes)
    }

    /// A constant as a value that every image has.
    mutating func expanded(_ constant: ONNXConstant, _ name: String) throws -> Activation {
        let sizes = Self.natural(constant.dimensions)
        let kept = sizes.count <= 7 ? sizes : [constant.count]
        let id = try parameter(name, kept, constant.floats)
        return Activation(id: try emit(Op.Expand(), id), dimensions: constant.dimensions)
    }

    /// Repeated along axes of 1.
    mutating func broadcast(_ x: Activation, to target: [Int]) throws -> Activation {
        var current = ONNXShape.aligned(x.dimensions, target.count)
        var id = x.id
        for axis in target.indices where current[axis] != target[axis] {
            let (before, after) = Self.around(axis, current)
            let large = [before, target[axis], after]
            guard ONNXShape.count(large) != nil else { throw ONNXUnsupported("repeats a value too often") }
            let ones = try expanded(ONNXConstant([1] + large, [Float](repeating: 1, count: large.reduce(1, *))), "")
            let small = try view(Activation(id: id, dimensions: current), [before, 1, after])
            id = try emit(Op.Multiply(), ones.id, small)
            current[axis] = target[axis]
        }
        return Activation(id: id, dimensions: target)
    }

    static func commonSizes(_ a: [Int], _ b: [Int]) throws -> [Int] {
        guard let sizes = ONNXShape.broadcast(a, b), ONNXShape.count(sizes) != nil else {
            throw ONNXUnsupported("has operands of sizes \(a) and \(b)")
        }
        return sizes
    }

    /// Means or maxima over axes.
    mutating func reduced(
        _ x: Activation, over axes: [Int], keeps: Bool, _ pool: (Geometry2D) -> any GraphOperator
    ) throws -> Activation {
        let kept = x.dimensions.indices.filter { !axes.contains($0) }
        let sizes =
            keeps
            ? x.dimensions.indices.map { axes.contains($0) ? 1 : x.dimensions[$0] } : kept.map { x.dimensions[$0] }
        let reduced = axes.sorted()
        let length = reduced.map { x.dimensions[$0] }.reduce(1, *)
        if length == 1 { return Activation(id: x.id, dimensions: sizes) }
        let maps: Graph.ValueID
        if x.dimensions.count == 4, x.dimensions[0] == 1, reduced == [2, 3] {
            maps = try natural(x)
        } else {
            let last = try transposed(x, kept + reduced)
            maps = try view(last, [kept.map { x.dimensions[$0] }.reduce(1, *), length, 1])
        }
        let shape = builder.shape(maps)
        let window = try Geometry2D(
            input: shape, kernel: Size2D(shape[2], shape[3]), stride: 1, padding: .valid)
        return Activation(id: try emit(pool(window), maps), dimensions: sizes)
    }
}
