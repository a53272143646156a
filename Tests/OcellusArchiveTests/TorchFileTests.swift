// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusTensor
import Testing

@testable import OcellusArchive

/// Files of `torch.save`: `Scripts/fixtures/published_networks.py`.
@Suite("Files of PyTorch") struct TorchFileTests {
    static func fixture(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)")
    }

    @Test(
        "tensors of every kind are read",
        arguments: ["odd-zip.pth", "odd-legacy.pth", "nested-zip.pth", "nested-legacy.pth"])
    func odd(name: String) throws {
        let file = try StateDictionary(contentsOf: Self.fixture(name))
        #expect(
            file.entries.map(\.name)
                == [
                    "plain", "transposed", "channels_last", "part", "half", "bfloat16", "double", "scalar", "empty",
                    "count",
                    "parameter",
                ])
        let numbers = (0..<24).map(Float.init)
        #expect(try file.floats("plain") == Tensor([2, 3, 4], numbers))
        #expect(try file.floats("transposed") == Tensor([6, 4], (0..<24).map { Float($0 % 4 * 6 + $0 / 4) }))
        #expect(try file.floats("channels_last") == Tensor([1, 2, 3, 4], numbers))
        #expect(try file.floats("part") == Tensor([4], [5, 6, 7, 8]))
        // The smallest normal and subnormal numbers and the largest one.
        #expect(try file.floats("half") == Tensor([5], [1.5, -2, 0x1p-14, 0x1p-24, 65504]))
        #expect(try file.floats("bfloat16").scalars.prefix(2) == [1.5, -3])
        #expect(abs(try file.floats("bfloat16").scalars[2] / 1e30 - 1) < 0x1p-8)
        #expect(try file.floats("double") == Tensor([1], [0.1]))
        #expect(try file.floats("scalar") == Tensor([], [2.5]))
        #expect(try file.floats("empty") == Tensor([0, 3], []))
        #expect(try file.floats("parameter") == Tensor([2], [1, 2]))
        #expect(file["count"] == .init(name: "count", type: .int64, shape: []))
        #expect(archiveError { _ = try file.floats("count") }?.kind == .unsupportedType)
        #expect(archiveError { _ = try file.floats("nothing") }?.kind == .missingTensor)
    }

    @Test("both forms hold what safetensors hold", arguments: ["network-zip.pth", "network-legacy.pth"])
    func network(name: String) throws {
        let file = try StateDictionary(contentsOf: Self.fixture(name))
        let safetensors = try StateDictionary(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
                path: "Fixtures/published/mobilenetv4-timm.safetensors"))
        #expect(file.entries.count == safetensors.entries.count)
        for entry in safetensors.entries {
            #expect(file[entry.name] == entry)
            guard entry.type == .float32 else { continue }
            #expect(try file.floats(entry.name) == safetensors.floats(entry.name))
        }
        #expect(file.sha256 != safetensors.sha256)
    }

    @Test("what is no state dictionary is refused with the way to convert it") func refused() throws {
        let error = try #require(archiveError { _ = try StateDictionary(contentsOf: Self.fixture("module.pth")) })
        #expect(
            error.rendered == """
                error[archive.foreignFormat]: \(error.summary)
                  needs     a dictionary of names and tensors, as torch.save(model.state_dict(), path) writes it
                  received  torch.nn.modules.linear.Linear, which is no part of a tensor, at byte 34
                  because   nothing else is read from a PyTorch file, as it could run any code
                  try       convert it elsewhere: python -c "import torch, safetensors.torch as s; s.save_file(torch.load('module.pth', weights_only=True), 'module.safetensors')"
                """)
        let checkpoint = archiveError { _ = try StateDictionary(contentsOf: Self.fixture("checkpoint.pth")) }
        #expect(checkpoint?.received == "\"state_dict\", which is no tensor")
    }

    // MARK: Pickles by hand

    private static func word(_ text: String) -> [UInt8] { [0x58, UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8) }
    private static func name(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
    private static let dictionary = name("collections", "OrderedDict") + Array(")R".utf8)

    private static func storage(_ type: String = "FloatStorage", count: UInt8 = 4, key: String = "0") -> [UInt8] {
        Array("(".utf8) + word("storage") + name("torch", type) + word(key) + word("cpu") + [0x4B, count]
            + Array("tQ".utf8)
    }

    /// A tensor of these sizes and strides.
    private static func tensor(offset: UInt8 = 0, shape: [UInt8], strides: [UInt8]) -> [UInt8] {
        func tuple(_ numbers: [UInt8]) -> [UInt8] {
            Array("(".utf8) + numbers.flatMap { [0x4B, $0] } + Array("t".utf8)
        }
        return name("torch._utils", "_rebuild_tensor_v2") + Array("(".utf8) + storage() + [0x4B, offset] + tuple(shape)
            + tuple(strides) + [0x89] + dictionary + Array("tR".utf8)
    }

    private static func read(_ body: [UInt8]) -> Result<TensorPickle.Value, PickleFault> {
        var pickle = TensorPickle([0x80, 2] + body)
        return Result { () throws(PickleFault) in try pickle.read() }
    }

    static let hostilePickles: [(what: String, pickle: [UInt8], says: String)] = [
        ("a system call", name("os", "system") + Array("(".utf8) + word("id") + Array("tR.".utf8), "os.system"),
        ("posix", name("posix", "system") + Array(".".utf8), "posix.system"),
        ("eval", name("builtins", "eval") + Array(".".utf8), "builtins.eval"),
        ("getattr", name("builtins", "getattr") + Array(".".utf8), "builtins.getattr"),
        ("a stack's global", word("os") + word("system") + [0x93] + Array(".".utf8), "instruction 147"),
        ("an object", name("torch", "FloatStorage") + Array(")".utf8) + [0x81] + Array(".".utf8), "instruction 129"),
        ("an instance", Array("(ios\nsystem\n.".utf8), "instruction 105"),
        ("an extension", [0x82, 1] + Array(".".utf8), "instruction 130"),
        (
            "a dictionary that is filled when made",
            name("collections", "OrderedDict") + Array("]".utf8) + [0x85] + Array("R.".utf8), "with arguments"
        ),
        ("state of a tensor", tensor(shape: [4], strides: [1]) + Array("}b.".utf8), "no dictionary"),
        (
            "attributes of a dictionary", dictionary + Array("}".utf8) + word("__class__") + Array("Nsb.".utf8),
            "no dictionary"
        ),
        ("nothing to pop", Array("R.".utf8), "missing value"),
        ("nothing at all", Array(".".utf8), "0 values left"),
        ("a mark at the end", Array("(.".utf8), "values left"),
        ("two values", Array("NN.".utf8), "2 values left"),
        ("an end too early", Array("}".utf8), "the end of the bytes"),
        ("text beyond the end", [0x58, 0xFF, 0xFF, 0xFF, 0xFF], "the end of the bytes"),
        ("a key of a memory that is empty", Array("h".utf8) + [9], "not remembered"),
        ("text that is not UTF-8", [0x58, 1, 0, 0, 0, 0xFF] + Array(".".utf8), "UTF-8"),
        ("another protocol", [0x80, 5], "protocol 5"),
        ("a tensor beyond its storage", tensor(shape: [5], strides: [1]) + Array(".".utf8), "outside its storage"),
        ("an offset beyond it", tensor(offset: 4, shape: [1], strides: [1]) + Array(".".utf8), "outside its storage"),
        ("many numbers of one", tensor(shape: [255, 255], strides: [0, 0]) + Array(".".utf8), "outside its storage"),
        ("strides for other axes", tensor(shape: [2, 2], strides: [1]) + Array(".".utf8), "outside its storage"),
        ("a storage of a tensor's kind", Array("N".utf8) + [0x85] + Array("Q.".utf8), "another description"),
        (
            "a storage of functions",
            Array("(".utf8) + word("storage") + name("collections", "OrderedDict") + word("0") + word("cpu") + [
                0x4B, 1,
            ] + Array("tQ.".utf8), "another description"
        ),
        ("a name without an end", Array("c".utf8) + Array(repeating: 0x61, count: 300), "without an end"),
    ]

    @Test("hostile pickles are refused", arguments: hostilePickles.indices) func hostile(index: Int) throws {
        let row = Self.hostilePickles[index]
        guard case .failure(let fault) = Self.read(row.pickle) else {
            Issue.record("\(row.what) was read")
            return
        }
        #expect(fault.reason.contains(row.says), "\(row.what): \(fault.reason)")
    }

    @Test("a tensor made by hand is read, so that the hostile ones fail for what they are") func byHand() throws {
        #expect(try Self.read(Self.tensor(offset: 1, shape: [3], strides: [1]) + Array(".".utf8)).get() == .tensor(0))
        #expect(try Self.read(Self.tensor(shape: [2, 2], strides: [1, 2]) + Array(".".utf8)).get() == .tensor(0))
    }

    @Test("what is nested without end, or refers to itself, ends") func bombs() throws {
        // A million lists inside each other, then one that holds itself.
        let nested = [UInt8](repeating: UInt8(ascii: "]"), count: 1 << 20) + Array(".".utf8)
        if case .success = Self.read(nested) { Issue.record("a million values were left") }
        let deep = Array("N".utf8) + [UInt8](repeating: 0x85, count: 200_000) + Array(".".utf8)
        #expect(try Self.read(deep).get() == .tuple(199_999))
        #expect(try Self.read(Array("]q\0h\0a.".utf8)).get() == .list(0))
        if case .success = Self.read([UInt8](repeating: UInt8(ascii: "}"), count: 3 << 20)) { Issue.record("too many") }
    }

    // MARK: Containers

    @Test("every cut of a file is an error", arguments: ["odd-zip.pth", "odd-legacy.pth"]) func cuts(name: String)
        throws
    {
        let data = try Data(contentsOf: Self.fixture(name))
        for count in stride(from: 0, to: data.count, by: 7) {
            #expect(archiveError { _ = try StateDictionary(data.prefix(count), path: name) } != nil, "\(count) bytes")
        }
    }

    @Test("a changed byte is never a crash", arguments: ["odd-zip.pth", "odd-legacy.pth"]) func flips(name: String)
        throws
    {
        let data = try Data(contentsOf: Self.fixture(name))
        var read = 0
        for position in data.indices {
            var damaged = data
            damaged[position] ^= 0x41
            guard let file = try? StateDictionary(damaged, path: name) else { continue }
            read += 1
            for entry in file.entries { _ = try? file.floats(entry.name) }
        }
        // Numbers may be any; most of the file are names and instructions.
        #expect(read < data.count)
    }

    @Test("compressed archives and those without a pickle are refused") func archives() throws {
        let empty = Data([0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18))
        let error = archiveError { _ = try TorchFile(empty, path: "a.pth") }
        #expect(error?.received == "0 pickles in the archive")
    }
}
