// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// The form of a graph in a file: version 1.
///
///     {"version": 1, "input": [3, 32, 32],
///      "parameters": [{"name": "0.weight", "shape": [32, 3, 3, 3], …}], "buffers": [],
///      "operations": [{"operator": "convolution", "settings": {…}, "reads": ["image", "0.weight"], "writes": "%1"}],
///      "output": "%1"}
///
/// Operations name what they read: `image`, a tensor, or what an earlier operation writes. Shapes of results are not stored;
/// reading applies the operators' rules and verifies everything. A version that is not known is refused.
extension Graph: Codable {
    /// The version that is written. Later ones add operators and settings; what a version says is read for ever.
    public static let formatVersion = 1

    private enum Key: String, CodingKey { case version, input, parameters, buffers, operations, output }
    private static let imageName = "image"

    /// An operation as it is stored.
    private struct Stored: Codable {
        var kind: any GraphOperator
        var reads: [String]
        var writes: String
        var layer: String?

        private enum Key: String, CodingKey { case `operator`, settings, reads, writes, layer }

        init(kind: any GraphOperator, reads: [String], writes: String, layer: String?) {
            (self.kind, self.reads, self.writes, self.layer) = (kind, reads, writes, layer)
        }
        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Key.self)
            let type = try Op.named(try values.decode(String.self, forKey: .operator))
            kind = try type.init(from: try values.superDecoder(forKey: .settings))
            reads = try values.decode([String].self, forKey: .reads)
            writes = try values.decode(String.self, forKey: .writes)
            layer = try values.decodeIfPresent(String.self, forKey: .layer)
        }
        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: Key.self)
            try values.encode(type(of: kind).name, forKey: .operator)
            try kind.encode(to: values.superEncoder(forKey: .settings))
            try values.encode(reads, forKey: .reads)
            try values.encode(writes, forKey: .writes)
            try values.encodeIfPresent(layer, forKey: .layer)
        }
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        let version = try values.decode(Int.self, forKey: .version)
        guard version == Self.formatVersion else {
            throw ModelError(
                .unsupportedFormat, "this version of a graph is not known.", needs: "\(Self.formatVersion)",
                received: "\(version)", advice: "a newer Ocellus")
        }
        var builder = try GraphBuilder(image: try values.decode(Shape.self, forKey: .input))
        var known = [Self.imageName: builder.input]
        func define(_ name: String, _ id: ValueID) throws(ModelError) {
            guard known.updateValue(id, forKey: name) == nil else {
                throw ModelError(.duplicateName, "two values have the name \"\(name)\".", needs: "unique names")
            }
        }
        for spec in try values.decode([ParameterSpec].self, forKey: .parameters) {
            try spec.validate()
            try define(
                spec.name,
                try builder.parameter(
                    spec.name, spec.shape, spec.initializer, fanIn: spec.fanIn, fanOut: spec.fanOut))
        }
        for spec in try values.decode([BufferSpec].self, forKey: .buffers) {
            try requirePositive(spec.shape)
            try define(spec.name, try builder.buffer(spec.name, spec.shape, initialValue: spec.initialValue))
        }
        func find(_ name: String) throws(ModelError) -> ValueID {
            guard let id = known[name] else {
                throw ModelError(
                    .wrongOperands, "nothing before makes the value \"\(name)\".",
                    needs: "a tensor or an earlier result",
                    received: name)
            }
            return id
        }
        let operations = try values.decode([Stored].self, forKey: .operations)
        var next = 0
        /// Adds the operations that follow and carry this label, and gives what the last of them makes.
        func add(_ builder: inout GraphBuilder, labelled layer: String?) throws(ModelError) -> ValueID {
            var output = builder.input
            repeat {
                let stored = operations[next]
                let reads = try stored.reads.map { (name) throws(ModelError) in try find(name) }
                output = try builder.apply(stored.kind, reads, named: stored.writes)
                try define(stored.writes, output)
                next += 1
            } while layer != nil && next < operations.count && operations[next].layer == layer
            return output
        }
        while next < operations.count {
            guard let layer = operations[next].layer else {
                _ = try add(&builder, labelled: nil)
                continue
            }
            let (path, text) = Self.split(layer)
            let first = try operations[next].reads.first.map { (name) throws(ModelError) in try find(name) }
            _ = try builder.layer(path, text, from: first ?? builder.input) { (builder) throws(ModelError) in
                try add(&builder, labelled: layer)
            }
        }
        self = builder.finished(try find(try values.decode(String.self, forKey: .output)))
        try verify()
    }

    /// Path and printed form of a label.
    private static func split(_ label: String) -> (String, String) {
        let parts = label.split(separator: " ", maxSplits: 1).map(String.init)
        return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(Self.formatVersion, forKey: .version)
        try values.encode(shape(input).dropFirst(), forKey: .input)
        try values.encode(parameters, forKey: .parameters)
        try values.encode(buffers, forKey: .buffers)
        func name(_ id: ValueID) -> String { id == input ? Self.imageName : self[id].name }
        try values.encode(
            operations.map { operation in
                Stored(
                    kind: operation.kind, reads: operation.inputs.map(name), writes: name(operation.output),
                    layer: operation.scope.map { "\(scopes[$0].path) \(scopes[$0].layer)" })
            }, forKey: .operations)
        try values.encode(name(output), forKey: .output)
    }
}
