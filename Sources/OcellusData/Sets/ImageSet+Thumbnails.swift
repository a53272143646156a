// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
package import OcellusPixels
import OcellusTensor

extension ImageSet {
    /// What a person calls an image: its file, or its number where it did not come in a file of its own.
    ///
    /// - Precondition: `index` is in `0 ..< count`.
    package func name(at index: Int) -> String {
        origins.map { $0.paths[positions[index]].text } ?? "image \(positions[index])"
    }

    /// Whether images have files of their own.
    package var hasFiles: Bool { origins != nil }

    /// Small upright copies of some images for a page: of the files that they came in, or of their pixels where there are
    /// none, or none that can be read any more.
    ///
    /// - Parameters:
    ///   - indices: In `0 ..< count`.
    ///   - side: Of a copy, at most.
    /// - Throws: ``DataError`` when an archive or pixels cannot be read, `CancellationError`.
    package func thumbnails(at indices: [Int], side: Int = 320) async throws -> [Thumbnail] {
        var found = [Thumbnail?](repeating: nil, count: indices.count)
        if let origins {
            let (places, limits) = (indices.map { positions[$0] }, origins.limits)
            let names = places.map { origins.paths[$0].text }
            try await ImageContents.forEach(of: places.map { origins.contents[$0] }, limits: limits) { chunk in
                chunk.indices.enumerated().map { place, index in
                    Self.thumbnail(of: chunk, place, side: side, name: names[index], limits: limits)
                }
            } collect: { numbers, part in
                for (number, thumbnail) in zip(numbers, part) { found[number] = thumbnail }
            }
        }
        var thumbnails: [Thumbnail] = []
        for (index, thumbnail) in zip(indices, found) {
            thumbnails.append(try thumbnail ?? Thumbnail(try image(at: index), side: side))
        }
        return thumbnails
    }

    /// `nil` for a file that cannot be read any more.
    private static func thumbnail(
        of chunk: ImageContents.Chunk, _ place: Int, side: Int, name: String, limits: ImageLimits
    ) -> Thumbnail? {
        guard let data = try? chunk.load(place),
            let info = try? ImageDecoder.readHeader(data, limits: limits).info
        else { return nil }
        return DecodingTurns.shared.decode(bytes: ImageDecoder.bytes(for: info)) {
            try? Thumbnail(file: data, side: side, name: name, limits: limits)
        }
    }
}
