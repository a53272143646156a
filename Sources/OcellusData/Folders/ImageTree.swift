// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels

/// Where the bytes of one image lie.
enum ImageContent: Hashable, Sendable {
    case file(String)
    /// A member of a tar archive, counted from its start.
    case member(archive: String, index: Int)
}

/// Directories with image files, in a folder or in archives.
final class ImageTree {
    struct Image {
        /// Named in messages.
        let path: String
        let content: ImageContent

        /// The last part of the path.
        var name: String { Path(path).name.text }
    }

    /// A whole path is no deeper than this.
    static let deepest = 128

    /// Named in messages.
    let path: String
    private(set) var directories: [(name: String, tree: ImageTree)] = []
    private var positions: [String: Int] = [:]
    private(set) var images: [Image] = []
    /// Files that are no images by name and content.
    private(set) var others: [String] = []
    /// Symbolic links that were not followed, or that lead nowhere or back to where they stand.
    private(set) var links: [String] = []

    init(path: String) { self.path = path }

    func add(_ image: Image) { images.append(image) }
    func add(other path: String) { others.append(path) }
    func add(link path: String) { links.append(path) }

    /// The directory of a name, made when it is not there.
    func directory(_ name: String) -> ImageTree {
        if let position = positions[name] { return directories[position].tree }
        let tree = ImageTree(path: path + "/" + name)
        positions[name] = directories.count
        directories.append((name, tree))
        return tree
    }

    /// The tree with everything in the order of the bytes of its names.
    func sort() {
        directories.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        positions = Dictionary(uniqueKeysWithValues: directories.enumerated().map { ($1.name, $0) })
        images.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        for (_, tree) in directories { tree.sort() }
    }

    /// The images at any depth: those of a directory's entries in the order of their names.
    var allImages: [Image] {
        var entries = images.map { (name: $0.name, images: [$0]) }
        entries += directories.map { ($0.name, $0.tree.allImages) }
        return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }.flatMap(\.images)
    }

    var allOthers: [String] { others + directories.flatMap { $0.tree.allOthers } }
    var allLinks: [String] { links + directories.flatMap { $0.tree.allLinks } }
    var hasImages: Bool { !images.isEmpty || directories.contains { $0.tree.hasImages } }
}

extension ImageTree {
    /// What lies below a folder.
    ///
    /// - Throws: ``DataError`` when a directory cannot be read.
    static func folder(_ path: String, followsLinks: Bool) throws(DataError) -> ImageTree {
        let tree = ImageTree(path: path)
        try tree.scan(path, followsLinks: followsLinks, inside: [Files.resolved(path)], depth: 0)
        return tree
    }

    /// - Parameter inside: The directories being scanned, without links: one of them again is a loop.
    private func scan(_ directory: String, followsLinks: Bool, inside: Set<String>, depth: Int) throws(DataError) {
        for entry in try Files.entries(of: directory) {
            let path = directory + "/" + entry.name
            var kind: Files.Kind? = entry.kind
            if kind == .link {
                kind = followsLinks ? Files.kind(at: path) : nil
                if kind == nil { links.append(path) }
            }
            switch kind {
            case .directory:
                let resolved = Files.resolved(path)
                guard !inside.contains(resolved) else {
                    links.append(path)
                    continue
                }
                guard depth < Self.deepest else {
                    others.append(path)
                    continue
                }
                try self.directory(entry.name).scan(
                    path, followsLinks: followsLinks, inside: inside.union([resolved]), depth: depth + 1)
            case .file where ImageFormat.isAnnounced(by: entry.name) || ImageFormat.isInside(path):
                images.append(Image(path: path, content: .file(path)))
            case .file, .other: others.append(path)
            case .link, nil: break
            }
        }
    }
}

extension ImageFormat {
    /// Whether a file's name says that it is an image; if it is none, that is reported.
    static func isAnnounced(by name: String) -> Bool {
        Path(name).ending.map { extensions.contains($0.text.lowercased()) } ?? false
    }

    /// Whether a file is an image whatever its name.
    static func isInside(_ path: String) -> Bool {
        ImageFormat(Files.prefix(of: path, count: prefixLength)).refusal == nil
    }
}
