// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusFiles
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Features on disk, so that a photo is computed once for each backbone.
///
/// Each run adds one file, a pack, with everything that it computed; packs are written whole and never changed, so that any
/// number of processes may read and add. Together they stay below a limit: those that were not used for longest go first. A pack
/// that is damaged is left out, named and removed.
///
///     8 bytes   "ocfeat01"
///     8         numbers of one entry, little-endian
///     8         entries
///     32 each   keys
///     rest      float32, little-endian, entry after entry
///     32        SHA-256 of everything before
package struct FeatureCache: Sendable {
    /// What identifies one entry: a SHA-256.
    package struct Key: Hashable, Sendable {
        fileprivate let words: SIMD4<UInt64>

        /// - Precondition: 32 bytes.
        package init(_ bytes: some Collection<UInt8>) {
            precondition(bytes.count == 32, "a SHA-256 of \(bytes.count) bytes")
            words = Array(bytes).withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
        }
    }

    /// Where features are kept.
    package enum Place: Hashable, Codable, Sendable {
        /// `features` in the cache directory.
        case standard
        case directory(String)
        case none
    }

    /// All packs together stay below this many bytes: the features of 200,000 photos and their mirror images.
    package static let standardLimit = 2 << 30

    private static let magic = Array("ocfeat01".utf8)
    private static let headerSize = 24
    private static let ending = "features"
    /// More packs than these are joined by the next run that adds one.
    private static let mostPacks = 16

    private let root: URL
    private let directory: URL
    private let width: Int
    private let limit: Int

    /// - Parameters:
    ///   - place: `nil` is returned for none.
    ///   - identity: Everything but the image that decides an entry; another one shares none.
    ///   - width: Numbers of one entry.
    ///   - limit: Most bytes of all packs.
    package init?(_ place: Place, identity: String, width: Int, limit: Int = standardLimit) {
        switch place {
        case .none: return nil
        case .standard: root = ImageCache.directory.appending(path: "features")
        case .directory(let path): root = URL(Path(escaped: path))
        }
        let digest = SHA256.digest(of: Array(identity.utf8))
        directory = root.appending(path: digest.prefix(8).hexadecimal)
        self.width = width
        self.limit = limit
    }

    /// What was found, by key.
    package struct Entries: Sendable {
        fileprivate var packs: [(file: URL, data: Data)] = []
        fileprivate var places: [Key: (pack: Int, offset: Int)] = [:]
        /// What a person should know.
        package fileprivate(set) var notes: [String] = []

        /// None.
        package init() {}

        package var count: Int { places.count }

        /// Copies an entry.
        ///
        /// - Returns: Whether there is one.
        package func copy(_ key: Key, into buffer: UnsafeMutableBufferPointer<Float>) -> Bool {
            guard let place = places[key] else { return false }
            packs[place.pack].data.withUnsafeBytes { bytes in
                let entry = UnsafeRawBufferPointer(rebasing: bytes[place.offset..<place.offset + 4 * buffer.count])
                UnsafeMutableRawBufferPointer(buffer).copyMemory(from: entry)
            }
            return true
        }

        package func contains(_ key: Key) -> Bool { places[key] != nil }
    }

    // MARK: Reading

    /// Everything that is kept. What cannot be read is as if it were not there.
    package func entries() -> Entries {
        var entries = Entries()
        for file in Self.packs(in: directory) {
            do {
                let data = try AtomicFile.read(file)
                try add(data, file, to: &entries)
            } catch {
                // Another process may have removed or joined it meanwhile.
                guard Path(file).exists else { continue }
                entries.notes.append(
                    "the features in \(file.shownPath) cannot be used and are computed again: \(Self.reason(error))")
                try? FileManager.default.removeItem(at: file)
            }
        }
        return entries
    }

    private struct Damage: Error {
        var reason: String
    }

    private static func reason(_ error: any Error) -> String {
        (error as? Damage)?.reason ?? (error as? FileError)?.summary ?? "\(error)"
    }

    private func add(_ data: Data, _ file: URL, to entries: inout Entries) throws {
        guard data.count >= Self.headerSize + SHA256.size, data.starts(with: Self.magic) else {
            throw Damage(reason: "it is no file of features")
        }
        let (numbers, count) = data.withUnsafeBytes {
            (
                $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                $0.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
            )
        }
        let (entry, overflow) = (32 + 4 * width).multipliedReportingOverflow(by: Int(clamping: count))
        let room = data.count - Self.headerSize - SHA256.size
        guard numbers == UInt64(width), !overflow, entry == room else {
            throw Damage(reason: "it is cut off, or has entries of another size")
        }
        let end = data.count - SHA256.size
        var hash = SHA256()
        hash.add(data[data.startIndex..<data.startIndex + end])
        guard hash.digest.elementsEqual(data.suffix(SHA256.size)) else {
            throw Damage(reason: "its bytes have changed")
        }
        let pack = entries.packs.count
        entries.packs.append((file, data))
        let firstNumber = Self.headerSize + 32 * Int(count)
        data.withUnsafeBytes { bytes in
            for index in 0..<Int(count) {
                let start = Self.headerSize + 32 * index
                entries.places[Key(bytes[start..<start + 32])] = (pack, firstNumber + 4 * width * index)
            }
        }
    }

    private static func packs(in directory: URL) -> [URL] {
        let names = (try? Directory(Path(directory)).names()) ?? []
        return names.filter { $0.ending == Path(ending) }.map(\.text).sorted().map { directory.appending(path: $0) }
    }

    // MARK: Writing

    /// Keeps new entries, and removes what was not used for longest where that is too much.
    ///
    /// - Parameters:
    ///   - keys: Of the new entries.
    ///   - features: `[keys, width]`
    ///   - entries: What ``entries()`` found; its packs count as used now.
    /// - Throws: ``FileError`` when the directory cannot be written.
    package func add(_ keys: [Key], _ features: [Float], to entries: Entries) throws {
        precondition(features.count == keys.count * width, "numbers of \(keys.count) entries")
        if keys.isEmpty { return touch(entries) }
        try AtomicFile.createDirectory(directory)
        let lock: FileLock
        do {
            lock = try FileLock(file: Path(root.appending(path: "lock")))
        } catch {
            throw FileError.writing(root.shownPath, error.number)
        }
        try withExtendedLifetime(lock) {
            var keys = keys
            var features = features
            let isJoined = entries.packs.count >= Self.mostPacks
            if isJoined {
                let new = Set(keys)
                for (key, place) in entries.places.sorted(by: { $0.value < $1.value }) where !new.contains(key) {
                    keys.append(key)
                    entries.packs[place.pack].data.withUnsafeBytes { bytes in
                        for index in 0..<width {
                            features.append(
                                bytes.loadUnaligned(fromByteOffset: place.offset + 4 * index, as: Float.self))
                        }
                    }
                }
            }
            try write(keys, features)
            if isJoined { for pack in entries.packs { try? FileManager.default.removeItem(at: pack.file) } }
            touch(entries)
            shrink()
        }
    }

    private func write(_ keys: [Key], _ features: [Float]) throws {
        var data = Data(capacity: Self.headerSize + keys.count * (32 + 4 * width) + SHA256.size)
        data.append(contentsOf: Self.magic)
        for number in [UInt64(width), UInt64(keys.count)] {
            withUnsafeBytes(of: number.littleEndian) { data.append(contentsOf: $0) }
        }
        for key in keys { withUnsafeBytes(of: key.words) { data.append(contentsOf: $0) } }
        features.withUnsafeBytes { data.append(contentsOf: $0) }
        let digest = SHA256.digest(of: data)
        data.append(contentsOf: digest)
        // Named by its content: a process that computed the same writes the same file.
        let name = "\(digest.prefix(16).hexadecimal).\(Self.ending)"
        try AtomicFile.write(data, to: directory.appending(path: name))
    }

    /// Has packs count as used now.
    private func touch(_ entries: Entries) {
        for pack in entries.packs {
            try? FileManager.default.setAttributes(
                [.modificationDate: Date.now], ofItemAtPath: pack.file.path(percentEncoded: false))
        }
    }

    private func shrink() {
        let directories = ((try? Directory(Path(root)).names()) ?? []).map { root.appending(path: $0.text) }
        var packs = directories.flatMap { Self.packs(in: $0) }.map { file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: file.path(percentEncoded: false))
            return (
                file: file, size: FileStatus(of: Path(file))?.size ?? 0,
                used: attributes?[.modificationDate] as? Date ?? .distantPast
            )
        }
        packs.sort { ($0.used, $0.file.absoluteString) < ($1.used, $1.file.absoluteString) }
        var total = packs.reduce(0) { $0 + $1.size }
        // The one that was written last stays, however large.
        for pack in packs.dropLast() where total > limit {
            try? FileManager.default.removeItem(at: pack.file)
            total -= pack.size
        }
    }
}
