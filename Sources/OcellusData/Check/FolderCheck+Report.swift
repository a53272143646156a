// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

extension FolderCheck {
    private typealias Finding = CheckReport.Finding

    /// Everything that was found.
    package func report() -> CheckReport {
        var findings = layoutFindings() + entries.flatMap(fileFindings)
        findings += sizeFindings() + channelFindings() + duplicateFindings() + classFindings()
        let readable = entries.filter { $0.facts.failure == nil }
        return CheckReport(
            path: path.text, images: entries.count, readable: readable.count, classes: classCounts(),
            splits: layout.splits.map(\.name.rawValue),
            formats: readable.reduce(into: [:]) { $0[$1.facts.format.name ?? "pixels", default: 0] += 1 },
            sizes: sizes(), findings: CheckReport.sorted(findings), notes: layout.remarks)
    }

    private func classCounts() -> [CheckReport.ClassCount] {
        var counts = layout.classes.map { CheckReport.ClassCount(name: $0, train: 0, validation: 0, test: 0) }
        for entry in entries where entry.label < counts.count {
            switch entry.split {
            case .train: counts[entry.label].train += 1
            case .validation: counts[entry.label].validation += 1
            case .test: counts[entry.label].test += 1
            }
        }
        return counts
    }

    private func layoutFindings() -> [Finding] {
        var findings: [Finding] = []
        do {
            if isFolder || !layout.train.isEmpty || entries.isEmpty { try layout.check() }
        } catch {
            if error.kind != .unknownClass, layout.emptySplits.isEmpty {
                findings.append(Finding(.unusableLayout, error.summary))
            }
        }
        findings += layout.unknownClasses.map {
            Finding(.unknownClass, "\($0.split): \($0.names.joined(separator: ", "))")
        }
        findings += layout.emptySplits.map { Finding(.emptySplit, $0) }
        findings += layout.missingClasses.map {
            Finding(.missingClass, "\($0.split): \($0.names.joined(separator: ", "))")
        }
        findings += layout.emptyClasses.map { Finding(.emptyClass, $0) }
        findings += layout.loose.map { Finding(.looseImage, "it is not used", paths: [$0.text]) }
        findings += layout.unlabelled.map { Finding(.unlabelled, "\($0.split): \($0.images) images") }
        if !layout.sharedFolders.isEmpty {
            findings.append(
                Finding(.sharedFolders, "\(Files.list(layout.classes)) hold \(Files.list(layout.sharedFolders))"))
        }
        if !layout.fileClasses.isEmpty {
            findings.append(Finding(.classesFromNames, Files.list(layout.fileClasses, limit: 30)))
        }
        findings += ClassNames.similar(layout.classes).map {
            Finding(.similarClasses, Files.list($0.map { "\"\($0)\"" }))
        }
        let leftovers = layout.leftovers
        findings += leftovers.others.map { Finding(.otherFile, "it is not used", paths: [$0.text]) }
        findings += leftovers.outside.map { Finding(.otherFile, "its name leads out of the archive", paths: [$0.text]) }
        findings += leftovers.links.map { Finding(.link, "it is not used", paths: [$0.text]) }
        return findings
    }

    private func fileFindings(_ entry: Entry) -> [Finding] {
        let facts = entry.facts
        if let failure = facts.failure {
            return [Finding(Self.kind(of: failure), failure.reason, paths: [entry.path.text])]
        }
        var findings: [Finding] = []
        if let right = facts.format.endings.first, let ending = Self.ending(of: entry.path),
            ImageFormat.extensions.contains(ending), !facts.format.endings.contains(ending)
        {
            findings.append(
                Finding(
                    .wrongExtension, "its content is \(facts.format.name ?? ""), so .\(right)", paths: [entry.path.text]
                )
            )
        }
        if let header = facts.header {
            if header.orientation != 1 {
                findings.append(Finding(.sideways, "orientation \(header.orientation)", paths: [entry.path.text]))
            }
            if header.bandsLeftOut > 0 {
                findings.append(
                    Finding(.bandsLeftOut, Self.words(bands: header.bandsLeftOut), paths: [entry.path.text]))
            }
            if header.hasMoreFrames {
                findings.append(Finding(.severalFrames, "only the first is seen", paths: [entry.path.text]))
            }
            if header.hasAlpha {
                findings.append(Finding(.transparent, "white shines through", paths: [entry.path.text]))
            }
            if header.bitsPerSample > 8 {
                findings.append(Finding(.deep, "\(header.bitsPerSample) bits", paths: [entry.path.text]))
            }
        }
        if facts.look?.isSingleColor == true {
            findings.append(
                Finding(
                    .singleColor, "no two pixels differ by more than \(ImageLook.sameColor) levels",
                    paths: [entry.path.text]
                ))
        }
        return findings
    }

    private static func words(bands: Int) -> String {
        bands == 1 ? "one band is left out" : "\(bands) bands are left out"
    }

    private static func kind(of failure: ImageFailure) -> Finding.Kind {
        switch failure.kind {
        case .damaged: .damaged
        case .truncated: .truncated
        case .unsupported: .unsupported
        case .noImage: failure.reason == "the file is empty" ? .emptyFile : .noImage
        case .tooLarge, .noMemory: .tooLarge
        case .unread: .unread
        }
    }

    /// What stands behind the last dot, in lower case.
    static func ending(of path: Path) -> String? { path.ending?.text.lowercased() }

    private func headers() -> [(path: String, header: ImageHeader)] {
        entries.compactMap { entry in
            entry.facts.failure == nil ? entry.facts.header.map { (entry.path.text, $0) } : nil
        }
    }

    private func sizes() -> CheckReport.Sizes? {
        let headers = headers().map(\.header)
        let sorted = headers.sorted { ($0.width * $0.height, $0.width) < ($1.width * $1.height, $1.width) }
        guard let smallest = sorted.first, let largest = sorted.last else { return nil }
        var counts: [[Int]: Int] = [:]
        for header in headers { counts[[header.width, header.height], default: 0] += 1 }
        let common = counts.max { ($0.value, $1.key[0]) < ($1.value, $0.key[0]) }
        let median = sorted[sorted.count / 2]
        return CheckReport.Sizes(
            smallest: [smallest.width, smallest.height], median: [median.width, median.height],
            largest: [largest.width, largest.height], mostCommon: common?.key ?? [], mostCommonCount: common?.value ?? 0
        )
    }

    /// Sizes 16 times smaller or larger than the median in area, or of a shape 3 times longer than the median's.
    private func sizeFindings() -> [Finding] {
        let headers = headers()
        guard headers.count >= 3 else { return [] }
        func shape(_ header: ImageHeader) -> Double {
            Double(max(header.width, header.height)) / Double(min(header.width, header.height))
        }
        let area = headers.map { $0.header.width * $0.header.height }.sorted()[headers.count / 2]
        let usual = headers.map { shape($0.header) }.sorted()[headers.count / 2]
        return headers.compactMap { path, header in
            let ratio = Double(header.width * header.height) / Double(area)
            guard ratio < 1.0 / 16 || ratio > 16 || shape(header) > 3 * usual else { return nil }
            return Finding(.oddSize, "\(header.width)×\(header.height)", paths: [path])
        }
    }

    private func channelFindings() -> [Finding] {
        let headers = headers()
        let gray = headers.filter { $0.header.channels == 1 }
        guard !gray.isEmpty, gray.count < headers.count else { return [] }
        let (few, name) =
            gray.count * 2 <= headers.count
            ? (gray, "gray") : (headers.filter { $0.header.channels == 3 }, "colour")
        guard Double(few.count) < Self.oddShare * Double(headers.count) else {
            return [Finding(.mixedChannels, "\(gray.count) of \(headers.count) are gray; all are used as colour")]
        }
        return few.map { Finding(.oddChannels, name, paths: [$0.path]) }
    }

    private func duplicateFindings() -> [Finding] {
        var findings: [Finding] = []
        let digests = entries.map { $0.facts.failure == nil ? $0.facts.sha256 : nil }
        let same = Duplicates.same(digests)
        // Of files that are the same one stands for all.
        var looks = entries.map(\.facts.look)
        var others: [Int: [Int]] = [:]
        for group in same {
            for index in group.dropFirst() { looks[index] = nil }
            others[group[0]] = Array(group.dropFirst())
            findings.append(finding(group, .duplicateAcrossSplits, .duplicateWithOtherClass, .duplicate))
        }
        let near = Duplicates.near(looks)
        for group in near.groups {
            let all = group.flatMap { [$0] + (others[$0] ?? []) }
            findings.append(finding(all, .nearDuplicateAcrossSplits, .nearDuplicateWithOtherClass, .nearDuplicate))
        }
        if !near.isComplete {
            findings.append(
                Finding(.incompleteSearch, "too many pictures look alike: \(Duplicates.mostPairs) pairs were compared"))
        }
        return findings
    }

    /// A group of duplicates, the one to keep in front: a test image before a validation image before a training image.
    private func finding(
        _ group: [Int], _ acrossSplits: Finding.Kind, _ otherClass: Finding.Kind, _ plain: Finding.Kind
    ) -> Finding {
        let rank: [SplitName: Int] = [.test: 0, .validation: 1, .train: 2]
        let sorted = group.sorted { (rank[entries[$0].split] ?? 0, $0) < (rank[entries[$1].split] ?? 0, $1) }
        let members = sorted.map { entries[$0] }
        let splits = Set(members.map(\.split))
        let labels = Set(members.map(\.label))
        let kind = labels.count > 1 ? otherClass : splits.count > 1 ? acrossSplits : plain
        let places = members.map { member in
            let name = member.label < layout.classes.count ? layout.classes[member.label] : "?"
            return "\(member.split.rawValue)/\(name)"
        }
        return Finding(kind, Array(Set(places)).sorted().joined(separator: ", "), paths: members.map(\.path.text))
    }

    private func classFindings() -> [Finding] {
        var findings: [Finding] = []
        let counts = classCounts().filter { $0.train > 0 }
        findings += counts.filter { $0.train < Self.fewImages }.map { Finding(.tinyClass, "\($0.name): \($0.train)") }
        if let most = counts.max(by: { $0.train < $1.train }), let least = counts.min(by: { $0.train < $1.train }),
            Double(most.train) >= Self.mostImbalance * Double(least.train)
        {
            findings.append(
                Finding(
                    .imbalance,
                    "\(most.name) has \(most.train) training images, \(least.name) \(least.train); --balance weights helps"
                ))
        }
        let numbers = layout.classes.compactMap { Int($0) }
        if numbers.count == layout.classes.count, numbers != numbers.sorted() {
            findings.append(Finding(.numericClassOrder, Files.list(layout.classes, limit: 4)))
        }
        return findings
    }
}
