// SPDX-License-Identifier: Apache-2.0

import OcellusPixels
import OcellusTensor

/// The content of a `.npy` file, NumPy's format of one array.
///
/// `93 NUMPY`, the version (1 to 3), the length of the header (16 bits, from version 2 on 32, little-endian), the header,
/// a dictionary in Python's notation with the keys `descr`, `fortran_order` and `shape`, then the values. Only arrays in C
/// order of unsigned bytes or little-endian 32- and 64-bit integers are read; nothing may follow. Nothing is evaluated.
struct NPY: Sendable {
    enum Element: String, CaseIterable {
        case uint8 = "|u1"
        case int32 = "<i4"
        case int64 = "<i8"

        /// Bytes of one value.
        var size: Int {
            switch self {
            case .uint8: 1
            case .int32: 4
            case .int64: 8
            }
        }
    }

    /// For images `[N, H, W, C]`, for labels `[N]`.
    let shape: Shape
    let element: Element
    /// The file from its first byte; the values begin at ``start``.
    private let bytes: [UInt8]
    private let start: Int
    /// Named in errors.
    private let path: String

    private static let longestHeader = 1 << 16

    /// - Throws: ``DataError/Code/wrongMagic``, ``DataError/Code/damaged``, ``DataError/Code/wrongSize``,
    ///   ``DataError/Code/unknownKind`` for values of another type or order.
    init(_ bytes: [UInt8], path: String) throws(DataError) {
        self.bytes = bytes
        self.path = path
        guard bytes.count >= 12, bytes.starts(with: [0x93] + Array("NUMPY".utf8)), (1...3).contains(bytes[6]) else {
            throw DataError(
                .wrongMagic, "\(path) is not an .npy file.", needs: "93 4e 55 4d 50 59 and a version of 1 to 3")
        }
        let lengthBytes = bytes[6] == 1 ? 2 : 4
        let length = (0..<lengthBytes).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
        start = 8 + lengthBytes + length
        guard length <= Self.longestHeader, start <= bytes.count else {
            throw DataError(
                .damaged, "\(path) ends within its header.", needs: "\(start) bytes", received: "\(bytes.count) bytes",
                advice: "copy or download it again")
        }
        guard let header = NPYHeader(bytes[(8 + lengthBytes)..<start]) else {
            throw DataError(
                .damaged, "\(path) has a header that is none.",
                needs: "{'descr': '|u1', 'fortran_order': False, 'shape': (…)}")
        }
        guard let element = Element(rawValue: header.element), !header.isColumnMajor else {
            throw DataError(
                .unknownKind, "\(path) holds values that are not read.",
                needs: Element.allCases.map(\.rawValue).joined(separator: ", ") + " in C order",
                received: "\(header.element) in \(header.isColumnMajor ? "Fortran" : "C") order")
        }
        self.element = element
        shape = Shape(header.shape)
        // Divided, not multiplied: the header may state any number.
        let space = bytes.count - start
        guard let count = shape.checkedCount, count <= space / element.size, count * element.size == space else {
            throw DataError(
                .wrongSize, "\(path) does not hold what its header says.", needs: "\(shape) of \(element.rawValue)",
                received: "\(space) bytes behind the header", advice: "copy or download it again")
        }
    }

    /// The values as class indices, row-major.
    ///
    /// - Throws: ``DataError/Code/labelOutOfRange``.
    func labels(classes: Int) throws(DataError) -> [UInt16] {
        var labels: [UInt16] = []
        labels.reserveCapacity(shape.count)
        for index in 0..<shape.count {
            let place = start + index * element.size
            var value: UInt64 = 0
            for byte in 0..<element.size { value |= UInt64(bytes[place + byte]) << (8 * UInt64(byte)) }
            guard value < UInt64(classes) else {
                throw DataError(
                    .labelOutOfRange, "label \(index) of \(path) has no class.",
                    needs: "0 to \(classes - 1), for \(classes) classes")
            }
            labels.append(UInt16(value))
        }
        return labels
    }

    /// Some of the images with their labels.
    ///
    /// - Parameters:
    ///   - images: `[N, H, W, 3]`, unsigned bytes.
    ///   - labels: `[N]`
    ///   - classes: Class names.
    ///   - range: Which images; `nil` for all.
    /// - Throws: ``DataError/Code/doNotMatch`` for other shapes and for a range outside of them.
    static func imageSet(
        images: NPY, labels: NPY, classes: [String], range: Range<Int>? = nil
    ) throws(DataError) -> ImageSet {
        let shape = images.shape
        guard images.element == .uint8, shape.rank == 4, shape[3] == 3, labels.shape.rank == 1,
            labels.shape[0] == shape[0]
        else {
            throw DataError(
                .doNotMatch, "\(images.path) and \(labels.path) are not images and their labels.",
                needs: "[N, H, W, 3] of |u1 and [N]",
                received: "\(shape) of \(images.element.rawValue) and \(labels.shape)")
        }
        let range = range ?? 0..<shape[0]
        guard range.upperBound <= shape[0] else {
            throw DataError(
                .doNotMatch, "\(images.path) has too few images.", needs: "\(range.upperBound)", received: "\(shape[0])"
            )
        }
        let plane = shape[1] * shape[2]
        let values = images.bytes
        let first = images.start
        let pixels = [UInt8](unsafeUninitializedCapacity: range.count * plane * 3) { planes, count in
            for (place, image) in range.enumerated() {
                let source = first + image * plane * 3
                let target = place * plane * 3
                for pixel in 0..<plane {
                    for channel in 0..<3 {
                        planes[target + channel * plane + pixel] = values[source + 3 * pixel + channel]
                    }
                }
            }
            count = range.count * plane * 3
        }
        return try ImageSet(
            classes: classes, shape: [3, shape[1], shape[2]],
            labels: Array(try labels.labels(classes: classes.count)[range]), pixels: pixels)
    }
}

/// The dictionary at the start of an `.npy` file: three known keys, each once, with values of one form.
private struct NPYHeader {
    var element = ""
    var isColumnMajor = false
    var shape: [Int] = []

    private static let mostAxes = 8

    /// `nil` for anything else.
    init?(_ bytes: ArraySlice<UInt8>) {
        var rest = Scanner(rest: bytes)
        var keys = Set<String>()
        guard rest.skips("{") else { return nil }
        while !rest.skips("}") {
            guard let key = rest.quoted(), keys.insert(key).inserted, rest.skips(":") else { return nil }
            switch key {
            case "descr":
                guard let value = rest.quoted() else { return nil }
                element = value
            case "fortran_order":
                if rest.skips("True") { isColumnMajor = true } else if !rest.skips("False") { return nil }
            case "shape":
                guard rest.skips("(") else { return nil }
                while !rest.skips(")") {
                    guard shape.count < Self.mostAxes, let number = rest.number() else { return nil }
                    shape.append(number)
                    guard rest.skips(",") || rest.starts(")") else { return nil }
                }
            default: return nil
            }
            guard rest.skips(",") || rest.starts("}") else { return nil }
        }
        guard keys.count == 3, rest.isAtEnd else { return nil }
    }

    private struct Scanner {
        var rest: ArraySlice<UInt8>

        private mutating func skipBlanks() { rest = rest.drop { $0 == 0x20 || $0 == 0x0A } }

        var isAtEnd: Bool { rest.allSatisfy { $0 == 0x20 || $0 == 0x0A } }

        mutating func starts(_ text: String) -> Bool {
            skipBlanks()
            return rest.starts(with: text.utf8)
        }

        mutating func skips(_ text: String) -> Bool {
            guard starts(text) else { return false }
            rest = rest.dropFirst(text.utf8.count)
            return true
        }

        mutating func quoted() -> String? {
            guard let quote = ["'", "\""].first(where: { skips($0) }),
                let end = rest.firstIndex(of: quote.utf8.first ?? 0)
            else { return nil }
            defer { rest = rest[(end + 1)...] }
            return String(decoding: rest[..<end], as: UTF8.self)
        }

        mutating func number() -> Int? {
            skipBlanks()
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest[digits.endIndex...]
            return Int(String(decoding: digits, as: UTF8.self))
        }
    }
}
