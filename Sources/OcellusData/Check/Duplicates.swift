// SPDX-License-Identifier: Apache-2.0

/// Groups of images that are the same or almost the same.
enum Duplicates {
    /// Most differing bits of two hashes.
    static let mostBits = 5
    /// Most levels that two thumbnails differ by, on average.
    static let mostLevels = 8.0
    /// Pictures with less contrast all look alike from afar and are not compared.
    static let leastContrast = 8.0
    /// Pairs that are compared at most: 20,000 copies of one picture would otherwise cost hours.
    static let mostPairs = 100_000_000

    /// Positions with the same key, of keys that occur more than once; in the order of their first.
    static func same(_ keys: [String?]) -> [[Int]] {
        var groups: [String: [Int]] = [:]
        for (index, key) in keys.enumerated() { if let key { groups[key, default: []].append(index) } }
        return groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    }

    /// Groups of pictures, each almost the same as another of its group.
    ///
    /// Two hashes that differ in at most ``mostBits`` bits agree in one of as many bands and one more; only pictures with a
    /// band in common are compared.
    ///
    /// - Parameter looks: `nil` for pictures that are not compared.
    /// - Returns: The groups, and whether all pairs were compared.
    static func near(_ looks: [ImageLook?]) -> (groups: [[Int]], isComplete: Bool) {
        var sets = DisjointSets(count: looks.count)
        let hashes = looks.map { look in look.flatMap { $0.contrast >= leastContrast ? $0.hash : nil } }
        var pairs = 0
        let bands = mostBits + 1
        for band in 0..<bands {
            let low = 64 * band / bands
            let mask: UInt64 = 1 << UInt64(64 * (band + 1) / bands - low) - 1
            var buckets: [UInt64: [Int]] = [:]
            for (index, hash) in hashes.enumerated() {
                if let hash { buckets[hash >> UInt64(low) & mask, default: []].append(index) }
            }
            for bucket in buckets.values where bucket.count > 1 {
                for (place, first) in bucket.enumerated() {
                    guard let hash = hashes[first], let look = looks[first] else { continue }
                    pairs += bucket.count - place - 1
                    guard pairs <= mostPairs else { return (groups(looks.indices.map { sets.root($0) }), false) }
                    for second in bucket[(place + 1)...] {
                        guard let other = hashes[second], (hash ^ other).nonzeroBitCount <= mostBits else { continue }
                        guard sets.root(first) != sets.root(second), let otherLook = looks[second],
                            look.distance(to: otherLook) <= mostLevels,
                            look.showsTheSame(as: otherLook)
                        else { continue }
                        sets.join(first, second)
                    }
                }
            }
        }
        return (groups(looks.indices.map { sets.root($0) }), true)
    }

    private static func groups(_ roots: [Int]) -> [[Int]] {
        var groups: [Int: [Int]] = [:]
        for (index, root) in roots.enumerated() { groups[root, default: []].append(index) }
        return groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    }
}
