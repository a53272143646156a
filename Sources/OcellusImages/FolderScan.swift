// SPDX-License-Identifier: Apache-2.0

/// The image files below a directory, and what was left out.
struct FolderScan {
    /// Paths in the order of their bytes, directory by directory.
    private(set) var images: [String] = []
    /// Files that are no images by name and content.
    private(set) var others: [String] = []
    /// Symbolic links that were not followed, or that lead nowhere or back to where they stand.
    private(set) var links: [String] = []
    private let followsLinks: Bool

    init(followsLinks: Bool) { self.followsLinks = followsLinks }

    /// Adds all images at any depth below a directory.
    mutating func scan(_ directory: String) throws(DataError) {
        try scan(directory, inside: [Files.resolved(directory)])
    }

    /// - Parameter inside: The directories being scanned, without links: one of them again is a loop.
    private mutating func scan(_ directory: String, inside: Set<String>) throws(DataError) {
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
                try scan(path, inside: inside.union([resolved]))
            case .file where Self.announcesImage(entry.name) || Self.holdsImage(path): images.append(path)
            case .file, .other: others.append(path)
            case .link, nil: break
            }
        }
    }

    /// Whether a file's name says that it is an image; if it is none, that is reported.
    private static func announcesImage(_ name: String) -> Bool {
        guard let dot = name.lastIndex(of: ".") else { return false }
        return ImageFormat.extensions.contains(name[name.index(after: dot)...].lowercased())
    }

    /// Whether a file is an image whatever its name.
    private static func holdsImage(_ path: String) -> Bool {
        ImageFormat(Files.prefix(of: path, count: ImageFormat.prefixLength)).refusal == nil
    }
}
