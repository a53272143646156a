// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
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

/// Copies of pictures, or links to them, in a folder for each answer: `ocellus predict --sort-into`.
struct SortedPictures {
    /// For answers below the stated probability, and where the model says that it does not know. No class has this folder, as a name's first underscore is written out.
    static let unsure = "_unsure"

    private let directory: Path
    private let links: Bool
    /// Answers less probable than this are unsure.
    private let threshold: Double

    /// - Parameter directory: Must not exist, or be empty: what stands there is not touched.
    /// - Throws: ``FileError``, ``UsageError``.
    init(_ directory: PathArgument, links: Bool, unsureBelow threshold: Double?) throws {
        (self.directory, self.links, self.threshold) = (directory.path, links, threshold ?? 0)
        try AtomicFile.createDirectory(directory.url)
        let content = try? FileManager.default.contentsOfDirectory(atPath: directory.text)
        guard content?.isEmpty == true else {
            throw FileError(
                .cannotWrite, "\(directory.text) is not empty.", needs: "a new or empty folder",
                advice: "another --sort-into")
        }
    }

    /// Puts a picture into the folder of its answer, under its own name or, where that is taken, with a number behind it.
    ///
    /// - Parameter answer: `nil` where the model says that it does not know.
    /// - Throws: ``FileError``.
    func add(_ picture: Path, answer: String?, probability: Double) throws {
        let folder = directory.appending(
            answer.flatMap { probability < threshold ? nil : Self.folder($0) } ?? Self.unsure)
        try AtomicFile.createDirectory(URL(folder))
        let data = links ? Data() : try AtomicFile.read(URL(picture))
        for number in 1... {
            let target = folder.appending(Self.name(picture, number))
            if links {
                if try Self.link(target, to: picture.absolute) { return }
            } else if try AtomicFile.writeNew(data, to: URL(target)) {
                return
            }
        }
    }

    /// A class's name as that of one folder: what has a meaning in paths is written as in addresses.
    static func folder(_ name: String) -> String {
        var text = ""
        for (position, scalar) in name.unicodeScalars.enumerated() {
            let isSpecial =
                scalar == "/" || scalar == "%" || scalar.value < 0x20
                || position == 0 && (scalar == "." || scalar == "_")
            text +=
                isSpecial
                ? "%" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16, uppercase: true)
                : String(scalar)
        }
        return text
    }

    private static func name(_ picture: Path, _ number: Int) -> Path {
        guard number > 1 else { return picture.name }
        let ending = picture.ending.map { Array(".".utf8) + $0.bytes } ?? []
        return Path(bytes: picture.name.withoutEnding.bytes + Array("-\(number)".utf8) + ending)
    }

    /// - Returns: Whether the name was free.
    private static func link(_ place: Path, to target: Path) throws -> Bool {
        let status = target.withCString { target in place.withCString { symlink(target, $0) } }
        guard status != 0 else { return true }
        guard errno == EEXIST else { throw FileError.writing(place.text, errno) }
        return false
    }
}
