// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusPixels

/// Tar archives, plain or gzipped, read from start to end and never unpacked: folders of images, or shards in the layout
/// of WebDataset.
struct ImageArchives: Sendable {
    /// Named in messages: the archive, the folder of archives or the pattern.
    let root: String
    /// In reading order.
    let paths: [String]
    let limits: ImageLimits

    /// Endings of the files that a folder of archives consists of.
    static let endings = [".tar", ".tar.gz", ".tgz"]

    /// Whether a file's name is one of an archive.
    static func isArchive(_ name: String) -> Bool { endings.contains { Path(name).ends(with: $0) } }

    /// Whether a file is a tar archive, plain or gzipped, by its content.
    static func isInside(_ path: String) -> Bool {
        guard let stream = try? FileStream(path), let block = try? stream.read(512) else { return false }
        return TarReader.isTar(block)
    }

    /// `name-{000000..000146}.tar` as the names it stands for; `nil` for a path without braces.
    ///
    /// - Throws: ``DataError/Code/outOfRange`` for braces that are no range of whole numbers.
    static func expand(_ pattern: String) throws(DataError) -> [String]? {
        guard let open = pattern.firstIndex(of: "{"), let close = pattern[open...].firstIndex(of: "}") else {
            return nil
        }
        let bounds = pattern[pattern.index(after: open)..<close].split(separator: ".", omittingEmptySubsequences: false)
        guard bounds.count == 3, bounds[1].isEmpty, let first = Int(bounds[0]), let last = Int(bounds[2]),
            first >= 0, first <= last, last - first < 1_000_000
        else {
            throw DataError(
                .outOfRange, "\(pattern) is no list of shards.",
                needs: "a range in braces, as name-{000000..000146}.tar")
        }
        return (first...last).map { number in
            let digits = String(number)
            let zeros = String(repeating: "0", count: max(0, bounds[0].count - digits.count))
            return pattern[..<open] + zeros + digits + pattern[pattern.index(after: close)...]
        }
    }

    /// Which image belongs to which class, by a pass over all archives.
    ///
    /// - Throws: ``DataError`` for an archive that cannot be read to its end, and what the layouts throw.
    func layout() throws(DataError) -> ImageLayout {
        var listings: [Listing] = []
        for path in paths {
            try Self.checkCancellation()
            listings.append(try Listing(path, limits: limits))
        }
        var layout = try Self.layout(of: listings, root: root)
        if layout.test == nil, paths.count == 1, !listings[0].isWebDataset, let neighbour = neighbour(of: paths[0]) {
            layout.remarks.append(
                "\(neighbour) lies beside \(paths[0]): --data with their directory reads both")
        }
        if paths.count > 1 || paths.first != root {
            let entries = (try? Files.entries(of: root)) ?? []
            layout.others += entries.map { root + "/" + $0.name }.filter { !paths.contains($0) }
        }
        return layout
    }

    /// - Throws: What the layouts throw.
    static func layout(of listings: [Listing], root: String) throws(DataError) -> ImageLayout {
        let isWebDataset = listings.contains(where: \.isWebDataset)
        var layout =
            isWebDataset
            ? try WebDataset(root: root, listings: listings).layout()
            : try ImageLayout(tree(of: listings, root: root), followsLinks: false)
        let open = listings.filter { !$0.hasEndMark }.map(\.path)
        if !open.isEmpty {
            layout.remarks.append("archives without the mark of their end, perhaps cut off: \(Files.list(open))")
        }
        let repeated = listings.reduce(0) { $0 + $1.repeated }
        if repeated > 0 { layout.remarks.append("\(repeated) members were replaced by later ones of the same name") }
        return layout
    }

    /// All archives as one tree. An archive that is called after a split and does not hold split directories is that
    /// split.
    private static func tree(of listings: [Listing], root: String) -> ImageTree {
        let tree = ImageTree(path: root)
        let isOne = listings.count == 1
        for listing in listings {
            let tops = Set(listing.members.compactMap { $0.parts.count > 1 ? $0.parts[0] : nil })
            let split = isOne ? nil : SplitName(inFileName: listing.name)
            let prefix = split.flatMap { split in
                tops.contains { SplitName($0) != nil } || !tops.contains { SplitName($0) == nil } ? nil : split.rawValue
            }
            for (index, member) in listing.members.enumerated() where member.isNewest {
                let parts = (prefix.map { [$0] } ?? []) + member.parts
                let path = listing.path + "/" + member.parts.joined(separator: "/")
                let isHidden = member.parts.contains { $0 != ".." && Files.isHidden($0) }
                guard !isHidden else { continue }
                guard member.isUsable else {
                    tree.add(other: path)
                    continue
                }
                var directory = tree
                for part in parts.dropLast() { directory = directory.directory(part) }
                switch member.kind {
                case .directory: if let last = parts.last { _ = directory.directory(last) }
                case .link: directory.add(link: path)
                case .other: directory.add(other: path)
                case .file where member.isImage:
                    directory.add(.init(path: path, content: .member(archive: listing.path, index: index)))
                case .file: directory.add(other: path)
                }
            }
        }
        tree.sort()
        return tree
    }

    /// An archive in the same directory whose name differs by its split alone.
    private func neighbour(of path: String) -> String? {
        let name = Files.name(of: path)
        guard let split = SplitName(inFileName: name) else { return nil }
        let entries = (try? Files.entries(of: Path(path).parent.text)) ?? []
        return entries.map(\.name).first { other in
            Self.isArchive(other) && SplitName(inFileName: other).map { $0 != split } == true
        }
    }

    static func checkCancellation() throws(DataError) {
        guard !Task.isCancelled else { throw DataError(.cannotRead, "reading was cancelled.") }
    }
}

extension ImageArchives {
    /// The members of one archive.
    struct Listing {
        struct Member {
            var parts: [String]
            var kind: TarReader.Member.Kind
            /// By name or content.
            var isImage = false
            /// Whether no later member has the same name.
            var isNewest = true
            /// The class that a member of a WebDataset sample states.
            var label: WebDataset.Label?

            /// Whether its name is one that a directory can hold.
            var isUsable: Bool { !parts.isEmpty && parts.count <= ImageTree.deepest && !parts.contains("..") }
        }

        let path: String
        var members: [Member] = []
        /// Members that a later one of the same name replaced.
        var repeated = 0
        /// Whether the archive ends as it should.
        private(set) var hasEndMark = false

        var name: String { Files.name(of: path) }
        /// Whether a member states the class of its neighbour.
        var isWebDataset: Bool { members.contains { $0.label != nil } }

        init(_ path: String, limits: ImageLimits) throws(DataError) {
            try self.init(FileStream(path), limits: limits)
        }

        init(_ stream: any ByteStream, limits: ImageLimits) throws(DataError) {
            path = stream.path
            var reader = TarReader(stream, limit: limits.bytes)
            // Paths, not strings: names that differ only in their Unicode normalization are two members.
            var newest: [Path: Int] = [:]
            while let entry = try reader.next() {
                if members.count % 4096 == 0 { try ImageArchives.checkCancellation() }
                let parts = Path(entry.name).components.map(\.text).filter { $0 != "." }
                var member = Member(parts: parts, kind: entry.kind)
                let name = parts.last ?? ""
                if entry.kind == .file {
                    let start = try reader.read(ImageFormat.prefixLength)
                    member.isImage = ImageFormat.isAnnounced(by: name) || ImageFormat(start).refusal == nil
                    if !member.isImage, entry.size <= WebDataset.Label.mostBytes,
                        WebDataset.Label.endings.contains(where: { Path(name).ends(with: $0) })
                    {
                        member.label = .init(name: name, start + (try reader.read(entry.size)))
                    }
                }
                if entry.kind != .directory, let earlier = newest.updateValue(members.count, forKey: Path(entry.name)) {
                    members[earlier].isNewest = false
                    repeated += 1
                }
                members.append(member)
            }
            try reader.finish()
            hasEndMark = reader.hasEndMark
            if members.isEmpty {
                throw DataError(.noImages, "\(path) is an empty archive.", needs: "a folder of images for each class")
            }
        }
    }
}
