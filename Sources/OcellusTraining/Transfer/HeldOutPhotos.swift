// SPDX-License-Identifier: Apache-2.0

package import OcellusData
import OcellusModel
import OcellusTensor

/// Which training photos are held out together. Copies of a photo and photos of one group share a fold.
package struct HeldOutPhotos: Sendable {
    /// For each part the photos that train and those that are held out, as indices into all training photos, of which
    /// validation photos of their own come last.
    package var splits: [(train: [Int], heldOut: [Int])]
    /// What holds them out, e.g. `5 folds`.
    package var description: String
    /// What a person should know.
    package var notes: [String] = []

    /// - Parameters:
    ///   - train: Photos that train.
    ///   - validation: The data's own; then they are held out and nothing else.
    ///   - folds: At most so many parts.
    /// - Throws: ``TrainingError/Code/noImages`` where a class has too few photos; ``DataError`` for files that cannot be read.
    package init(_ train: ImageSet, validation: ImageSet?, folds: Int, seed: UInt64) throws {
        try Self.requirePhotos(train, least: validation == nil ? 2 : 1)
        if let validation {
            splits = [(Array(0..<train.count), Array(train.count..<train.count + validation.count))]
            description = "the \(validation.count) validation photos"
            return
        }
        if let stated = train.folds, Set(stated).count > 1 {
            splits = Set(stated).sorted().map { fold in
                (stated.indices.filter { stated[$0] != fold }, stated.indices.filter { stated[$0] == fold })
            }
            description = "the \(splits.count) folds of the table"
            try requireDifferentPhotos(train, groups: nil)
            return
        }
        let groups = try train.groupsOfDuplicates ?? train.groups
        let smallest = Self.groupCounts(train, groups).min() ?? 0
        let count = max(2, min(folds, smallest))
        splits = try (0..<count).compactMap { Fold($0, of: count) }.map { fold in
            let split = try Split.fold(
                labels: train.labels, classes: train.classes, fold: fold, seed: seed, groups: groups)
            return (split.train, split.validation)
        }
        description = "\(count) folds"
        try requireDifferentPhotos(train, groups: groups)
        if groups != nil { notes.append("photos of one group, and copies of one photo, share a fold") }
        if count < folds {
            notes.append("\(count) folds instead of \(folds): the smallest class has \(smallest) different photos")
        }
    }

    /// Groups of each class, an image without one counts as one.
    private static func groupCounts(_ images: ImageSet, _ groups: [Int]?) -> [Int] {
        guard let groups else { return images.classCounts }
        var found = [Set<Int>](repeating: [], count: images.classes.count)
        for (label, group) in zip(images.labels, groups) { found[Int(label)].insert(group) }
        return found.map(\.count)
    }

    private static func requirePhotos(_ train: ImageSet, least: Int) throws {
        let small = zip(train.classes, train.classCounts).filter { $0.1 < least }
        guard small.isEmpty else {
            let names = small.prefix(5).map { "\"\($0.0)\" has \($0.1)" }.joined(separator: ", ")
            throw TrainingError(
                .noImages, "a class has too few photos to learn from and to measure with.",
                needs: "at least \(least) training photos of every class; 20 and more make a useful model",
                received: names + (small.count > 5 ? " and \(small.count - 5) more" : ""),
                because: least > 1
                    ? "some photos of each class are held out in turn, and the others have to show it" : nil,
                advice: "more photos of it, or data without the class")
        }
    }

    /// Every class must be among the photos that train, whatever is held out.
    private func requireDifferentPhotos(_ train: ImageSet, groups: [Int]?) throws {
        for (number, split) in splits.enumerated() {
            let seen = Set(split.train.map { train.labels[$0] })
            guard let missing = train.classes.indices.first(where: { !seen.contains(UInt16($0)) }) else { continue }
            throw TrainingError(
                .noImages, "no photo of \"\(train.classes[missing])\" trains when part \(number + 1) is held out.",
                needs: "photos of every class in two parts",
                received: "\(Self.groupCounts(train, groups)[missing]) different ones",
                because: groups == nil
                    ? "the folds of the table decide which are held out together"
                    : "copies of a photo and photos of one group are held out together",
                advice: "more photos of the class that differ, or data without it")
        }
    }
}
