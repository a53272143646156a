// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The format of an image file, told by its first bytes; names do not count.
enum ImageFormat: Equatable {
    case jpeg, png
    /// A known format that is not decoded.
    case unsupported(String)
    /// None of the known formats, with a sentence on what it looks like.
    case unknown(String)

    /// Bytes that ``init(_:)`` looks at.
    static let prefixLength = 64

    /// Endings that announce an image, whether it can be decoded or not.
    static let extensions: Set<String> = [
        "jpg", "jpeg", "jpe", "jfif", "png", "gif", "bmp", "tif", "tiff", "webp", "heic", "heif", "avif", "jxl", "jp2",
        "ppm", "pgm", "pbm", "pnm", "svg",
    ]

    init(_ bytes: some Collection<UInt8>) {
        let start = Array(bytes.prefix(Self.prefixLength))
        func holds(_ text: String, at offset: Int = 0) -> Bool { start.dropFirst(offset).starts(with: text.utf8) }
        if start.isEmpty {
            self = .unknown("the file is empty")
        } else if start.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if start.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if holds("GIF8") {
            self = .unsupported("GIF")
        } else if holds("RIFF"), holds("WEBP", at: 8) {
            self = .unsupported("WebP")
        } else if start.starts(with: [0x49, 0x49, 0x2A, 0]) || start.starts(with: [0x4D, 0x4D, 0, 0x2A]) {
            self = .unsupported("TIFF")
        } else if holds("ftyp", at: 4) {
            self = .unsupported(holds("avi", at: 8) ? "AVIF" : "HEIC")
        } else if holds("BM"), start.count >= 14, start[6...9].allSatisfy({ $0 == 0 }) {
            self = .unsupported("BMP")
        } else if start.starts(with: [0xFF, 0x0A]) || holds("JXL ", at: 4) {
            self = .unsupported("JPEG XL")
        } else if holds("jP  ", at: 4) {
            self = .unsupported("JPEG 2000")
        } else if start.count > 2, start[0] == 0x50, (0x31...0x37).contains(start[1]), [0x0A, 0x20].contains(start[2]) {
            self = .unsupported("PNM")
        } else if holds("<svg") || holds("<?xml") {
            self = .unsupported("SVG")
        } else if start.allSatisfy({ (0x20...0x7E).contains($0) || (0x09...0x0D).contains($0) }) {
            self = .unknown("it holds text, not an image")
        } else {
            self = .unknown("its first bytes are those of no known image")
        }
    }

    /// Why the format cannot be decoded; `nil` when it can.
    var refusal: String? {
        switch self {
        case .jpeg, .png: nil
        case .unsupported(let name): "\(name) is not supported (supported: JPEG, PNG)"
        case .unknown(let reason): reason
        }
    }
}
