// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A state dictionary that `torch.save` wrote, in either of its forms. Nothing in it is executed: see ``TensorPickle``.
///
/// | Form         | Since | Content                                                                                   |
/// | :----------- | :---- | :---------------------------------------------------------------------------------------- |
/// | zip archive  | 1.6   | `NAME/data.pkl`, the pickle; `NAME/data/KEY`, the numbers of each storage; `NAME/byteorder` |
/// | five pickles | 0.1   | a magic number, 1001, the machine, the dictionary, keys; then count and numbers of each storage |
struct TorchFile {
    struct Tensor {
        var name: String
        var type: ElementType { place.storage.type }
        var shape: Shape { Shape(place.shape) }
        fileprivate var place: TensorPickle.Tensor
    }

    let path: String
    let tensors: [Tensor]
    private let data: Data
    /// The bytes of each storage, counted from the start of the data.
    private let storages: [String: Range<Int>]

    private static let mostTensors = 1 << 16
    /// 0x1950A86A20F9469CFC6C
    private static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

    /// Whether bytes begin like a file of `torch.save`.
    static func recognises(_ data: Data) -> Bool {
        let start = [UInt8](data.prefix(16))
        return start.starts(with: Array("PK\u{3}\u{4}".utf8)) || start.starts(with: [0x80, 0x02, 0x8A, 0x0A] + magic)
    }

    /// - Throws: ``ArchiveError/Code/foreignFormat`` for what is no plain state dictionary, with the line that converts it;
    ///   ``ArchiveError/Code/corrupt``.
    init(_ data: Data, path: String) throws {
        self.path = path
        self.data = data
        let isZip = data.prefix(2) == Data("PK".utf8)
        do {
            (tensors, storages) = isZip ? try Self.zip(data) : try Self.pickles(data)
        } catch let fault as PickleFault {
            throw Self.refusal(path, "\(fault.reason), at byte \(fault.position)")
        } catch let fault as StoredZip.Fault {
            throw Self.refusal(path, fault.reason)
        } catch let fault as Fault {
            throw Self.refusal(path, fault.reason)
        }
        for tensor in tensors {
            let storage = tensor.place.storage
            guard let range = storages[storage.key] else {
                throw Self.corrupt(path, "the numbers of \"\(tensor.name)\" are missing")
            }
            guard storage.count <= range.count / storage.type.size else {
                throw Self.corrupt(path, "the numbers of \"\(tensor.name)\" are cut off")
            }
        }
    }

    /// What is sound, but not what is read.
    private struct Fault: Error { var reason: String }

    private static func refusal(_ path: String, _ found: String) -> ArchiveError {
        var error = ForeignFormat.torch.refusal(of: path)
        error.summary = "\(path) is not a plain state dictionary."
        error.needs = "a dictionary of names and tensors, as torch.save(model.state_dict(), path) writes it"
        error.received = found
        error.because = "nothing else is read from a PyTorch file, as it could run any code"
        return error
    }

    private static func corrupt(_ path: String, _ received: String) -> ArchiveError {
        ArchiveError(
            .corrupt, "\(path) is damaged.", needs: "the numbers of every tensor", received: received,
            advice: "copy or download it again")
    }

    // MARK: Forms

    private static func zip(_ data: Data) throws -> ([Tensor], [String: Range<Int>]) {
        let members = try StoredZip(data).members
        let pickles = members.keys.filter { $0.hasSuffix("/data.pkl") }
        guard pickles.count == 1, let name = pickles.first, let range = members[name] else {
            throw Fault(reason: "\(pickles.count) pickles in the archive")
        }
        let root = name.dropLast("data.pkl".count)
        if let order = members[root + "byteorder"], data.bytes(order.lowerBound, order.count) != Array("little".utf8) {
            throw Fault(reason: "numbers of another byte order")
        }
        guard range.count <= TensorPickle.largestPickle else {
            throw Fault(reason: "a pickle of \(range.count) bytes")
        }
        var pickle = TensorPickle(data.bytes(range.lowerBound, range.count))
        let tensors = try tensors(of: try pickle.read(), in: pickle)
        let prefix = root + "data/"
        var storages: [String: Range<Int>] = [:]
        for (name, range) in members where name.hasPrefix(prefix) {
            storages[String(name.dropFirst(prefix.count))] = range
        }
        return (tensors, storages)
    }

    private static func pickles(_ data: Data) throws -> ([Tensor], [String: Range<Int>]) {
        // Pickles come first, and only they are looked at byte by byte.
        let bytes = data.bytes(0, min(data.count, 2 * TensorPickle.largestPickle))
        var position = 0
        func next() throws -> (TensorPickle.Value, TensorPickle) {
            var pickle = TensorPickle(bytes, at: position)
            let value = try pickle.read()
            position = pickle.position
            return (value, pickle)
        }
        guard try next().0 == .long(magic), try next().0 == .int(1001) else {
            throw Fault(reason: "another magic number")
        }
        let (machine, facts) = try next()
        guard case .dictionary(let index) = machine,
            facts.dictionaries[index].contains(where: { $0.key == .string("little_endian") && $0.value == .bool(true) })
        else { throw Fault(reason: "numbers of another byte order") }
        let (root, pickle) = try next()
        let tensors = try tensors(of: root, in: pickle)
        let (keys, list) = try next()
        guard case .list(let index) = keys else { throw Fault(reason: "no list of storages") }
        let types = Dictionary(pickle.storages.map { ($0.key, $0.type) }) { first, _ in first }
        var storages: [String: Range<Int>] = [:]
        for key in list.lists[index] {
            guard case .string(let key) = key, let type = types[key], position + 8 <= data.count else {
                throw Fault(reason: "a storage that no tensor has")
            }
            let count = data.little(position, 8)
            position += 8
            guard count <= UInt64(data.count - position) / UInt64(type.size) else {
                throw Fault(reason: "numbers that are cut off")
            }
            let size = Int(count) * type.size
            guard storages.updateValue(position..<position + size, forKey: key) == nil else {
                throw Fault(reason: "a storage twice")
            }
            position += size
        }
        return (tensors, storages)
    }

    /// The tensors of a dictionary, or of the one dictionary in it called `state_dict` or `model`.
    private static func tensors(of root: TensorPickle.Value, in pickle: TensorPickle) throws -> [Tensor] {
        guard case .dictionary(var index) = root else { throw Fault(reason: "no dictionary") }
        let pairs = pickle.dictionaries[index]
        if pairs.count == 1, case .dictionary(let inner) = pairs[0].value,
            [.string("state_dict"), .string("model")].contains(pairs[0].key)
        {
            index = inner
        }
        var names = Set<String>()
        var tensors: [Tensor] = []
        for (key, value) in pickle.dictionaries[index] {
            guard case .string(let name) = key else { throw Fault(reason: "a key that is no name") }
            guard case .tensor(let number) = value else { throw Fault(reason: "\"\(name)\", which is no tensor") }
            guard names.insert(name).inserted else { throw Fault(reason: "the tensor \"\(name)\" twice") }
            tensors.append(Tensor(name: name, place: pickle.tensors[number]))
        }
        guard !tensors.isEmpty, tensors.count <= mostTensors else { throw Fault(reason: "\(tensors.count) tensors") }
        return tensors
    }

    // MARK: Numbers

    /// The bytes of a tensor in row-major order.
    func contiguous(_ tensor: Tensor) -> [UInt8] {
        guard let range = storages[tensor.place.storage.key] else { return [] }
        let place = tensor.place
        let size = place.storage.type.size
        let count = tensor.shape.count
        guard count > 0 else { return [] }
        if place.isRowMajor { return data.bytes(range.lowerBound + place.offset * size, count * size) }
        return data.withUnsafeBytes { data in
            let numbers = UnsafeRawBufferPointer(rebasing: data[range])
            return [UInt8](unsafeUninitializedCapacity: count * size) { buffer, filled in
                var index = [Int](repeating: 0, count: place.shape.count)
                var source = place.offset
                for target in 0..<count {
                    for byte in 0..<size { buffer[target * size + byte] = numbers[source * size + byte] }
                    var axis = place.shape.count - 1
                    while axis >= 0 {
                        index[axis] += 1
                        source += place.strides[axis]
                        if index[axis] < place.shape[axis] { break }
                        source -= place.shape[axis] * place.strides[axis]
                        index[axis] = 0
                        axis -= 1
                    }
                }
                filled = count * size
            }
        }
    }
}
