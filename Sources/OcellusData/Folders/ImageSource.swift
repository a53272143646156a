// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

/// Where labelled image files lie.
enum ImageSource: Sendable {
    /// A folder for each class, with or without folders for the splits, or files whose names begin with their class.
    case folder(Path)
    /// Tables of paths and labels.
    case manifest([Path], root: Path)
    /// Tar or zip archives.
    case archives([Path], root: Path)

    /// What a person calls it.
    var name: String {
        switch self {
        case .folder(let path): Files.name(of: path)
        case .manifest(let paths, let root):
            paths == [root] ? Path(Files.name(of: root)).withoutEnding.text : Files.name(of: root)
        case .archives(_, let root):
            ImageArchives.endings.first { root.ends(with: $0) }
                .map { String(Files.name(of: root).dropLast($0.count)) } ?? Files.name(of: root)
        }
    }

    /// Named in messages.
    var path: Path {
        switch self {
        case .folder(let path): path
        case .manifest(_, let root), .archives(_, let root): root
        }
    }

    /// Which image belongs to which class of which split. It may hold nothing of use: ``ImageLayout/check()`` says so.
    ///
    /// - Throws: ``DataError``.
    func layout(options: ImageFolderOptions) throws(DataError) -> ImageLayout {
        switch self {
        case .folder(let path):
            let tree = try ImageTree.folder(path, followsLinks: options.followsLinks)
            return try ImageLayout(tree, followsLinks: options.followsLinks)
        case .manifest(let paths, let root):
            return try ImageManifest(paths, root: root, options: options.table).layout()
        case .archives(let paths, let root):
            return try ImageArchives(root: root, paths: paths, options: options).layout()
        }
    }
}
