// SPDX-License-Identifier: Apache-2.0

package import OcellusFiles
package import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

extension ImageDataset {
    /// Whether a text is the name of a data set, and hence no path.
    package static func isName(_ text: String) -> Bool {
        BuiltInSet.isName(text) || StandardImages(text) != nil
    }

    /// The kinds of data that are read, told by their files.
    package enum Kind: Hashable, Sendable {
        case idx, cifar10, cifar100
        /// The published tar archive of CIFAR-10 or CIFAR-100 in the binary version.
        case cifarArchive
        /// A folder of image files.
        case folder
        /// Tables of image files with their classes.
        case manifest([Path])
        /// Tar archives, plain or gzipped.
        case archives([Path])
    }

    /// Reads whatever data set lies at a path:
    ///
    /// - a directory of IDX files, or of CIFAR-10 or CIFAR-100 in the binary version, or the archive of either;
    /// - a folder of image files for each class, with or without directories for the splits, or image files whose names
    ///   begin with their class (`dog.1.jpg`);
    /// - a table with the columns `path` and `label`, and perhaps `split` and `group`: comma-separated text, or JSON lines;
    /// - a tar archive of such a folder, plain or gzipped, a zip archive, or shards in the layout of WebDataset: one file, a
    ///   directory of them, or a range in braces (`name-{000..146}.tar`).
    ///
    /// - Parameters:
    ///   - directory: Where the files are.
    ///   - options: For image files.
    /// - Throws: ``DataError``, `CancellationError`.
    public init(contentsOf directory: URL, options: ImageFolderOptions = ImageFolderOptions()) async throws {
        try await self.init(at: Path(directory), options: options)
    }

    private init(at path: Path, options: ImageFolderOptions) async throws {
        switch try Self.recognise(path) {
        case .idx: self = try IDXDirectory(path).read()
        case .cifar10: self = try CIFAR.ten.read(path)
        case .cifar100: self = try CIFAR.hundred.read(path)
        case .cifarArchive: self = try CIFAR.read(archive: path)
        case .folder: self = try await ImageFolder(source: .folder(path), options: options).read()
        case .manifest(let paths):
            self = try await ImageFolder(source: .manifest(paths, root: path), options: options).read()
        case .archives(let paths):
            self = try await ImageFolder(source: .archives(paths, root: path), options: options).read()
        }
    }

    /// Reads a data set by its known name or its path; a name goes before a path, `./embedded` is always a path.
    ///
    /// - Throws: ``DataError/Code/notFound`` with the nearest name, ``DataError/Code/notFetched`` for a standard set, and
    ///   what ``init(contentsOf:options:)`` throws.
    package static func named(
        _ nameOrPath: String, options: ImageFolderOptions = ImageFolderOptions()
    ) async throws -> ImageDataset {
        try await named(Path(nameOrPath), options: options)
    }

    /// As ``named(_:options:)`` for a path whose bytes need not be text.
    package static func named(
        _ nameOrPath: Path, options: ImageFolderOptions = ImageFolderOptions()
    ) async throws -> ImageDataset {
        if let set = try BuiltInSet(nameOrPath.text) { return try set.dataset() }
        if let images = StandardImages(nameOrPath.text) { return try images.dataset() }
        return try await ImageDataset(at: nameOrPath, options: options)
    }

    /// The kind of the data at a path.
    ///
    /// - Throws: ``DataError/Code/notFound``, ``DataError/Code/unknownKind`` with what was found.
    package static func recognise(_ path: String) throws(DataError) -> Kind { try recognise(Path(path)) }

    /// As ``recognise(_:)-(String)`` for a path whose bytes need not be text.
    package static func recognise(_ path: Path) throws(DataError) -> Kind {
        switch Files.kind(at: path) {
        case .directory: return try recognise(directory: path)
        case .file: return try recognise(file: path)
        case .link, .other:
            throw DataError(.unknownKind, "\(path) is neither a file nor a directory.", needs: "a data set")
        case nil:
            guard let shards = try ImageArchives.expand(path) else { throw notFound(path) }
            let missing = shards.filter { Files.kind(at: $0) != .file }
            guard missing.isEmpty else {
                throw DataError(
                    .missingFile, "\(missing.count) of \(shards.count) shards of \(path) are missing.",
                    received: Files.list(missing))
            }
            return .archives(shards)
        }
    }

    private static func recognise(file path: Path) throws(DataError) -> Kind {
        if try ImageArchives.isInside(path) {
            return CIFAR.inside(archive: path) == nil ? .archives([path]) : .cifarArchive
        }
        if ImageManifest.isManifest(path) { return .manifest([path]) }
        let start = Files.prefix(of: path, count: ImageFormat.prefixLength)
        let advice: String
        if ImageFormat(start).refusal == nil {
            advice = "a directory with a folder of images for each class"
        } else if let packer = Self.packer(start) {
            advice = "unpack it (\(packer)), or pack the images as .tar, .tar.gz or .zip"
        } else {
            advice = "its directory"
        }
        throw DataError(
            .unknownKind, "\(path) is a file of no known data set.",
            needs:
                "a directory, a tar archive (plain or gzipped), a zip archive, or a .csv with the columns path and label",
            advice: advice)
    }

    /// What unpacks a file that is an archive of another kind.
    private static func packer(_ start: Data) -> String? {
        let packers: [([UInt8], String)] = [
            ([0x28, 0xB5, 0x2F, 0xFD], "zstd -d"),
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "xz -d"), ([0x42, 0x5A, 0x68], "bzip2 -d"),
            ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7z x"), ([0x52, 0x61, 0x72, 0x21], "unrar x"),
            ([0x1F, 0x8B], "gzip -d"),
        ]
        return packers.first { start.starts(with: $0.0) }?.1
    }

    private static func recognise(directory path: Path) throws(DataError) -> Kind {
        let entries = try Files.entries(of: path)
        if entries.contains(where: { IDXDirectory.isTrainImages($0.name.text) }) { return .idx }
        if CIFAR.ten.directory(for: path) != nil { return .cifar10 }
        if CIFAR.hundred.directory(for: path) != nil { return .cifar100 }
        let tables = ImageManifest.beside(imagesIn: path, entries: entries)
        if !tables.isEmpty { return .manifest(tables) }
        if entries.contains(where: { $0.kind == .directory || $0.kind == .link }) { return .folder }
        let archives = entries.filter { $0.kind == .file && ImageArchives.isArchive($0.name) }.map {
            path.appending($0.name)
        }
        if !archives.isEmpty { return .archives(archives) }
        let isLabelled = entries.contains {
            ImageFormat.isAnnounced(by: $0.name) && FileLabel.label(of: $0.name.text) != nil
        }
        if isLabelled { return .folder }
        let table = entries.first { ImageManifest.isManifest($0.name) }.map { "the table: \(path.appending($0.name))" }
        throw DataError(
            .unknownKind, "\(path) holds no data set that is known.",
            needs:
                "a folder of images for each class, names that begin with the class (dog.1.jpg), tar or zip archives, the "
                + "IDX files of MNIST, or CIFAR's binary files",
            received: Files.summary(of: entries),
            because: entries.lazy.compactMap { entry in
                ImageFormat.isAnnounced(by: entry.name) ? FileLabel.refusal(of: entry.name.text) : nil
            }.first, advice: table)
    }

    private static func notFound(_ path: Path) -> DataError {
        let siblings = (try? Files.entries(of: path.parent)) ?? []
        let usable = siblings.filter {
            $0.kind == .directory || ImageArchives.isArchive($0.name) || ImageManifest.isManifest($0.name)
        }
        let paths = usable.map { path.sibling($0.name).text }
        let builtIn = BuiltInSet.words.map(\.word)
        let guess = closestMatch(to: path.text, in: builtIn + StandardSet.all.map(\.name) + paths)
        return DataError(
            .notFound, "\"\(path)\" is neither the name of a data set nor a path.",
            needs:
                "\(builtIn.joined(separator: ", ")), a standard set, a directory, a table (.csv), a tar or zip archive",
            advice: guess.map { "did you mean \($0)?" })
    }
}
