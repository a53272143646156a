// SPDX-License-Identifier: Apache-2.0

package import OcellusFiles
import OcellusModel
import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Decodes everything and says what is wrong with it.
package struct FolderCheck: Sendable {
    /// Classes with fewer training images than this are called tiny.
    static let fewImages = 10
    /// The largest class may have this many times the images of the smallest.
    static let mostImbalance = 5.0
    /// Above this share of all, other channels are a mixture and no oddity.
    static let oddShare = 0.1

    /// An image and where it belongs.
    struct Entry: Sendable {
        var path: Path
        var split: SplitName
        var label: Int
        var facts: ImageFacts
        /// Of the table; `nil` for an image of its own.
        var group: String?
    }

    package let path: Path
    let options: ImageFolderOptions
    let layout: ImageLayout
    let entries: [Entry]
    /// Whether the files can be moved: a folder.
    let isFolder: Bool
    /// A set that holds pixels instead of files.
    private let pixels: ImageDataset?
    /// Why the cache could not be written; nothing that was found depends on it.
    package let cacheFailure: String?

    /// `check` in the cache directory of the user.
    package static var defaultCache: URL { ImageCache.directory.appending(path: "check") }

    /// Reads and decodes all images at a path.
    ///
    /// - Parameters:
    ///   - path: Whatever ``ImageDataset`` reads.
    ///   - options: Limits, and whether links are followed.
    ///   - cache: A directory, e.g. ``defaultCache``, that keeps what decoding told, by content; `nil` keeps nothing.
    ///   - progress: Told after some files how many were looked at, and of how many.
    /// - Throws: ``DataError`` when there is nothing to check, `CancellationError`.
    package init(
        _ path: Path, options: ImageFolderOptions = ImageFolderOptions(), cache: URL? = nil,
        progress: (_ done: Int, _ count: Int) -> Void = { _, _ in }
    ) async throws {
        let path = path.withoutTrailingSlashes
        self.path = path
        self.options = options
        let kind = ImageDataset.isName(path.text) ? nil : try ImageDataset.recognise(path)
        let source: ImageSource
        switch kind {
        case nil, .idx, .cifar10, .cifar100, .cifarArchive:
            let images = try await ImageDataset.named(path)
            (layout, entries) = try Self.decoded(images, path: path.text)
            isFolder = false
            pixels = images
            cacheFailure = nil
            return
        case .folder: source = .folder(path)
        case .manifest(let paths): source = .manifest(paths, root: path)
        case .archives(let paths): source = .archives(paths, root: path)
        }
        isFolder = kind == .folder
        pixels = nil
        layout = try source.layout(options: options)
        let parts = layout.splits.flatMap { part in part.files.map { (part.name, $0) } }
        var facts = [ImageFacts?](repeating: nil, count: parts.count)
        let limits = options.limits
        let kept = cache.map { CheckCache(in: $0, for: path, limits: limits) }
        var done = 0
        try await ImageContents.forEach(of: parts.map(\.1.content), limits: limits) { chunk in
            (0..<chunk.count).map { place in
                ImageFacts({ () throws(ImageFailure) in try chunk.load(place) }, limits: limits, cache: kept)
            }
        } collect: { indices, part in
            for (index, found) in zip(indices, part) { facts[index] = found }
            done += indices.count
            progress(done, parts.count)
        }
        do {
            try kept?.write(facts.compactMap { $0 })
            cacheFailure = nil
        } catch {
            cacheFailure = (error as? any OcellusError)?.summary ?? "\(error)"
        }
        entries = zip(parts, facts).compactMap { part, facts in
            facts.map {
                Entry(path: part.1.path, split: part.0, label: Int(part.1.label), facts: $0, group: part.1.group)
            }
        }
    }

    /// Sets that hold pixels.
    private static func decoded(_ images: ImageDataset, path: String) throws(DataError) -> (ImageLayout, [Entry]) {
        var layout = ImageLayout(root: path)
        layout.classes = images.classes
        let parts: [(SplitName, ImageSet?)] = [
            (.train, images.train), (.validation, images.validation), (.test, images.test),
        ]
        var entries: [Entry] = []
        for (name, set) in parts {
            guard let set else { continue }
            for index in 0..<set.count {
                entries.append(
                    Entry(
                        path: Path(Self.name(name, index)), split: name, label: Int(set.labels[index]),
                        facts: ImageFacts(try set.image(at: index))))
            }
        }
        layout.validation = images.validation.map { _ in [] }
        layout.test = []
        return (layout, entries)
    }

    /// Names of the images of a data set that was read from the same path, as findings name them.
    ///
    /// - Returns: Of the training, validation and test images.
    package func names(of images: ImageDataset) -> (train: [String], validation: [String], test: [String]) {
        func names(_ set: ImageSet?, _ split: SplitName) -> [String] {
            guard let set else { return [] }
            guard pixels == nil else { return (0..<set.count).map { Self.name(split, $0) } }
            return set.positions.map { entries[$0].path.text }
        }
        return (names(images.train, .train), names(images.validation, .validation), names(images.test, .test))
    }

    private static func name(_ split: SplitName, _ index: Int) -> String { "\(split.rawValue)[\(index)]" }

    /// Small pictures for a page, as JPEG, of at most `limit` of the files that findings name.
    ///
    /// - Throws: ``DataError`` when an archive cannot be read any more, `CancellationError`.
    package func thumbnails(of report: CheckReport, side: Int = 96, limit: Int = 300) async throws -> [String: Data] {
        var wanted: [String] = []
        var seen = Set<String>()
        for finding in report.findings {
            for path in finding.paths where wanted.count < limit && seen.insert(path).inserted { wanted.append(path) }
        }
        if let pixels { return try Self.thumbnails(of: pixels, wanted: Set(wanted), side: side) }
        let files = Dictionary(
            layout.splits.flatMap(\.files).map { ($0.path.text, $0.content) }, uniquingKeysWith: { first, _ in first })
        let known = wanted.filter { files[$0] != nil }
        var thumbnails: [String: Data] = [:]
        let limits = options.limits
        try await ImageContents.forEach(of: known.compactMap { files[$0] }, limits: limits) { chunk in
            (0..<chunk.count).map { place in
                (try? chunk.load(place)).flatMap { Self.thumbnail($0, side: side, limits: limits) }
            }
        } collect: { indices, part in
            for (index, data) in zip(indices, part) { thumbnails[known[index]] = data }
        }
        return thumbnails
    }

    private static func thumbnails(of images: ImageDataset, wanted: Set<String>, side: Int) throws(DataError)
        -> [String: Data]
    {
        let parts: [(SplitName, ImageSet?)] = [
            (.train, images.train), (.validation, images.validation), (.test, images.test),
        ]
        var thumbnails: [String: Data] = [:]
        for (split, set) in parts {
            guard let set else { continue }
            for index in 0..<set.count where wanted.contains(name(split, index)) {
                thumbnails[name(split, index)] = thumbnail(try set.image(at: index), side: side)
            }
        }
        return thumbnails
    }

    private static func thumbnail(_ data: Data, side: Int, limits: ImageLimits) -> Data? {
        guard let info = try? ImageDecoder.readHeader(data, limits: limits).info else { return nil }
        return try? DecodingTurns.shared.decode(bytes: ImageDecoder.bytes(for: info)) { () throws(ImageFailure) in
            thumbnail(try ImageDecoder.decodePixels(data, header: info), side: side)
        }
    }

    private static func thumbnail(_ image: DecodedImage, side: Int) -> Data? {
        let scale = min(1, Double(side) / Double(max(image.width, image.height)))
        let width = max(1, Int((Double(image.width) * scale).rounded()))
        let height = max(1, Int((Double(image.height) * scale).rounded()))
        let small = Preprocessing(width: width, height: height, channels: image.channels, fit: .stretch)
        return (try? small.apply(image)).flatMap { planar in
            try? ImageEncoder.jpeg(
                DecodedImage(width: width, height: height, channels: image.channels, planar: planar), quality: 80)
        }
    }
}
