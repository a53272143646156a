// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusModel
import OcellusTensor

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// Everything that a model is, in one safetensors file.
///
/// | Metadata          | Content                                                             |
/// | :---------------- | :------------------------------------------------------------------ |
/// | `format`          | `pt`, so that other programs take the file                          |
/// | `format_version`  | `1.0`; a newer major is refused, a newer minor read with a notice   |
/// | `network`         | JSON of ``Network``                                                 |
/// | `labels`          | JSON array, one class name for each logit                           |
/// | `preprocessing`   | JSON of ``Preprocessing``; absent when nobody knows                 |
/// | `training_record` | JSON of ``TrainingRecord``; absent when nobody knows                |
/// | `self_test`       | JSON of ``SelfTest``; absent when nobody ran it                     |
/// | `origin`          | JSON of ``WeightsOrigin``; absent for weights that started at random |
/// | `calibration`     | JSON of ``Calibration``; absent where nobody measured it             |
/// | `untrained_head`  | `true` where the last layer was never trained; else absent          |
///
/// Tensors are named as ``Network/parameters()`` and ``Network/buffers()`` name them, and each `running_mean` has a
/// `num_batches_tracked` beside it (64-bit integer, optional when read), so that PyTorch's
/// `load_state_dict(safetensors.torch.load_file(path))` takes the file for the same network written as `nn.Sequential`.
public struct ModelFile: Sendable, Equatable {
    /// The version that this code writes.
    public static let formatVersion = "1.0"
    private static let major = 1
    private static let minor = 0

    public var network: Network
    public var weights: Weights
    /// Class names, one for each logit.
    public var classes: [String]
    /// `nil` where nobody knows, which the weights of other programs may not tell: no picture can be answered then.
    public var preprocessing: Preprocessing?
    public var record: TrainingRecord?
    public var selfTest: SelfTest?
    /// Where weights that were trained elsewhere come from, and their licence.
    public var origin: WeightsOrigin?
    /// How sure the model may be; `nil` where nobody measured it.
    public var calibration: Calibration?
    /// Whether the last layer was never trained.
    public var hasUntrainedHead = false
    /// What a person should know about a file that was read, e.g. that a newer Ocellus wrote it.
    public private(set) var notices: [String] = []

    public init(
        network: Network, weights: Weights, classes: [String], preprocessing: Preprocessing?,
        record: TrainingRecord? = nil, selfTest: SelfTest? = nil
    ) {
        self.network = network
        self.weights = weights
        self.classes = classes
        self.preprocessing = preprocessing
        self.record = record
        self.selfTest = selfTest
    }

    /// Throws ``ModelError`` or ``ArchiveError`` unless the parts fit each other.
    public func validate() throws {
        try network.validate()
        try network.validate(weights)
        try validateDescription(what: "the model")
    }

    /// Writes atomically; the same model always gives the same bytes.
    ///
    /// - Parameter catalog: The layers that the file may name; others are stored as their graphs.
    /// - Throws: As ``validate()``, and ``ArchiveError`` when the file cannot be written.
    public func write(to url: URL, catalog: LayerCatalog = .standard) throws {
        try validate()
        // What no reader takes is not written.
        try Self.checkNumbers(weights, of: network, what: url.path(percentEncoded: false))
        var writer = SafetensorsWriter(metadata: [
            "format_version": Self.formatVersion,
            "network": try CanonicalJSON.encode(network, catalog: catalog),
            "labels": try CanonicalJSON.encode(classes),
        ])
        if let preprocessing { writer.metadata["preprocessing"] = try CanonicalJSON.encode(preprocessing) }
        if let origin { writer.metadata["origin"] = try CanonicalJSON.encode(origin) }
        if let calibration { writer.metadata["calibration"] = try CanonicalJSON.encode(calibration) }
        if hasUntrainedHead { writer.metadata["untrained_head"] = "true" }
        if let record { writer.metadata["training_record"] = try CanonicalJSON.encode(record) }
        if let selfTest { writer.metadata["self_test"] = try CanonicalJSON.encode(selfTest) }
        for (spec, tensor) in zip(try network.parameters(), weights.parameters) { writer.add(spec.name, tensor) }
        for (spec, tensor) in zip(try network.buffers(), weights.buffers) {
            writer.add(spec.name, tensor)
            if let counter = Self.counter(beside: spec.name) { writer.add(counter, Int64(weights.batchesTracked)) }
        }
        try writer.write(to: url)
    }

    /// Reads and checks a file; the self-test is left to whoever has a backend.
    ///
    /// - Parameter catalog: The layers that the file may name.
    /// - Throws: ``ArchiveError`` for the file, ``ModelError`` for the network in it.
    public init(contentsOf url: URL, catalog: LayerCatalog = .standard) throws {
        let file = try Safetensors(contentsOf: url)
        let notice = try Self.checkVersion(of: file)
        func value<Value: Decodable>(_ type: Value.Type, _ key: String) throws -> Value? {
            try file.metadata[key].map {
                try CanonicalJSON.decode(type, from: $0, what: "\"\(key)\" in \(file.path)", catalog: catalog)
            }
        }
        func required<Value: Decodable>(_ type: Value.Type, _ key: String) throws -> Value {
            guard let value = try value(type, key) else {
                throw ArchiveError(.corrupt, "\(file.path) is incomplete.", needs: "\"\(key)\" in its metadata")
            }
            return value
        }
        network = try required(Network.self, "network")
        classes = try required([String].self, "labels")
        origin = try value(WeightsOrigin.self, "origin")
        calibration = try value(Calibration.self, "calibration")
        hasUntrainedHead = try value(Bool.self, "untrained_head") ?? false
        preprocessing = try value(Preprocessing.self, "preprocessing")
        // Every model that Ocellus trained has one.
        if origin == nil { preprocessing = try required(Preprocessing.self, "preprocessing") }
        record = try value(TrainingRecord.self, "training_record")
        selfTest = try value(SelfTest.self, "self_test")
        try network.validate()
        weights = try Self.weights(of: network, in: file)
        notices = notice.map { [$0] } ?? []
        if hasUntrainedHead {
            notices.append("the last layer of \(file.path) was never trained: its answers mean nothing")
        }
        if selfTest == nil {
            notices.append("\(file.path) has no self-test: its logits are not checked on this machine")
        }
        try validateDescription(what: file.path)
    }

    // MARK: Parts

    /// - Returns: A notice for a newer minor version.
    private static func checkVersion(of file: Safetensors) throws -> String? {
        guard let text = file.metadata["format_version"] else {
            throw ArchiveError(
                .noNetwork, "\(file.path) holds \(file.entries.count) tensors but no network.",
                needs: "a model file of Ocellus", received: "a safetensors file of another program",
                advice: "train and save a model with Ocellus")
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(part) : nil }
        guard parts.count == 2, numbers.count == 2, numbers[0] >= 1 else {
            throw ArchiveError(
                .corrupt, "\(file.path) has an impossible format_version.", needs: "e.g. \(formatVersion)",
                received: text)
        }
        guard numbers[0] <= major else {
            throw ArchiveError(
                .newerFormat, "\(file.path) was written by a newer Ocellus.", needs: "format version \(major).x",
                received: text, advice: "update Ocellus")
        }
        return numbers[1] > minor
            ? "\(file.path) has format version \(text); this Ocellus knows \(formatVersion) and ignores what is new"
            : nil
    }

    /// `2.running_mean` gives `2.num_batches_tracked`.
    private static func counter(beside buffer: String) -> String? {
        buffer.hasSuffix(".running_mean") ? buffer.dropLast("running_mean".count) + "num_batches_tracked" : nil
    }

    private static func weights(of network: Network, in file: Safetensors) throws -> Weights {
        let parameters = try network.parameters()
        let buffers = try network.buffers()
        let counters = buffers.compactMap { counter(beside: $0.name) }
        let known = Set(parameters.map(\.name) + buffers.map(\.name) + counters)
        if let extra = file.entries.first(where: { !known.contains($0.name) }) {
            throw ArchiveError(
                .unexpectedTensor, "\(file.path) holds a tensor \"\(extra.name)\" that its network does not have.",
                needs: "\(parameters.count + buffers.count) tensors", received: "\(file.entries.count) tensors",
                advice: closestMatch(to: extra.name, in: known.sorted()).map { "the network has \"\($0)\"" })
        }
        var batchesTracked = 0
        for name in counters where file[name] != nil {
            let value = try file.integer(name)
            guard value >= 0 else {
                throw ArchiveError(
                    .corrupt, "\"\(name)\" in \(file.path) is out of range.", needs: "at least 0", received: "\(value)")
            }
            batchesTracked = max(batchesTracked, Int(value))
        }
        let weights = Weights(
            parameters: try parameters.map { try file.floats($0.name, shape: $0.shape) },
            buffers: try buffers.map { try file.floats($0.name, shape: $0.shape) }, batchesTracked: batchesTracked)
        try checkNumbers(weights, of: network, what: file.path)
        return weights
    }

    /// Weights and statistics are finite, and variances at least 0. A ReLU turns NaN into 0, so that a model with one could
    /// answer as if nothing were wrong.
    private static func checkNumbers(_ weights: Weights, of network: Network, what: String) throws {
        let graph = try network.graph()
        let variances = graph.variances
        let names = graph.parameters.map(\.name) + graph.buffers.map(\.name)
        for (name, tensor) in zip(names, weights.parameters + weights.buffers) {
            if let index = tensor.scalars.firstIndex(where: { !$0.isFinite }) {
                throw ArchiveError(
                    .notFinite, "the tensor \"\(name)\" in \(what) holds a value that is not finite.",
                    needs: "finite numbers", received: "\(tensor.scalars[index]) at position \(index)",
                    because: "a training that diverges leaves such values",
                    advice: "an earlier model, or train again with a smaller learning rate")
            }
            if variances.contains(name), let index = tensor.scalars.firstIndex(where: { $0 < 0 }) {
                throw ArchiveError(
                    .corrupt, "the running variance \"\(name)\" in \(what) is negative.", needs: "at least 0",
                    received: "\(tensor.scalars[index]) at position \(index)", advice: "the file as training wrote it")
            }
        }
    }

    /// Labels, preprocessing and self-test must fit the network.
    private func validateDescription(what: String) throws {
        func fail(_ part: String, _ needs: String, _ received: String) -> ArchiveError {
            ArchiveError(
                .shapeMismatch, "\(part) of \(what) does not fit its network.", needs: needs, received: received)
        }
        try preprocessing?.validate()
        let count = try network.classes()
        guard classes.count == count, Set(classes).count == count else {
            throw fail("the list of labels", "\(count) different names", "\(Set(classes).count) of \(classes.count)")
        }
        if let preprocessing, preprocessing.shape != network.input {
            throw fail("the preprocessing", "\(network.input) (C, H, W)", "\(preprocessing.shape)")
        }
        if let flaw = calibration?.flaw {
            throw ArchiveError(
                .corrupt, "the calibration of \(what) is impossible.", needs: "what training writes", received: flaw,
                advice: "the file as training wrote it")
        }
        guard let selfTest else { return }
        guard selfTest.pixels.count == network.input.count, selfTest.logits.count == count,
            selfTest.logits.allSatisfy(\.isFinite)
        else {
            throw fail(
                "the self-test", "\(network.input.count) pixels and \(count) finite logits",
                "\(selfTest.pixels.count) pixels and \(selfTest.logits.count) logits")
        }
    }
}

extension Graph {
    /// Names of the buffers that batch norms divide by.
    fileprivate var variances: Set<String> {
        Set(operations.filter { $0.kind is Op.BatchNorm }.compactMap { $0.inputs.last }.map { self[$0].name })
    }
}
