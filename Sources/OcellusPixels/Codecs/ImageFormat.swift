// SPDX-License-Identifier: Apache-2.0

import COcellusImageCodecs

/// The format of an image file, told by its first bytes; names do not count.
package enum ImageFormat: Equatable {
    case jpeg, png, webp, gif, bmp, tiff
    /// A known format that is not decoded.
    case unsupported(String)
    /// None of the known formats, with a sentence on what it looks like.
    case unknown(String)

    /// Bytes that ``init(_:)`` looks at.
    package static let prefixLength = 64

    /// The formats that are decoded, for messages.
    package static let supported = "JPEG, PNG, WebP, GIF, BMP, TIFF"

    /// Endings that announce an image, whether it can be decoded or not.
    package static let extensions: Set<String> = [
        "jpg", "jpeg", "jpe", "jfif", "png", "gif", "bmp", "dib", "tif", "tiff", "webp", "heic", "heif", "avif", "jxl",
        "jp2", "ppm", "pgm", "pbm", "pnm", "svg", "dng", "cr2", "nef", "arw", "orf", "rw2", "raf",
    ]

    package init(_ bytes: some Collection<UInt8>) {
        let start = Array(bytes.prefix(Self.prefixLength))
        func holds(_ text: String, at offset: Int = 0) -> Bool {
            start.dropFirst(offset).starts(with: Self.bytes(text))
        }
        if start.isEmpty {
            self = .unknown("the file is empty")
        } else if start.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if start.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if holds("GIF87a") || holds("GIF89a") {
            self = .gif
        } else if holds("RIFF"), holds("WEBP", at: 8) {
            self = .webp
        } else if Self.isTIFF(start) {
            self = holds("CR", at: 8) ? .unsupported("a camera's raw file") : .tiff
        } else if holds("IIRO") || holds("IIRS") || holds("IIU\0") || holds("FUJIFILM") {
            self = .unsupported("a camera's raw file")
        } else if holds("ftyp", at: 4) {
            self = .unsupported(Self.boxedFormat(start))
        } else if holds("BM"), start.count >= 18, start[15...17] == [0, 0, 0], (12...124).contains(start[14]) {
            self = .bmp
        } else if start.starts(with: [0xFF, 0x0A]) || holds("JXL ", at: 4) {
            self = .unsupported("JPEG XL")
        } else if holds("jP  ", at: 4) {
            self = .unsupported("JPEG 2000")
        } else if start.count > 2, start[0] == 0x50, (0x31...0x37).contains(start[1]), [0x0A, 0x20].contains(start[2]) {
            self = .unsupported("PNM")
        } else if holds("<svg") || holds("<?xml") {
            self = .unsupported("SVG")
        } else if let name = Self.others.first(where: { holds($0.start, at: $0.offset) })?.name {
            self = .unsupported(name)
        } else {
            self = .unknown(Self.look(of: start))
        }
    }

    /// Formats of pictures that are not decoded, by the text at a place of their first bytes.
    private static let others: [(start: String, offset: Int, name: String)] = [
        ("8BPS", 0, "Photoshop's PSD"), ("qoif", 0, "QOI"), ("DDS ", 0, "DDS"), ("icns", 0, "Apple's ICNS"),
        ("v/1\u{1}", 0, "OpenEXR"), ("#?RADIANCE", 0, "Radiance HDR"), ("SIMPLE  =", 0, "FITS"), ("BPG", 0, "BPG"),
        ("II\u{BC}", 0, "JPEG XR"), ("\0\0\u{1}\0", 0, "ICO"), ("gimp xcf", 0, "GIMP's XCF"),
    ]

    /// What is no picture, by the text at a place of its first bytes.
    private static let nonImages: [(start: String, offset: Int, reason: String)] = [
        ("%PDF", 0, "it is a PDF document"), ("PK\u{3}\u{4}", 0, "it is a zip archive"),
        ("Rar!", 0, "it is a rar archive"), ("7z\u{BC}\u{AF}", 0, "it is a 7z archive"),
        ("AVI ", 8, "it is an AVI video"),
        ("WAVE", 8, "it is a sound file"), ("ID3", 0, "it is a sound file"), ("OggS", 0, "it is an Ogg file"),
        ("\u{89}HDF", 0, "it is an HDF5 file"), ("\u{93}NUMPY", 0, "it is a NumPy array"),
        ("\0\u{5}\u{16}\u{7}", 0, "it holds a file's properties of macOS, not the file: its name begins with ._"),
        ("version https://git-lfs", 0, "it is a pointer of Git LFS: `git lfs pull` fetches the image"),
    ]

    /// The kind of a file in ISO's boxes, by the brand in the first and, for HEIF's general one, by those that it lists.
    private static func boxedFormat(_ start: [UInt8]) -> String {
        func brand(at offset: Int) -> String { String(decoding: start.dropFirst(offset).prefix(4), as: UTF8.self) }
        let size = start.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let listed = stride(from: 16, to: min(size, start.count) - 3, by: 4).map(brand(at:))
        switch brand(at: 8) {
        case "avif", "avis": return "AVIF"
        case "mif1", "msf1": return listed.contains { $0 == "avif" || $0 == "avis" } ? "AVIF" : "HEIC"
        case "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "miaf": return "HEIC"
        case "crx ": return "a camera's raw file"
        case "jxl ": return "JPEG XL"
        case "qt  ": return "a QuickTime video"
        case let brand where brand.hasPrefix("M4A"): return "an MPEG-4 sound file"
        default: return "an MPEG-4 video"
        }
    }

    /// A sentence on bytes that are no known picture.
    private static func look(of start: [UInt8]) -> String {
        let text = start.drop { $0 == 0x20 || (0x09...0x0D).contains($0) || [0xEF, 0xBB, 0xBF].contains($0) }
        let beginning = String(decoding: text.prefix(15), as: UTF8.self).lowercased()
        if beginning.hasPrefix("<!doctype html") || beginning.hasPrefix("<html") {
            return "it is a web page: the address that it came from gave no image"
        }
        if start.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) { return "it is a Matroska or WebM video" }
        if start.starts(with: [0x1F, 0x8B]) { return "it is a gzip file" }
        if let known = nonImages.first(where: { start.dropFirst($0.offset).starts(with: Self.bytes($0.start)) }) {
            return known.reason
        }
        if start.count == prefixLength, start.allSatisfy({ $0 == 0 }) {
            return "it begins with zeros only: the download or the copy was not completed"
        }
        return start.allSatisfy { (0x20...0x7E).contains($0) || (0x09...0x0D).contains($0) }
            ? "it holds text, not an image" : "its first bytes are those of no known image"
    }

    /// One byte for each scalar, which must be below U+0100.
    private static func bytes(_ text: String) -> [UInt8] {
        text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }

    /// "II" or "MM", then 42, or 43 for the form with 64-bit offsets, in that byte order.
    private static func isTIFF(_ start: [UInt8]) -> Bool {
        let starts: [[UInt8]] = [
            [0x49, 0x49, 42, 0], [0x4D, 0x4D, 0, 42], [0x49, 0x49, 43, 0], [0x4D, 0x4D, 0, 43],
        ]
        return starts.contains { start.starts(with: $0) }
    }

    /// What a person calls it; `nil` for what is no known image.
    package var name: String? {
        switch self {
        case .jpeg: "JPEG"
        case .png: "PNG"
        case .webp: "WebP"
        case .gif: "GIF"
        case .bmp: "BMP"
        case .tiff: "TIFF"
        case .unsupported(let name): name
        case .unknown: nil
        }
    }

    /// The endings that a file of this format may have, the usual one first; empty where any other may be right.
    package var endings: [String] {
        switch self {
        case .jpeg: ["jpg", "jpeg", "jpe", "jfif"]
        case .png: ["png"]
        case .webp: ["webp"]
        case .gif: ["gif"]
        case .bmp: ["bmp", "dib"]
        case .tiff: ["tif", "tiff"]
        case .unsupported, .unknown: []
        }
    }

    /// Why the format cannot be decoded; `nil` when it can.
    package var refusal: ImageFailure? {
        switch self {
        case .jpeg, .png, .webp, .gif, .bmp, .tiff: nil
        case .unsupported(let name):
            ImageFailure(.unsupported, "\(name) is not supported (supported: \(Self.supported))")
        case .unknown(let reason): ImageFailure(.noImage, reason)
        }
    }

    /// Reads the header; `nil` for what is not decoded.
    var readInfo:
        (
            @convention(c) (
                UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<ocellus_image_info>?,
                UnsafeMutablePointer<ocellus_codec_message>?
            ) -> ocellus_codec_status
        )?
    {
        switch self {
        case .jpeg: ocellus_jpeg_info
        case .png: ocellus_png_info
        case .webp: ocellus_webp_info
        case .gif: ocellus_gif_info
        case .bmp: ocellus_bmp_info
        case .tiff: ocellus_tiff_info
        case .unsupported, .unknown: nil
        }
    }

    /// Decodes the pixels; `nil` for what is not decoded.
    var decode:
        (
            @convention(c) (
                UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt8>?, Int,
                UnsafeMutablePointer<ocellus_codec_message>?
            ) -> ocellus_codec_status
        )?
    {
        switch self {
        case .jpeg: ocellus_jpeg_decode
        case .png: ocellus_png_decode
        case .webp: ocellus_webp_decode
        case .gif: ocellus_gif_decode
        case .bmp: ocellus_bmp_decode
        case .tiff: ocellus_tiff_decode
        case .unsupported, .unknown: nil
        }
    }
}
