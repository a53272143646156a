// SPDX-License-Identifier: Apache-2.0

/// Collects the nodes and tensors of an ONNX graph under names of their own.
struct ONNXGraphBuilder {
    private(set) var graph = ONNXGraph()
    /// Those of the file's inputs and outputs are taken before a layer can have them.
    private var names: Set<String> = ["image", "input", "network_input", "logits", "probabilities"]
    private var integerConstants: [[Int]: String] = [:]
    /// Put before the names of nodes, e.g. the path of a layer.
    var place = ""

    /// The name itself, or with a number behind it where it is taken.
    mutating func free(_ name: String) -> String {
        var candidate = name
        var number = 2
        while !names.insert(candidate).inserted {
            candidate = "\(name)_\(number)"
            number += 1
        }
        return candidate
    }

    mutating func input(_ info: ONNXValueInfo) -> String {
        graph.inputs.append(info)
        return info.name
    }

    mutating func output(_ info: ONNXValueInfo) { graph.outputs.append(info) }

    /// - Returns: The name of the tensor.
    mutating func tensor(_ name: String, _ dimensions: [Int], _ floats: [Float]) -> String {
        let name = free(name)
        graph.initializers.append(ONNXTensor(name, dimensions, floats: floats))
        return name
    }

    /// A list of integers, stored once.
    mutating func integers(_ values: [Int]) -> String {
        if let known = integerConstants[values] { return known }
        let name = free("integers_" + values.map { $0 < 0 ? "m\(-$0)" : "\($0)" }.joined(separator: "_"))
        graph.initializers.append(ONNXTensor(name, [values.count], integers: values))
        integerConstants[values] = name
        return name
    }

    /// A table of integers under a name of its own.
    mutating func table(_ dimensions: [Int], _ values: [Int]) -> String {
        let name = free(place.isEmpty ? "table" : "\(place)/table")
        graph.initializers.append(ONNXTensor(name, dimensions, integers: values))
        return name
    }

    mutating func number(_ value: Float) -> String { tensor("number", [], [value]) }

    /// Adds a node of one result.
    ///
    /// - Parameter name: Of the result, one of those that are kept for it; its type and a number when left out.
    mutating func add(
        _ type: String, _ inputs: [String], _ attributes: [(String, ONNXAttribute.Value)] = [], as name: String? = nil
    ) -> String {
        let output = name ?? free(place.isEmpty ? type : "\(place)/\(type)")
        graph.nodes.append(
            ONNXNode(
                inputs: inputs, outputs: [output], name: "node_\(graph.nodes.count)/\(place.isEmpty ? type : place)",
                type: type, attributes: attributes.map { ONNXAttribute(name: $0.0, value: $0.1) }))
        return output
    }
}

extension ONNXAttribute.Value {
    static func text(_ text: String) -> Self { .text(Array(text.utf8)) }
}
