// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

extension ImageArchives {
    /// The members of one archive.
    struct Listing {
        struct Member {
            var name: Path
            var kind: TarReader.Member.Kind
            /// The member that has the content: of a link another one.
            var content: Int
            /// By name or content.
            var isImage = false
            /// Whether no later member has the same name.
            var isNewest = true
            /// The class that a member of a WebDataset sample states.
            var label: WebDataset.Label?

            /// The parts of the name between its slashes.
            var parts: [Path] { name.components.filter { $0 != Path(".") } }
        }

        let path: Path
        private(set) var members: [Member] = []
        /// Members that a later one of the same name replaced.
        private(set) var repeated = 0
        /// Whether the archive ends as it should.
        private(set) var hasEndMark = false
        private var newest: [Path: Int] = [:]
        /// Symbolic links: a member and where it leads.
        private var links: [(member: Int, target: Path)] = []

        var name: String { Files.name(of: path) }
        /// Whether a member states the class of its neighbour.
        var isWebDataset: Bool { members.contains { $0.label != nil } }

        init(_ path: Path, options: ImageFolderOptions) throws(DataError) {
            if ImageArchives.isZip(path) {
                try self.init(zip: FileBytes(path), at: path, options: options)
            } else {
                try self.init(FileStream(path), at: path, options: options)
            }
        }

        init(_ stream: any ByteStream, at path: Path, options: ImageFolderOptions) throws(DataError) {
            self.path = path
            var reader = TarReader(stream, limit: options.limits.bytes)
            while let entry = try reader.next() {
                if members.count % 4096 == 0 { try ImageArchives.checkCancellation() }
                var member = Member(name: entry.name, kind: entry.kind, content: members.count)
                switch entry.kind {
                case .file:
                    let start = try reader.read(ImageFormat.prefixLength)
                    member.isImage = ImageFormat.isAnnounced(by: entry.name) || ImageFormat(start).refusal == nil
                    if !member.isImage, Self.mayBeLabel(entry.name, size: entry.size) {
                        member.label = .init(name: entry.name, start + (try reader.read(entry.size)))
                    }
                case .hardLink:
                    // The content is that of the member which had the name then, whatever replaces it later.
                    if let source = newest[entry.target], members[source].kind == .file {
                        (member.kind, member.content) = (.file, members[source].content)
                        (member.isImage, member.label) = (members[source].isImage, members[source].label)
                    }
                case .link: links.append((members.count, entry.target))
                case .directory, .other: break
                }
                add(member)
            }
            try reader.finish()
            hasEndMark = reader.hasEndMark
            try finish(options)
        }

        init(zip bytes: any RandomBytes, at path: Path, options: ImageFolderOptions) throws(DataError) {
            self.path = path
            let reader = try ZipReader(bytes)
            for (index, entry) in reader.members.enumerated() {
                if index % 4096 == 0 { try ImageArchives.checkCancellation() }
                var member = Member(name: entry.name, kind: entry.kind, content: index)
                if entry.kind == .file {
                    member.isImage =
                        ImageFormat.isAnnounced(by: entry.name)
                        || ImageFormat(reader.start(at: index, count: ImageFormat.prefixLength)).refusal == nil
                    if !member.isImage, Self.mayBeLabel(entry.name, size: entry.size) {
                        member.label = .init(
                            name: entry.name, try reader.content(at: index, limit: WebDataset.Label.mostBytes))
                    }
                } else if entry.kind == .link, let target = try? reader.content(at: index, limit: 1 << 12) {
                    links.append((index, Path(bytes: target)))
                }
                add(member)
            }
            hasEndMark = true
            try finish(options)
        }

        private static func mayBeLabel(_ name: Path, size: Int) -> Bool {
            size <= WebDataset.Label.mostBytes && WebDataset.Label.endings.contains { name.ends(with: $0) }
        }

        private mutating func add(_ member: Member) {
            if member.kind != .directory, let earlier = newest.updateValue(members.count, forKey: member.name) {
                members[earlier].isNewest = false
                repeated += 1
            }
            members.append(member)
        }

        private mutating func finish(_ options: ImageFolderOptions) throws(DataError) {
            guard !members.isEmpty else {
                throw DataError(.noImages, "\(path) is an empty archive.", needs: "a folder of images for each class")
            }
            if options.followsLinks {
                let targets = Dictionary(links.map { ($0.member, $0.target) }, uniquingKeysWith: { first, _ in first })
                for (link, target) in links where members[link].isNewest {
                    guard let source = file(at: target, from: link, targets) else { continue }
                    (members[link].kind, members[link].content) = (.file, members[source].content)
                    (members[link].isImage, members[link].label) = (members[source].isImage, members[source].label)
                }
            }
            links = []
            newest = [:]
        }

        /// The file that a symbolic link of the archive leads to, perhaps by further links; `nil` for a folder and for what
        /// is not in the archive.
        ///
        /// - Parameter targets: Where each link leads, as the archive says.
        private func file(at target: Path, from link: Int, _ targets: [Int: Path]) -> Int? {
            var (place, target) = (link, target)
            for _ in 0..<40 {
                let path = members[place].name.sibling(target).normalized
                guard !target.isAbsolute, path.components.first != Path(".."), let next = newest[path] else {
                    return nil
                }
                if members[next].kind == .file { return next }
                guard members[next].kind == .link, let further = targets[next] else { return nil }
                (place, target) = (next, further)
            }
            return nil
        }
    }
}
