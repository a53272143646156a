// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
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
    /// - Parameter name: Named in errors.
    /// - Throws: ``DataError``.
    public static func decode(
        _ path: String, limits: ImageLimits = ImageLimits()
    ) throws(DataError) -> DecodedImage {
        try ImageDecoder.decode(try Files.read(path, limit: limits.bytes), name: path, limits: limits)
    }
}
