// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The bytes of image files, a chunk at a time: files are read where they are worked on, members of archives in the order
/// of the archive, each archive once.
struct ImageContents {
    /// Images to work on in one go.
    struct Chunk: Sendable {
        /// Positions in the list of files.
        var indices: [Int] = []
        fileprivate var contents: [Content] = []
        fileprivate let limits: ImageLimits

        var count: Int { indices.count }

        /// The bytes of the image at a place of the chunk.
        func load(_ place: Int) throws(ImageFailure) -> Data {
            switch contents[place] {
            case .file(let path): try ImageContents.content(of: path, limits: limits)
            case .bytes(let data): data
            case .failure(let failure): throw failure
            }
        }
    }

    fileprivate enum Content: Sendable {
        case file(Path)
        case bytes(Data)
        case failure(ImageFailure)
    }

    private static let mostImages = 32
    /// Most bytes of archive members in a chunk.
    private static let mostBytes = 8 << 20

    private let files: [ImageContent]
    private let limits: ImageLimits
    private var plain: [Int] = []
    private var nextPlain = 0
    /// Archives in the order of their first image, with the list positions of their wanted members.
    private var archives: [(path: Path, isZip: Bool, wanted: [Int: [Int]])] = []
    private var nextArchive = 0
    private var reader: (members: TarReader, position: Int)?
    private var zip: (members: ZipReader, wanted: ArraySlice<Int>)?

    init(_ files: [ImageContent], limits: ImageLimits) {
        self.files = files
        self.limits = limits
        var places: [Path: Int] = [:]
        for (index, file) in files.enumerated() {
            switch file {
            case .file: plain.append(index)
            case .member(let archive, let member):
                if places[archive] == nil {
                    places[archive] = archives.count
                    archives.append((archive, ImageArchives.isZip(archive), [:]))
                }
                archives[places[archive] ?? 0].wanted[member, default: []].append(index)
            }
        }
    }

    /// The next images; `nil` at the end.
    ///
    /// - Throws: ``DataError`` when an archive cannot be read.
    mutating func next() throws(DataError) -> Chunk? {
        var chunk = Chunk(limits: limits)
        if nextPlain < plain.count {
            let end = min(plain.count, nextPlain + Self.mostImages)
            for index in plain[nextPlain..<end] {
                guard case .file(let path) = files[index] else { continue }
                chunk.indices.append(index)
                chunk.contents.append(.file(path))
            }
            nextPlain = end
            return chunk
        }
        var bytes = 0
        while chunk.count < Self.mostImages, bytes < Self.mostBytes, let (indices, content) = try nextMember() {
            for index in indices {
                chunk.indices.append(index)
                chunk.contents.append(content)
            }
            if case .bytes(let data) = content { bytes += data.count }
        }
        return chunk.count == 0 ? nil : chunk
    }

    private mutating func nextMember() throws(DataError) -> (indices: [Int], content: Content)? {
        while nextArchive < archives.count {
            let archive = archives[nextArchive]
            if archive.isZip {
                if let member = try nextZipped(of: archive.path, archive.wanted) { return member }
                zip = nil
                nextArchive += 1
                continue
            }
            var (members, position) =
                if let reader { reader } else {
                    (TarReader(try FileStream(archive.path), limit: limits.bytes), 0)
                }
            while let member = try members.next() {
                position += 1
                guard let indices = archive.wanted[position - 1] else { continue }
                let content: Content
                if member.size > limits.bytes {
                    content = .failure(
                        ImageFailure(
                            .tooLarge, "it has more bytes than the limit of \(limits.bytes) (\(member.size) bytes)"))
                } else {
                    content = .bytes(Data(try members.read(member.size)))
                }
                reader = (members, position)
                return (indices, content)
            }
            reader = nil
            nextArchive += 1
        }
        return nil
    }

    /// The next wanted member of a zip archive, in the order of its list; `nil` behind the last.
    private mutating func nextZipped(
        of archive: Path, _ positions: [Int: [Int]]
    ) throws(DataError) -> (indices: [Int], content: Content)? {
        var (members, wanted) =
            if let zip { zip } else {
                (try ZipReader(try FileBytes(archive)), positions.keys.sorted()[...])
            }
        guard let position = wanted.popFirst(), let indices = positions[position] else { return nil }
        zip = (members, wanted)
        do {
            return (indices, .bytes(Data(try members.content(at: position, limit: limits.bytes))))
        } catch {
            switch error.kind {
            case .tooLarge:
                let received = error.received.map { " (\($0))" } ?? ""
                let reason = "it has more bytes than the limit of \(limits.bytes)\(received)"
                return (indices, .failure(ImageFailure(.tooLarge, reason)))
            case .damaged, .unknownKind:
                let kind: ImageFailure.Kind = error.kind == .damaged ? .damaged : .unread
                return (indices, .failure(ImageFailure(kind, error.because ?? error.summary)))
            default: throw error
            }
        }
    }

    private static func content(of path: Path, limits: ImageLimits) throws(ImageFailure) -> Data {
        do {
            return try Files.read(path, limit: limits.bytes)
        } catch {
            switch error.kind {
            case .tooLarge:
                let received = error.received.map { " (\($0))" } ?? ""
                throw ImageFailure(.tooLarge, "it has more bytes than the limit of \(limits.bytes)\(received)")
            case .notFound: throw ImageFailure(.unread, "it does not exist")
            case .notPermitted: throw ImageFailure(.unread, "it may not be read")
            default: throw ImageFailure(.unread, "it could not be opened")
            }
        }
    }
}

extension ImageContents {
    /// Works on all images, a chunk on each core, and collects the results where it was called.
    ///
    /// - Parameters:
    ///   - work: For each chunk; gives one element for each of its images.
    ///   - collect: Gets the positions in `files` and the elements.
    /// - Throws: ``DataError`` when an archive cannot be read, `CancellationError`.
    static func forEach<Element: Sendable>(
        of files: [ImageContent], limits: ImageLimits, work: @escaping @Sendable (Chunk) -> [Element],
        collect: ([Int], [Element]) -> Void
    ) async throws {
        var contents = ImageContents(files, limits: limits)
        try await withThrowingTaskGroup(of: ([Int], [Element]).self) { group in
            func start() throws {
                guard let chunk = try contents.next() else { return }
                group.addTask {
                    try Task.checkCancellation()
                    return (chunk.indices, work(chunk))
                }
            }
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount { try start() }
            while let (indices, part) = try await group.next() {
                collect(indices, part)
                try start()
            }
        }
    }
}
