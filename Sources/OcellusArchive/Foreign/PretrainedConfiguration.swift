// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
package import OcellusGraph
package import OcellusModel
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// What stands beside weights in a directory of timm or Hugging Face: `config.json`, `preprocessor_config.json`, and the licence
/// at the top of `README.md`.
package struct PretrainedConfiguration: Sendable, Equatable {
    /// By timm's name.
    package var architecture: String?
    package var classes: Int?
    /// Of the images that the weights were trained with.
    package var size: Size2D?
    package var facts = Preprocessing.Facts()
    /// Names of the classes, in order.
    package var labels: [String]?
    /// As it is written there, e.g. `apache-2.0`.
    package var license: String?
    /// Name and recipe, e.g. `resnet18.a1_in1k`.
    package var name: String?

    private static let largestFile = 16 << 20

    /// - Throws: ``ArchiveError`` for files that are there and cannot be used.
    package init(directory: URL) throws {
        func text(_ name: String) throws -> String? {
            let url = directory.appending(path: name)
            guard FileManager.default.fileExists(atPath: url.path(percentEncoded: false)) else { return nil }
            let data = try ArchiveError.ofFiles { try AtomicFile.read(url, limit: Self.largestFile) }
            return String(decoding: data, as: UTF8.self)
        }
        if let config = try text("config.json") {
            try read(try CanonicalJSON.decode(Config.self, from: config, what: "config.json"))
        }
        if let processor = try text("preprocessor_config.json") {
            let found = try CanonicalJSON.decode(Processor.self, from: processor, what: "preprocessor_config.json")
            facts = facts.completed(by: try Self.facts(found))
            size = size ?? found.side
        }
        if license == nil, let card = try text("README.md") { license = Self.license(ofCard: card) }
    }

    package init() {}

    // MARK: timm

    private struct Config: Decodable {
        struct Pretrained: Decodable {
            var tag: String?
            var inputSize: [Int]?
            var interpolation: String?
            var cropPct: Double?
            var cropMode: String?
            var mean: [Float]?
            var std: [Float]?
            var numClasses: Int?
            var license: String?

            private enum CodingKeys: String, CodingKey {
                case tag, interpolation, mean, std, license
                case inputSize = "input_size"
                case cropPct = "crop_pct"
                case cropMode = "crop_mode"
                case numClasses = "num_classes"
            }
        }
        var architecture: String?
        var numClasses: Int?
        var labelNames: [String]?
        var pretrainedCfg: Pretrained?
        var license: String?
        var id2label: [String: String]?
        var architectures: [String]?

        private enum CodingKeys: String, CodingKey {
            case architecture, license, id2label, architectures
            case numClasses = "num_classes"
            case labelNames = "label_names"
            case pretrainedCfg = "pretrained_cfg"
        }
    }

    private mutating func read(_ config: Config) throws {
        if config.architecture == nil, let kind = config.architectures?.first {
            throw ArchiveError(
                .foreignFormat, "config.json describes the network \(kind) of transformers.",
                needs: "a network of timm, with \"architecture\"",
                advice: "the same weights as timm publishes them, under the name timm/… on the hub")
        }
        let cfg = config.pretrainedCfg
        architecture = config.architecture
        classes = config.numClasses ?? cfg?.numClasses
        name = [config.architecture, cfg?.tag].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: ".")
        license = cfg?.license ?? config.license
        labels = try config.labelNames ?? config.id2label.map(Self.labels(of:))
        guard let cfg else { return }
        if let shape = cfg.inputSize {
            guard shape.count == 3, shape[0] == 3, shape.allSatisfy({ (1...1 << 16).contains($0) }) else {
                throw Self.impossible("input_size", "3 channels, height and width", "\(shape)")
            }
            size = Size2D(shape[1], shape[2])
        }
        facts = try Self.facts(
            mean: cfg.mean, deviation: cfg.std, interpolation: cfg.interpolation, crop: cfg.cropPct,
            mode: cfg.cropMode)
    }

    private static func facts(
        mean: [Float]?, deviation: [Float]?, interpolation: String?, crop: Double?, mode: String?
    ) throws -> Preprocessing.Facts {
        var facts = Preprocessing.Facts(
            mean: try checked(mean, "mean"), standardDeviation: try checked(deviation, "std"))
        if let deviation, !deviation.allSatisfy({ $0 > 0 }) {
            throw impossible("std", "positive numbers", "\(deviation)")
        }
        if let interpolation {
            let known: [String: ImageFitting.Resampling] = [
                "bilinear": .bilinear, "bicubic": .bicubic, "lanczos": .lanczos,
            ]
            // `random` and others are of training, and say nothing of how the weights are used.
            facts.resampling = known[interpolation]
        }
        switch mode ?? "center" {
        case "center":
            if let crop {
                guard crop >= 0.0625, crop <= 1 else { throw impossible("crop_pct", "0.0625 to 1", "\(crop)") }
                (facts.fit, facts.crop) = (.crop, .fraction(crop))
            }
        case "squash": facts.fit = .stretch
        // `border` fills with another colour than ours.
        default: break
        }
        return facts
    }

    private static func checked(_ numbers: [Float]?, _ name: String) throws -> [Float]? {
        guard let numbers else { return nil }
        guard numbers.count == 3, numbers.allSatisfy(\.isFinite) else {
            throw impossible(name, "3 finite numbers", "\(numbers)")
        }
        return numbers
    }

    private static func labels(of names: [String: String]) throws -> [String] {
        try (0..<names.count).map { index in
            guard let name = names["\(index)"] else {
                throw impossible("id2label", "a name for each number from 0 to \(names.count - 1)", "none for \(index)")
            }
            return name
        }
    }

    private static func impossible(_ name: String, _ needs: String, _ received: String) -> ArchiveError {
        ArchiveError(.corrupt, "the configuration has an impossible \(name).", needs: needs, received: received)
    }

    // MARK: Hugging Face

    private struct Processor: Decodable {
        /// A number, or sides by their names.
        struct Side: Decodable {
            var shortest: Int?
            var height: Int?
            var width: Int?

            private enum Key: String, CodingKey {
                case height, width
                case shortestEdge = "shortest_edge"
            }

            init(from decoder: any Decoder) throws {
                if let side = try? decoder.singleValueContainer().decode(Int.self) {
                    shortest = side
                    return
                }
                let values = try decoder.container(keyedBy: Key.self)
                shortest = try values.decodeIfPresent(Int.self, forKey: .shortestEdge)
                height = try values.decodeIfPresent(Int.self, forKey: .height)
                width = try values.decodeIfPresent(Int.self, forKey: .width)
            }
        }
        var imageMean: [Float]?
        var imageStd: [Float]?
        var doNormalize: Bool?
        var doRescale: Bool?
        var rescaleFactor: Double?
        var resample: Int?
        var size: Side?
        var cropSize: Side?
        var doCenterCrop: Bool?
        var cropPct: Double?

        private enum CodingKeys: String, CodingKey {
            case resample, size
            case imageMean = "image_mean"
            case imageStd = "image_std"
            case doNormalize = "do_normalize"
            case doRescale = "do_rescale"
            case rescaleFactor = "rescale_factor"
            case cropSize = "crop_size"
            case doCenterCrop = "do_center_crop"
            case cropPct = "crop_pct"
        }

        /// Of the images that come out of it.
        var side: Size2D? {
            let side = doCenterCrop == true ? cropSize : size
            if let height = side?.height, let width = side?.width { return Size2D(height, width) }
            return side?.shortest.map { Size2D($0, $0) }
        }
    }

    private static func facts(_ processor: Processor) throws -> Preprocessing.Facts {
        // Other factors belong to other arithmetic than division by 255.
        guard processor.doRescale != false, abs((processor.rescaleFactor ?? 1 / 255) * 255 - 1) < 1e-3 else {
            return Preprocessing.Facts()
        }
        var facts = Preprocessing.Facts()
        if processor.doNormalize == false {
            (facts.mean, facts.standardDeviation) = ([0, 0, 0], [1, 1, 1])
        } else {
            facts = try Self.facts(
                mean: processor.imageMean, deviation: processor.imageStd, interpolation: nil, crop: nil, mode: nil)
        }
        // Numbers of Pillow.
        facts.resampling = processor.resample.flatMap { [1: .lanczos, 2: .bilinear, 3: .bicubic][$0] }
        if let share = processor.cropPct {
            facts = try facts.completed(
                by: Self.facts(mean: nil, deviation: nil, interpolation: nil, crop: share, mode: nil))
        } else if processor.doCenterCrop == true, let side = processor.size?.shortest, (1...1 << 20).contains(side) {
            (facts.fit, facts.crop) = (.crop, .resizeSide(side))
        } else if processor.doCenterCrop != true, processor.size?.height != nil {
            facts.fit = .stretch
        }
        return facts
    }

    /// `license: mit` between the lines `---` at the start of a model card.
    static func license(ofCard text: String) -> String? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.trimmed
        }
        guard lines.first == "---" else { return nil }
        let head = lines.dropFirst().prefix { $0 != "---" }
        guard let line = head.first(where: { $0.hasPrefix("license:") }) else { return nil }
        let license = line.dropFirst("license:".count).filter { !" \"'".contains($0) }
        return license.isEmpty ? nil : license
    }
}
