// SPDX-License-Identifier: Apache-2.0

/// Functions that exporters write in pieces, found before the nodes are read one by one.
///
/// From the output on backwards, the first node of a pattern is replaced by one that says what all of it means; the pieces go unless
/// something else reads them.
struct ONNXPatterns {
    // Names that no operator of ONNX has.
    static let linear = "(product and bias)"
    static let gelu = "(GELU)"
    static let silu = "(SiLU)"
    static let hardSwish = "(hard swish)"
    static let hardSigmoid = "(hard sigmoid)"
    static let normalize = "(normalization over the last axis)"
    static let locallyConnected = "(locally connected)"
    static let blur = "(blur pool)"

    private let nodes: [ONNXNode]
    private var producers: [String: Int] = [:]
    private var constants: [String: ONNXTensor]
    private let reader: ONNXTensorReader

    init(_ graph: ONNXGraph, reader: ONNXTensorReader) {
        nodes = graph.nodes
        self.reader = reader
        constants = Dictionary(graph.initializers.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        for (place, node) in nodes.enumerated() {
            for output in node.outputs { producers[output] = place }
            if node.type == "Constant", case .tensor(let tensor)? = node["value"], let name = node.outputs.first {
                constants[name] = tensor
            }
        }
    }

    /// The nodes that a result needs, in their order, with patterns replaced.
    func needed(for output: String) -> [ONNXNode] {
        var live: Set<String> = [output]
        var kept: [ONNXNode] = []
        for node in nodes.reversed() where node.outputs.contains(where: { live.contains($0) }) {
            let replacement = replaced(node)
            live.formUnion(replacement.inputs)
            kept.append(replacement)
        }
        return kept.reversed()
    }

    // MARK: Parts

    private func producer(_ name: String, _ type: String) -> ONNXNode? {
        guard let place = producers[name], nodes[place].type == type, nodes[place].domain.isEmpty else { return nil }
        return nodes[place]
    }

    /// The number of a constant of one element.
    private func number(_ name: String) -> Float? {
        guard let tensor = constants[name], tensor.dimensions.allSatisfy({ $0 == 1 }) else { return nil }
        return (try? reader.floats(of: tensor))?.first
    }

    private func isNear(_ a: Float?, _ b: Float) -> Bool { a.map { abs($0 - b) <= 1e-4 * abs(b) } ?? false }

    private func made(
        _ type: String, of inputs: [String], for node: ONNXNode, _ attributes: [ONNXAttribute] = []
    ) -> ONNXNode {
        ONNXNode(inputs: inputs, outputs: node.outputs, name: node.name, type: type, attributes: attributes)
    }

    private func replaced(_ node: ONNXNode) -> ONNXNode {
        guard node.domain.isEmpty else { return node }
        switch node.type {
        case "Add": return linear(node) ?? node
        case "Mul", "Div": return product(node) ?? normalization(node) ?? node
        case "Conv": return padded(node) ?? blurred(node) ?? node
        case "Transpose": return locallyConnected(node) ?? node
        default: return node
        }
    }

    /// `MatMul` with a matrix, then `Add` of a vector.
    private func linear(_ node: ONNXNode) -> ONNXNode? {
        guard node.inputs.count == 2 else { return nil }
        for (result, bias) in [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])] {
            guard let product = producer(result, "MatMul"), product.inputs.count == 2,
                let weight = constants[product.inputs[1]], weight.dimensions.count == 2, let vector = constants[bias],
                vector.dimensions.last == weight.dimensions[1], vector.dimensions.dropLast().allSatisfy({ $0 == 1 })
            else { continue }
            return made(Self.linear, of: product.inputs + [bias], for: node)
        }
        return nil
    }

    /// Zeros around maps, then a convolution.
    private func padded(_ node: ONNXNode) -> ONNXNode? {
        guard let pad = node.inputs.first.flatMap({ producer($0, "Pad") }), let source = pad.inputs.first,
            pad["mode"] ?? .text("constant") == .text("constant"), pad.inputs.count < 4,
            pad.inputs.count < 3 || pad.inputs[2].isEmpty || number(pad.inputs[2]) == 0,
            pad["value"] ?? .float(0) == .float(0), node["auto_pad"] ?? .text("NOTSET") == .text("NOTSET")
        else { return nil }
        var pads: [Int]?
        if case .integers(let list)? = pad["pads"] { pads = list }
        if pads == nil, pad.inputs.count > 1, let tensor = constants[pad.inputs[1]] {
            pads = (try? reader.integers(of: tensor)) ?? nil
        }
        guard let pads, pads.count == 8, pads.allSatisfy({ (0...1 << 20).contains($0) }),
            [0, 1, 4, 5].allSatisfy({ pads[$0] == 0 })
        else { return nil }
        var own = [0, 0, 0, 0]
        if case .integers(let list)? = node["pads"], list.count == 4 { own = list }
        var joined = node
        joined.inputs[0] = source
        joined.attributes.removeAll { $0.name == "pads" }
        let sums = zip(own, [pads[2], pads[3], pads[6], pads[7]]).map { $0 &+ $1 }
        joined.attributes.append(ONNXAttribute(name: "pads", value: .integers(sums)))
        return joined
    }

    /// Reflected borders, then a convolution of each map.
    private func blurred(_ node: ONNXNode) -> ONNXNode? {
        guard node.inputs.count == 2, let pad = producer(node.inputs[0], "Pad"), pad["mode"] == .text("reflect"),
            pad.inputs.count == 2, let tensor = constants[pad.inputs[1]],
            let pads = (try? reader.integers(of: tensor)) ?? nil, pads.count == 8,
            pads.allSatisfy({ (0...1 << 20).contains($0) }), [0, 1, 4, 5].allSatisfy({ pads[$0] == 0 }),
            node["pads"] ?? .integers([0, 0, 0, 0]) == .integers([0, 0, 0, 0])
        else { return nil }
        let attributes =
            node.attributes.filter { $0.name != "pads" } + [
                ONNXAttribute(name: "pads", value: .integers([pads[2], pads[3], pads[6], pads[7]]))
            ]
        return made(Self.blur, of: [pad.inputs[0], node.inputs[1]], for: node, attributes)
    }

    // MARK: Products

    /// What a tree of products multiplies: values by name, and the product of its numbers.
    private func factors(_ node: ONNXNode, depth: Int = 3) -> (values: [String], number: Float) {
        var (values, number) = ([String](), Float(1))
        for (place, name) in node.inputs.enumerated() {
            let divides = node.type == "Div" && place == 1
            if let constant = self.number(name) {
                number *= divides ? 1 / constant : constant
            } else if depth > 0, !divides, let inner = producer(name, "Mul") ?? producer(name, "Div") {
                let factors = factors(inner, depth: depth - 1)
                values += factors.values
                number *= factors.number
            } else {
                // A divisor is no factor; no pattern has one.
                values.append(divides ? "" : name)
            }
        }
        return (values, number)
    }

    /// GELU, SiLU, hard swish and hard sigmoid.
    private func product(_ node: ONNXNode) -> ONNXNode? {
        if node.type == "Mul", let direct = gated(node, node.inputs, 1) { return direct }
        let (values, number) = factors(node)
        if values.count == 1, isNear(number, 1 / 6), let x = hardGate(values[0]) {
            return made(Self.hardSigmoid, of: [x], for: node)
        }
        return gated(node, values, number)
    }

    private func gated(_ node: ONNXNode, _ values: [String], _ number: Float) -> ONNXNode? {
        guard values.count == 2 else { return nil }
        for (x, gate) in [(values[0], values[1]), (values[1], values[0])] {
            if number == 1, producer(gate, "Sigmoid")?.inputs == [x] { return made(Self.silu, of: [x], for: node) }
            if number == 1, let sigmoid = producer(gate, "HardSigmoid"), sigmoid.inputs == [x],
                case .float(let alpha)? = sigmoid["alpha"], isNear(alpha, 1 / 6),
                sigmoid["beta"] ?? .float(0.5) == .float(0.5)
            {
                return made(Self.hardSwish, of: [x], for: node)
            }
            if isNear(number, 1 / 6), hardGate(gate) == x { return made(Self.hardSwish, of: [x], for: node) }
            if isNear(number, 0.5), errorGate(gate) == x { return made(Self.gelu, of: [x], for: node) }
        }
        return nil
    }

    /// x of `min(max(x + 3, 0), 6)`.
    private func hardGate(_ name: String) -> String? {
        guard let clip = producer(name, "Clip"), let sum = clip.inputs.first.flatMap({ producer($0, "Add") }) else {
            return nil
        }
        func bound(_ place: Int, _ attribute: String) -> Float? {
            if clip.inputs.count > place { return number(clip.inputs[place]) }
            if case .float(let value)? = clip[attribute] { return value }
            return nil
        }
        guard bound(1, "min") == 0, bound(2, "max") == 6 else { return nil }
        return term(of: sum, beside: 3)
    }

    /// x of `1 + erf(x/√2)`.
    private func errorGate(_ name: String) -> String? {
        guard let sum = producer(name, "Add"), let error = term(of: sum, beside: 1),
            let inner = producer(error, "Erf")?.inputs.first,
            let scaled = producer(inner, "Mul") ?? producer(inner, "Div")
        else { return nil }
        let (values, number) = factors(scaled, depth: 0)
        return values.count == 1 && isNear(number, Float(0.5).squareRoot()) ? values[0] : nil
    }

    /// The other term of a sum with a number.
    private func term(of sum: ONNXNode, beside number: Float) -> String? {
        guard sum.inputs.count == 2 else { return nil }
        if self.number(sum.inputs[0]) == number { return sum.inputs[1] }
        return self.number(sum.inputs[1]) == number ? sum.inputs[0] : nil
    }

    /// `(x − mean(x))/√(mean((x − mean(x))²) + ε)` over the last axis.
    private func normalization(_ node: ONNXNode) -> ONNXNode? {
        guard node.type == "Div", node.inputs.count == 2, let difference = producer(node.inputs[0], "Sub"),
            difference.inputs.count == 2, let root = producer(node.inputs[1], "Sqrt")?.inputs.first,
            let sum = producer(root, "Add"), sum.inputs.count == 2,
            let mean = producer(difference.inputs[1], "ReduceMean"), mean.inputs.first == difference.inputs[0],
            isLast(mean)
        else { return nil }
        for (variance, constant) in [(sum.inputs[0], sum.inputs[1]), (sum.inputs[1], sum.inputs[0])] {
            guard let epsilon = number(constant), epsilon > 0, let squares = producer(variance, "ReduceMean"),
                isLast(squares),
                let square = squares.inputs.first
            else { continue }
            let power = producer(square, "Pow").map {
                $0.inputs.count == 2 && number($0.inputs[1]) == 2 ? $0.inputs[0] : ""
            }
            let product = producer(square, "Mul").map {
                $0.inputs.count == 2 && $0.inputs[0] == $0.inputs[1] ? $0.inputs[0] : ""
            }
            guard let centred = power ?? product,
                centred == node.inputs[0] || producer(centred, "Sub")?.inputs == difference.inputs
            else { continue }
            return made(
                Self.normalize, of: [difference.inputs[0]], for: node,
                [ONNXAttribute(name: "epsilon", value: .float(epsilon))])
        }
        return nil
    }

    private func isLast(_ mean: ONNXNode) -> Bool {
        if case .integers(let axes)? = mean["axes"] { return axes == [-1] }
        guard mean.inputs.count > 1, let tensor = constants[mean.inputs[1]] else { return false }
        return ((try? reader.integers(of: tensor)) ?? nil) == [-1]
    }

    /// What the exporter writes: places gathered, turned, multiplied, turned back.
    private func locallyConnected(_ node: ONNXNode) -> ONNXNode? {
        guard node["perm"] == .integers([1, 2, 0]), let product = node.inputs.first.flatMap({ producer($0, "MatMul") }),
            product.inputs.count == 2, let weight = constants[product.inputs[1]], weight.dimensions.count == 3,
            let turned = producer(product.inputs[0], "Transpose"), turned["perm"] == .integers([1, 0, 2]),
            let gather = turned.inputs.first.flatMap({ producer($0, "Gather") }), gather.inputs.count == 2,
            let table = constants[gather.inputs[1]], table.dimensions.count == 2,
            let flat = producer(gather.inputs[0], "Reshape"), let pixels = flat.inputs.first
        else { return nil }
        let source = producer(pixels, "Pad").flatMap { $0.inputs.first } ?? pixels
        return made(Self.locallyConnected, of: [source, gather.inputs[1], product.inputs[1]], for: node)
    }
}
