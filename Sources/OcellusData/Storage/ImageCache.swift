// SPDX-License-Identifier: Apache-2.0

import OcellusFiles

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

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
    ///   - memory: That this process may take, in bytes.
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
            home.flatMap { $0.isAbsolute ? URL($0) : nil } ?? URL(homeDirectory).appending(path: ".cache")
        return base.appending(path: "ocellus")
    }

    /// Bytes that a directory's volume can take; 0 when that cannot be told.
    static func freeSpace(for directory: URL) -> Int {
        var path = Path(directory.path(percentEncoded: false)).absolute
        while FileStatus(of: path) == nil, path != path.parent { path = path.parent }
        return OcellusFiles.freeSpace(of: path)
    }
}
