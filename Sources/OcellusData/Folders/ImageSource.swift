// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusPixels

/// Where labelled image files lie.
enum ImageSource: Sendable {
    /// A folder for each class, with or without folders for the splits, or files whose names begin with their class.
    case folder(String)
    /// A table of paths and labels.
    case manifest(String)
    /// Tar archives.
    case archives([String], root: String)

    /// What a person calls it.
    var name: String {
        switch self {
        case .folder(let path): Files.name(of: path)
        case .manifest(let path): Path(Files.name(of: path)).withoutEnding.text
        case .archives(_, let root):
            ImageArchives.endings.first { Path(root).ends(with: $0) }
                .map { String(Files.name(of: root).dropLast($0.count)) } ?? Files.name(of: root)
        }
    }

    /// Named in messages.
    var path: String {
        switch self {
        case .folder(let path), .manifest(let path): path
        case .archives(_, let root): root
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
        case .manifest(let path): return try ImageManifest(path: path).layout()
        case .archives(let paths, let root):
            return try ImageArchives(root: root, paths: paths, limits: options.limits).layout()
        }
    }
}
