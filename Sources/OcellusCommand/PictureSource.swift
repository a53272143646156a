// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusData
import OcellusFiles
import OcellusPixels

/// Where a picture comes from.
enum PictureSource {
    case file(String)
    case standardInput

    var name: String {
        switch self {
        case .file(let path): path
        case .standardInput: "-"
        }
    }

    /// Files as given; folders by their pictures in path order.
    static func expand(_ arguments: [String]) throws -> [PictureSource] {
        try arguments.flatMap { argument -> [PictureSource] in
            if argument == "-" { return [.standardInput] }
            guard FileStatus(of: Path(argument))?.kind == .directory else { return [.file(argument)] }
            let paths = try ImageFiles.pictures(under: argument)
            guard !paths.isEmpty else {
                throw DataError(
                    .noImages, "\(argument) holds no pictures.", needs: "image files",
                    advice: "another folder, or a file")
            }
            return paths.map { .file($0) }
        }
    }

    func decode() throws -> DecodedImage {
        switch self {
        case .file(let path): return try ImageFiles.decode(path)
        case .standardInput:
            let data = try FileHandle.standardInput.readToEnd() ?? Data()
            return try ImageDecoder.decode(data, name: "standard input")
        }
    }
}
