// SPDX-License-Identifier: Apache-2.0

package import OcellusPixels
import OcellusTensor

/// Made gray pictures of two classes about which the truth is known, so that anyone can see a claim hold and fail.
package struct PlantedImages: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        /// The class is the side that is bright: where, and nothing else.
        case position
        /// The class is the direction of short strokes at random places: what, and not where.
        case texture
        /// As ``texture``, but the strokes lie in the left half of training images and in the right half of test images.
        case halves
        /// Labels are drawn at random: there is nothing to learn.
        case labels

        package static let names = allCases.map(\.rawValue)
    }

    let kind: Kind
    private let side: Int
    private let trainCount: Int
    private let testCount: Int

    /// Levels of the noise that everything lies on.
    private static let noiseLevels = 60
    private static let brighter: UInt8 = 120
    private static let stroke: UInt8 = 240
    private static let strokes = 5
    private static let strokeLength = 4

    /// - Parameters:
    ///   - side: Height and width, at least 12.
    ///   - train: Training images.
    ///   - test: Test images.
    package init(_ kind: Kind, side: Int = 28, train: Int = 2_000, test: Int = 1_000) {
        precondition(side >= 12, "a half holds a stroke")
        self.kind = kind
        self.side = side
        (trainCount, testCount) = (train, test)
    }

    /// - Parameters:
    ///   - kind: The word behind the colon.
    ///   - name: The whole name, for messages.
    /// - Throws: ``DataError/Code/outOfRange``.
    init(kind: String?, name: String) throws(DataError) {
        guard let known = kind.flatMap(Kind.init) else {
            let guess = kind.flatMap { closestMatch(to: $0, in: Kind.names) } ?? Kind.texture.rawValue
            throw DataError(
                .outOfRange, "\(name) does not say what is planted.",
                needs: "planted: and one of \(Kind.names.joined(separator: ", "))", advice: "planted:\(guess)")
        }
        self.init(known)
    }

    package func dataset() throws(DataError) -> ImageDataset {
        try ImageDataset(
            name: "planted-\(kind.rawValue)", train: set(trainCount, part: 0), test: set(testCount, part: 1))
    }

    private func set(_ count: Int, part: Int) throws(DataError) -> ImageSet {
        var pixels: [UInt8] = []
        var labels: [UInt16] = []
        for index in 0..<count {
            var random = CounterRandom(seed: 0, purpose: .planting, epoch: part, sample: index)
            let label = kind == .labels ? random.nextIndex(below: 2) : index % 2
            labels.append(UInt16(label))
            var image = (0..<side * side).map { _ in UInt8(random.nextIndex(below: Self.noiseLevels)) }
            switch kind {
            case .position: brighten(&image, columns: label == 0 ? 0..<side / 2 : side - side / 2..<side)
            case .texture: draw(&image, isVertical: label == 1, columns: 0..<side, &random)
            case .halves:
                let columns = part == 0 ? 0..<side / 2 : side - side / 2..<side
                draw(&image, isVertical: label == 1, columns: columns, &random)
            case .labels: break
            }
            pixels += image
        }
        return try ImageSet(classes: ["first", "second"], shape: [1, side, side], labels: labels, pixels: pixels)
    }

    private func brighten(_ image: inout [UInt8], columns: Range<Int>) {
        for row in 0..<side {
            for column in columns { image[row * side + column] += Self.brighter }
        }
    }

    /// Strokes of one direction at places drawn evenly within the columns.
    private func draw(
        _ image: inout [UInt8], isVertical: Bool, columns: Range<Int>, _ random: inout CounterRandom
    ) {
        let (height, width) = isVertical ? (Self.strokeLength, 1) : (1, Self.strokeLength)
        for _ in 0..<Self.strokes {
            let top = random.nextIndex(below: side - height + 1)
            let left = columns.lowerBound + random.nextIndex(below: columns.count - width + 1)
            for row in top..<top + height {
                for column in left..<left + width { image[row * side + column] = Self.stroke }
            }
        }
    }
}
