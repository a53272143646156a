// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// Reads a model's messages. Elements of tensors stay in the file until ``ONNXTensorReader`` asks for them.
///
/// A file can make a reader hold more than it has bytes itself: an empty node takes two bytes there and a hundred here. So
/// everything that is kept is counted, and more than any network has is refused.
package struct ONNXReader {
    /// Nodes, names, attributes, dimensions and numbers of attributes together, at most.
    static let mostElements = 1 << 21
    /// Nodes, and tensors: as many as a graph may have.
    static let mostNodes = 1 << 16
    /// Bytes of a name.
    static let longestName = 1 << 12
    /// Bytes of one entry of the metadata, e.g. the labels of 20,000 classes.
    static let longestText = 1 << 24
    /// Versions of the format that are known: later ones are read with a notice, as each kept what those before could say.
    package static let knownVersions = 3...14

    private let source: WireSource
    private var elements = 0
    private var textBytes = 0

    /// - Throws: ``ExchangeError`` for a file that is not sound, `FileError` for one that cannot be read.
    package static func read(_ source: WireSource) throws -> ONNXModel {
        var reader = ONNXReader(source)
        return try reader.model()
    }

    private init(_ source: WireSource) { self.source = source }

    private mutating func count(_ number: Int = 1) throws {
        elements += number
        guard elements <= Self.mostElements else {
            throw ExchangeError(
                .tooLarge, "\(source.path) describes a network that is too large.",
                needs: "at most \(Self.mostElements) names, attributes and sizes")
        }
    }

    private func require(_ list: Int, _ what: String) throws {
        guard list < Self.mostNodes else {
            throw ExchangeError(
                .tooLarge, "\(source.path) describes a network that is too large.",
                needs: "at most \(Self.mostNodes) \(what)")
        }
    }

    // MARK: Parts of fields

    private func range(_ value: WireMessage.Value, _ what: String) throws -> Range<Int> {
        guard case .bytes(let range) = value else { throw wrongType(what) }
        return range
    }

    private func wrongType(_ what: String) -> ExchangeError {
        ExchangeError(
            .corrupt, "\(source.path) holds \(what) in an impossible form; it is no sound ONNX file.",
            needs: "the wire type of onnx.proto")
    }

    private mutating func text(
        _ value: WireMessage.Value, _ what: String, limit: Int = longestName
    ) throws -> String {
        let range = try range(value, what)
        guard range.count <= limit else {
            throw ExchangeError(
                .tooLarge, "\(source.path) holds \(what) that is too long.", needs: "at most \(limit) bytes",
                received: "\(range.count) bytes")
        }
        try count()
        guard let text = String(validating: try source.bytes(range), as: UTF8.self) else {
            throw source.corrupt("holds \(what) that is no text", at: range.lowerBound)
        }
        return text
    }

    private func integer(_ value: WireMessage.Value, _ what: String) throws -> Int {
        guard case .varint(let bits) = value else { throw wrongType(what) }
        return Int(Int64(bitPattern: bits))
    }

    private func float(_ value: WireMessage.Value, _ what: String) throws -> Float {
        guard case .fixed32(let bits) = value else { throw wrongType(what) }
        return Float(bitPattern: bits)
    }

    /// Repeated integers: one, or packed ones.
    private mutating func integers(_ value: WireMessage.Value, _ what: String) throws -> [Int] {
        switch value {
        case .varint(let bits):
            try count()
            return [Int(Int64(bitPattern: bits))]
        case .bytes(let range):
            var message = WireMessage(source, range)
            var values: [Int] = []
            while message.position < message.end {
                try count()
                values.append(Int(Int64(bitPattern: try message.varint())))
            }
            return values
        case .fixed32, .fixed64: throw wrongType(what)
        }
    }

    /// Repeated floats: one, or packed ones.
    private mutating func floats(_ value: WireMessage.Value, _ what: String) throws -> [Float] {
        switch value {
        case .fixed32(let bits):
            try count()
            return [Float(bitPattern: bits)]
        case .bytes(let range):
            guard range.count % 4 == 0 else { throw source.corrupt("holds half a number", at: range.lowerBound) }
            try count(range.count / 4)
            return ONNXTensorReader.floats(try source.bytes(range))
        case .varint, .fixed64: throw wrongType(what)
        }
    }

    // MARK: Messages

    private mutating func model() throws -> ONNXModel {
        var model = ONNXModel()
        var graphs = 0
        var message = WireMessage(source, 0..<source.size)
        while let (number, value) = try message.next() {
            switch number {
            case 1: model.irVersion = try integer(value, "its version")
            case 2: model.producerName = try text(value, "the name of its producer")
            case 3: model.producerVersion = try text(value, "the version of its producer")
            case 7:
                graphs += 1
                model.graph = try graph(try range(value, "its graph"))
            case 8:
                let (domain, version) = try operatorSet(try range(value, "a set of operators"))
                model.operatorSets[domain] = version
            case 14:
                model.metadata.append(try entry(try range(value, "its metadata"), limit: Self.longestText))
            case 25: model.functions.append(try functionName(try range(value, "a function")))
            default: break
            }
        }
        guard graphs == 1, model.irVersion >= 1 else {
            throw ExchangeError(
                .corrupt, "\(source.path) is no ONNX file.", needs: "a version of the format and one graph",
                received: "version \(model.irVersion) and \(graphs) graphs")
        }
        return model
    }

    private mutating func graph(_ range: Range<Int>) throws -> ONNXGraph {
        var graph = ONNXGraph()
        var message = WireMessage(source, range)
        while let (number, value) = try message.next() {
            switch number {
            case 1:
                try require(graph.nodes.count, "operators")
                graph.nodes.append(try node(try self.range(value, "an operator")))
            case 2: graph.name = try text(value, "the name of its graph")
            case 5:
                try require(graph.initializers.count, "tensors")
                graph.initializers.append(try tensor(try self.range(value, "a tensor")))
            case 11:
                try require(graph.inputs.count, "inputs")
                graph.inputs.append(try valueInfo(try self.range(value, "an input")))
            case 12:
                try require(graph.outputs.count, "outputs")
                graph.outputs.append(try valueInfo(try self.range(value, "an output")))
            default: break
            }
        }
        return graph
    }

    private mutating func node(_ range: Range<Int>) throws -> ONNXNode {
        try count()
        var node = ONNXNode()
        var message = WireMessage(source, range)
        while let (number, value) = try message.next() {
            switch number {
            case 1: node.inputs.append(try text(value, "the name of a value"))
            case 2: node.outputs.append(try text(value, "the name of a value"))
            case 3: node.name = try text(value, "the name of an operator")
            case 4: node.type = try text(value, "the type of an operator")
            case 5: node.attributes.append(try attribute(try self.range(value, "an attribute")))
            case 7: node.domain = try text(value, "the domain of an operator")
            default: break
            }
        }
        return node
    }

    private mutating func attribute(_ range: Range<Int>) throws -> ONNXAttribute {
        try count()
        var name = ""
        var type = 0
        var (one, many) = (ONNXAttribute.Value?.none, ONNXAttribute.Value?.none)
        var floatList: [Float] = []
        var integerList: [Int] = []
        var texts: [[UInt8]] = []
        var message = WireMessage(source, range)
        while let (number, value) = try message.next() {
            switch number {
            case 1: name = try text(value, "the name of an attribute")
            case 2: one = .float(try float(value, "an attribute"))
            case 3: one = .integer(try integer(value, "an attribute"))
            case 4: one = .text(Array(try text(value, "an attribute").utf8))
            case 5: one = .tensor(try tensor(try self.range(value, "an attribute")))
            case 6: one = .other
            case 7: floatList += try floats(value, "an attribute")
            case 8: integerList += try integers(value, "an attribute")
            case 9: texts.append(Array(try text(value, "an attribute").utf8))
            case 10, 11, 14, 15, 22, 23: many = .other
            case 20: type = try integer(value, "the type of an attribute")
            case 21: one = .other
            default: break
            }
        }
        if !floatList.isEmpty { many = .floats(floatList) }
        if !integerList.isEmpty { many = .integers(integerList) }
        if !texts.isEmpty { many = .texts(texts) }
        return ONNXAttribute(name: name, value: one ?? many ?? Self.absent(type))
    }

    /// What a type says where no value follows: zero and empty ones are not written.
    private static func absent(_ type: Int) -> ONNXAttribute.Value {
        switch type {
        case 1: .float(0)
        case 2: .integer(0)
        case 3: .text([])
        case 6: .floats([])
        case 7: .integers([])
        case 8: .texts([])
        default: .other
        }
    }

    private mutating func tensor(_ range: Range<Int>) throws -> ONNXTensor {
        try count()
        var fields = TensorFields()
        var message = WireMessage(source, range)
        while let (number, value) = try message.next() {
            switch number {
            case 1: fields.dimensions += try integers(value, "the sizes of a tensor")
            case 2: fields.type = try integer(value, "the type of a tensor")
            case 4:
                if case .bytes(let packed) = value, fields.floats.isEmpty, fields.packedFloats == nil {
                    // The same bytes as raw data, so they stay in the file.
                    fields.packedFloats = packed
                } else {
                    fields.floats += try floats(value, "the elements of a tensor")
                }
            case 5, 7, 11: fields.integers += try integers(value, "the elements of a tensor")
            case 8: fields.name = try text(value, "the name of a tensor")
            case 9: fields.raw = try self.range(value, "the elements of a tensor")
            case 10:
                guard case .bytes(let packed) = value else { throw wrongType("the elements of a tensor") }
                fields.raw = packed
            case 13: fields.external.append(try entry(try self.range(value, "a place"), limit: Self.longestName))
            case 14: fields.isExternal = try integer(value, "the place of a tensor") == 1
            default: break
            }
        }
        return try fields.tensor(path: source.path)
    }

    private mutating func entry(_ range: Range<Int>, limit: Int) throws -> (key: String, value: String) {
        var (key, content) = ("", "")
        var message = WireMessage(source, range)
        while let (number, value) = try message.next() {
            switch number {
            case 1: key = try text(value, "a key of its metadata")
            case 2: content = try text(value, "a value of its metadata", limit: limit)
            default: break
            }
        }
        textBytes += content.utf8.count
        guard textBytes <= Self.longestText else {
            throw ExchangeError(
                .tooLarge, "\(source.path) has too much metadata.", needs: "at most \(Self.longestText) bytes")
        }
        return (key, content)
    }

    private mutating func operatorSet(_ range: Range<Int>) throws -> (String, Int) {
        var (domain, version) = ("", 0)
        var message = WireMessage(source, range)
        while let (number, value) = try message.next() {
            switch number {
            case 1: domain = try text(value, "the name of a set of operators")
            case 2: version = try integer(value, "the version of a set of operators")
            default: break
            }
        }
        return (domain == "ai.onnx" ? "" : domain, version)
    }

    private mutating func functionName(_ range: Range<Int>) throws -> String {
        var name = ""
        var message = WireMessage(source, range)
        while let (number, value) = try message.next() {
            if number == 1 { name = try text(value, "the name of a function") }
        }
        return name
    }

    private mutating func valueInfo(_ range: Range<Int>) throws -> ONNXValueInfo {
        try count()
        var info = ONNXValueInfo(name: "")
        var message = WireMessage(source, range)
        while let (number, value) = try message.next() {
            switch number {
            case 1: info.name = try text(value, "the name of a value")
            case 2:
                // TypeProto, whose field 1 is the type of a tensor: its element and its shape.
                var type = WireMessage(source, try self.range(value, "a type"))
                while let (number, value) = try type.next() {
                    guard number == 1 else { continue }
                    var tensor = WireMessage(source, try self.range(value, "a type"))
                    while let (number, value) = try tensor.next() {
                        if number == 1 { info.element = try integer(value, "an element type") }
                        if number == 2 { info.dimensions = try dimensions(try self.range(value, "a shape")) }
                    }
                }
            default: break
            }
        }
        return info
    }

    private mutating func dimensions(_ range: Range<Int>) throws -> [ONNXValueInfo.Dimension] {
        var list: [ONNXValueInfo.Dimension] = []
        var message = WireMessage(source, range)
        while let (number, value) = try message.next() {
            guard number == 1 else { continue }
            try count()
            var dimension = ONNXValueInfo.Dimension.named("")
            var inner = WireMessage(source, try self.range(value, "a size"))
            while let (number, value) = try inner.next() {
                if number == 1 { dimension = .size(try integer(value, "a size")) }
                if number == 2 { dimension = .named(try text(value, "the name of a size")) }
            }
            list.append(dimension)
        }
        return list
    }
}

/// The fields of a tensor before it is known that they belong together.
private struct TensorFields {
    var name = ""
    var dimensions: [Int] = []
    var type = 0
    var floats: [Float] = []
    var integers: [Int] = []
    var packedFloats: Range<Int>?
    var raw: Range<Int>?
    var external: [(key: String, value: String)] = []
    var isExternal = false

    func tensor(path: String) throws -> ONNXTensor {
        func fail(_ what: String, needs: String? = nil, received: String? = nil) -> ExchangeError {
            ExchangeError(
                .corrupt, "the tensor \"\(name)\" in \(path) \(what).", needs: needs, received: received)
        }
        guard let element = ONNXTensor.Element(rawValue: type) else {
            throw ExchangeError(
                .unknownOperators, "the tensor \"\(name)\" in \(path) has elements of an unknown type.",
                needs: "numbers of 8 to 64 bits", received: "type \(type)")
        }
        guard dimensions.count <= 16, let count = checkedCount, count <= 1 << 40 else {
            throw fail("has impossible sizes", received: "\(dimensions)")
        }
        func made(_ content: ONNXTensor.Content, _ given: Int) throws -> ONNXTensor {
            guard given == count else {
                throw fail("is incomplete", needs: "\(count) elements", received: "\(given)")
            }
            return ONNXTensor(name: name, dimensions: dimensions, element: element, content: content)
        }
        if isExternal {
            return ONNXTensor(
                name: name, dimensions: dimensions, element: element, content: try place(path: path, fail))
        }
        if let raw {
            guard raw.count % element.size == 0 else { throw fail("holds half an element") }
            return try made(.inFile(raw), raw.count / element.size)
        }
        if let packedFloats, floats.isEmpty, element == .float {
            guard packedFloats.count % 4 == 0 else { throw fail("holds half an element") }
            return try made(.inFile(packedFloats), packedFloats.count / 4)
        }
        guard packedFloats == nil else { throw fail("has its elements in two forms") }
        if !floats.isEmpty, element == .float { return try made(.floats(floats), floats.count) }
        return try made(.integers(integers), integers.count)
    }

    private var checkedCount: Int? {
        var total = 1
        for size in dimensions {
            guard size >= 0 else { return nil }
            let (product, overflow) = total.multipliedReportingOverflow(by: size)
            if overflow { return nil }
            total = product
        }
        return total
    }

    /// A plain name: no folder, nothing that leads out of one.
    private func place(
        path: String, _ fail: (String, String?, String?) -> ExchangeError
    ) throws -> ONNXTensor.Content {
        func value(_ key: String) -> String? { external.last { $0.key == key }?.value }
        guard let location = value("location"), !location.isEmpty, location != ".", location != "..",
            !location.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 == 0 })
        else {
            throw ExchangeError(
                .unsafeReference, "the tensor \"\(name)\" in \(path) lies in a file that is not read.",
                needs: "a plain file name beside the model", received: value("location") ?? "no name",
                advice: "put the data into the same folder, or save the model as one file")
        }
        let (offset, length) = (value("offset"), value("length"))
        let numbers = [offset, length].map { $0.map { Int($0) ?? -1 } }
        guard numbers.allSatisfy({ ($0 ?? 0) >= 0 }) else {
            throw fail("has an impossible place", "an offset and a length", "\(offset ?? "0"), \(length ?? "all")")
        }
        return .external(name: location, offset: (numbers[0] ?? 0), length: numbers[1] ?? nil)
    }
}
