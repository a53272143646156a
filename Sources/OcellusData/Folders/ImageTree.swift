// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

/// Where the bytes of one image lie.
enum ImageContent: Hashable, Sendable {
    case file(Path)
    /// A member of an archive, counted from its start.
    case member(archive: Path, index: Int)
}

/// Directories with image files, in a folder or in archives.
///
/// Names are bytes: two that differ only in their Unicode normalization are two files, and a name need not be text.
final class ImageTree {
    struct Image {
        /// Named in messages.
        let path: Path
        let content: ImageContent

        /// The last part of the path.
        var name: Path { path.name }
    }

    /// What was left out of a tree, by path.
    struct Leftovers {
        /// Files that are no images by name and content.
        var others: [Path] = []
        /// Links that were not followed, or that lead nowhere or back to where they stand.
        var links: [Path] = []
        /// Members of archives whose names lead out of them.
        var outside: [Path] = []

        static func += (left: inout Leftovers, right: Leftovers) {
            left.others += right.others
            left.links += right.links
            left.outside += right.outside
        }
    }

    /// A whole path is no deeper than this.
    static let deepest = 128

    /// Named in messages.
    let path: Path
    private(set) var directories: [(name: Path, tree: ImageTree)] = []
    private var positions: [Path: Int] = [:]
    private(set) var images: [Image] = []
    /// Of this directory alone.
    private(set) var leftovers = Leftovers()

    init(path: Path) { self.path = path }

    func add(_ image: Image) { images.append(image) }
    func add(other path: Path) { leftovers.others.append(path) }
    func add(link path: Path) { leftovers.links.append(path) }
    func add(outside path: Path) { leftovers.outside.append(path) }

    /// The directory of a name, made when it is not there.
    func directory(_ name: Path) -> ImageTree {
        if let position = positions[name] { return directories[position].tree }
        let tree = ImageTree(path: path.appending(name))
        positions[name] = directories.count
        directories.append((name, tree))
        return tree
    }

    /// The tree with everything in the order of the bytes of its names.
    func sort() {
        directories.sort { $0.name < $1.name }
        positions = Dictionary(uniqueKeysWithValues: directories.enumerated().map { ($1.name, $0) })
        images.sort { $0.path < $1.path }
        for (_, tree) in directories { tree.sort() }
    }

    /// The images at any depth: those of a directory's entries in the order of their names.
    var allImages: [Image] {
        var entries = images.map { (name: $0.name, images: [$0]) }
        entries += directories.map { ($0.name, $0.tree.allImages) }
        return entries.sorted { $0.name < $1.name }.flatMap(\.images)
    }

    /// What was left out at any depth.
    var allLeftovers: Leftovers { directories.reduce(into: leftovers) { $0 += $1.tree.allLeftovers } }

    var hasImages: Bool { !images.isEmpty || directories.contains { $0.tree.hasImages } }

    /// The directories of this one that hold images at any depth.
    var directoriesWithImages: [(name: Path, tree: ImageTree)] { directories.filter { $0.tree.hasImages } }
}

extension ImageTree {
    /// What lies below a folder.
    ///
    /// - Throws: ``DataError`` when a directory cannot be read.
    static func folder(_ path: Path, followsLinks: Bool) throws(DataError) -> ImageTree {
        let tree = ImageTree(path: path)
        var scan = Scan(root: path, followsLinks: followsLinks)
        if let place = FileStatus(of: path)?.place { scan.inside = [place] }
        try tree.add(path, scan: &scan, depth: 0)
        return tree
    }

    private struct Scan {
        let root: Path
        let followsLinks: Bool
        /// The directories being read: one of them again is a circle.
        var inside: Set<FileStatus.Place> = []
        /// All directories that were read.
        var known: Set<FileStatus.Place> = []
        /// How often one of these was read again.
        var repeated = 0

        /// Links to folders that hold links to folders double what is read with each step.
        static let mostRepeated = 10_000
    }

    private func add(_ directory: Path, scan: inout Scan, depth: Int) throws(DataError) {
        for entry in try Files.entries(of: directory) {
            let path = directory.appending(entry.name)
            guard entry.kind == .link else {
                try add(entry, at: path, kind: entry.kind, scan: &scan, depth: depth)
                continue
            }
            guard scan.followsLinks, let kind = Files.kind(at: path), kind != .other else {
                add(link: path)
                continue
            }
            try add(entry, at: path, kind: kind, scan: &scan, depth: depth)
        }
    }

    /// - Parameter kind: What lies there, a link followed.
    private func add(
        _ entry: Files.Entry, at path: Path, kind: Files.Kind, scan: inout Scan, depth: Int
    ) throws(DataError) {
        switch kind {
        case .directory:
            guard let place = FileStatus(of: path)?.place, !scan.inside.contains(place) else {
                add(link: path)
                return
            }
            guard depth < Self.deepest else {
                add(other: path)
                return
            }
            if !scan.known.insert(place).inserted {
                scan.repeated += 1
                guard scan.repeated <= Scan.mostRepeated else {
                    throw DataError(
                        .tooLarge, "links lead to the folders in \(scan.root) again and again.",
                        needs: "folders that are reached a second time at most \(Scan.mostRepeated) times",
                        received: "\(path)", advice: "--no-follow-links")
                }
            }
            scan.inside.insert(place)
            defer { scan.inside.remove(place) }
            try directory(entry.name).add(path, scan: &scan, depth: depth + 1)
        case .file where ImageFormat.isAnnounced(by: entry.name) || ImageFormat.isInside(path):
            images.append(Image(path: path, content: .file(path)))
        case .file, .other, .link: add(other: path)
        }
    }
}

extension ImageFormat {
    /// Whether a file's name says that it is an image; if it is none, that is reported.
    static func isAnnounced(by name: Path) -> Bool {
        name.ending.map { extensions.contains($0.text.lowercased()) } ?? false
    }

    /// Whether a file is an image whatever its name.
    static func isInside(_ path: Path) -> Bool {
        ImageFormat(Files.prefix(of: path, count: prefixLength)).refusal == nil
    }
}
