// SPDX-License-Identifier: Apache-2.0

public import Foundation
import OcellusTensor

extension ImageDataset {
    /// Names that stand for a data set without a path.
    package static let knownNames = ["embedded", "fashion-mini"]

    /// The kinds of data that a directory can hold, told by its files.
    package enum Kind: String, Sendable {
        case idx, cifar10, cifar100, folder
    }

    /// Reads whatever data set a directory holds: IDX files, CIFAR-10 or CIFAR-100 in the binary version, or a folder of
    /// image files for each class, with or without directories for the splits.
    ///
    /// - Parameters:
    ///   - directory: Where the files are.
    ///   - options: For folders of image files.
    /// - Throws: ``DataError``, `CancellationError`.
    public init(contentsOf directory: URL, options: ImageFolderOptions = ImageFolderOptions()) async throws {
        let path = directory.relativePath
        switch try Self.recognise(path) {
        case .idx: self = try IDXDirectory(path).read()
        case .cifar10: self = try CIFAR.ten.read(path)
        case .cifar100: self = try CIFAR.hundred.read(path)
        case .folder: self = try await ImageFolder(path: path, options: options).read()
        }
    }

    /// Reads a data set by its known name or its path; a name goes before a path, `./embedded` is always a path.
    ///
    /// - Throws: ``DataError/Code/notFound`` with the nearest name, and what ``init(contentsOf:options:)`` throws.
    package static func named(
        _ nameOrPath: String, options: ImageFolderOptions = ImageFolderOptions()
    ) async throws -> ImageDataset {
        if knownNames.contains(nameOrPath) { return try embedded }
        return try await ImageDataset(contentsOf: URL(fileURLWithPath: nameOrPath), options: options)
    }

    /// The kind of the data in a directory.
    ///
    /// - Throws: ``DataError/Code/notFound``, ``DataError/Code/unknownKind`` with what was found.
    package static func recognise(_ path: String) throws(DataError) -> Kind {
        switch Files.kind(at: path) {
        case .directory: break
        case nil: throw notFound(path)
        case .file, .link, .other:
            throw DataError(
                .unknownKind, "\(path) is a file.", needs: "the directory of a data set",
                advice: ImageFormat(Files.prefix(of: path, count: ImageFormat.prefixLength)).refusal == nil
                    ? "a directory with a folder of images for each class"
                    : "its directory; archives must be unpacked first")
        }
        let entries = try Files.entries(of: path)
        if entries.contains(where: { IDXDirectory.isTrainImages($0.name) }) { return .idx }
        if CIFAR.ten.directory(for: path) != nil { return .cifar10 }
        if CIFAR.hundred.directory(for: path) != nil { return .cifar100 }
        if entries.contains(where: { $0.kind == .directory || $0.kind == .link }) { return .folder }
        throw DataError(
            .unknownKind, "\(path) holds no data set that is known.",
            needs: "a folder of images for each class, the IDX files of MNIST, or CIFAR's binary files",
            received: Files.summary(of: entries))
    }

    private static func notFound(_ path: String) -> DataError {
        let parent = (path as NSString).deletingLastPathComponent
        let siblings = (try? Files.entries(of: parent.isEmpty ? "." : parent))?.filter { $0.kind == .directory } ?? []
        let paths = siblings.map { parent.isEmpty ? $0.name : (parent as NSString).appendingPathComponent($0.name) }
        let guess = closestMatch(to: path, in: knownNames + paths)
        return DataError(
            .notFound, "\"\(path)\" is neither the name of a data set nor a path.",
            needs: "\(knownNames.joined(separator: ", ")), or a directory",
            advice: guess.map { "did you mean \($0)?" })
    }
}
