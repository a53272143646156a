// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels

/// The files that the images of a source were read from, whatever became of their pixels.
final class ImageOrigins: Sendable {
    /// Named to people.
    let paths: [Path]
    let contents: [ImageContent]
    let limits: ImageLimits

    init(_ files: [ImageLayout.File], limits: ImageLimits) {
        paths = files.map(\.path)
        contents = files.map(\.content)
        self.limits = limits
    }
}
