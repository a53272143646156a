// SPDX-License-Identifier: Apache-2.0

package import OcellusPixels
import OcellusTensor

/// The part of the training images that validates: one of `count` equal ones that a seed draws, or one that a table states.
package struct Fold: Codable, Hashable, Sendable {
    /// 0-based.
    package let index: Int
    /// At least 2; `nil` for a part of ``ImageSet/folds``.
    package let count: Int?

    /// `nil` unless `count` is at least 2 and `index` below it.
    package init?(_ index: Int, of count: Int) {
        guard count >= 2, (0..<count).contains(index) else { return nil }
        self.index = index
        self.count = count
    }

    /// The part of the table with that number from 0; `nil` below it.
    package init?(stated index: Int) {
        guard index >= 0 else { return nil }
        self.index = index
        count = nil
    }

    /// Another part to tune on, so that what is compared was not tuned on its own: the next of a table's. A drawn part is
    /// itself, because tuning draws by another seed.
    ///
    /// - Parameter folds: Of the training images.
    package func forTuning(_ folds: [Int]?) -> Fold {
        guard count == nil, let folds else { return self }
        let others = Set(folds).subtracting([index]).sorted()
        return Fold(stated: others.first { $0 > index } ?? others.first ?? index) ?? self
    }
}

/// Which images train and which validate, as indices into the training images.
package struct Split: Hashable, Sendable {
    /// Ascending.
    package let train: [Int]
    /// Ascending; shares no index with `train`.
    package let validation: [Int]
    /// SHA-256, in hexadecimal, of both lists.
    package let sha256: String

    /// What images are held out for.
    package enum HeldOut: String, Sendable {
        case validation
        case test = "testing"

        fileprivate var advice: String {
            switch self {
            case .validation:
                "more images of a class, validation images of their own (a folder or a split of a table), or --validation 0"
            case .test: "more images of a class, or test images of their own (a folder or a split of a table)"
            }
        }
    }

    init(train: [Int], validation: [Int]) {
        self.train = train
        self.validation = validation
        var hash = ContentHash("ocellus.split.1")
        for part in [train, validation] {
            hash.add(count: part.count)
            for index in part { hash.add(count: index) }
        }
        sha256 = hash.hexadecimal()
    }

    /// Holds out the same share of every class.
    ///
    /// Of a class with n images, `n · validationFraction` rounded to the nearest integer (halves up) are held out, at
    /// least one and at most n − 1 where n ≥ 2; a class with a single image keeps it for training. Which ones is a pure
    /// function of the seed, the class index and n: images of other classes do not matter.
    ///
    /// - Parameters:
    ///   - labels: The class index of each image.
    ///   - classes: Class names.
    ///   - validationFraction: Above 0 and below 1.
    ///   - seed: The draw's seed.
    ///   - groups: The group of each image; `nil` when every image stands for itself. Images of one group stay on one
    ///     side, so the shares are then only about the stated ones: see ``grouped(_:labels:classes:fraction:seed:)``.
    ///   - heldOut: What the held-out images are for, named in errors.
    /// - Throws: ``DataError/Code/outOfRange`` for a fraction outside 0…1, ``DataError/Code/labelOutOfRange``,
    ///   ``DataError/Code/noImages`` when nothing could be held out.
    package static func stratified(
        labels: [UInt16], classes: [String], validationFraction: Double, seed: UInt64, groups: [Int]? = nil,
        heldOut: HeldOut = .validation
    ) throws(DataError) -> Split {
        guard validationFraction > 0, validationFraction < 1 else {
            throw DataError(
                .outOfRange, "the validation share has no meaning.", needs: "a number above 0 and below 1",
                received: "\(validationFraction)", advice: "0.1, or 0 for no validation")
        }
        var members = try members(labels: labels, classes: classes)
        var train: [Int] = []
        var validation: [Int] = []
        if let groups {
            let isHeldOut = grouped(
                groups, labels: labels, classes: classes.count, fraction: validationFraction, seed: seed)
            train = labels.indices.filter { !isHeldOut[$0] }
            validation = labels.indices.filter { isHeldOut[$0] }
            members = []
        }
        for (label, images) in members.enumerated() {
            var random = CounterRandom(seed: seed, purpose: .split, sample: label)
            let order = random.permutation(of: images.count)
            let heldOut = heldOutCount(of: images.count, fraction: validationFraction)
            validation += order.prefix(heldOut).map { images[$0] }
            train += order.dropFirst(heldOut).map { images[$0] }
        }
        guard !validation.isEmpty else {
            throw DataError(
                .noImages, "no image can be held out for \(heldOut.rawValue).",
                needs: "a class with at least two \(groups == nil ? "images" : "images of different groups")",
                received: "\(labels.count) images in \(classes.count) classes", advice: heldOut.advice)
        }
        return Split(train: train.sorted(), validation: validation.sorted())
    }

    /// Holds out one of several equal parts: over all of them every image is held out once.
    ///
    /// The images of each class, in an order drawn by the seed, go to the parts in turn. The first image of a class goes
    /// to the part behind the one where the last class ended, so that parts differ by at most one image, in all and in
    /// each class.
    ///
    /// - Parameters:
    ///   - labels: The class index of each image.
    ///   - classes: Class names.
    ///   - fold: Which part is held out.
    ///   - groups: A number for each image; images of one group stay in one part. Parts are then as equal as the groups
    ///     allow: large groups go first, each to the part that has the least of its classes.
    ///   - seed: Decides which image goes where; the parts of one seed belong together.
    /// - Throws: ``DataError/Code/labelOutOfRange``, ``DataError/Code/outOfRange``, ``DataError/Code/noImages`` when there
    ///   are fewer images or groups than parts.
    package static func fold(
        labels: [UInt16], classes: [String], fold: Fold, seed: UInt64, groups: [Int]? = nil
    ) throws(DataError) -> Split {
        // A fold that was read from a file has not been checked.
        guard let count = fold.count, Fold(fold.index, of: count) == fold else {
            throw DataError(
                .outOfRange, "the fold has no meaning.", needs: "at least two folds, and one of them",
                received: "the fold with index \(fold.index)" + (fold.count.map { " of \($0)" } ?? ""))
        }
        guard labels.count >= count else {
            throw DataError(
                .noImages, "there are fewer images than folds.", needs: "at least \(count) images",
                received: "\(labels.count)", advice: "fewer folds")
        }
        let members = try members(labels: labels, classes: classes)
        if let groups {
            let parts = groupedParts(groups, labels: labels, members: members, count: count, seed: seed)
            let split = Split(
                train: labels.indices.filter { parts[$0] != fold.index },
                validation: labels.indices.filter { parts[$0] == fold.index })
            guard !split.train.isEmpty, !split.validation.isEmpty else {
                throw DataError(
                    .noImages, "the groups leave a fold without images.", needs: "at least \(count) groups",
                    received: "\(Set(groups).count)", advice: "fewer folds")
            }
            return split
        }
        var train: [Int] = []
        var validation: [Int] = []
        var next = 0
        for (label, images) in members.enumerated() {
            var random = CounterRandom(seed: seed, purpose: .split, epoch: 1, sample: label)
            for member in random.permutation(of: images.count) {
                if next == fold.index { validation.append(images[member]) } else { train.append(images[member]) }
                next = (next + 1) % count
            }
        }
        return Split(train: train.sorted(), validation: validation.sorted())
    }

    /// Holds out one of the folds that the images have.
    ///
    /// - Parameters:
    ///   - folds: The fold of each image, from 0; `nil` for images that have none.
    ///   - fold: One of them.
    ///   - name: Of the images, for messages.
    /// - Throws: ``DataError/Code/notFound`` where there are no folds or not this one, ``DataError/Code/noImages``.
    package static func stated(_ folds: [Int]?, fold: Fold, name: String) throws(DataError) -> Split {
        guard let folds, let last = folds.max() else {
            throw DataError(
                .notFound, "\(name) has no folds.", needs: "a table with a column fold for --fold \(fold.index + 1)",
                advice:
                    "--fold \(fold.index + 1)/\(max(5, fold.index + 1)), which draws folds by the seed, or ocellus split "
                    + "--folds, which writes a table with them")
        }
        let split = Split(
            train: folds.indices.filter { folds[$0] != fold.index },
            validation: folds.indices.filter { folds[$0] == fold.index })
        guard !split.validation.isEmpty else {
            throw DataError(
                .notFound, "\(name) has no images in fold \(fold.index + 1).",
                needs: "one of its folds, 1 to \(last + 1)",
                received: "--fold \(fold.index + 1)")
        }
        guard !split.train.isEmpty else {
            throw DataError(
                .noImages, "all training images of \(name) are in fold \(fold.index + 1).", needs: "at least two folds")
        }
        return split
    }

    /// The part of each image, whole groups together.
    private static func groupedParts(
        _ groups: [Int], labels: [UInt16], members: [[Int]], count: Int, seed: UInt64
    ) -> [Int] {
        precondition(groups.count == labels.count, "a group for each image")
        var images: [Int: [Int]] = [:]
        for (index, group) in groups.enumerated() { images[group, default: []].append(index) }
        // By size; equal ones in an order drawn by the seed.
        let sorted = images.keys.sorted()
        var random = CounterRandom(seed: seed, purpose: .split, epoch: 2)
        let order = random.permutation(of: sorted.count).map { sorted[$0] }
            .enumerated().sorted { first, second in
                let sizes = (images[first.element]?.count ?? 0, images[second.element]?.count ?? 0)
                return sizes.0 == sizes.1 ? first.offset < second.offset : sizes.0 > sizes.1
            }
        var held = [[Int]](repeating: [Int](repeating: 0, count: members.count), count: count)
        var parts = [Int](repeating: 0, count: labels.count)
        for (_, group) in order {
            let own = images[group] ?? []
            /// How uneven the classes would be with this group in a part: each image counts by those already there.
            func cost(_ part: Int) -> Double {
                own.reduce(0) { sum, index in
                    let label = Int(labels[index])
                    return sum + Double(held[part][label]) / Double(members[label].count)
                }
            }
            let costs = (0..<count).map(cost)
            let best = costs.indices.min {
                let sizes = (held[$0].reduce(0, +), held[$1].reduce(0, +))
                return (costs[$0], sizes.0, $0) < (costs[$1], sizes.1, $1)
            }
            for index in own {
                parts[index] = best ?? 0
                held[best ?? 0][Int(labels[index])] += 1
            }
        }
        return parts
    }

    /// A note on the classes that were too small to be divided; `nil` without such a class.
    package func noteOnWholeClasses(labels: [UInt16], classes: [String]) -> String? {
        let divided = Set(validation.map { labels[$0] })
        let whole = Set(train.map { labels[$0] }).subtracting(divided).sorted()
        guard !whole.isEmpty else { return nil }
        return "classes too small to be divided, whose images all train: "
            + Files.list(whole.map { classes[Int($0)] })
    }

    /// The images of each class.
    private static func members(labels: [UInt16], classes: [String]) throws(DataError) -> [[Int]] {
        var members = [[Int]](repeating: [], count: classes.count)
        for (index, label) in labels.enumerated() {
            guard Int(label) < classes.count else {
                throw DataError(
                    .labelOutOfRange, "the label of image \(index) has no class.",
                    needs: "below \(classes.count)", received: "\(label)")
            }
            members[Int(label)].append(index)
        }
        return members
    }

    /// The rounding rule of ``stratified(labels:classes:validationFraction:seed:)``.
    private static func heldOutCount(of count: Int, fraction: Double) -> Int {
        guard count >= 2 else { return 0 }
        return min(count - 1, max(1, Int((Double(count) * fraction).rounded(.toNearestOrAwayFromZero))))
    }

    /// Holds out whole groups.
    ///
    /// A group belongs to the class of most of its images, the first of equals. The groups of a class are drawn in a
    /// random order; each is held out when that brings the number of held-out images nearer to the class's share. A class
    /// with several groups keeps at least one on each side, a class with a single one keeps it for training.
    ///
    /// - Returns: Whether each image is held out.
    private static func grouped(
        _ groups: [Int], labels: [UInt16], classes: Int, fraction: Double, seed: UInt64
    ) -> [Bool] {
        var members: [Int: [Int]] = [:]
        for (index, group) in groups.enumerated() { members[group, default: []].append(index) }
        var units = [[[Int]]](repeating: [], count: classes)
        for group in members.keys.sorted() {
            let images = members[group] ?? []
            var counts = [Int](repeating: 0, count: classes)
            for image in images { counts[Int(labels[image])] += 1 }
            let most = counts.max() ?? 0
            units[counts.firstIndex(of: most) ?? 0].append(images)
        }
        var isHeldOut = [Bool](repeating: false, count: labels.count)
        for (label, units) in units.enumerated() where units.count > 1 {
            var random = CounterRandom(seed: seed, purpose: .split, sample: label)
            let order = random.permutation(of: units.count).map { units[$0] }
            let share = Double(order.reduce(0) { $0 + $1.count }) * fraction
            var held = 0
            var heldUnits = 0
            for unit in order where heldUnits < units.count - 1 {
                let isNearer = abs(Double(held + unit.count) - share) < abs(Double(held) - share)
                guard isNearer else { continue }
                for image in unit { isHeldOut[image] = true }
                held += unit.count
                heldUnits += 1
            }
            if heldUnits == 0, let smallest = order.min(by: { $0.count < $1.count }) {
                for image in smallest { isHeldOut[image] = true }
            }
        }
        return isHeldOut
    }
}

extension Split: Codable {
    private enum CodingKeys: String, CodingKey { case train, validation, sha256 }

    /// Throws `DecodingError.dataCorrupted` when the lists are not those that were hashed.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            train: try container.decode([Int].self, forKey: .train),
            validation: try container.decode([Int].self, forKey: .validation))
        guard try container.decode(String.self, forKey: .sha256) == sha256 else {
            throw DecodingError.dataCorruptedError(
                forKey: .sha256, in: container, debugDescription: "the split's indices do not have its SHA-256")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(train, forKey: .train)
        try container.encode(validation, forKey: .validation)
        try container.encode(sha256, forKey: .sha256)
    }
}
