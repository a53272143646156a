// SPDX-License-Identifier: Apache-2.0

package import OcellusFiles
import OcellusModel
package import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// A split of a set of image files, saved as a table that `--data` reads back.
package struct SplitTable: Sendable {
    /// The columns path, label, split and group, and fold where there are folds, as CSV. Paths are the bytes that they are.
    package let content: Data
    /// Of the content, in hexadecimal: what `sha256sum` says of the file.
    package let sha256: String
    /// Images of the training, validation and test part.
    package let counts: [Int]
    /// Images of each fold; empty without folds.
    package let foldCounts: [Int]
    /// What a person should know, as sentences.
    package let notes: [String]
}

extension FolderCheck {
    /// Divides the images anew, whatever splits they are in: the same share of every class in each part, with images of one
    /// group, exact and near duplicates on one side.
    ///
    /// - Parameters:
    ///   - validation: Share of all images, from 0 on.
    ///   - test: Share of all images, above 0; both together below 1.
    ///   - folds: Parts that the training images are divided into, one of which validates in each of as many trainings; `nil`
    ///     for none. At least 2, and then no share validates.
    ///   - seed: Decides which.
    ///   - directory: Where the table will lie; paths below it are written relative to it, others in full.
    /// - Throws: ``DataError/Code/unknownKind`` for sets that are not of image files, ``DataError/Code/outOfRange``,
    ///   ``DataError/Code/noImages``.
    package func split(
        validation: Double, test: Double, folds: Int? = nil, seed: UInt64, directory: Path
    ) throws(DataError) -> SplitTable {
        let isOfFiles = layout.splits.flatMap(\.files).allSatisfy { if case .file = $0.content { true } else { false } }
        let used = entries.filter { $0.facts.failure == nil && $0.label < layout.classes.count }
        guard isOfFiles, !layout.train.isEmpty else {
            throw DataError(
                .unknownKind, "\(path) is no set of image files, so no table can name its images.",
                needs: "a folder of image files, or a table of them", advice: "unpack an archive")
        }
        guard validation >= 0, test > 0, validation + test < 1 else {
            throw DataError(
                .outOfRange, "the shares have no meaning.",
                needs: "test above 0, validation from 0 on, together below 1",
                received: "validation \(validation), test \(test)")
        }
        let groups = Self.groups(of: used)
        let labels = used.map { UInt16($0.label) }
        let hasGroups = Set(groups).count < used.count
        let first = try Split.stratified(
            labels: labels, classes: layout.classes, validationFraction: test, seed: seed,
            groups: hasGroups ? groups : nil, heldOut: .test)
        var parts = [SplitName](repeating: .train, count: used.count)
        for index in first.validation { parts[index] = .test }
        if validation > 0 {
            let rest = first.train
            let second = try Split.stratified(
                labels: rest.map { labels[$0] }, classes: layout.classes, validationFraction: validation / (1 - test),
                seed: seed, groups: hasGroups ? rest.map { groups[$0] } : nil)
            for index in second.validation { parts[rest[index]] = .validation }
        }
        var fold = [Int?](repeating: nil, count: used.count)
        if let folds {
            guard folds >= 2, validation == 0 else {
                throw DataError(
                    .outOfRange, "the folds have no meaning.",
                    needs: "at least 2, and no share for validation beside them",
                    received: "\(folds) folds, validation \(validation)")
            }
            let rest = first.train
            for index in 0..<folds {
                guard let part = Fold(index, of: folds) else { continue }
                let split = try Split.fold(
                    labels: rest.map { labels[$0] }, classes: layout.classes, fold: part, seed: seed,
                    groups: hasGroups ? rest.map { groups[$0] } : nil)
                for image in split.validation { fold[rest[image]] = index }
            }
        }
        return table(used, parts: parts, groups: groups, folds: folds.map { (fold, $0) }, directory: directory)
    }

    private func table(
        _ used: [Entry], parts: [SplitName], groups: [Int], folds: (of: [Int?], count: Int)?, directory: Path
    ) -> SplitTable {
        let sizes = groups.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        let base = directory.absolute.normalized
        var content = Data(("path,label,split,group" + (folds == nil ? "" : ",fold") + "\n").utf8)
        for (index, entry) in used.enumerated() {
            let full = entry.path.absolute.normalized
            let path = full.relative(to: base) ?? full
            let group = sizes[groups[index]] == 1 ? "" : "\(groups[index])"
            let texts = [layout.classes[entry.label], parts[index].rawValue, group]
            let fold = folds.map { [$0.of[index].map { "\($0 + 1)" } ?? ""] } ?? []
            let fields = [path.bytes] + (texts + fold).map { Array($0.utf8) }
            content += fields.map(CSVField.quoted).joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "\n")]
        }
        var notes: [String] = []
        let shared = sizes.values.filter { $0 > 1 }
        if !shared.isEmpty {
            notes.append(
                "groups that stay on one side: \(shared.count), of \(shared.reduce(0, +)) images (duplicates and stated groups)"
            )
        }
        if layout.splits.count > 1 { notes.append("the splits that the images were in do not count") }
        if used.count < entries.count {
            notes.append("unreadable or unusable images left out: \(entries.count - used.count)")
        }
        return SplitTable(
            content: content, sha256: SHA256.digest(of: content).hexadecimal,
            counts: [SplitName.train, .validation, .test].map { name in parts.count { $0 == name } },
            foldCounts: folds.map { folds in (0..<folds.count).map { fold in folds.of.count { $0 == fold } } } ?? [],
            notes: notes)
    }

    /// A number for each image, the same for images of one group, of one content, or that look almost the same.
    private static func groups(of entries: [Entry]) -> [Int] {
        var sets = DisjointSets(count: entries.count)
        let same =
            Duplicates.same(entries.map(\.group)) + Duplicates.same(entries.map(\.facts.sha256))
            + Duplicates.near(entries.map(\.facts.look)).groups
        for group in same { for index in group.dropFirst() { sets.join(group[0], index) } }
        return entries.indices.map { sets.root($0) }
    }
}
