// SPDX-License-Identifier: Apache-2.0

import OcellusPixels
import OcellusTensor

/// Where the pixels of samples come from: images of one size, numbered from 0, in one of three storages.
///
/// Whoever asks gets the image or an error that names its file, and cannot tell the storages apart but by time. Any thread
/// may ask.
struct InputSource: Sendable {
    private enum Storage: Sendable {
        /// `[N, C, H, W]`
        case memory([UInt8])
        /// The same in a file that the system reads and forgets as memory allows.
        case mapped(MappedPixels)
        /// Decoded anew each time.
        case files(ImageFilePixels)
    }

    private let storage: Storage
    /// Bytes of one image.
    let size: Int
    /// `nil` for images that did not come in files of their own.
    var origins: ImageOrigins?

    /// Images in memory, `[N, C, H, W]`.
    init(_ pixels: [UInt8], size: Int) { (storage, self.size) = (.memory(pixels), size) }

    /// Images in a mapped file.
    init(_ pixels: MappedPixels, size: Int) { (storage, self.size) = (.mapped(pixels), size) }

    /// Images that are decoded each time.
    init(_ files: ImageFilePixels) { (storage, size) = (.files(files), files.size) }

    /// Lends the bytes of one image.
    ///
    /// - Throws: ``DataError`` naming the file when it cannot be read, and what `body` throws.
    func withPixels<Result>(
        of position: Int, _ body: (UnsafeBufferPointer<UInt8>) throws(DataError) -> Result
    ) throws(DataError) -> Result {
        let range = position * size..<(position + 1) * size
        switch storage {
        case .memory(let bytes):
            return try bytes.withUnsafeBufferPointer { bytes throws(DataError) in
                try body(UnsafeBufferPointer(rebasing: bytes[range]))
            }
        case .mapped(let pixels):
            return try body(UnsafeBufferPointer(rebasing: pixels.bytes[range]))
        case .files(let files):
            return try files.image(at: position).withUnsafeBufferPointer { bytes throws(DataError) in try body(bytes) }
        }
    }

    /// The file of an image, for cutting parts out of it; `nil` where images lie decoded.
    ///
    /// - Throws: ``DataError`` naming the file.
    func encoded(_ position: Int) throws(DataError) -> EncodedImage? {
        guard case .files(let files) = storage else { return nil }
        return try files.encoded(position)
    }

    /// Whether images are read from their files and decoded each time.
    var isDecodedWhenNeeded: Bool { if case .files = storage { true } else { false } }

    /// Whether both are one and the same file or list of files.
    func isFile(of other: InputSource) -> Bool {
        switch (storage, other.storage) {
        case (.mapped(let own), .mapped(let other)): own === other
        case (.files(let own), .files(let other)): own === other
        default: false
        }
    }

    /// Asks the system to have images ready that will be lent soon; returns at once.
    func prefetch(_ positions: some Sequence<Int>) {
        switch storage {
        case .memory: break
        case .mapped(let pixels):
            for position in positions { pixels.prefetch(position * size..<(position + 1) * size) }
        case .files(let files): for position in positions { files.prefetch(position) }
        }
    }
}
