// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

/// Tar archives, plain or gzipped, and zip archives, read as they are and never unpacked: folders of images, or shards in
/// the layout of WebDataset.
struct ImageArchives: Sendable {
    /// Named in messages: the archive, the folder of archives or the pattern.
    let root: Path
    /// In reading order.
    let paths: [Path]
    let options: ImageFolderOptions

    /// Endings of the files that a folder of archives consists of.
    static let endings = [".tar", ".tar.gz", ".tgz", ".zip"]

    /// Whether a file's name is one of an archive.
    static func isArchive(_ name: Path) -> Bool { endings.contains { name.ends(with: $0) } }

    /// Whether a file is an archive that is read, by its content.
    ///
    /// - Throws: ``DataError/Code/damaged`` for a gzip file that is called after an archive and cannot be unpacked.
    static func isInside(_ path: Path) throws(DataError) -> Bool {
        if isZip(path) { return true }
        do {
            return TarReader.isTar(try FileStream(path).read(512))
        } catch {
            guard error.kind == .damaged, isArchive(path) else { return false }
            throw error
        }
    }

    /// Whether a file is a zip archive, by its content.
    static func isZip(_ path: Path) -> Bool { ZipReader.isZip(Files.prefix(of: path, count: 4)) }

    private static let mostShards = 100_000
    private static let mostShardBytes = 1 << 24

    /// `name-{000000..000146}.tar` as the names it stands for; `nil` for a path without braces.
    ///
    /// - Throws: ``DataError/Code/outOfRange`` for braces that are no range of whole numbers.
    static func expand(_ path: Path) throws(DataError) -> [Path]? {
        let pattern = path.text
        guard path.isText, let open = pattern.firstIndex(of: "{"), let close = pattern[open...].firstIndex(of: "}")
        else {
            return nil
        }
        let bounds = pattern[pattern.index(after: open)..<close].split(separator: ".", omittingEmptySubsequences: false)
        guard bounds.count == 3, bounds[1].isEmpty, let first = Int(bounds[0]), let last = Int(bounds[2]),
            first >= 0, first <= last
        else {
            throw DataError(
                .outOfRange, "\(pattern) is no list of shards.",
                needs: "a range in braces, as name-{000000..000146}.tar")
        }
        let (bytes, overflow) = (last - first).multipliedReportingOverflow(by: pattern.utf8.count)
        guard last - first < mostShards, !overflow, bytes <= mostShardBytes else {
            throw DataError(
                .outOfRange, "\(pattern) stands for too many shards.",
                needs: "at most \(mostShards), with names of at most \(mostShardBytes) bytes in all",
                received: "\(first) to \(last)")
        }
        return (first...last).map { number in
            let digits = String(number)
            let zeros = String(repeating: "0", count: max(0, bounds[0].count - digits.count))
            return Path(pattern[..<open] + zeros + digits + pattern[pattern.index(after: close)...])
        }
    }

    /// Which image belongs to which class, by a pass over all archives.
    ///
    /// - Throws: ``DataError`` for an archive that cannot be read to its end, and what the layouts throw.
    func layout() throws(DataError) -> ImageLayout {
        var listings: [Listing] = []
        for path in paths {
            try Self.checkCancellation()
            listings.append(try Listing(path, options: options))
        }
        var layout = try Self.layout(of: listings, root: root, followsLinks: options.followsLinks)
        if layout.test == nil, paths.count == 1, !listings[0].isWebDataset, let neighbour = neighbour(of: paths[0]) {
            layout.remarks.append(
                "\(neighbour) lies beside \(paths[0]): --data with their directory reads both")
        }
        if paths.count > 1 || paths.first != root {
            let entries = (try? Files.entries(of: root)) ?? []
            let known = Set(paths)
            layout.leftovers.others += entries.map { root.appending($0.name) }.filter { !known.contains($0) }
        }
        return layout
    }

    /// - Throws: What the layouts throw.
    static func layout(
        of listings: [Listing], root: Path, followsLinks: Bool = true
    ) throws(DataError) -> ImageLayout {
        let isWebDataset = listings.contains(where: \.isWebDataset)
        var layout =
            isWebDataset
            ? try WebDataset(root: root, listings: listings).layout()
            : try ImageLayout(tree(of: listings, root: root), followsLinks: followsLinks)
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
    private static func tree(of listings: [Listing], root: Path) -> ImageTree {
        let tree = ImageTree(path: root)
        for listing in listings {
            let prefix = listings.count == 1 ? nil : split(of: listing).map { Path($0.rawValue) }
            for member in listing.members where member.isNewest { add(member, of: listing, below: prefix, to: tree) }
        }
        tree.sort()
        return tree
    }

    /// The split that an archive of several is; `nil` where its directories are splits.
    private static func split(of listing: Listing) -> SplitName? {
        var tops = Set<Path>()
        for member in listing.members {
            if let top = member.name.components.first, member.parts.count > 1 { tops.insert(top) }
        }
        return tops.contains { SplitWords($0.text) != nil } ? nil : SplitName(inFileName: listing.name)
    }

    private static func add(_ member: Listing.Member, of listing: Listing, below prefix: Path?, to tree: ImageTree) {
        let own = member.parts
        let isHidden = own.contains { $0 != Path("..") && Files.isHidden($0) }
        guard !own.isEmpty, !isHidden else { return }
        let path = listing.path.appending(Path(components: own))
        guard !own.contains(Path("..")) else {
            tree.add(outside: path)
            return
        }
        guard own.count <= ImageTree.deepest else {
            tree.add(other: path)
            return
        }
        let parts = (prefix.map { [$0] } ?? []) + own
        var directory = tree
        for part in parts.dropLast() { directory = directory.directory(part) }
        switch member.kind {
        case .directory: if let last = parts.last { _ = directory.directory(last) }
        case .link, .hardLink: directory.add(link: path)
        case .other: directory.add(other: path)
        case .file where member.isImage:
            directory.add(.init(path: path, content: .member(archive: listing.path, index: member.content)))
        case .file: directory.add(other: path)
        }
    }

    /// An archive in the same directory whose name differs by its split alone.
    private func neighbour(of path: Path) -> Path? {
        guard let split = SplitName(inFileName: Files.name(of: path)) else { return nil }
        let entries = (try? Files.entries(of: path.parent)) ?? []
        return entries.map(\.name).first { other in
            Self.isArchive(other) && SplitName(inFileName: other.text).map { $0 != split } == true
        }
    }

    static func checkCancellation() throws(DataError) {
        guard !Task.isCancelled else { throw DataError(.cannotRead, "reading was cancelled.") }
    }
}
