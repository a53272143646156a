// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// The bytes of a file, read in windows, or of memory.
///
/// The file is not mapped: a mapped file that another process shortens ends the process that reads it. Small fields come out of
/// a window, and a tensor's elements are read once, into the memory where they stay.
package final class WireSource {
    /// For messages.
    package let path: String
    package let size: Int
    private let load: (Range<Int>) throws -> [UInt8]
    private var window: [UInt8] = []
    private var windowStart = 0

    private static let windowSize = 1 << 16

    package init(_ bytes: [UInt8], path: String) {
        (self.path, size) = (path, bytes.count)
        window = bytes
        load = { Array(bytes[$0]) }
    }

    /// - Throws: `FileError` when the file cannot be opened.
    package init(contentsOf url: URL) throws {
        let file = OpenFile(try RegularFile(url))
        (path, size) = (file.content.path, file.content.size)
        load = { [UInt8](try file.content.read($0)) }
    }

    private final class OpenFile {
        let content: RegularFile
        init(_ content: consuming RegularFile) { self.content = content }
    }

    /// - Precondition: Inside the file.
    func byte(at position: Int) throws -> UInt8 {
        if position < windowStart || position >= windowStart + window.count {
            window = try load(position..<min(size, position + Self.windowSize))
            windowStart = position
        }
        return window[position - windowStart]
    }

    /// - Precondition: Inside the file.
    func bytes(_ range: Range<Int>) throws -> [UInt8] {
        if range.isEmpty { return [] }
        if range.lowerBound >= windowStart, range.upperBound <= windowStart + window.count {
            return Array(window[range.lowerBound - windowStart..<range.upperBound - windowStart])
        }
        return try load(range)
    }

    func corrupt(
        _ what: String, at position: Int, needs: String? = nil, received: String? = nil
    ) -> ExchangeError {
        ExchangeError(
            .corrupt, "\(path) \(what); it is no sound ONNX file.", needs: needs,
            received: received ?? "byte \(position) of \(size)")
    }
}
