// SPDX-License-Identifier: Apache-2.0

package import OcellusPixels
import OcellusTensor

extension ImageSet {
    /// The value of ``groupsOfDuplicates``.
    func findDuplicates() throws(DataError) -> [Int]? {
        var units = DisjointSets(count: count)
        if let groups {
            var first: [Int: Int] = [:]
            for (index, group) in groups.enumerated() {
                if let known = first[group] { units.join(known, index) } else { first[group] = index }
            }
        }
        var seen: [Int: [Int]] = [:]
        var hasDuplicates = false
        for index in 0..<count {
            let key = try withPixels(at: index) { pixels in
                var hasher = Hasher()
                hasher.combine(bytes: UnsafeRawBufferPointer(pixels))
                return hasher.finalize()
            }
            if let same = try first(of: seen[key] ?? [], equalTo: index) {
                hasDuplicates = true
                units.join(same, index)
            } else {
                seen[key, default: []].append(index)
            }
        }
        return hasDuplicates ? (0..<count).map { units.root($0) } : nil
    }

    /// The first of some images that has the same pixels as another.
    private func first(of others: [Int], equalTo index: Int) throws(DataError) -> Int? {
        for other in others {
            let isSame = try withPixels(at: index) { own throws(DataError) in
                try withPixels(at: other) { own.elementsEqual($0) }
            }
            if isSame { return other }
        }
        return nil
    }
}

extension Split {
    /// The split with the held-out images of a group that it divides moved to the training images; itself, when it divides
    /// none.
    ///
    /// - Parameter groups: A number for each image.
    /// - Throws: ``DataError/Code/noImages`` when that leaves nothing held out.
    package func undivided(_ groups: [Int]) throws(DataError) -> (split: Split, moved: Int) {
        let trained = Set(train.map { groups[$0] })
        let moved = validation.filter { trained.contains(groups[$0]) }
        guard !moved.isEmpty else { return (self, 0) }
        guard moved.count < validation.count else {
            throw DataError(
                .noImages, "nothing can be held out: all held-out images have copies among the training images.",
                needs: "images that are not all alike", received: "\(moved.count) held-out images",
                advice: "ocellus check finds the copies; its plan takes them out")
        }
        return (
            Split(train: (train + moved).sorted(), validation: validation.filter { !trained.contains(groups[$0]) }),
            moved.count
        )
    }
}

/// Indices in sets that are joined step by step; the root of a set is its lowest index.
struct DisjointSets {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    mutating func root(_ index: Int) -> Int {
        var index = index
        while parents[index] != index {
            parents[index] = parents[parents[index]]
            index = parents[index]
        }
        return index
    }

    mutating func join(_ first: Int, _ second: Int) {
        let (a, b) = (root(first), root(second))
        parents[max(a, b)] = min(a, b)
    }
}
