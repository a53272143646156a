// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusGraph
import OcellusModel
import OcellusTensor
import Testing

@testable import OcellusArchive

@Suite("ModelFile") struct ModelFileTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    @Test("everything reads back, and the same model gives the same bytes") func roundTrip() throws {
        let model = try SampleModel.file()
        try model.write(to: scratch.file("a"))
        let back = try ModelFile(contentsOf: scratch.file("a"))
        #expect(back == model)
        #expect(back.notices == [])
        try back.write(to: scratch.file("b"))
        #expect(try AtomicFile.read(scratch.file("a")) == AtomicFile.read(scratch.file("b")))
    }

    @Test("tensors have the names of the same network in PyTorch") func names() throws {
        try SampleModel.file().write(to: scratch.file("a"))
        let file = try Safetensors(contentsOf: scratch.file("a"))
        #expect(
            file.entries.map { "\($0.name) \($0.type.rawValue) \($0.shape)" } == [
                "1.num_batches_tracked I64 []", "0.weight F32 [4, 3, 3, 3]", "0.bias F32 [4]", "1.weight F32 [4]",
                "1.bias F32 [4]", "5.weight F32 [3, 16]", "5.bias F32 [3]", "1.running_mean F32 [4]",
                "1.running_var F32 [4]",
            ])
        #expect(try file.integer("1.num_batches_tracked") == 7)
        #expect(file.metadata["format"] == "pt")
        #expect(file.metadata["format_version"] == "1.0")
    }

    /// One file of every format version stays here and is read for ever.
    @Test(
        "the committed files are read, ours and the one that PyTorch wrote",
        arguments: ["model-1.0.safetensors", "pytorch-1.0.safetensors"])
    func fixtures(name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
        let model = try ModelFile(contentsOf: folder.appending(path: name))
        #expect(model.network == SampleModel.network)
        #expect(model.classes == SampleModel.classes)
        #expect(model.preprocessing == SampleModel.preprocessing)
        #expect(model.record == SampleModel.record)
        #expect(model.weights == (try SampleModel.weights()))
        #expect(model.selfTest?.pixels == SelfTest.pixels(for: [3, 5, 5]))
        #expect(model.selfTest?.logits.count == 3)
        #expect(model.notices == [])
    }

    @Test("what may be absent may be absent, and a missing self-test is told") func optional() throws {
        var model = try SampleModel.file()
        model.record = nil
        model.selfTest = nil
        try model.write(to: scratch.file("a"))
        let back = try ModelFile(contentsOf: scratch.file("a"))
        #expect(back.record == nil)
        #expect(back.selfTest == nil)
        #expect(back.notices.count == 1)
        #expect(back.notices.first?.contains("no self-test") == true)
        // Files from before PyTorch 0.4 have no num_batches_tracked.
        var draft = try Draft(model, scratch)
        draft.integers = [:]
        #expect(try ModelFile(contentsOf: try draft.write(scratch)).weights.batchesTracked == 0)
    }

    @Test("a newer minor version is read with a notice, unknown metadata are ignored") func newerMinor() throws {
        var draft = try Draft(try SampleModel.file(), scratch)
        draft.metadata["format_version"] = "1.7"
        draft.metadata["novelty"] = "{"
        let model = try ModelFile(contentsOf: try draft.write(scratch))
        #expect(model.weights == (try SampleModel.weights()))
        #expect(model.notices.count == 1)
        #expect(model.notices.first?.contains("1.7") == true)
    }

    // MARK: Faulty files

    /// The content of a sound file, to be spoiled.
    struct Draft {
        var metadata: [String: String]
        var tensors: [(name: String, tensor: Tensor<Float>)]
        var integers: [String: Int64]

        init(_ model: ModelFile, _ scratch: Scratch) throws {
            try model.write(to: scratch.file("draft"))
            let file = try Safetensors(contentsOf: scratch.file("draft"))
            metadata = file.metadata
            tensors = try file.entries.filter { $0.type == .float32 }.map { ($0.name, try file.floats($0.name)) }
            integers = try Dictionary(
                uniqueKeysWithValues: file.entries.filter { $0.type == .int64 }.map {
                    ($0.name, try file.integer($0.name))
                })
        }

        func write(_ scratch: Scratch) throws -> URL {
            var writer = SafetensorsWriter(metadata: metadata)
            for (name, value) in integers { writer.add(name, value) }
            for (name, tensor) in tensors { writer.add(name, tensor) }
            try writer.write(to: scratch.file("draft"))
            return scratch.file("draft")
        }

        mutating func replace(_ name: String, with other: String, _ tensor: Tensor<Float>) {
            tensors = tensors.map { $0.name == name ? (other, tensor) : $0 }
        }
    }

    struct Faulty: CustomTestStringConvertible, Sendable {
        var name: String
        var code: String
        var text: String
        var change: @Sendable (inout Draft) -> Void
        var testDescription: String { name }

        init(_ name: String, _ code: String, _ text: String, _ change: @escaping @Sendable (inout Draft) -> Void) {
            self.name = name
            self.code = code
            self.text = text
            self.change = change
        }

        static func metadata(_ key: String, _ value: String?, _ code: String, _ text: String) -> Faulty {
            Faulty("\(key): \((value ?? "absent").prefix(70))", code, text) { $0.metadata[key] = value }
        }
        static func network(_ input: String, _ layers: String, _ code: String, _ text: String) -> Faulty {
            metadata("network", #"{"frozen":[],"input":\#(input),"layers":[\#(layers)]}"#, code, text)
        }
    }

    static let versions: [Faulty] = [
        .metadata("format_version", nil, "archive.noNetwork", "tensors but no network"),
        .metadata("format_version", "2.0", "archive.newerFormat", "update Ocellus"),
        .metadata("format_version", "99999999999.0", "archive.newerFormat", "format version 1.x"),
        .metadata("format_version", "1", "archive.corrupt", "impossible format_version"),
        .metadata("format_version", "1.x", "archive.corrupt", "impossible format_version"),
        .metadata("format_version", "-1.0", "archive.corrupt", "impossible format_version"),
        .metadata("format_version", "0.9", "archive.corrupt", "impossible format_version"),
        .metadata("format_version", "1.0.0", "archive.corrupt", "impossible format_version"),
        .metadata("format_version", "99999999999999999999.0", "archive.corrupt", "impossible format_version"),
    ]

    static let descriptions: [Faulty] = [
        .metadata("network", nil, "archive.corrupt", "\"network\" in its metadata"),
        .metadata("labels", nil, "archive.corrupt", "\"labels\" in its metadata"),
        .metadata("preprocessing", nil, "archive.corrupt", "\"preprocessing\" in its metadata"),
        .metadata("network", "", "archive.unreadableJSON", "\"network\" in"),
        .metadata("network", "{}", "archive.unreadableJSON", "incomplete"),
        .metadata("network", #"{"input":[3,5,5],"input":[3,5,5]}"#, "archive.unreadableJSON", "for the second time"),
        .metadata("labels", #"["a","b"]"#, "archive.shapeMismatch", "3 different names"),
        .metadata("labels", #"["a","b","a"]"#, "archive.shapeMismatch", "2 of 3"),
        .metadata("labels", #"["a","b",3]"#, "archive.unreadableJSON", "wrong type at [2]"),
        .metadata(
            "preprocessing",
            #"{"channels":1,"fit":"crop","height":5,"mean":[0],"standardDeviation":[1],"version":1,"width":5}"#,
            "archive.shapeMismatch", "[3, 5, 5] (C, H, W)"),
        .metadata(
            "preprocessing",
            #"{"channels":3,"fit":"crop","height":5,"mean":[0],"standardDeviation":[1],"version":1,"width":5}"#,
            "model.outOfRange", "for each channel"),
        .metadata(
            "preprocessing",
            #"{"channels":3,"fit":"melt","height":5,"mean":[0],"standardDeviation":[1],"version":1,"width":5}"#,
            "archive.unreadableJSON", "impossible value at fit"),
        .metadata(
            "preprocessing",
            #"{"channels":3,"fit":"crop","height":5,"mean":[NaN,0,0],"standardDeviation":[1,1,1],"version":1,"width":5}"#,
            "archive.unreadableJSON", "not sound JSON"),
        .metadata("training_record", "{}", "archive.unreadableJSON", "incomplete"),
        .metadata(
            "self_test", #"{"logits":[1,2,3],"pixels":"AAAA","precision":"float32"}"#, "archive.shapeMismatch",
            "75 pixels and 3 finite logits"),
        .metadata(
            "self_test", #"{"logits":[1,2,3],"pixels":"*","precision":"float32"}"#, "archive.unreadableJSON",
            "impossible value at pixels"),
    ]

    static func dense(_ outputs: Int) -> String {
        #"{"hasBias":true,"initializer":{"glorotUniform":{}},"kind":"dense","outputFeatures":\#(outputs)}"#
    }

    static let networks: [Faulty] = [
        .network("[3,5,5]", "", "model.emptyNetwork", "no layers"),
        .network("[3,5]", #"{"kind":"flatten"}"#, "model.wrongRank", "not an image"),
        .network("[3,-5,5]", #"{"kind":"flatten"}"#, "model.wrongRank", "not an image"),
        .network("[3,5,5]", #"{"kind":"flaten"}"#, "model.unknownLayer", "flaten"),
        .network("[3,5,5]", #"{"kind":"flatten"}"#, "archive.unexpectedTensor", "needs     0 tensors"),
        .network(
            "[3,5,5]",
            #"{"kind":"flatten"},\#(dense(1 << 62))"#,
            "model.tooLarge", "number of output features"),
        .network(
            "[1048576,1048576,1048576]", #"{"kind":"flatten"},\#(dense(1 << 29))"#, "model.tooLarge",
            "is too large to count"),
        .network(
            "[3,5,5]", String(repeating: #"{"body":["#, count: 200), "archive.unreadableJSON", "levels of nesting"),
    ]

    static let tensors: [Faulty] = [
        Faulty("missing tensor", "archive.missingTensor", "\"5.bias\"") {
            $0.tensors.removeAll { $0.name == "5.bias" }
        },
        Faulty("extra tensor", "archive.unexpectedTensor", "\"6.bias\" that its network does not have") {
            $0.tensors.append(("6.bias", Tensor([1], [1])))
        },
        Faulty("misspelt tensor", "archive.unexpectedTensor", "the network has \"5.bias\"") {
            $0.replace("5.bias", with: "5.bais", Tensor([3], [1, 2, 3]))
        },
        Faulty("other shape", "archive.shapeMismatch", "needs     [3, 16]") {
            $0.replace("5.weight", with: "5.weight", Tensor([16, 3], Array(repeating: 0, count: 48)))
        },
        Faulty("other type", "archive.unsupportedType", "received  I64") {
            $0.tensors.removeAll { $0.name == "5.bias" }
            $0.integers["5.bias"] = 1
        },
        Faulty("negative counter", "archive.corrupt", "received  -1") { $0.integers["1.num_batches_tracked"] = -1 },
        Faulty("counter of another layer", "archive.unexpectedTensor", "\"0.num_batches_tracked\"") {
            $0.integers["0.num_batches_tracked"] = 1
        },
    ]

    static let numbers: [Faulty] = [
        Faulty("infinite bias", "archive.notFinite", "\"5.bias\"") {
            $0.replace("5.bias", with: "5.bias", Tensor([3], [1, .infinity, 3]))
        },
        Faulty("mean that is no number", "archive.notFinite", "received  nan at position 2") {
            $0.replace("1.running_mean", with: "1.running_mean", Tensor([4], [0, 0, .nan, 0]))
        },
        Faulty("infinite variance", "archive.notFinite", "\"1.running_var\"") {
            $0.replace("1.running_var", with: "1.running_var", Tensor([4], [1, 1, 1, -.infinity]))
        },
        Faulty("negative variance", "archive.corrupt", "the running variance \"1.running_var\"") {
            $0.replace("1.running_var", with: "1.running_var", Tensor([4], [1, -0.5, 1, 1]))
        },
    ]

    @Test(
        "refuses and names the fault, with and without a self-test",
        arguments: versions + descriptions + networks + tensors + numbers, [true, false])
    func refuses(faulty: Faulty, hasSelfTest: Bool) throws {
        var model = try SampleModel.file()
        if !hasSelfTest { model.selfTest = nil }
        var draft = try Draft(model, scratch)
        faulty.change(&draft)
        let url = try draft.write(scratch)
        let error = #expect(throws: (any Error).self) { _ = try ModelFile(contentsOf: url) }
        let ours = try #require(error as? any OcellusError, "\(String(describing: error))")
        #expect(ours.code == faulty.code, "\(ours.rendered)")
        #expect(ours.rendered.contains(faulty.text), "\(ours.rendered)")
    }

    @Test("a file that cannot be opened is a missing input") func unreadable() throws {
        #expect(archiveError { _ = try ModelFile(contentsOf: scratch.file("none")) }?.exitClass == .missingInput)
        #expect(archiveError { _ = try ModelFile(contentsOf: scratch.url) }?.received == "a directory")
        let empty = try scratch.file("empty", [])
        #expect(archiveError { _ = try ModelFile(contentsOf: empty) }?.kind == .corrupt)
    }

    @Test("a model whose parts do not fit is not written") func unwritable() throws {
        var wrongWeights = try SampleModel.file()
        wrongWeights.weights.parameters.removeLast()
        #expect(throws: ModelError.self) { try wrongWeights.write(to: scratch.file("a")) }
        var wrongLabels = try SampleModel.file()
        wrongLabels.classes.append("fox")
        #expect(archiveError { try wrongLabels.write(to: scratch.file("a")) }?.kind == .shapeMismatch)
        var notFinite = try SampleModel.file()
        notFinite.selfTest?.logits[0] = .infinity
        #expect(archiveError { try notFinite.write(to: scratch.file("a")) }?.kind == .shapeMismatch)
        var diverged = try SampleModel.file()
        diverged.weights.parameters[1] = Tensor([4], [0, .nan, 0, 0])
        #expect(archiveError { try diverged.write(to: scratch.file("a")) }?.kind == .notFinite)
        #expect(try scratch.contents == [])
    }

    @Test("the self-test's bound is a thousandth of the largest logit, at least of 1") func selfTestBound() throws {
        let test = SelfTest(pixels: Data(), logits: [10, -20])
        try test.check([10.019, -20.019], path: "m")
        for wrong: [Float] in [[10, -20.03], [10.03, -20], [.nan, -20], [10], [10, -20, 0]] {
            let error = archiveError { try test.check(wrong, path: "m") }
            #expect(error?.kind == .selfTestFailed, "\(wrong)")
            #expect(error?.needs?.hasPrefix("differences of at most 0.02") == true)
        }
        try SelfTest(pixels: Data(), logits: [0.1]).check([0.1009], path: "m")
        #expect(archiveError { try SelfTest(pixels: Data(), logits: [0.1]).check([0.1011], path: "m") } != nil)
    }
}
