// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusFiles
import OcellusModel
import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where a picture comes from.
enum PictureSource {
    case file(Path)
    case standardInput

    var name: String {
        switch self {
        case .file(let path): path.text
        case .standardInput: "-"
        }
    }

    /// The path's bytes in base64, where they are no text and ``name`` cannot give them back.
    var pathBytes: String? {
        guard case .file(let path) = self, !path.isText else { return nil }
        return Data(path.bytes).base64EncodedString()
    }

    /// Files as given; folders by their pictures in path order.
    ///
    /// - Parameter note: Told what was left out of folders, a sentence at a time.
    static func expand(
        _ arguments: [PathArgument], followsLinks: Bool, note: (String) -> Void
    ) throws -> [PictureSource] {
        try arguments.flatMap { argument -> [PictureSource] in
            if argument.text == "-" { return [.standardInput] }
            guard FileStatus(of: argument.path)?.kind == .directory else { return [.file(argument.path)] }
            let found = try ImageFiles.pictures(under: argument.path, followsLinks: followsLinks)
            found.notes.forEach(note)
            guard !found.pictures.isEmpty else {
                throw DataError(
                    .noImages, "\(argument) holds no pictures.", needs: "image files",
                    because: found.notes.isEmpty ? nil : found.notes.joined(separator: "; "),
                    advice: "another folder, or a file")
            }
            return found.pictures.map { .file($0) }
        }
    }

    /// The picture as networks take it; of what was decoded nothing stays.
    ///
    /// - Parameter preprocessings: Of the networks.
    func fitted(to preprocessings: [Preprocessing]) throws -> FittedImage {
        switch self {
        case .file(let path): return try ImageFiles.fitted(path, to: preprocessings)
        case .standardInput:
            let data = try StandardInput.read(limit: ImageLimits().bytes)
            return try FittedImage(data, name: "standard input", to: preprocessings)
        }
    }
}

extension PictureSource {
    /// The picture as it is.
    func decoded() throws -> DecodedImage {
        switch self {
        case .file(let path): return try ImageFiles.decode(path)
        case .standardInput:
            return try ImageDecoder.decode(
                try StandardInput.read(limit: ImageLimits().bytes), name: "standard input", limits: ImageLimits())
        }
    }
}

/// What comes through a pipe, whose size nobody knows before.
enum StandardInput {
    /// Everything up to its end; reading stops where the limit is passed.
    ///
    /// - Throws: ``DataError/Code/tooLarge``, ``InputError``.
    static func read(limit: Int) throws -> Data {
        var data = Data()
        var part = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = part.withUnsafeMutableBytes { received($0, from: STDIN_FILENO) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw InputError(number: errno) }
            guard count > 0 else { return data }
            data.append(contentsOf: part[..<count])
            guard data.count <= limit else {
                throw DataError(
                    .tooLarge, "standard input is too large.", needs: "at most \(limit) bytes",
                    received: "more than \(limit) bytes", advice: "one picture")
            }
        }
    }
}

/// Standard input gave nothing.
struct InputError: OcellusError {
    var number: Int32
    private var isMissing: Bool { number == EBADF || number == EISDIR }

    var code: String { isMissing ? "input.missing" : "input.readFailed" }
    var summary: String {
        isMissing ? "standard input is not a picture." : "standard input could not be read."
    }
    var needs: String? { isMissing ? "a file or a pipe" : nil }
    var received: String? {
        switch number {
        case EBADF: "standard input is closed"
        case EISDIR: "a directory"
        default: nil
        }
    }
    var because: String? { isMissing ? nil : String(cString: strerror(number)) }
    var advice: String? { "< picture.jpg, or the file's name as an argument" }
    var exitClass: ExitClass { isMissing ? .missingInput : .inputOutput }
}
