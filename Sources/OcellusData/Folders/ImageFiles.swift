// SPDX-License-Identifier: Apache-2.0

package import OcellusFiles
package import OcellusModel
public import OcellusPixels
import OcellusTensor

/// Picture files as they lie on disk, without labels.
public enum ImageFiles {
    /// The image files below a directory at any depth, in the order of their paths' bytes; links are followed.
    ///
    /// - Throws: ``DataError`` when a directory cannot be read.
    public static func pictures(under directory: String) throws(DataError) -> [String] {
        try pictures(under: Path(directory)).pictures.map(\.text)
    }

    /// Reads and decodes one file.
    ///
    /// - Throws: ``DataError`` naming it.
    public static func decode(
        _ path: String, limits: ImageLimits = ImageLimits()
    ) throws(DataError) -> DecodedImage {
        try decode(Path(path), limits: limits)
    }

    /// The image files below a directory.
    package struct Found: Sendable {
        /// At any depth, in the order of their paths' bytes.
        package let pictures: [Path]
        /// What was left out, as sentences.
        package let notes: [String]
    }

    /// Looks for image files below a directory, at any depth.
    ///
    /// - Parameter followsLinks: Whether symbolic links to files and directories are followed.
    /// - Throws: ``DataError`` when a directory cannot be read.
    package static func pictures(under directory: Path, followsLinks: Bool = true) throws(DataError) -> Found {
        let tree = try ImageTree.folder(directory.withoutTrailingSlashes, followsLinks: followsLinks)
        return Found(
            pictures: tree.allImages.map(\.path), notes: tree.allLeftovers.notes(followsLinks: followsLinks))
    }

    /// Reads and decodes one file.
    ///
    /// - Throws: ``DataError`` with the file named.
    package static func decode(
        _ path: Path, limits: ImageLimits = ImageLimits()
    ) throws(DataError) -> DecodedImage {
        try ImageDecoder.decode(try Files.read(path, limit: limits.bytes), name: path.text, limits: limits)
    }

    /// Reads, decodes and fits one file; of what was decoded nothing stays.
    ///
    /// - Parameter preprocessings: Of the networks that see it; the result has pixels for each.
    /// - Throws: ``DataError`` naming it.
    package static func fitted(
        _ path: Path, to preprocessings: [Preprocessing], limits: ImageLimits = ImageLimits()
    ) throws(DataError) -> FittedImage {
        try FittedImage(
            try Files.read(path, limit: limits.bytes), name: path.text, to: preprocessings, limits: limits)
    }
}
