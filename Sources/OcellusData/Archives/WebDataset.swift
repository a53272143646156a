// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

/// Shards whose members share everything before the first dot of their names: `000123.jpg` and its class in
/// `000123.cls` or `000123.json`.
struct WebDataset {
    let root: Path
    let listings: [ImageArchives.Listing]

    /// What a member says about the class of its sample.
    enum Label: Hashable {
        /// An index, from a decimal number.
        case number(Int)
        case name(String)

        static let endings = [".cls", ".json"]
        static let mostBytes = 1 << 16
        private static let keys = ["cls", "label", "class", "class_name"]

        /// - Returns: `nil` when the member states no class.
        init?(name: Path, _ bytes: [UInt8]) {
            guard name.ends(with: ".json") else {
                self.init(text: String(decoding: bytes, as: UTF8.self))
                return
            }
            let members = (try? JSONValue(bytes))?.members ?? [:]
            switch Self.keys.lazy.compactMap({ members[$0] }).first {
            case .string(let text): self.init(text: text)
            case .number(let text):
                guard let number = Int(text) ?? Double(text).flatMap(Int.init(exactly:)) else { return nil }
                self = .number(number)
            default: return nil
            }
        }

        private init?(text: String) {
            let text = text.trimmed
            guard !text.isEmpty else { return nil }
            self = Int(text).map { .number($0) } ?? .name(text)
        }
    }

    private struct Sample {
        var image: (path: Path, content: ImageContent)?
        var label: Label?
        /// Whether `label` is of a .cls member, which goes before .json.
        var isFinal = false
    }

    /// - Throws: ``DataError/Code/ambiguous`` for a sample of two images, ``DataError/Code/classNames`` for one without a
    ///   class, ``DataError/Code/labelOutOfRange``.
    func layout() throws(DataError) -> ImageLayout {
        var layout = ImageLayout(root: root.text)
        var splits: [SplitName: [(path: Path, content: ImageContent, label: Label)]] = [:]
        for listing in listings {
            let split = SplitName(inFileName: listing.name) ?? .train
            splits[split, default: []] += try samples(of: listing, layout: &layout)
        }
        if splits[.train] == nil, splits.count == 1, let (only, samples) = splits.first {
            splits = [.train: samples]
            layout.remarks.append("there are only \(only.rawValue) shards: their images are used for training")
        }
        let train = splits[.train] ?? []
        let indices = try classes(of: train.map(\.label), layout: &layout)
        func files(_ samples: [(path: Path, content: ImageContent, label: Label)]) -> [ImageLayout.File] {
            samples.map { .init(path: $0.path, content: $0.content, label: UInt16(clamping: indices[$0.label] ?? 0)) }
        }
        layout.train = files(train)
        for split in [SplitName.validation, .test] {
            guard let samples = splits[split] else { continue }
            let unknown = Set(samples.map(\.label)).filter { indices[$0] == nil }
            guard unknown.isEmpty else {
                throw DataError(
                    .unknownClass,
                    "the \(split.rawValue) shards of \(root) have classes that the training shards lack.",
                    needs: Files.list(layout.classes),
                    received: Files.list(unknown.map { "\($0)" }.sorted()), advice: "add training images of them")
            }
            if split == .test { layout.test = files(samples) } else { layout.validation = files(samples) }
        }
        return layout
    }

    private func samples(
        of listing: ImageArchives.Listing, layout: inout ImageLayout
    ) throws(DataError) -> [(path: Path, content: ImageContent, label: Label)] {
        // Paths, not strings: names that differ only in their Unicode normalization are two samples.
        var samples: [Path: Sample] = [:]
        var order: [Path] = []
        for member in listing.members where member.isNewest {
            let parts = member.parts
            guard let name = parts.last, !Files.isHidden(name), member.kind != .directory else { continue }
            let path = listing.path.appending(Path(components: parts))
            guard member.kind == .file else {
                layout.leftovers += ImageTree.Leftovers(
                    others: member.kind == .other ? [path] : [], links: member.kind == .other ? [] : [path])
                continue
            }
            let stem = Path(bytes: name.bytes.prefix { $0 != UInt8(ascii: ".") })
            let key = Path(components: parts.dropLast() + [stem])
            guard member.isImage || member.label != nil else {
                layout.leftovers.others.append(path)
                continue
            }
            if samples[key] == nil { order.append(key) }
            var sample = samples[key] ?? Sample()
            if member.isImage {
                if let other = sample.image {
                    throw DataError(
                        .ambiguous, "a sample of \(listing.path) has two images.", received: "\(other.path), \(path)",
                        advice: "shards with one image in each sample")
                }
                sample.image = (path, .member(archive: listing.path, index: member.content))
            } else if !sample.isFinal {
                sample.label = member.label
                sample.isFinal = name.ends(with: ".cls")
            }
            samples[key] = sample
        }
        var found: [(path: Path, content: ImageContent, label: Label)] = []
        var unlabelled: [Path] = []
        for key in order {
            guard let sample = samples[key], let image = sample.image else { continue }
            if let label = sample.label {
                found.append((image.path, image.content, label))
            } else {
                unlabelled.append(image.path)
            }
        }
        guard unlabelled.isEmpty else {
            throw DataError(
                .classNames, "\(unlabelled.count) images of \(listing.path) have no class.",
                needs: "KEY.cls, or KEY.json with \"label\", for each KEY.jpg", received: Files.list(unlabelled))
        }
        return found
    }

    /// Numbers are the classes' positions, with names from `classes.txt` or `labels.txt` beside the shards where there
    /// is one; names are sorted by their bytes.
    private func classes(of labels: [Label], layout: inout ImageLayout) throws(DataError) -> [Label: Int] {
        var numbers: [Int] = []
        var names: [String] = []
        for label in Set(labels) {
            switch label {
            case .number(let number): numbers.append(number)
            case .name(let name): names.append(name)
            }
        }
        guard names.isEmpty || numbers.isEmpty else {
            throw DataError(
                .classNames, "\(root) has classes as numbers and as names.", received: "\(numbers[0]) and \(names[0])")
        }
        guard numbers.isEmpty else {
            let shard = listings[0].path
            var given = try ClassNames.read(shard.sibling(Path("classes.txt")))
            if given == nil { given = try ClassNames.read(shard.sibling(Path("labels.txt"))) }
            // A label may be any number: it is compared before anything is computed from it.
            let allowed = 0..<(given?.count ?? Int(UInt16.max))
            let strange = numbers.filter { !allowed.contains($0) }
            guard strange.isEmpty else {
                throw DataError(
                    .labelOutOfRange, "a sample of \(root) has no class.",
                    needs: allowed.isEmpty ? "names of classes beside the shards" : "0 to \(allowed.upperBound - 1)",
                    received: Files.list(strange.sorted().map(String.init)))
            }
            if let given {
                layout.classes = given
                return Dictionary(uniqueKeysWithValues: numbers.map { (.number($0), $0) })
            }
            let used = ClassNames.numbers(Set(numbers))
            layout.classes = used.map(String.init)
            layout.remarks += ClassNames.gapNote(used, of: "\(root)").map { [$0] } ?? []
            return Dictionary(uniqueKeysWithValues: used.enumerated().map { (.number($1), $0) })
        }
        layout.classes = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return Dictionary(uniqueKeysWithValues: layout.classes.enumerated().map { (.name($1), $0) })
    }
}

extension WebDataset.Label: CustomStringConvertible {
    var description: String {
        switch self {
        case .number(let number): String(number)
        case .name(let name): name
        }
    }
}
