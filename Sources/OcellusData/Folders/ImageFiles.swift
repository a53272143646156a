// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
package import OcellusModel
public import OcellusPixels

/// Picture files as they lie on disk, without labels.
public enum ImageFiles {
    /// The image files below a directory at any depth, in the order of their paths' bytes; links are not followed.
    ///
    /// - Throws: ``DataError`` when a directory cannot be read.
    public static func pictures(under directory: String) throws(DataError) -> [String] {
        let path = Path(directory).withoutTrailingSlashes.text
        return try ImageTree.folder(path, followsLinks: false).allImages.map(\.path)
    }

    /// Reads and decodes one file.
    ///
    /// - Throws: ``DataError`` naming it.
    public static func decode(
        _ path: String, limits: ImageLimits = ImageLimits()
    ) throws(DataError) -> DecodedImage {
        try ImageDecoder.decode(try Files.read(path, limit: limits.bytes), name: path, limits: limits)
    }

    /// Reads, decodes and fits one file; of what was decoded nothing stays.
    ///
    /// - Parameter preprocessings: Of the networks that see it; the result has pixels for each.
    /// - Throws: ``DataError`` naming it.
    package static func fitted(
        _ path: String, to preprocessings: [Preprocessing], limits: ImageLimits = ImageLimits()
    ) throws(DataError) -> FittedImage {
        try FittedImage(
            try Files.read(path, limit: limits.bytes), name: path, to: preprocessings, limits: limits)
    }
}
