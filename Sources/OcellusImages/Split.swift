// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// Which images train and which validate, as indices into the training images.
package struct Split: Hashable, Sendable {
    /// Ascending.
    package let train: [Int]
    /// Ascending; shares no index with `train`.
    package let validation: [Int]
    /// SHA-256, in hexadecimal, of both lists.
    package let sha256: String

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
    /// - Throws: ``DataError/Code/outOfRange`` for a fraction outside 0…1, ``DataError/Code/labelOutOfRange``,
    ///   ``DataError/Code/noImages`` when nothing could be held out.
    package static func stratified(
        labels: [UInt16], classes: [String], validationFraction: Double, seed: UInt64, groups: [Int]? = nil
    ) throws(DataError) -> Split {
        guard validationFraction > 0, validationFraction < 1 else {
            throw DataError(
                .outOfRange, "the validation share has no meaning.", needs: "a number above 0 and below 1",
                received: "\(validationFraction)", advice: "0.1, or 0 for no validation")
        }
        var members = [[Int]](repeating: [], count: classes.count)
        for (index, label) in labels.enumerated() {
            guard Int(label) < classes.count else {
                throw DataError(
                    .labelOutOfRange, "the label of image \(index) has no class.",
                    needs: "below \(classes.count)", received: "\(label)")
            }
            members[Int(label)].append(index)
        }
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
                .noImages, "no image can be held out for validation.",
                needs: "a class with at least two images",
                received: "\(labels.count) images in \(classes.count) classes",
                advice: "more images, or no validation split")
        }
        return Split(train: train.sorted(), validation: validation.sorted())
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
