// SPDX-License-Identifier: Apache-2.0

package import Foundation
import OcellusFiles

/// Where the pixels of an ``ImageSet`` lie, one image after the other.
enum PixelStorage: Sendable {
    /// `[N, C, H, W]`
    case memory([UInt8])
    /// The same in a file that the system reads and forgets as memory allows.
    case mapped(MappedPixels)
    /// Decoded anew each time.
    case files(ImageFilePixels)

    /// Lends the bytes of one image.
    ///
    /// - Parameter size: Bytes of one image.
    /// - Throws: ``DataError`` naming the file when it cannot be read.
    func withImage<Result>(
        _ position: Int, size: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) throws(DataError) -> Result {
        let range = position * size..<(position + 1) * size
        switch self {
        case .memory(let bytes):
            return bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) }
        case .mapped(let pixels):
            return body(UnsafeBufferPointer(rebasing: pixels.bytes[range]))
        case .files(let files):
            return try files.image(at: position).withUnsafeBufferPointer { body($0) }
        }
    }

    /// Whether both are one and the same file or list of files.
    func isFile(of other: PixelStorage) -> Bool {
        switch (self, other) {
        case (.mapped(let own), .mapped(let other)): own === other
        case (.files(let own), .files(let other)): own === other
        default: false
        }
    }

    /// Asks the system to have images ready that will be lent soon; returns at once.
    func prefetch(_ positions: some Sequence<Int>, size: Int) {
        switch self {
        case .memory: break
        case .mapped(let pixels):
            for position in positions { pixels.prefetch(position * size..<(position + 1) * size) }
        case .files(let files): for position in positions { files.prefetch(position) }
        }
    }

    /// Remembers that an image could not be read.
    func keep(_ failure: DataError) {
        if case .files(let files) = self { files.keep(failure) }
    }

    /// The first image that could not be read.
    var failure: DataError? {
        if case .files(let files) = self { files.failure } else { nil }
    }
}

/// How decoded images of files are kept while they are used.
public enum ImageCache: String, Codable, Hashable, Sendable, CaseIterable {
    /// In memory when they fill at most half of it, else in a file where there is space, else not at all.
    case auto
    case memory
    /// In a file without a name below the cache directory, which vanishes with the process.
    case disk
    /// Decoded each time that one is needed; in training by threads of their own, ahead of the need.
    case none

    /// What to do with images of so many bytes: `auto` is decided.
    ///
    /// - Parameters:
    ///   - memory: Of the machine, in bytes.
    ///   - freeSpace: Of the cache directory's volume.
    func chosen(bytes: Int, memory: UInt64, freeSpace: Int) -> ImageCache {
        guard self == .auto else { return self }
        if UInt64(bytes) <= memory / 2 { return .memory }
        // Twice, so that others have space left.
        return bytes <= freeSpace / 2 ? .disk : .none
    }

    /// `XDG_CACHE_HOME/ocellus`, by default `~/.cache/ocellus`.
    package static var directory: URL {
        let home = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"].map { Path($0) }
        let base =
            home.flatMap { $0.isAbsolute ? URL($0) : nil } ?? URL(filePath: NSHomeDirectory()).appending(path: ".cache")
        return base.appending(path: "ocellus")
    }

    /// Bytes that a directory's volume can take; 0 when that cannot be told.
    static func freeSpace(for directory: URL) -> Int {
        var path = Path(directory.path(percentEncoded: false)).absolute
        while FileStatus(of: path) == nil, path != path.parent { path = path.parent }
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: path.text)
        return (attributes?[.systemFreeSize] as? NSNumber)?.intValue ?? 0
    }
}
