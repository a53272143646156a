// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
package import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// A public data set that is known by name: its files, their checksums, where they are published, and how they are read.
///
/// Nothing here touches the network. Files are kept as published, compressed, in a directory of the set below
/// ``directory(in:)``.
package struct StandardSet: Sendable, Hashable {
    /// A file as it is published.
    package struct File: Sendable, Hashable {
        package var name: String
        /// Its size in bytes.
        package var size: Int
        /// SHA-256 of its bytes, in hexadecimal.
        package var sha256: String
        /// SHA-256 of what is compressed in it: a package may have compressed the same content anew. `nil` where no package
        /// does.
        package var contentSHA256: String?

        package init(_ name: String, size: Int, sha256: String, content: String? = nil) {
            self.name = name
            self.size = size
            self.sha256 = sha256
            contentSHA256 = content
        }
    }

    /// How the files are read.
    package enum Form: Sendable, Hashable {
        /// The four IDX files of MNIST.
        case idx(classes: [String])
        /// The tar archive of CIFAR's binary version.
        case cifar
        /// The zip archive of EMNIST: the name of the split, and what its first class is numbered.
        case emnist(split: String, firstLabel: Int, classes: [String])
        /// Images and labels as `.npy`, to test on only.
        case arrays
        /// A tar archive with an `.npy` file for each way to corrupt CIFAR-10's test images, to test on only.
        case corruptions
    }

    /// What `--data` calls it.
    package var name: String
    /// Size and number of images, classes.
    package var summary: String
    /// Where its publishers describe it and its terms.
    package var page: String
    package var files: [File]
    /// Addresses to which a file's name is appended, in the order in which they are tried.
    package var mirrors: [String]
    /// The name of its directory; sets that come in one archive share it.
    package var folder: String
    /// Where a package of the system puts the files.
    package var installed: String?
    package var form: Form

    package init(
        _ name: String, _ summary: String, page: String, files: [File], mirrors: [String], folder: String? = nil,
        installed: String? = nil, form: Form
    ) {
        self.name = name
        self.summary = summary
        self.page = page
        self.files = files
        self.mirrors = mirrors
        self.folder = folder ?? name
        self.installed = installed
        self.form = form
    }

    /// Bytes of all files.
    package var size: Int { files.reduce(0) { $0 + $1.size } }

    /// Whether there are only images to test on.
    package var isTestOnly: Bool { form == .arrays || form == .corruptions }

    /// The set of a name.
    package static func named(_ name: String) -> StandardSet? { all.first { $0.name == name } }
}

// MARK: - Where the files are

extension StandardSet {
    /// What is on this machine of a set.
    package enum Presence: Sendable, Hashable {
        case absent
        /// Some files are not there; the bytes that were received of them count as nothing.
        case incomplete(missing: [String])
        case fetched(String)
        /// By a package of the system.
        case installed(String)

        /// The directory of all files.
        package var directory: String? {
            switch self {
            case .absent, .incomplete: nil
            case .fetched(let path), .installed(let path): path
            }
        }
    }

    /// Where fetched sets are kept: `XDG_CACHE_HOME/ocellus/sets`, by default `~/.cache/ocellus/sets`.
    package static var root: URL { ImageCache.directory.appending(path: "sets") }

    /// The set's directory.
    package func directory(in root: URL) -> URL { root.appending(path: folder) }

    /// Tells by the files' sizes, not by their content.
    package func presence(in root: URL = root) -> Presence {
        let path = Path(directory(in: root))
        let missing = files.filter { Files.size(of: path.appending($0.name)) != $0.size }
        if missing.isEmpty { return .fetched(path.text) }
        if let installed, files.allSatisfy({ Files.kind(at: Path(installed).appending($0.name)) == .file }) {
            return .installed(installed)
        }
        return missing.count == files.count ? .absent : .incomplete(missing: missing.map(\.name))
    }

    /// Compares a file's checksum with the published one.
    ///
    /// - Parameter isInstalled: Whether a package of the system put it there, perhaps compressed anew.
    /// - Returns: `nil` when they are equal, else what was expected and what was found.
    /// - Throws: ``DataError`` when the file cannot be read.
    package static func mismatch(
        of file: File, at path: String, isInstalled: Bool = false
    ) throws(DataError) -> (needs: String, received: String)? {
        if isInstalled, let content = file.contentSHA256 {
            let found = try FileDigest.ofContent(Path(path))
            return found == content ? nil : ("\(content) of its content", found)
        }
        let found = try FileDigest.ofFile(Path(path))
        return found == file.sha256 ? nil : (file.sha256, found)
    }

    /// Bytes that the volume of the fetched sets can take; 0 when that cannot be told.
    package static func freeSpace(in root: URL) -> Int { ImageCache.freeSpace(for: root) }
}
