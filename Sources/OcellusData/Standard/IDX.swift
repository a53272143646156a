// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
package import OcellusPixels
package import OcellusTensor

/// The content of an IDX file of bytes, the format of MNIST.
///
/// Big-endian throughout: two zero bytes, the type (8 for unsigned bytes), the number of axes, one 32-bit size for each
/// axis, then the values, row-major. Nothing may follow. A file that begins as gzip does is decompressed first.
package struct IDX: Sendable {
    /// `[N, H, W]` for images, `[N]` for labels.
    package let shape: Shape
    package let values: [UInt8]
    /// Named in errors.
    package let path: String

    /// - Precondition: As many values as the shape has.
    init(shape: Shape, values: [UInt8], path: String) {
        precondition(shape.count == values.count, "a value for each place")
        self.shape = shape
        self.values = values
        self.path = path
    }

    /// - Throws: ``DataError/Code/wrongMagic``, ``DataError/Code/wrongSize``, ``DataError/Code/damaged``,
    ///   ``DataError/Code/tooLarge``.
    package init(_ bytes: [UInt8], path: String) throws(DataError) {
        self.path = path
        let isCompressed = Gzip.isGzip(bytes)
        // The longest header that is accepted has three axes.
        let header = isCompressed ? try Gzip.decompress(bytes, limit: 16, path: path).bytes : Array(bytes.prefix(16))
        let axes = try Self.axes(of: header, path: path)
        let headerLength = 4 + 4 * axes
        guard header.count >= headerLength else {
            throw DataError(
                .wrongSize, "\(path) ends within its header.", needs: "\(headerLength) bytes",
                received: "\(header.count) bytes")
        }
        let sizes = (0..<axes).map { axis in
            (0..<4).reduce(0) { $0 << 8 | Int(header[4 + 4 * axis + $1]) }
        }
        shape = Shape(sizes)
        guard let count = shape.checkedCount, count < Int.max / 2 else {
            throw DataError(
                .wrongSize, "the header of \(path) promises more than any memory holds.", received: "\(shape)")
        }
        try Memory.check(count, for: path)
        let content =
            isCompressed
            ? try Gzip.decompress(bytes, limit: headerLength + count, path: path) : (bytes: bytes, hasMore: false)
        guard content.bytes.count == headerLength + count, !content.hasMore else {
            let isShort = content.bytes.count < headerLength + count
            throw DataError(
                .wrongSize, "\(path) is \(isShort ? "shorter" : "longer") than its header says.",
                needs: "\(headerLength + count) bytes for \(shape)",
                received:
                    "\(content.hasMore ? "more" : "\(content.bytes.count) bytes")\(isCompressed ? ", decompressed" : "")",
                advice: "copy or download it again")
        }
        values = Array(content.bytes[headerLength...])
    }

    private static func axes(of header: [UInt8], path: String) throws(DataError) -> Int {
        guard header.count >= 4, header[0] == 0, header[1] == 0, header[2] == 8, header[3] == 1 || header[3] == 3 else {
            let start = header.prefix(4).map { CollectionOfOne($0).hexadecimal }
            throw DataError(
                .wrongMagic, "\(path) is not an IDX file of bytes.",
                needs: "00 00 08 03 (images) or 00 00 08 01 (labels) at its start",
                received: start.isEmpty ? "an empty file" : start.joined(separator: " "))
        }
        return Int(header[3])
    }

    /// Images and their labels as one set.
    ///
    /// - Parameters:
    ///   - classes: Class names; `nil` names the classes by their numbers.
    ///   - numbers: The label of each class; `nil` for 0, 1, … where there are names, else for those of
    ///     ``ClassNames/numbers(_:)``.
    /// - Throws: ``DataError/Code/wrongMagic`` when images and labels are exchanged, ``DataError/Code/doNotMatch``,
    ///   ``DataError/Code/labelOutOfRange``, ``DataError/Code/noImages``.
    package static func imageSet(
        images: IDX, labels: IDX, classes: [String]? = nil, numbers: [Int]? = nil
    ) throws(DataError) -> ImageSet {
        guard images.shape.rank == 3 else {
            throw DataError(
                .wrongMagic, "\(images.path) holds labels.", needs: "images: 00 00 08 03 at its start",
                received: "00 00 08 01")
        }
        guard labels.shape.rank == 1 else {
            throw DataError(
                .wrongMagic, "\(labels.path) holds images.", needs: "labels: 00 00 08 01 at its start",
                received: "00 00 08 03")
        }
        guard images.shape[0] == labels.shape[0] else {
            throw DataError(
                .doNotMatch, "\(images.path) and \(labels.path) do not belong together.",
                needs: "a label for each of \(images.shape[0]) images", received: "\(labels.shape[0]) labels")
        }
        guard images.shape.count > 0 else {
            throw DataError(.noImages, "\(images.path) holds no image.", received: "\(images.shape)")
        }
        let numbers = numbers ?? classes.map { Array(0..<$0.count) } ?? labels.classNumbers
        let classes = classes ?? numbers.map(String.init)
        let indices = Dictionary(zip(numbers, 0..<numbers.count), uniquingKeysWith: { first, _ in first })
        if let position = labels.values.firstIndex(where: { indices[Int($0)] == nil }) {
            let range =
                numbers.last == numbers.count - 1 ? "0 to \(numbers.count - 1)" : Files.list(numbers.map(String.init))
            throw DataError(
                .labelOutOfRange, "label \(position) of \(labels.path) has no class.",
                needs: "\(range), for \(classes.count) classes", received: "\(labels.values[position])")
        }
        return try ImageSet(
            classes: classes, shape: [1, images.shape[1], images.shape[2]],
            labels: labels.values.map { UInt16(indices[Int($0)] ?? 0) },
            pixels: images.values)
    }

    /// The labels that stand for classes where nothing names them.
    var classNumbers: [Int] { ClassNames.numbers(Set(values.map(Int.init))) }
}
