// SPDX-License-Identifier: Apache-2.0

/// A place where a pickle stops being a dictionary of tensors.
struct PickleFault: Error, Equatable {
    /// Byte offset in the pickle.
    var position: Int
    var reason: String
}

/// Reads the few instructions of which PyTorch's state dictionaries consist, and nothing else.
///
/// A pickle is a program: it may name any function and call it. This reader has no functions to call. It knows five names, of
/// which it makes values of its own, and refuses every other name and every instruction that such a dictionary does not need:
/// Python's `pickletools`, protocol 2.
///
/// Lists, tuples and dictionaries lie in arrays and are known by their number, so that no nesting is deep and no circle leaks.
struct TensorPickle {
    /// A dictionary has ten instructions a tensor and a hundred bytes; more than this is no network's.
    static let largestPickle = 16 << 20
    /// Values that stand on the stack or are remembered, at most.
    static let mostValues = 1 << 20

    /// Where the numbers of a tensor lie in storages of the file.
    struct Tensor: Equatable {
        var storage: Storage
        var offset: Int
        var shape: [Int]
        /// Numbers from one element to the next along each axis.
        var strides: [Int]
    }

    struct Storage: Equatable {
        var key: String
        var type: ElementType
        /// Numbers, not bytes.
        var count: Int
    }

    enum Value: Equatable {
        case none, mark
        case bool(Bool)
        case int(Int)
        /// A whole number beyond 64 bits, as its bytes.
        case long([UInt8])
        case real(Double)
        case string(String)
        case tuple(Int)
        case list(Int)
        case dictionary(Int)
        case name(Name)
        case storage(Int)
        case tensor(Int)
    }

    /// What a pickle may name.
    enum Name: Equatable {
        case orderedDictionary, rebuildTensor, rebuildParameter
        case storageOf(ElementType)

        init?(_ module: String, _ name: String) {
            switch (module, name) {
            case ("collections", "OrderedDict"): self = .orderedDictionary
            case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
            case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
            case ("torch", _):
                let types: [String: ElementType] = [
                    "FloatStorage": .float32, "DoubleStorage": .float64, "HalfStorage": .float16,
                    "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32,
                    "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
                ]
                guard let type = types[name] else { return nil }
                self = .storageOf(type)
            default: return nil
            }
        }
    }

    private let bytes: [UInt8]
    private(set) var position: Int
    private var stack: [Value] = []
    private var memo: [Int: Value] = [:]
    private(set) var tuples: [[Value]] = []
    private(set) var lists: [[Value]] = []
    /// Pairs in the order in which they were set.
    private(set) var dictionaries: [[(key: Value, value: Value)]] = []
    private(set) var storages: [Storage] = []
    private(set) var tensors: [Tensor] = []

    /// - Parameter position: Where the pickle begins.
    init(_ bytes: [UInt8], at position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    /// Reads to the end of the pickle; ``position`` is behind it then.
    mutating func read() throws(PickleFault) -> Value {
        let start = position
        while true {
            guard position - start <= Self.largestPickle, stack.count <= Self.mostValues, memo.count <= Self.mostValues,
                tuples.count + lists.count + dictionaries.count + storages.count + tensors.count <= Self.mostValues
            else { throw fault("more than any dictionary of tensors") }
            let code = try byte()
            if code == UInt8(ascii: ".") {
                guard stack.count == 1, let value = stack.popLast(), value != .mark else {
                    throw fault("an end with \(stack.count) values left")
                }
                return value
            }
            try step(code)
        }
    }

    // MARK: Instructions

    private mutating func step(_ code: UInt8) throws(PickleFault) {
        switch code {
        case 0x80:
            let version = try byte()
            guard (2...3).contains(version) else { throw fault("protocol \(version) instead of 2") }
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.bool(true))
        case 0x89: stack.append(.bool(false))
        case UInt8(ascii: "("): stack.append(.mark)
        case UInt8(ascii: "K"): stack.append(.int(Int(try byte())))
        case UInt8(ascii: "M"): stack.append(.int(Int(try unsigned(2))))
        case UInt8(ascii: "J"): stack.append(.int(Int(Int32(truncatingIfNeeded: try unsigned(4)))))
        case 0x8A: stack.append(try long(Int(try byte())))
        case UInt8(ascii: "G"): stack.append(.real(Double(bitPattern: try unsigned(8).byteSwapped)))
        case UInt8(ascii: "X"): stack.append(.string(try text(Int(try unsigned(4)))))
        case UInt8(ascii: "U"): stack.append(.string(try text(Int(try byte()))))
        case UInt8(ascii: "q"): memo[Int(try byte())] = try top()
        case UInt8(ascii: "r"): memo[Int(try unsigned(4))] = try top()
        case UInt8(ascii: "h"): try recall(Int(try byte()))
        case UInt8(ascii: "j"): try recall(Int(try unsigned(4)))
        default: try build(code)
        }
    }

    /// Instructions that make values of others.
    private mutating func build(_ code: UInt8) throws(PickleFault) {
        switch code {
        case UInt8(ascii: ")"): push(tuple: [])
        case 0x85, 0x86, 0x87:
            var parts: [Value] = []
            for _ in 0..<code - 0x84 { parts.insert(try pop(), at: 0) }
            push(tuple: parts)
        case UInt8(ascii: "t"): push(tuple: try popToMark())
        case UInt8(ascii: "]"):
            stack.append(.list(lists.count))
            lists.append([])
        case UInt8(ascii: "}"): pushDictionary()
        case UInt8(ascii: "a"):
            let value = try pop()
            try append([value])
        case UInt8(ascii: "e"): try append(try popToMark())
        case UInt8(ascii: "s"):
            let value = try pop()
            let key = try pop()
            try set([key, value])
        case UInt8(ascii: "u"): try set(try popToMark())
        case UInt8(ascii: "c"):
            let (module, name) = (try line(), try line())
            guard let known = Name(module, name) else { throw fault("\(module).\(name), which is no part of a tensor") }
            stack.append(.name(known))
        case UInt8(ascii: "Q"): try storage()
        case UInt8(ascii: "R"): try call()
        case UInt8(ascii: "b"): try state()
        default: throw fault("the instruction \(code), which no dictionary of tensors has")
        }
    }

    /// `("storage", type, key, device, count)`, older files with `None` behind it.
    private mutating func storage() throws(PickleFault) {
        guard case .tuple(let index) = try pop() else { throw fault("a storage without a description") }
        let parts = tuples[index]
        guard parts.count == 5 || parts.count == 6 && parts[5] == .none, parts[0] == .string("storage"),
            case .name(.storageOf(let type)) = parts[1], case .string(let key) = parts[2], case .string = parts[3],
            case .int(let count) = parts[4], count >= 0
        else { throw fault("a storage with another description") }
        stack.append(.storage(storages.count))
        storages.append(Storage(key: key, type: type, count: count))
    }

    private mutating func call() throws(PickleFault) {
        guard case .tuple(let index) = try pop() else { throw fault("a call without arguments") }
        let arguments = tuples[index]
        switch try pop() {
        case .name(.orderedDictionary):
            guard arguments.isEmpty else { throw fault("an OrderedDict with arguments") }
            pushDictionary()
        case .name(.rebuildParameter):
            guard arguments.count == 3, case .tensor = arguments[0] else { throw fault("a parameter without a tensor") }
            stack.append(arguments[0])
        case .name(.rebuildTensor): try tensor(arguments)
        default: throw fault("a call of what cannot be called")
        }
    }

    /// `(storage, offset, shape, strides, requires_grad, hooks)`, newer files with metadata behind it.
    private mutating func tensor(_ arguments: [Value]) throws(PickleFault) {
        guard (6...7).contains(arguments.count), case .storage(let storage) = arguments[0],
            case .int(let offset) = arguments[1], case .tuple(let shape) = arguments[2],
            case .tuple(let strides) = arguments[3], case .bool = arguments[4],
            arguments.count == 6 || arguments[6] == .none
        else { throw fault("a tensor with another description") }
        let tensor = Tensor(
            storage: storages[storage], offset: offset, shape: try sizes(shape), strides: try sizes(strides))
        guard tensor.fits else { throw fault("a tensor outside its storage") }
        stack.append(.tensor(tensors.count))
        tensors.append(tensor)
    }

    private func sizes(_ tuple: Int) throws(PickleFault) -> [Int] {
        guard tuples[tuple].count <= SafetensorsHeader.maximumRank else { throw fault("too many axes") }
        var sizes: [Int] = []
        for value in tuples[tuple] {
            guard case .int(let size) = value, size >= 0 else { throw fault("a size that is no number from 0 on") }
            sizes.append(size)
        }
        return sizes
    }

    /// Attributes of a dictionary: `_metadata`, which says nothing of tensors.
    private mutating func state() throws(PickleFault) {
        guard case .dictionary(let attributes) = try pop(), case .dictionary = try top(),
            dictionaries[attributes].allSatisfy({ $0.key == .string("_metadata") })
        else { throw fault("an object that is no dictionary") }
    }

    private mutating func append(_ values: [Value]) throws(PickleFault) {
        guard case .list(let list) = try top() else { throw fault("an element without a list") }
        lists[list] += values
    }

    private mutating func set(_ pairs: [Value]) throws(PickleFault) {
        guard case .dictionary(let dictionary) = try top(), pairs.count % 2 == 0 else {
            throw fault("a pair without a dictionary")
        }
        for index in stride(from: 0, to: pairs.count, by: 2) {
            dictionaries[dictionary].append((pairs[index], pairs[index + 1]))
        }
    }

    private mutating func push(tuple: [Value]) {
        stack.append(.tuple(tuples.count))
        tuples.append(tuple)
    }

    private mutating func pushDictionary() {
        stack.append(.dictionary(dictionaries.count))
        dictionaries.append([])
    }

    // MARK: Stack and bytes

    private mutating func pop() throws(PickleFault) -> Value {
        guard let value = stack.popLast(), value != .mark else { throw fault("a missing value") }
        return value
    }

    private func top() throws(PickleFault) -> Value {
        guard let value = stack.last, value != .mark else { throw fault("a missing value") }
        return value
    }

    private mutating func popToMark() throws(PickleFault) -> [Value] {
        guard let mark = stack.lastIndex(of: .mark) else { throw fault("a missing mark") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[(mark + 1)...])
    }

    private mutating func recall(_ index: Int) throws(PickleFault) {
        guard let value = memo[index] else { throw fault("a value that was not remembered") }
        stack.append(value)
    }

    private mutating func byte() throws(PickleFault) -> UInt8 {
        guard position < bytes.count else { throw fault("the end of the bytes") }
        defer { position += 1 }
        return bytes[position]
    }

    /// Little-endian.
    private mutating func unsigned(_ count: Int) throws(PickleFault) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(try byte()) << UInt64(8 * index) }
        return value
    }

    private mutating func take(_ count: Int) throws(PickleFault) -> ArraySlice<UInt8> {
        guard count <= bytes.count - position else { throw fault("the end of the bytes") }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// Two's complement, little-endian.
    private mutating func long(_ count: Int) throws(PickleFault) -> Value {
        let digits = try take(count)
        guard count <= 8 else { return .long(Array(digits)) }
        var value: UInt64 = digits.last.map { $0 >= 0x80 } ?? false ? .max : 0
        for (index, digit) in digits.enumerated() {
            value = value & ~(0xFF << UInt64(8 * index)) | UInt64(digit) << UInt64(8 * index)
        }
        return .int(Int(Int64(bitPattern: value)))
    }

    private mutating func text(_ count: Int) throws(PickleFault) -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else {
            throw fault("text that is not UTF-8")
        }
        return text
    }

    private mutating func line() throws(PickleFault) -> String {
        guard let end = bytes[position...].prefix(256).firstIndex(of: 0x0A) else {
            throw fault("a name without an end")
        }
        let line = try text(end - position)
        position += 1
        return line
    }

    private func fault(_ reason: String) -> PickleFault { PickleFault(position: position, reason: reason) }
}

extension TensorPickle.Tensor {
    /// Whether the numbers lie one behind the other.
    var isRowMajor: Bool {
        var step = 1
        for (size, stride) in zip(shape, strides).reversed() {
            if size != 1, stride != step { return false }
            step *= size
        }
        return true
    }

    /// Whether all numbers lie in the storage.
    var fits: Bool {
        guard shape.count == strides.count else { return false }
        if shape.contains(0) { return offset >= 0 && offset <= storage.count }
        var last = offset
        for (size, stride) in zip(shape, strides) {
            let (step, isTooLarge) = (size - 1).multipliedReportingOverflow(by: stride)
            let (sum, isBeyond) = last.addingReportingOverflow(step)
            guard !isTooLarge, !isBeyond else { return false }
            last = sum
        }
        // No more numbers than the storage has: strides of 0 could make many of one.
        var count = 1
        for size in shape {
            let (product, isTooLarge) = count.multipliedReportingOverflow(by: size)
            guard !isTooLarge, product <= storage.count else { return false }
            count = product
        }
        return offset >= 0 && last < storage.count
    }
}
