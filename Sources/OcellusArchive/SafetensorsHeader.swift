// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The header of a safetensors file after every rule of the format was checked.
struct SafetensorsHeader {
    private(set) var metadata: [String: String] = [:]
    /// In the order of the data.
    private(set) var entries: [Safetensors.Entry] = []

    /// More axes are refused: no layer has them.
    static let maximumRank = 16

    /// The header's length out of a file's first nine bytes.
    static func length(_ start: Data, fileSize: Int, path: String) throws -> Int {
        let bytes = [UInt8](start)
        let opensObject = bytes.count == 9 && bytes[8] == UInt8(ascii: "{")
        if !opensObject, let foreign = ForeignFormat(path: path, start: bytes) { throw foreign.refusal(of: path) }
        guard bytes.count == 9 else {
            throw corrupt(path, "is too short", needs: "at least 10 bytes", received: "\(fileSize) bytes")
        }
        let length = bytes[0..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= Safetensors.maximumHeader else {
            throw corrupt(
                path, "has a header that is too long", needs: "at most \(Safetensors.maximumHeader) bytes",
                received: "\(length) bytes")
        }
        guard Int(length) <= fileSize - 8 else {
            throw corrupt(
                path, "ends inside its header", needs: "\(length) bytes after the first 8",
                received: "\(fileSize - 8) bytes")
        }
        guard opensObject else {
            throw corrupt(path, "has no JSON header", needs: "{ as byte 8", received: "byte \(bytes[8])")
        }
        return Int(length)
    }

    /// - Parameter dataSize: Bytes after the header.
    init(_ bytes: [UInt8], dataSize: Int, path: String) throws {
        do {
            var scanner = try JSONScanner(bytes)
            try read(&scanner)
        } catch {
            throw Self.corrupt(
                path, "has a faulty header", received: "\(error.reason) at byte \(8 + error.position)")
        }
        try checkLayout(dataSize: dataSize, path: path)
    }

    private mutating func read(_ scanner: inout JSONScanner) throws(JSONFault) {
        var metadata: [String: String] = [:]
        var entries: [Safetensors.Entry] = []
        try scanner.object { (scanner, key) throws(JSONFault) in
            if key == "__metadata__" {
                try scanner.object { (scanner, key) throws(JSONFault) in metadata[key] = try scanner.string() }
            } else {
                entries.append(try Self.entry(key, &scanner))
            }
        }
        try scanner.end()
        self.metadata = metadata
        // Tensors without elements come before the one that starts at the same byte.
        self.entries = entries.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
    }

    private static func entry(_ name: String, _ scanner: inout JSONScanner) throws(JSONFault) -> Safetensors.Entry {
        var type: ElementType?
        var dimensions: [Int]?
        var offsets: [Int]?
        try scanner.object { (scanner, key) throws(JSONFault) in
            switch key {
            case "dtype":
                let text = try scanner.string()
                guard let known = ElementType(rawValue: text) else {
                    throw scanner.fault("the unknown dtype \"\(text)\" of \"\(name)\"")
                }
                type = known
            case "shape": dimensions = try counts(&scanner, limit: maximumRank, "axes of \"\(name)\"")
            case "data_offsets": offsets = try counts(&scanner, limit: 2, "data_offsets of \"\(name)\"")
            default: throw scanner.fault("the unknown key \"\(key)\" of \"\(name)\"")
            }
        }
        guard let type, let dimensions, let offsets else {
            throw scanner.fault("\"\(name)\" without dtype, shape or data_offsets")
        }
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw scanner.fault("impossible data_offsets \(offsets) of \"\(name)\"")
        }
        let shape = Shape(dimensions)
        guard let count = shape.checkedCount,
            case (let size, let overflow) = count.multipliedReportingOverflow(by: type.size),
            !overflow
        else { throw scanner.fault("the shape \(shape) of \"\(name)\", which is too large") }
        guard size == offsets[1] - offsets[0] else {
            throw scanner.fault(
                "\(offsets[1] - offsets[0]) bytes for \"\(name)\" instead of \(size) for \(type.rawValue) \(shape)")
        }
        return Safetensors.Entry(name: name, type: type, shape: shape, range: offsets[0]..<offsets[1])
    }

    private static func counts(
        _ scanner: inout JSONScanner, limit: Int, _ what: String
    ) throws(JSONFault) -> [Int] {
        var values: [Int] = []
        try scanner.array { (scanner) throws(JSONFault) in
            guard values.count < limit else { throw scanner.fault("more than \(limit) \(what)") }
            values.append(try scanner.count())
        }
        return values
    }

    /// The tensors must fill the data exactly: no gap, no overlap, nothing behind.
    private func checkLayout(dataSize: Int, path: String) throws {
        var end = 0
        for entry in entries {
            guard entry.range.lowerBound == end else {
                throw Self.corrupt(
                    path, "has a tensor at the wrong place", needs: "\"\(entry.name)\" at byte \(end) of the data",
                    received: "byte \(entry.range.lowerBound)",
                    because: entry.range.lowerBound < end ? "tensors must not overlap" : "tensors must not leave gaps")
            }
            end = entry.range.upperBound
        }
        guard end == dataSize else {
            throw Self.corrupt(
                path, end > dataSize ? "is cut off" : "holds bytes that belong to no tensor",
                needs: "\(end) bytes of data", received: "\(dataSize) bytes",
                advice: end > dataSize ? "copy or download it again" : nil)
        }
    }

    static func corrupt(
        _ path: String, _ what: String, needs: String? = nil, received: String? = nil, because: String? = nil,
        advice: String? = nil
    ) -> ArchiveError {
        ArchiveError(
            .corrupt, "\(path) \(what); it is no sound safetensors file.", needs: needs, received: received,
            because: because, advice: advice)
    }
}
