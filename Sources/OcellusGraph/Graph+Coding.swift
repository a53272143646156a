// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// The form of a graph in a file: version 1.
///
///     {"version": 1, "input": [3, 32, 32],
///      "parameters": [{"name": "0.weight", "shape": [32, 3, 3, 3], …}], "buffers": [],
///      "operations": [{"operator": "convolution", "settings": {…}, "reads": ["image", "0.weight"], "writes": "%1",
///                      "path": "0", "layer": "Conv2D(32, 3×3, padding same)"}],
///      "output": "%1"}
///
/// Operations name what they read: `image`, a tensor, or what an earlier operation writes. Shapes of results are not stored;
/// reading applies the operators' rules and verifies everything. A version that is not known is refused.
///
/// What is read equals what was written but for layers that hold others, and those that are identities: operators, what they
/// read and write, names, shapes, tensors, and the path and printed form of the layer that each operation came from.
extension Graph: Codable {
    /// The version that is written. A later one adds operators and settings; what a version says is read for ever.
    public static let formatVersion = 1

    private enum Key: String, CodingKey { case version, input, parameters, buffers, operations, output }
    private static let imageName = "image"

    /// An operation as it is stored.
    private struct Stored: Codable {
        var kind: any GraphOperator
        var reads: [String]
        var writes: String
        /// Of the layer that it came from.
        var path: String?
        /// As that prints itself.
        var layer: String?

        private enum Key: String, CodingKey { case `operator`, settings, reads, writes, path, layer }

        init(kind: any GraphOperator, reads: [String], writes: String, scope: Scope?) {
            (self.kind, self.reads, self.writes) = (kind, reads, writes)
            (path, layer) = (scope?.path, scope?.layer)
        }
        func isOfLayer(of other: Stored) -> Bool { path != nil && path == other.path && layer == other.layer }
        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Key.self)
            let type = try Op.named(try values.decode(String.self, forKey: .operator))
            kind = try type.init(from: try values.superDecoder(forKey: .settings))
            reads = try values.decode([String].self, forKey: .reads)
            writes = try values.decode(String.self, forKey: .writes)
            path = try values.decodeIfPresent(String.self, forKey: .path)
            layer = try values.decodeIfPresent(String.self, forKey: .layer)
        }
        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: Key.self)
            try values.encode(type(of: kind).name, forKey: .operator)
            try kind.encode(to: values.superEncoder(forKey: .settings))
            try values.encode(reads, forKey: .reads)
            try values.encode(writes, forKey: .writes)
            try values.encodeIfPresent(path, forKey: .path)
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
        for spec in try Self.list(ParameterSpec.self, .parameters, values) {
            try define(
                spec.name,
                try builder.parameter(
                    spec.name, spec.shape, spec.initializer, fanIn: spec.fanIn, fanOut: spec.fanOut))
        }
        for spec in try Self.list(BufferSpec.self, .buffers, values) {
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
        let operations = try Self.list(Stored.self, .operations, values)
        func add(_ position: Int, to builder: inout GraphBuilder) throws(ModelError) -> ValueID {
            let stored = operations[position]
            do {
                let reads = try stored.reads.map { (name) throws(ModelError) in try find(name) }
                let output = try builder.apply(stored.kind, reads, named: stored.writes)
                try define(stored.writes, output)
                return output
            } catch {
                var located = error
                let label = "\(type(of: stored.kind).name) \"\(stored.writes)\""
                located.layer = "operation \(position + 1) of \(operations.count), \(label)"
                throw located
            }
        }
        var next = 0
        while next < operations.count {
            let stored = operations[next]
            guard let path = stored.path else {
                _ = try add(next, to: &builder)
                next += 1
                continue
            }
            let end = operations[next...].firstIndex { !$0.isOfLayer(of: stored) } ?? operations.count
            let first = stored.reads.first.flatMap { known[$0] } ?? builder.input
            _ = try builder.layer(path, stored.layer ?? "", from: first) { (builder) throws(ModelError) in
                var output = builder.input
                for position in next..<end { output = try add(position, to: &builder) }
                return output
            }
            next = end
        }
        self = try builder.finished(try find(try values.decode(String.self, forKey: .output)))
        try verify()
    }

    /// The elements of a list; one that is too long is refused before any is read.
    private static func list<Element: Decodable>(
        _ type: Element.Type, _ key: Key, _ values: KeyedDecodingContainer<Key>
    ) throws -> [Element] {
        var stored = try values.nestedUnkeyedContainer(forKey: key)
        guard stored.count ?? 0 <= GraphBuilder.largestSize else {
            throw ModelError(
                .tooLarge, "the graph is too large.", needs: "at most \(GraphBuilder.largestSize) \(key.rawValue)",
                received: "\(stored.count ?? 0)")
        }
        var elements: [Element] = []
        while !stored.isAtEnd { elements.append(try stored.decode(type)) }
        return elements
    }

    /// - Throws: ``ModelError`` for a graph that could not be read back.
    public func encode(to encoder: any Encoder) throws {
        try verify()
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
                    scope: operation.scope.map { scopes[$0] })
            }, forKey: .operations)
        try values.encode(name(output), forKey: .output)
    }
}
