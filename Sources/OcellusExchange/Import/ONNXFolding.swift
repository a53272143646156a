// SPDX-License-Identifier: Apache-2.0

import RealModule

/// Operators on constants: exporters compute sizes in the graph, and much of what they write does not depend on the image.
enum ONNXFolding {
    /// That are known besides those with a row.
    static let types: Set<String> = [
        "Constant", "ConstantOfShape", "Shape", "Size", "Range", "Where", "Tile", "ReduceProd", "Mod", "Equal", "Less",
        "Greater", "LessOrEqual", "GreaterOrEqual", "And", "Or", "Not", "Abs", "Floor", "Ceil", "ScatterND",
    ]

    /// The results; `nil` for an operator that is not known here, or inputs that it cannot take.
    static func fold(_ node: ONNXNode, _ inputs: [ONNXConstant?]) -> [ONNXConstant]? {
        guard let first = inputs.first, let x = first else {
            return node.type == "Constant" ? constant(node).map { [$0] } : nil
        }
        let others = inputs.dropFirst().compactMap(\.self)
        if let binary = binary(node.type), let y = others.first {
            return apply(x, y, binary).map { [$0] }
        }
        if let unary = unary(node.type) { return [x.map(unary)] }
        return moved(node, x, Array(inputs.dropFirst())).map { [$0] } ?? made(node, x, others).map { [$0] }
    }

    static func constant(_ node: ONNXNode) -> ONNXConstant? {
        switch node["value_int"] ?? node["value_float"] ?? node["value_ints"] ?? node["value_floats"] {
        case .integer(let value): ONNXConstant([], integers: [value])
        case .float(let value): ONNXConstant([], [value])
        case .integers(let values): ONNXConstant([values.count], integers: values)
        case .floats(let values): ONNXConstant([values.count], values)
        default: nil
        }
    }

    // MARK: Arithmetic

    private struct Binary {
        var floats: (Float, Float) -> Float
        /// `nil` where there is no result.
        var integers: (Int, Int) -> Int?
        var givesTruth = false
    }

    private static func binary(_ type: String) -> Binary? {
        func whole(_ body: @escaping (Int, Int) -> (partialValue: Int, overflow: Bool)) -> (Int, Int) -> Int? {
            { a, b in
                let (value, overflow) = body(a, b)
                return overflow ? nil : value
            }
        }
        func truth(_ floats: @escaping (Float, Float) -> Bool, _ integers: @escaping (Int, Int) -> Bool) -> Binary {
            Binary(floats: { floats($0, $1) ? 1 : 0 }, integers: { integers($0, $1) ? 1 : 0 }, givesTruth: true)
        }
        switch type {
        case "Add": return Binary(floats: { $0 + $1 }, integers: whole { $0.addingReportingOverflow($1) })
        case "Sub": return Binary(floats: { $0 - $1 }, integers: whole { $0.subtractingReportingOverflow($1) })
        case "Mul": return Binary(floats: { $0 * $1 }, integers: whole { $0.multipliedReportingOverflow(by: $1) })
        case "Div":
            return Binary(
                floats: { $0 / $1 }, integers: { $1 == 0 ? nil : whole { $0.dividedReportingOverflow(by: $1) }($0, $1) }
            )
        case "Mod":
            return Binary(
                floats: { $0.truncatingRemainder(dividingBy: $1) },
                integers: { a, b in
                    guard b != 0, b != -1 else { return b == 0 ? nil : 0 }
                    let rest = a % b
                    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
                })
        case "Pow": return Binary(floats: power, integers: { Int(exactly: Double.pow(Double($0), $1)) })
        case "Min": return Binary(floats: { min($0, $1) }, integers: { min($0, $1) })
        case "Max": return Binary(floats: { max($0, $1) }, integers: { max($0, $1) })
        case "Equal": return truth({ $0 == $1 }, { $0 == $1 })
        case "Less": return truth({ $0 < $1 }, { $0 < $1 })
        case "Greater": return truth({ $0 > $1 }, { $0 > $1 })
        case "LessOrEqual": return truth({ $0 <= $1 }, { $0 <= $1 })
        case "GreaterOrEqual": return truth({ $0 >= $1 }, { $0 >= $1 })
        case "And": return truth({ $0 != 0 && $1 != 0 }, { $0 != 0 && $1 != 0 })
        case "Or": return truth({ $0 != 0 || $1 != 0 }, { $0 != 0 || $1 != 0 })
        default: return nil
        }
    }

    /// Of a negative base for whole exponents only.
    private static func power(_ base: Float, _ exponent: Float) -> Float {
        Int(exactly: exponent).map { Float.pow(base, $0) } ?? Float.pow(base, exponent)
    }

    private static func apply(_ a: ONNXConstant, _ b: ONNXConstant, _ binary: Binary) -> ONNXConstant? {
        guard let sizes = ONNXShape.broadcast(a.dimensions, b.dimensions), ONNXShape.count(sizes) != nil,
            let x = a.broadcast(to: sizes), let y = b.broadcast(to: sizes)
        else { return nil }
        if case .integers(let left) = x.numbers, case .integers(let right) = y.numbers {
            let values = zip(left, right).compactMap { binary.integers($0, $1) }
            return values.count == left.count ? ONNXConstant(sizes, integers: values) : nil
        }
        let values = zip(x.floats, y.floats).map { binary.floats($0, $1) }
        return binary.givesTruth ? ONNXConstant(sizes, integers: values.map { Int($0) }) : ONNXConstant(sizes, values)
    }

    private static func unary(_ type: String) -> ((Float) -> Float)? {
        switch type {
        case "Sqrt": { $0.squareRoot() }
        case "Reciprocal": { 1 / $0 }
        case "Exp": { Float.exp($0) }
        case "Log": { Float.log($0) }
        case "Erf": { Float.erf($0) }
        case "Sigmoid": { 1 / (1 + Float.exp(-$0)) }
        case "Tanh": { Float.tanh($0) }
        case "Relu": { max(0, $0) }
        default: nil
        }
    }

    // MARK: Elements in other places

    private static func moved(_ node: ONNXNode, _ x: ONNXConstant, _ others: [ONNXConstant?]) -> ONNXConstant? {
        let rank = x.dimensions.count
        func axes(_ list: [Int]?, _ rank: Int) -> [Int]? {
            guard let list else { return nil }
            let axes = list.compactMap { ONNXShape.axis($0, rank) }
            return axes.count == list.count ? axes : nil
        }
        func list(_ name: String, _ input: Int) -> [Int]? {
            if case .integers(let values) = node[name] { return values }
            return others.count > input ? others[input]?.integers : nil
        }
        switch node.type {
        case "Identity", "Dropout": return x
        case "Reshape":
            guard let target = others.first??.integers,
                let sizes = ONNXShape.reshaped(
                    x.dimensions, to: target, allowsZero: node["allowzero"] == .integer(1))
            else { return nil }
            return ONNXConstant(dimensions: sizes, numbers: x.numbers)
        case "Flatten":
            guard case .integer(let given) = node["axis"] ?? .integer(1) else { return nil }
            let axis = given < 0 ? given + rank : given
            guard (0...rank).contains(axis) else { return nil }
            let sizes = [x.dimensions[..<axis].reduce(1, *), x.dimensions[axis...].reduce(1, *)]
            return ONNXConstant(dimensions: sizes, numbers: x.numbers)
        case "Squeeze":
            let removed =
                list("axes", 0) == nil
                ? x.dimensions.indices.filter { x.dimensions[$0] == 1 } : axes(list("axes", 0), rank)
            guard let removed, removed.allSatisfy({ $0 < rank && x.dimensions[$0] == 1 }) else { return nil }
            let sizes = x.dimensions.indices.filter { !removed.contains($0) }.map { x.dimensions[$0] }
            return ONNXConstant(dimensions: sizes, numbers: x.numbers)
        case "Unsqueeze":
            guard let given = list("axes", 0), rank + given.count <= 16, let places = axes(given, rank + given.count),
                Set(places).count == places.count
            else { return nil }
            var sizes = x.dimensions
            for place in places.sorted() { sizes.insert(1, at: min(place, sizes.count)) }
            return ONNXConstant(dimensions: sizes, numbers: x.numbers)
        case "Transpose":
            var order = Array((0..<rank).reversed())
            if case .integers(let given) = node["perm"] { order = given }
            return order.sorted() == Array(0..<rank) ? x.transposed(order) : nil
        case "Slice": return slice(node, x, list)
        case "Gather": return gathered(node, x, others.first ?? nil)
        case "Expand":
            guard let target = others.first??.integers, let sizes = ONNXShape.broadcast(x.dimensions, target),
                ONNXShape.count(sizes) != nil
            else { return nil }
            return x.broadcast(to: sizes)
        default: return nil
        }
    }

    private static func gathered(_ node: ONNXNode, _ x: ONNXConstant, _ indices: ONNXConstant?) -> ONNXConstant? {
        let rank = x.dimensions.count
        guard case .integer(let given) = node["axis"] ?? .integer(0), let axis = ONNXShape.axis(given, rank), rank > 0,
            let list = indices?.integers, let shape = indices?.dimensions
        else { return nil }
        let size = x.dimensions[axis]
        let places = list.map { $0 < 0 ? $0.addingReportingOverflow(size).partialValue : $0 }
        guard places.allSatisfy({ (0..<size).contains($0) }) else { return nil }
        let sizes = x.dimensions[..<axis] + shape + x.dimensions[(axis + 1)...]
        guard ONNXShape.count(Array(sizes)) != nil else { return nil }
        let inner = x.dimensions[(axis + 1)...].reduce(1, *)
        let outer = x.dimensions[..<axis].reduce(1, *)
        var taken: [Int] = []
        for row in 0..<outer {
            for place in places {
                let start = (row * size + place) * inner
                taken += start..<start + inner
            }
        }
        return x.taking(taken, as: Array(sizes))
    }

    private static func slice(
        _ node: ONNXNode, _ x: ONNXConstant, _ list: (String, Int) -> [Int]?
    ) -> ONNXConstant? {
        guard let starts = list("starts", 0), let ends = list("ends", 1), starts.count == ends.count else { return nil }
        let axes = list("axes", 2) ?? Array(0..<starts.count)
        let steps = list("steps", 3) ?? starts.map { _ in 1 }
        guard axes.count == starts.count, steps.count == starts.count else { return nil }
        var sizes = x.dimensions
        var strides = ONNXShape.steps(sizes)
        var start = 0
        for index in starts.indices {
            guard let axis = ONNXShape.axis(axes[index], sizes.count), axis < sizes.count,
                let part = ONNXShape.slice(starts[index], ends[index], steps[index], size: sizes[axis])
            else { return nil }
            if part.count > 0 { start += part.first * strides[axis] }
            sizes[axis] = part.count
            strides[axis] *= steps[index]
        }
        if sizes.contains(0) { return x.taking([], as: sizes) }
        return x.taking(ONNXShape.places(sizes, strides, from: start), as: sizes)
    }

    // MARK: New elements

    private static func made(_ node: ONNXNode, _ x: ONNXConstant, _ others: [ONNXConstant]) -> ONNXConstant? {
        switch node.type {
        case "Cast":
            guard case .integer(let type) = node["to"], let element = ONNXTensor.Element(rawValue: type) else {
                return nil
            }
            switch element {
            case .float, .double, .float16, .bfloat16: return ONNXConstant(x.dimensions, x.floats)
            case .bool: return ONNXConstant(x.dimensions, integers: x.floats.map { $0 == 0 ? 0 : 1 })
            default:
                if case .integers = x.numbers { return x }
                let values = x.floats.compactMap { Int(exactly: $0.rounded(.towardZero)) }
                return values.count == x.count ? ONNXConstant(x.dimensions, integers: values) : nil
            }
        case "Neg", "Abs", "Floor", "Ceil", "Not":
            if case .integers(let values) = x.numbers {
                return ONNXConstant(x.dimensions, integers: values.map { changed($0, node.type) })
            }
            return x.map { changed($0, node.type) }
        case "Shape":
            return shape(node, x.dimensions)
        case "Size": return ONNXConstant([], integers: [x.count])
        case "Concat": return concatenated(node, [x] + others)
        case "ConstantOfShape":
            guard let sizes = x.integers, let count = ONNXShape.count(sizes) else { return nil }
            return ONNXConstant(sizes, [Float](repeating: 0, count: count))
        case "Range":
            guard others.count == 2, let from = x.integers?.first, let to = others[0].integers?.first,
                let step = others[1].integers?.first, step != 0,
                abs(to.subtractingReportingOverflow(from).partialValue) <= ONNXShape.largestConstant
            else { return nil }
            let values = Array(stride(from: from, to: to, by: step))
            return ONNXConstant([values.count], integers: values)
        case "Where": return chosen(x, others)
        case "ScatterND": return scattered(node, x, others)
        case "Tile": return tiled(x, others.first)
        case "ReduceProd", "ReduceSum":
            // Of sizes: all of them.
            guard let values = x.integers, x.dimensions.count == 1 else { return nil }
            var total = node.type == "ReduceProd" ? 1 : 0
            for value in values {
                let (next, overflow) =
                    node.type == "ReduceProd"
                    ? total.multipliedReportingOverflow(by: value) : total.addingReportingOverflow(value)
                if overflow { return nil }
                total = next
            }
            return ONNXConstant(node["keepdims"] == .integer(0) ? [] : [1], integers: [total])
        default: return nil
        }
    }

    private static func chosen(_ x: ONNXConstant, _ others: [ONNXConstant]) -> ONNXConstant? {
        guard others.count == 2,
            let sizes = ONNXShape.broadcast(others[0].dimensions, others[1].dimensions)
                .flatMap({ ONNXShape.broadcast($0, x.dimensions) }), ONNXShape.count(sizes) != nil,
            let condition = x.broadcast(to: sizes)?.integers, let a = others[0].broadcast(to: sizes),
            let b = others[1].broadcast(to: sizes)
        else { return nil }
        if case .integers(let left) = a.numbers, case .integers(let right) = b.numbers {
            return ONNXConstant(
                sizes, integers: condition.indices.map { condition[$0] != 0 ? left[$0] : right[$0] })
        }
        let (left, right) = (a.floats, b.floats)
        return ONNXConstant(sizes, condition.indices.map { condition[$0] != 0 ? left[$0] : right[$0] })
    }

    /// Updates in the places of the first axes that the indices name.
    private static func scattered(_ node: ONNXNode, _ x: ONNXConstant, _ others: [ONNXConstant]) -> ONNXConstant? {
        guard others.count == 2, let indices = others[0].integers, let depth = others[0].dimensions.last,
            (1...max(1, x.dimensions.count)).contains(depth), depth <= x.dimensions.count,
            node["reduction"] ?? .text("none") == .text("none")
        else { return nil }
        let inner = x.dimensions[depth...].reduce(1, *)
        let rows = indices.count / depth
        guard others[1].count == rows * inner else { return nil }
        let steps = ONNXShape.steps(x.dimensions)
        var floats = x.floats
        let updates = others[1].floats
        for row in 0..<rows {
            var start = 0
            for axis in 0..<depth {
                let given = indices[row * depth + axis]
                let place = given < 0 ? given.addingReportingOverflow(x.dimensions[axis]).partialValue : given
                guard (0..<x.dimensions[axis]).contains(place) else { return nil }
                start += place * steps[axis]
            }
            floats.replaceSubrange(start..<start + inner, with: updates[row * inner..<(row + 1) * inner])
        }
        guard case .integers = x.numbers else { return ONNXConstant(x.dimensions, floats) }
        return ONNXConstant(x.dimensions, integers: floats.map { Int($0) })
    }

    private static func tiled(_ x: ONNXConstant, _ repeats: ONNXConstant?) -> ONNXConstant? {
        guard let counts = repeats?.integers, counts.count == x.dimensions.count else { return nil }
        guard counts.allSatisfy({ (0...ONNXShape.largestConstant).contains($0) }) else { return nil }
        let sizes = zip(x.dimensions, counts).map { $0.multipliedReportingOverflow(by: $1).partialValue }
        guard ONNXShape.count(sizes) != nil else { return nil }
        let steps = ONNXShape.steps(x.dimensions)
        var places = [0]
        for (axis, size) in sizes.enumerated() {
            places = places.flatMap { place in (0..<size).map { place + $0 % x.dimensions[axis] * steps[axis] } }
        }
        return x.taking(places, as: sizes)
    }

    private static func changed(_ value: Int, _ type: String) -> Int {
        switch type {
        case "Neg": 0 &- value
        case "Abs": abs(max(value, -Int.max))
        case "Not": value == 0 ? 1 : 0
        default: value
        }
    }

    private static func changed(_ value: Float, _ type: String) -> Float {
        switch type {
        case "Neg": -value
        case "Abs": abs(value)
        case "Floor": value.rounded(.down)
        case "Ceil": value.rounded(.up)
        default: value == 0 ? 1 : 0
        }
    }

    /// The sizes themselves, or a part of them.
    static func shape(_ node: ONNXNode, _ dimensions: [Int]) -> ONNXConstant? {
        func place(_ name: String, _ usual: Int) -> Int? {
            guard case .integer(let value) = node[name] ?? .integer(usual) else { return nil }
            let place = value < 0 ? value.addingReportingOverflow(dimensions.count).partialValue : value
            return min(max(0, place), dimensions.count)
        }
        guard let start = place("start", 0), let end = place("end", dimensions.count) else { return nil }
        let part = start < end ? Array(dimensions[start..<end]) : []
        return ONNXConstant([part.count], integers: part)
    }

    private static func concatenated(_ node: ONNXNode, _ parts: [ONNXConstant]) -> ONNXConstant? {
        guard case .integer(let given) = node["axis"], let rank = parts.first?.dimensions.count, rank > 0,
            let axis = ONNXShape.axis(given, rank), parts.count == node.inputs.count
        else { return nil }
        var sizes = parts[0].dimensions
        sizes[axis] = 0
        for part in parts {
            guard part.dimensions.count == rank else { return nil }
            var other = part.dimensions
            other[axis] = 0
            sizes[axis] += part.dimensions[axis]
            var own = sizes
            own[axis] = 0
            guard other == own else { return nil }
        }
        guard ONNXShape.count(sizes) != nil else { return nil }
        let outer = sizes[..<axis].reduce(1, *)
        let inner = sizes[(axis + 1)...].reduce(1, *)
        func joined<Number>(_ lists: [[Number]]) -> [Number] {
            var result: [Number] = []
            for row in 0..<outer {
                for (part, list) in zip(parts, lists) {
                    let size = part.dimensions[axis] * inner
                    result += list[row * size..<(row + 1) * size]
                }
            }
            return result
        }
        let whole = parts.compactMap { part in if case .integers(let values) = part.numbers { values } else { nil } }
        return whole.count == parts.count
            ? ONNXConstant(sizes, integers: joined(whole)) : ONNXConstant(sizes, joined(parts.map(\.floats)))
    }
}
