// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusTensor
import Testing

@testable import OcellusArchive

@Suite("Import of weights") struct WeightsImportTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    static let published = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/published")

    /// A convnext of four channels as `convnext` of timm, and what a file of it holds.
    static let network = PublishedNetwork("small", .timm, side: 32, own: .timm) {
        .convNeXt(input: $0, classes: $1, blocks: [1, 1, 1, 1], channels: [8, 12, 16, 20], names: $2)
    }
    static let file = published.appending(path: "convnext-linear-timm.safetensors")

    /// The fixture's tensors with changes, as a file.
    private func changed(_ change: (inout [String: Tensor<Float>]) -> Void) throws -> StateDictionary {
        let source = try StateDictionary(contentsOf: Self.file)
        var tensors: [String: Tensor<Float>] = [:]
        for entry in source.entries { tensors[entry.name] = try source.floats(entry.name) }
        change(&tensors)
        var writer = SafetensorsWriter()
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) { writer.add(name, tensor) }
        try writer.write(to: scratch.file("weights.safetensors"))
        return try StateDictionary(contentsOf: scratch.file("weights.safetensors"))
    }

    private func match(_ dictionary: StateDictionary, newHead: Int? = nil) throws -> WeightsMatch {
        try WeightsMatch(dictionary, Self.network, input: [3, 64, 64], newHead: newHead)
    }

    @Test("every tensor is accounted for") func table() throws {
        let match = try match(try StateDictionary(contentsOf: Self.file))
        // 4 blocks with a trained factor under another name; all else has timm's.
        #expect(match.count(.renamed) == 4)
        #expect(match.count(.matched) == match.rows.count - 4)
        #expect(
            match.rows.contains(
                .init(
                    fate: .renamed, file: "stages.0.blocks.0.gamma", model: "stages.0.blocks.0.layer_scale.gamma",
                    shape: [8])))
        #expect(try match.network.parameters().count == match.weights.parameters.count)
    }

    @Test("prefixes of wrappers are left out, from all names or none") func prefixes() throws {
        let wrapped = try changed { tensors in
            tensors = Dictionary(uniqueKeysWithValues: tensors.map { ("module._orig_mod.\($0)", $1) })
        }
        let plain = try match(try StateDictionary(contentsOf: Self.file))
        let found = try match(wrapped)
        #expect(found.weights == plain.weights)
        #expect(found.count(.matched) == 0)
        let half = try changed { $0["module.stem.0.weight"] = $0.removeValue(forKey: "stem.0.weight") }
        #expect(archiveError { _ = try match(half) }?.kind == .missingTensor)
    }

    @Test("a head of another size needs to be asked for") func newHead() throws {
        let dictionary = try StateDictionary(contentsOf: Self.file)
        let match = try match(dictionary, newHead: 3)
        #expect(try match.network.classes() == 3)
        #expect(match.count(.new) == 2 && match.count(.unused) == 2)
        #expect(match.rows.filter { $0.fate == .unused }.map(\.file) == ["head.fc.weight", "head.fc.bias"])
        // The same size starts anew as well.
        #expect(try self.match(dictionary, newHead: 5).count(.new) == 2)
        let headless = try changed { tensors in
            for name in ["head.fc.weight", "head.fc.bias"] { tensors[name] = nil }
        }
        let error = archiveError { _ = try self.match(headless) }
        #expect(error?.kind == .missingTensor)
        #expect(error?.advice?.hasPrefix("--new-head with the number of classes") == true)
        #expect(
            try self.match(headless, newHead: 3).weights.parameters.dropLast(2) == match.weights.parameters.dropLast(2))
    }

    @Test("what does not fit is an error that names it") func misfits() throws {
        func error(_ change: (inout [String: Tensor<Float>]) -> Void) throws -> ArchiveError? {
            let dictionary = try changed(change)
            return archiveError { _ = try match(dictionary) }
        }
        let missing = try error { $0["stem.0.weight"] = nil }
        #expect(missing?.kind == .missingTensor)
        #expect(missing?.needs == "1 tensors that it lacks: \"stem.0.weight\"")
        let extra = try error { $0["another"] = Tensor(repeating: 1, [2]) }
        #expect(extra?.kind == .unexpectedTensor)
        #expect(extra?.needs == "none of 1 tensors that it has: \"another\"")
        let renamed = try error { $0["stem.0.weights"] = $0.removeValue(forKey: "stem.0.weight") }
        #expect(renamed?.needs?.contains("\"stem.0.weight\"; none of 1") == true)
        let shape = try error { $0["stem.1.weight"] = Tensor(repeating: 1, [9]) }
        #expect(shape?.kind == .shapeMismatch && shape?.needs == "[8]" && shape?.received == "[9]")
        // As many numbers in another order are another tensor.
        let turned = try error { $0["stages.0.blocks.0.mlp.fc1.weight"] = Tensor(repeating: 1, [8, 32]) }
        #expect(turned?.kind == .shapeMismatch)
        for bad in [Float.nan, .infinity] {
            let error = try error { $0["stem.0.bias"]?.scalars[3] = bad }
            #expect(error?.kind == .notFinite && error?.received == "\(bad) at position 3")
        }
    }

    @Test("weights of another network are refused by name, and the right one is named") func otherNetwork() throws {
        let other = Network.deiTTiny(input: [3, 224, 224], classes: 4)
        var writer = SafetensorsWriter()
        let names = try #require(PublishedNetwork.named("deit_tiny_patch16_224").first).names(
            input: [3, 224, 224], classes: 4)
        for (name, tensor) in zip(names, try other.evenWeights().parameters) {
            writer.add(name.theirs, tensor)
        }
        try writer.write(to: scratch.file("deit.safetensors"))
        var request = WeightsImport(scratch.file("deit.safetensors"))
        request.architecture = "vit_small_patch14_dinov2"
        let error = archiveError { _ = try request.run() }
        #expect(error?.kind == .missingTensor)
        #expect(error?.advice == "its tensors are those of deit_tiny_patch16_224")
        request.architecture = nil
        let result = try request.run()
        #expect(result.published.name == "deit_tiny_patch16_224")
        #expect(result.file.network == other)
        request.architecture = "deit_tinny"
        #expect(archiveError { _ = try request.run() }?.kind == .noNetwork)
    }

    @Test("settings that tensors do not tell are not guessed") func ambiguous() throws {
        let published = try #require(PublishedNetwork.named("mobilenetv3_small_100").first)
        let network = published.network(input: [3, 224, 224], classes: 3)
        let weights = try network.evenWeights()
        var writer = SafetensorsWriter()
        for (name, tensor) in zip(
            try published.names(input: [3, 224, 224], classes: 3), weights.parameters + weights.buffers)
        {
            writer.add(name.theirs, tensor)
        }
        try writer.write(to: scratch.file("v3.safetensors"))
        var request = WeightsImport(scratch.file("v3.safetensors"))
        let error = archiveError { _ = try request.run() }
        #expect(error?.needs == "one of mobilenetv3_small_100, tf_mobilenetv3_small_100")
        request.architecture = "tf_mobilenetv3_small_100"
        #expect(try request.run().file.network != network)
        request.architecture = "mobilenetv3_small_100"
        #expect(try request.run().file.network == network)
    }

    // MARK: Directories

    /// A directory as timm publishes it, of MobileNetV4's tensors for 4 classes.
    private func directory(config: String, card: String? = nil) throws -> URL {
        let folder = scratch.file(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let network = Network.mobileNetV4ConvSmall(input: [3, 224, 224], classes: 4)
        let weights = try network.evenWeights()
        var writer = SafetensorsWriter()
        for (spec, tensor) in zip(try network.parameters(), weights.parameters) { writer.add(spec.name, tensor) }
        for (spec, tensor) in zip(try network.buffers(), weights.buffers) { writer.add(spec.name, tensor) }
        try writer.write(to: folder.appending(path: "model.safetensors"))
        try Data(config.utf8).write(to: folder.appending(path: "config.json"))
        if let card { try Data(card.utf8).write(to: folder.appending(path: "README.md")) }
        return folder
    }

    private static func config(_ changes: [String: String] = [:], classes: Int = 4) -> String {
        var cfg = [
            "tag": "\"e2400_r224_in1k\"", "input_size": "[3,224,224]", "interpolation": "\"bicubic\"",
            "crop_pct": "0.875",
            "crop_mode": "\"center\"", "mean": "[0.485,0.456,0.406]", "std": "[0.229,0.224,0.225]",
        ]
        cfg.merge(changes) { $1 }
        let members = cfg.sorted { $0.key < $1.key }.map { "\"\($0)\":\($1)" }.joined(separator: ",")
        return
            "{\"architecture\":\"mobilenetv4_conv_small\",\"num_classes\":\(classes),\"pretrained_cfg\":{\(members)}}"
    }

    @Test("a directory of timm brings network, preprocessing and licence") func timm() throws {
        let folder = try directory(
            config: Self.config(), card: "---\ntags:\n- timm\nlicense: apache-2.0\n---\n# Model\n")
        let result = try WeightsImport(folder).run()
        #expect(result.published.name == "mobilenetv4_conv_small")
        #expect(
            result.file.preprocessing
                == Preprocessing(
                    fitting: ImageFitting(224, fit: .crop, resampling: .bicubic, crop: .fraction(0.875)), channels: 3,
                    mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225]))
        let origin = try #require(result.file.origin)
        #expect(origin.name == "timm/mobilenetv4_conv_small.e2400_r224_in1k")
        #expect(origin.license == "apache-2.0")
        #expect(origin.sha256.count == 64)
        #expect(result.file.classes == ["0", "1", "2", "3"])
        #expect(result.notes.count == 1)
        // It stays in the file.
        try result.file.write(to: scratch.file("model"))
        let back = try ModelFile(contentsOf: scratch.file("model"))
        #expect(back.origin == origin && back.preprocessing == result.file.preprocessing)
        #expect(back.weights == result.file.weights)
    }

    @Test("what is not known stays so, and options give it") func unknown() throws {
        let folder = try directory(config: Self.config(["mean": "null", "crop_mode": "\"border\""]))
        var request = WeightsImport(folder)
        let result = try request.run()
        #expect(result.file.preprocessing == nil)
        #expect(result.file.origin?.license == WeightsImport.unknownLicense)
        #expect(result.notes.first?.contains("the mean, the part that is cut out") == true)
        try result.file.write(to: scratch.file("model"))
        #expect(try ModelFile(contentsOf: scratch.file("model")).preprocessing == nil)
        request.facts = Preprocessing.Facts(mean: [0, 0, 0], fit: .crop, crop: .resizeSide(256))
        request.license = "MIT"
        let known = try request.run().file
        #expect(known.preprocessing?.mean == [0, 0, 0])
        #expect(known.preprocessing?.fitting.crop == .resizeSide(256))
        #expect(known.origin?.license == "MIT")
    }

    @Test("a model of Ocellus without preprocessing is damaged") func incomplete() throws {
        var file = try WeightsImport(try directory(config: Self.config())).run().file
        file.preprocessing = nil
        file.origin = nil
        try file.write(to: scratch.file("model"))
        #expect(archiveError { _ = try ModelFile(contentsOf: scratch.file("model")) }?.kind == .corrupt)
    }

    @Test(
        "configurations that lie are refused",
        arguments: [
            (["num_classes": "1000"], 1000, "1000 in config.json"), (["mean": "[0.5,0.5]"], 4, "[0.5, 0.5]"),
            (["std": "[0,1,1]"], 4, "[0.0, 1.0, 1.0]"), (["crop_pct": "1.5"], 4, "1.5"),
            (["input_size": "[1,224,224]"], 4, "[1, 224, 224]"), (["input_size": "[3,224]"], 4, "[3, 224]"),
        ] as [([String: String], Int, String)])
    func lies(changes: [String: String], classes: Int, received: String) throws {
        let folder = try directory(config: Self.config(changes, classes: classes))
        let error = archiveError { _ = try WeightsImport(folder).run() }
        #expect(error?.kind == .corrupt)
        #expect(error?.received == received)
    }

    @Test("another architecture's name over these weights is refused") func wrongName() throws {
        let folder = try directory(
            config: Self.config().replacing("mobilenetv4_conv_small", with: "resnet50"))
        let error = archiveError { _ = try WeightsImport(folder).run() }
        #expect(error?.kind == .missingTensor)
        #expect(error?.advice == "its tensors are those of mobilenetv4_conv_small")
    }

    @Test("a transformers' configuration is refused with the way out") func transformers() throws {
        let folder = try directory(config: "{\"architectures\":[\"ViTForImageClassification\"]}")
        #expect(archiveError { _ = try WeightsImport(folder).run() }?.kind == .foreignFormat)
    }

    @Test("Hugging Face's preprocessor fills what the configuration leaves open") func processor() throws {
        let folder = try directory(
            config:
                "{\"architecture\":\"mobilenetv4_conv_small\",\"id2label\":{\"0\":\"a\",\"1\":\"b\",\"2\":\"c\",\"3\":\"d\"}}"
        )
        let text = """
            {"do_resize":true,"size":{"shortest_edge":256},"do_center_crop":true,"crop_size":{"height":224,"width":224},
             "resample":3,"do_rescale":true,"rescale_factor":0.00392156862745098,"image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5]}
            """
        try Data(text.utf8).write(to: folder.appending(path: "preprocessor_config.json"))
        let file = try WeightsImport(folder).run().file
        #expect(file.classes == ["a", "b", "c", "d"])
        #expect(
            file.preprocessing
                == Preprocessing(
                    fitting: ImageFitting(224, fit: .crop, resampling: .bicubic, crop: .resizeSide(256)), channels: 3,
                    mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5]))
    }

    @Test("directories without weights, and weights in parts, are told apart") func noWeights() throws {
        let folder = scratch.file("empty")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        #expect(archiveError { _ = try WeightsImport(folder).run() }?.kind == .missingFile)
        try Data("{}".utf8).write(to: folder.appending(path: "model.safetensors.index.json"))
        #expect(archiveError { _ = try WeightsImport(folder).run() }?.received?.contains("several files") == true)
        #expect(archiveError { _ = try WeightsImport(scratch.file("nothing")).run() }?.kind == .missingFile)
    }

    @Test("tables of names hold every tensor once, in both libraries", arguments: PublishedNetwork.all.indices)
    func names(index: Int) throws {
        let published = PublishedNetwork.all[index]
        let names = try published.names(input: [3, published.side, published.side], classes: 5)
        #expect(Set(names.map(\.ours)).count == names.count)
        #expect(Set(names.map(\.theirs)).count == names.count)
        // A position in one list is the same in the other.
        #expect(names.allSatisfy { $0.ours.hasSuffix("running_mean") == $0.theirs.hasSuffix("running_mean") })
        let network = published.network(input: [3, published.side, published.side], classes: 5)
        #expect(try names.map(\.ours) == network.parameters().map(\.name) + network.buffers().map(\.name))
    }
}
