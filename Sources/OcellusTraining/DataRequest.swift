// SPDX-License-Identifier: Apache-2.0

import Foundation
package import OcellusImages
package import OcellusModel

/// Which images a run reads, as its configuration stores it, so that a resume finds the same ones from anywhere.
package struct DataRequest: Codable, Hashable, Sendable {
    /// A known name, or an absolute path.
    package var path: String
    /// Height and width that photos are fitted to; `nil` decides by the images.
    package var size: Size2D?
    package var fit: Preprocessing.Fit?
    package var skipsUnreadable: Bool

    package init(_ path: String, size: Size2D? = nil, fit: Preprocessing.Fit? = nil, skipsUnreadable: Bool = false) {
        self.path = ImageDataset.knownNames.contains(path) ? path : URL(filePath: path).path(percentEncoded: false)
        self.size = size
        self.fit = fit
        self.skipsUnreadable = skipsUnreadable
    }

    package func open() async throws -> ImageDataset {
        var options = ImageFolderOptions()
        options.size = size
        if let fit { options.fit = fit }
        options.skipsUnreadable = skipsUnreadable
        return try await ImageDataset.named(path, options: options)
    }
}
