// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// What two networks, trained with the same seeds, got right of the same test images: all that their comparison needs,
/// as counts by class.
public struct PairedCounts: Codable, Sendable, Hashable {
    /// `[class]`: test images.
    public var images: [Int]
    /// `[class][seed]`: images that only the first network classified correctly.
    public var onlyFirst: [[Int]]
    /// `[class][seed]`: images that only the second network classified correctly.
    public var onlySecond: [[Int]]
    /// `[class][k]`: images for which the seeds in which only the second network is right outnumber those in which only
    /// the first is by k − seeds.
    public var bySeeds: [[Int]]

    /// Seeds of both networks.
    public var seeds: Int { onlyFirst.first?.count ?? 0 }

    /// - Parameters:
    ///   - labels: `[N]`, class indices in `0..<classes`.
    ///   - first: `[seed][N]`, the first network's predictions.
    ///   - second: The same of the second.
    /// - Throws: ``MetricError/Code/shapesDiffer``, ``MetricError/Code/labelOutOfRange``.
    public init(labels: [Int], classes: Int, first: [[Int]], second: [[Int]]) throws(MetricError) {
        guard first.count == second.count, (first + second).allSatisfy({ $0.count == labels.count }) else {
            throw MetricError(
                .shapesDiffer, "the networks were not run with the same seeds on the same images.",
                needs: "\(first.count) seeds and \(labels.count) images for each", received: "\(second.count) seeds")
        }
        guard let classes = classes > 0 ? classes : nil, labels.allSatisfy({ (0..<classes).contains($0) }) else {
            throw MetricError(.labelOutOfRange, "a label is not a class.", needs: "0 ..< \(classes)")
        }
        let seeds = first.count
        images = [Int](repeating: 0, count: classes)
        onlyFirst = [[Int]](repeating: [Int](repeating: 0, count: seeds), count: classes)
        onlySecond = onlyFirst
        bySeeds = [[Int]](repeating: [Int](repeating: 0, count: 2 * seeds + 1), count: classes)
        for (image, label) in labels.enumerated() {
            images[label] += 1
            var sum = 0
            for seed in 0..<seeds {
                switch (first[seed][image] == label, second[seed][image] == label) {
                case (true, false):
                    onlyFirst[label][seed] += 1
                    sum -= 1
                case (false, true):
                    onlySecond[label][seed] += 1
                    sum += 1
                default: break
                }
            }
            bySeeds[label][seeds + sum] += 1
        }
    }

    /// Counts that were made otherwise, e.g. read from a record; ``PairedDifference`` checks them.
    public init(images: [Int], onlyFirst: [[Int]], onlySecond: [[Int]], bySeeds: [[Int]]) {
        self.images = images
        self.onlyFirst = onlyFirst
        self.onlySecond = onlySecond
        self.bySeeds = bySeeds
    }
}
