// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What decoding told about files, by their content: the SHA-256 of the bytes, which are read and hashed each time. Names
/// and times decide nothing, so a file that has changed in any way is decoded.
///
/// A file for each checked path, written by one version under one set of limits, with a SHA-256 at its end. A file that is
/// anything else counts as empty. Only images without a failure are kept.
struct CheckCache: Sendable {
    private static let magic = "ocellus.check.2\n"
    private static let thumbnail = 3 * ImageLook.width * ImageLook.height
    private static let digest = 32
    private static let numbers = 8
    /// SHA-256, the numbers of the header, hash and contrast of the look, one byte, the thumbnail.
    private static let record = digest + numbers * 4 + 8 + 8 + 1 + thumbnail

    private let file: URL
    private let start: [UInt8]
    private let known: [[UInt8]: ArraySlice<UInt8>]

    /// - Parameters:
    ///   - directory: Need not exist.
    ///   - path: Of the data set.
    init(in directory: URL, for path: Path, limits: ImageLimits) {
        var name = ContentHash("ocellus.check.path")
        let place = path.absolute.normalized
        name.add(place.isText ? place.text : place.bytes.hexadecimal)
        file = directory.appending(path: name.hexadecimal() + ".check")
        start = Array("\(Self.magic)\(OcellusVersion.current) \(limits.pixels) \(limits.bytes)\n".utf8)
        known = Self.records(of: file, start: start)
    }

    private static func records(of file: URL, start: [UInt8]) -> [[UInt8]: ArraySlice<UInt8>] {
        guard let bytes = try? [UInt8](Files.read(Path(file), limit: 1 << 32)), bytes.starts(with: start),
            bytes.count >= start.count + digest, (bytes.count - start.count - digest) % record == 0,
            SHA256.digest(of: bytes.dropLast(digest)).elementsEqual(bytes.suffix(digest))
        else { return [:] }
        var known: [[UInt8]: ArraySlice<UInt8>] = [:]
        for place in stride(from: start.count, to: bytes.count - digest, by: record) {
            known[Array(bytes[place..<place + digest])] = bytes[place + digest..<place + record]
        }
        return known
    }

    /// What is known about the content with a digest.
    func facts(_ digest: [UInt8]) -> (header: ImageHeader, look: ImageLook)? {
        guard let record = known[digest] else { return nil }
        var rest = record
        func number(_ count: Int) -> UInt64 {
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
        }
        let header = (0..<Self.numbers).map { _ in Int(number(4)) }
        let (hash, contrast, isSingleColor) = (number(8), Double(bitPattern: number(8)), number(1) == 1)
        return (
            ImageHeader(
                width: header[0], height: header[1], channels: header[2], orientation: header[3],
                hasAlpha: header[4] == 1, bitsPerSample: header[5], hasMoreFrames: header[6] == 1,
                bandsLeftOut: header[7]),
            ImageLook(thumbnail: Array(rest), hash: hash, contrast: contrast, isSingleColor: isSingleColor)
        )
    }

    /// Keeps what was found, in place of what was kept before.
    ///
    /// - Throws: ``FileError`` when the file cannot be written.
    func write(_ facts: [ImageFacts]) throws {
        var bytes = start
        bytes.reserveCapacity(start.count + facts.count * Self.record + Self.digest)
        func append(_ value: UInt64, _ count: Int) {
            for place in (0..<count).reversed() {
                bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(place))))
            }
        }
        for fact in facts {
            guard fact.failure == nil, let header = fact.header, let look = fact.look,
                let digest = Self.bytes(hexadecimal: fact.sha256)
            else { continue }
            bytes += digest
            let numbers = [
                header.width, header.height, header.channels, header.orientation, header.hasAlpha ? 1 : 0,
                header.bitsPerSample, header.hasMoreFrames ? 1 : 0, header.bandsLeftOut,
            ]
            for number in numbers { append(UInt64(UInt32(clamping: number)), 4) }
            append(look.hash, 8)
            append(look.contrast.bitPattern, 8)
            bytes.append(look.isSingleColor ? 1 : 0)
            bytes += look.thumbnail
        }
        bytes += SHA256.digest(of: bytes)
        try AtomicFile.createDirectory(file.deletingLastPathComponent())
        try AtomicFile.write(Data(bytes), to: file)
    }

    private static func bytes(hexadecimal text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 2 * digest else { return nil }
        return (0..<digest).map { UInt8(digits[2 * $0] << 4 | digits[2 * $0 + 1]) }
    }
}
