// SPDX-License-Identifier: Apache-2.0

extension ImageSet {
    /// A number for each image, the same for images of one group and for images with the same pixels, whatever their
    /// labels; `nil` when no two images are the same.
    ///
    /// Every pixel is read once.
    package func groupsOfDuplicates() -> [Int]? {
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
            let key = withPixels(at: index) { pixels in
                var hasher = Hasher()
                hasher.combine(bytes: UnsafeRawBufferPointer(pixels))
                return hasher.finalize()
            }
            let same = seen[key]?.first { other in
                withPixels(at: index) { own in withPixels(at: other) { own.elementsEqual($0) } }
            }
            if let same {
                hasDuplicates = true
                units.join(same, index)
            } else {
                seen[key, default: []].append(index)
            }
        }
        return hasDuplicates ? (0..<count).map { units.root($0) } : nil
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
