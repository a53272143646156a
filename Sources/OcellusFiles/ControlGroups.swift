// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Linux's control groups that hold this process: its own and those around it, each of which can bind what it may use.
package struct ControlGroups {
    /// Where the files of a group lie, and which of the two forms they have.
    package enum Folder: Hashable {
        /// Version 2: one tree for all controllers.
        case unified(String)
        /// Version 1: a tree for each controller, or for a few together.
        case divided(String)
    }

    /// Of all trees that a controller can stand in, from their roots down.
    package let folders: [Folder]

    /// - Parameters:
    ///   - controller: `cpu` or `memory`.
    ///   - root: Where the system's files lie; another folder in tests. No folders where it has no control groups.
    package init(controller: String, root: String = "") {
        let mount = "\(root)/sys/fs/cgroup"
        folders = (Self.text("\(root)/proc/self/cgroup") ?? "").split(separator: "\n").flatMap { line -> [Folder] in
            // hierarchy:controllers:path; version 2 names no controllers.
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 3 else { return [] }
            if fields[1].isEmpty { return Self.folders(mount, fields[2]).map(Folder.unified) }
            guard fields[1].split(separator: ",").contains(Substring(controller)) else { return [] }
            let names = fields[1] == controller ? [controller] : [fields[1], controller]
            return names.flatMap { Self.folders("\(mount)/\($0)", fields[2]) }.map(Folder.divided)
        }
    }

    /// The folders of a group and of those that hold it. In a container the path may be one that only the host sees.
    private static func folders(_ mount: String, _ path: String) -> [String] {
        var folder = mount
        return [mount]
            + Path(path).components.map(\.text).filter { $0 != ".." }.map { name in
                folder += "/\(name)"
                return folder
            }
    }

    /// The text of a file; `nil` where there is none.
    package static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

    /// The number in a file; `nil` where there is none.
    package static func number(_ path: String) -> Double? {
        text(path).flatMap { Double($0.trimmed) }
    }
}
