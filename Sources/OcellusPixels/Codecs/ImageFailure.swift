// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// Why bytes are no image that can be used, as part of a sentence.
package struct ImageFailure: Error, Hashable {
    package enum Kind: Hashable {
        /// The bytes are not what they claim to be.
        case damaged
        /// The bytes end too early.
        case truncated
        /// An image of a kind that is not decoded.
        case unsupported
        /// No image by its content.
        case noImage
        /// More pixels, bytes or work than the limits.
        case tooLarge
        /// The file could not be read.
        case unread
        /// The system gave no memory for it: no fault of the file.
        case noMemory
    }

    package let kind: Kind
    package let reason: String

    package init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    package func error(_ name: String) -> DataError {
        switch kind {
        case .noMemory:
            return DataError(
                .noMemory, "there is too little memory to decode \(name).", because: reason,
                advice: "a smaller image, or more memory")
        case .tooLarge:
            return DataError(.tooLarge, "\(name) cannot be decoded.", because: reason, advice: "a smaller image")
        case .damaged, .truncated, .unsupported, .noImage, .unread:
            return DataError(
                .undecodableImages, "\(name) cannot be decoded.", because: reason,
                advice: "a file of one of these formats: \(ImageFormat.supported)")
        }
    }
}
