// SPDX-License-Identifier: Apache-2.0

/// How unevenly images are spread over classes, and the one place that decides which accuracy is named first.
///
/// Classes without images do not count: nothing can be recognised of them.
public struct ClassImbalance: Hashable, Codable, Sendable {
    /// Where the largest class has more than this many times the images of the smallest, balanced accuracy is named before
    /// plain accuracy.
    ///
    /// At 1.5, naming always the larger of two classes is right for 60 % of the images, ten points above what it knows. The
    /// test images of MNIST, which nobody calls uneven, lie at 1.27.
    public static let rule = 1.5

    /// The class with the most images, the first of equals: its index.
    public let largestClass: Int
    /// Images of that class.
    public let largest: Int
    /// Images of the class with the fewest.
    public let smallest: Int
    /// Classes that have images.
    public let classes: Int
    /// ``largest`` divided by ``smallest``, at least 1.
    public let ratio: Double
    /// Accuracy of naming ``largestClass`` for every image; its balanced accuracy is 1/``classes``.
    public let majorityShare: Double
    /// Whether ``ratio`` is above ``rule``, so that balanced accuracy comes first.
    public let isUneven: Bool

    /// - Parameter counts: Images of each class; `nil` is returned where there are none.
    public init?(counts: [Int]) {
        let occurring = counts.filter { $0 > 0 }
        guard let largest = occurring.max(), let smallest = occurring.min(),
            let largestClass = counts.firstIndex(of: largest)
        else { return nil }
        self.largestClass = largestClass
        self.largest = largest
        self.smallest = smallest
        classes = occurring.count
        ratio = Double(largest) / Double(smallest)
        majorityShare = Double(largest) / Double(occurring.reduce(0, +))
        isUneven = ratio > Self.rule
    }
}
