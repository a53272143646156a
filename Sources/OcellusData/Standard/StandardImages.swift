// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
package import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// What the name of a standard set stands for: the set, and of corrupted images which.
///
/// `cifar-10`, `cifar-10-c/fog` (all severities), `cifar-10-c/fog/3`.
package struct StandardImages: Sendable, Hashable {
    package let set: StandardSet
    /// As it was given.
    package let name: String
    /// What follows the set's name.
    private let parts: [String]

    /// The file names in the archive of corrupted images.
    package static let corruptions = [
        "gaussian_noise", "shot_noise", "impulse_noise", "speckle_noise", "defocus_blur", "glass_blur", "motion_blur",
        "zoom_blur", "gaussian_blur", "snow", "frost", "fog", "brightness", "contrast", "saturate", "spatter",
        "elastic_transform", "pixelate", "jpeg_compression",
    ]
    /// Test images of CIFAR-10, hence of each severity.
    private static let imagesPerSeverity = 10_000
    private static let severities = 5

    /// `nil` unless the text is the name of a set, or begins with that of the corrupted images.
    package init?(_ text: String) {
        let words = Path(text).bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { Path(bytes: $0).text }
        guard let set = StandardSet.named(words[0]), words.count == 1 || set.form == .corruptions else { return nil }
        self.set = set
        name = text
        parts = Array(words.dropFirst())
    }

    /// Images to train and to test on.
    ///
    /// - Throws: ``DataError/Code/notFetched``, ``DataError/Code/noImages`` for a set to test on only, and what the
    ///   readers throw.
    package func dataset(in root: URL = StandardSet.root) throws(DataError) -> ImageDataset {
        guard !set.isTestOnly else {
            throw DataError(
                .noImages, "\(set.name) has images to test on only.", needs: "a data set with training images",
                advice: "train on cifar-10, then evaluate or probe the model with --data \(name)")
        }
        let path = try directory(in: root)
        switch set.form {
        case .idx(let classes): return try IDXDirectory(path).read(name: set.name, classes: classes)
        case .emnist(let split, let firstLabel, let classes):
            let archive = try ZipReader(try FileBytes(path.appending(set.files[0].name)))
            return try EMNIST(split: split, firstLabel: firstLabel, classes: classes).read(archive, name: set.name)
        case .cifar, .arrays, .corruptions:
            return try CIFAR.read(archive: path.appending(set.files[0].name), name: set.name)
        }
    }

    /// Images to test on.
    ///
    /// - Throws: ``DataError/Code/notFetched``, ``DataError/Code/outOfRange`` for a corruption that is none, and what the
    ///   readers throw.
    package func test(in root: URL = StandardSet.root) throws(DataError) -> ImageSet {
        switch set.form {
        case .idx, .emnist, .cifar: return try dataset(in: root).test
        case .arrays:
            let path = try directory(in: root)
            let images = path.appending(set.files[0].name)
            let labels = path.appending(set.files[1].name)
            return try NPY.imageSet(
                images: NPY([UInt8](try Files.read(images)), path: images.text),
                labels: NPY([UInt8](try Files.read(labels)), path: labels.text), classes: CIFAR.ten.classes)
        case .corruptions:
            let (corruption, severity) = try selection()
            return try Self.corrupted(
                try FileStream(try directory(in: root).appending(set.files[0].name)), corruption: corruption,
                range: severity.map { ($0 - 1) * Self.imagesPerSeverity..<$0 * Self.imagesPerSeverity })
        }
    }

    private func directory(in root: URL) throws(DataError) -> Path {
        let presence = set.presence(in: root)
        if let directory = presence.directory { return Path(directory) }
        var received: String?
        if case .incomplete(let missing) = presence { received = "no \(Files.list(missing))" }
        var advice = "ocellus data fetch \(set.name)"
        if Files.exists(Path(name)) { advice += ", or ./\(name) for what lies at that path" }
        throw DataError(
            .notFetched, "the data set \(set.name) is not on this machine.", received: received, advice: advice)
    }

    /// Corruption and severity.
    private func selection() throws(DataError) -> (corruption: String, severity: Int?) {
        guard let corruption = parts.first, Self.corruptions.contains(corruption) else {
            let guess = parts.first.flatMap { closestMatch(to: $0, in: Self.corruptions) }
            throw DataError(
                .outOfRange, "\(name) does not say which corruption.",
                needs: "\(set.name)/ and one of \(Self.corruptions.joined(separator: ", "))",
                advice: guess.map { "did you mean \(set.name)/\($0)?" } ?? "\(set.name)/fog/3")
        }
        guard parts.count > 1 else { return (corruption, nil) }
        guard parts.count == 2, let severity = Int(parts[1]), (1...Self.severities).contains(severity) else {
            throw DataError(
                .outOfRange, "\(name) is no severity of \(corruption).", needs: "1 to \(Self.severities)",
                received: parts.dropFirst().joined(separator: "/"), advice: "\(set.name)/\(corruption)/3")
        }
        return (corruption, severity)
    }

    /// Images of one corruption from the archive, which is read as it is.
    static func corrupted(
        _ stream: any ByteStream, corruption: String, range: Range<Int>?
    ) throws(DataError) -> ImageSet {
        let wanted = ["CIFAR-10-C/\(corruption).npy", "CIFAR-10-C/labels.npy"]
        let found = try TarReader.members(wanted, of: stream)
        let arrays = try zip(wanted, found).map { name, bytes throws(DataError) in
            try NPY(bytes, path: "\(stream.path)/\(name)")
        }
        return try NPY.imageSet(images: arrays[0], labels: arrays[1], classes: CIFAR.ten.classes, range: range)
    }
}
