// SPDX-License-Identifier: Apache-2.0

package import OcellusPixels
import OcellusTensor

/// Data sets that need no file: pictures in the binary, and what is made of them or of random numbers.
///
/// A name is a word, and for some of them a colon and settings: `scattered:side=64,copies=1`, `planted:texture`.
package enum BuiltInSet: Hashable, Sendable {
    case clothes
    case digits
    case scattered(ScatteredImages)
    case planted(PlantedImages)

    /// The words that names begin with, `embedded` first, and what they stand for.
    package static let words: [(word: String, summary: String)] = [
        ("embedded", "the default: fashion-mini"),
        ("fashion-mini", "2,000 + 1,000 photos of clothes, gray, 28×28"),
        ("opencv-digits", "4,000 + 1,000 handwritten digits, gray, 20×20"),
        ("scattered", "the clothes anywhere on a larger picture; scattered:side=48,copies=3,texture=32"),
        ("planted", "made pictures whose truth is known: planted:\(PlantedImages.Kind.names.joined(separator: "|"))"),
    ]

    /// Whether a text begins with one of ``words``, alone or with settings behind a colon.
    package static func isName(_ text: String) -> Bool {
        words.contains { text == $0.word || text.hasPrefix($0.word + ":") }
    }

    /// - Parameter text: The name of a set.
    /// - Returns: `nil` where ``isName(_:)`` says no.
    /// - Throws: ``DataError/Code/outOfRange`` for settings that the set does not have.
    package init?(_ text: String) throws(DataError) {
        guard Self.isName(text) else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let settings = parts.count > 1 ? parts[1] : nil
        switch parts[0] {
        case "scattered": self = .scattered(try ScatteredImages(settings: settings, name: text))
        case "planted": self = .planted(try PlantedImages(kind: settings, name: text))
        default:
            guard settings == nil else {
                throw DataError(
                    .outOfRange, "\(parts[0]) has no settings.", needs: parts[0], received: text,
                    advice: "./\(text) for what lies at that path")
            }
            self = parts[0] == "opencv-digits" ? .digits : .clothes
        }
    }

    /// The images.
    ///
    /// - Throws: ``DataError`` when the bytes in the binary are damaged.
    package func dataset() throws(DataError) -> ImageDataset {
        switch self {
        case .clothes: try .embedded
        case .digits: try EmbeddedDigits.dataset.get()
        case .scattered(let scattered): try scattered.dataset(of: .embedded)
        case .planted(let planted): try planted.dataset()
        }
    }
}
