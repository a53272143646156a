// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

/// Where the files lie that a table names.
struct TablePaths {
    /// Of the table.
    let table: Path
    let options: TableOptions

    /// What had to be done to find files.
    private(set) var remarks: [String] = []

    init(table: Path, options: TableOptions) {
        self.table = table
        self.options = options
    }

    /// The folder that relative paths begin in.
    var folder: Path { options.folder.map { Path(escaped: $0) } ?? table.parent }

    private enum Change: CaseIterable { case none, blanks, slashes, ending }

    /// The files as they are named, or, where nothing has this name, with what usually goes wrong put right: blanks around
    /// names, backslashes between folders, endings left out or in other letters.
    ///
    /// - Returns: A path for each name, and the names without a file.
    mutating func find(_ names: [Path]) -> (paths: [Path], missing: [Path]) {
        var counts: [Change: Int] = [:]
        var missing: [Path] = []
        var endings = Self.endings
        let paths = names.map { name in
            let plain = place(of: name)
            if Files.kind(at: plain) != nil { return plain }
            for change in Change.allCases where change != .none {
                guard let found = changed(name, change, &endings) else { continue }
                counts[change, default: 0] += 1
                return found
            }
            missing.append(name)
            return plain
        }
        let words: [Change: String] = [
            .blanks: "without the blanks around them", .slashes: "with / in place of \\",
            .ending: "with the endings of the files that are there",
        ]
        remarks = Change.allCases.compactMap { change in
            counts[change].flatMap { count in words[change].map { "\(count) paths in \(table) are read \($0)" } }
        }
        return (paths, missing)
    }

    private static let endings = ["jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff", "JPG", "JPEG", "PNG"]

    /// With the ending that a person gave.
    private func suffixed(_ name: Path) -> Path {
        guard let suffix = options.suffix, !name.bytes.reversed().starts(with: suffix.utf8.reversed()) else {
            return name
        }
        return Path(bytes: name.bytes + Array(suffix.utf8))
    }

    private func place(of name: Path) -> Path {
        let name = suffixed(name)
        guard options.folder != nil else { return table.sibling(name) }
        return name.isAbsolute ? name : folder.appending(name)
    }

    /// A file under a changed name, the changes before included.
    ///
    /// - Parameter endings: The one that was right last comes first.
    private func changed(_ name: Path, _ change: Change, _ endings: inout [String]) -> Path? {
        let text = Path(bytes: Self.trimmed(name.bytes))
        let slashes = Path(bytes: text.bytes.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 })
        switch change {
        case .none: return nil
        case .blanks: return text == name ? nil : existing(text)
        case .slashes: return slashes == text ? nil : existing(slashes)
        case .ending:
            guard options.suffix == nil else { return nil }
            if ImageFormat.isAnnounced(by: slashes), let ending = slashes.ending?.text {
                return [ending.lowercased(), ending.uppercased()].lazy.filter { $0 != ending }
                    .compactMap { existing(Path(bytes: slashes.withoutEnding.bytes + Array(".\($0)".utf8))) }.first
            }
            for (position, ending) in endings.enumerated() {
                guard let found = existing(Path(bytes: slashes.bytes + Array(".\(ending)".utf8))) else { continue }
                endings.swapAt(0, position)
                return found
            }
            return nil
        }
    }

    private func existing(_ name: Path) -> Path? {
        let path = place(of: name)
        return Files.kind(at: path) == nil ? nil : path
    }

    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        return Array(bytes.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }

    /// Files that are named but not there.
    func error(_ missing: [Path], of count: Int) -> DataError {
        var advice: [String] = []
        if options.folder == nil { advice.append("--images-in with the folder of the files") }
        if options.suffix == nil, !missing.contains(where: { ImageFormat.isAnnounced(by: $0) }) {
            advice.append("--suffix .jpg where the names lack their ending")
        }
        if missing.count < count { advice.append("--skip-unreadable to leave them out") }
        let hasBackslash = missing.contains { $0.bytes.contains(UInt8(ascii: "\\")) }
        return DataError(
            .missingFile, "\(missing.count) of \(count) files that \(table) names do not exist.",
            needs: "files in \(folder)", received: Files.list(missing.map(suffixed), limit: 3),
            because: hasBackslash ? "with / in place of \\ they do not exist either" : nil,
            advice: advice.isEmpty ? "the folder and the names in the table" : advice.joined(separator: ", or "))
    }
}
