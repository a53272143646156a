// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
package import OcellusModel
public import OcellusPixels
public import OcellusTensor

/// Labelled images of one size, one byte a pixel: in memory, in a mapped file, or decoded from files when needed.
///
/// Subsets share the pixels of the set they came from.
public struct ImageSet: Sendable {
    /// Class names; a label is an index into them.
    public let classes: [String]
    /// `[C, H, W]`, C 1 (gray) or 3 (red, green, blue).
    public let shape: Shape
    /// The class index of each image.
    public let labels: [UInt16]
    /// Numbers of the groups that no split may divide; `nil` when every image stands for itself.
    package let groups: [Int]?
    /// The fold of each image from 0, where a table states them; `nil` when it does not.
    package internal(set) var folds: [Int]?
    /// The files of the original set; `nil` where images come as pixels.
    var files: [String]?
    /// All images of the original set.
    private let source: InputSource
    /// The number of image i in `source`.
    let positions: [Int]
    private let digests = Once<(set: String, images: [UInt64])>()
    private let duplicates = Once<[Int]?>()

    /// What each image is called: its file, or its place in the original set.
    package var names: [String] { positions.map { files?[$0] ?? "image[\($0)]" } }

    /// Number of images.
    public var count: Int { positions.count }

    /// Wraps images without copying.
    ///
    /// - Parameters:
    ///   - classes: At least one name, all different.
    ///   - shape: `[C, H, W]`
    ///   - labels: `[N]`, indices into `classes`.
    ///   - pixels: `[N, C, H, W]`, row-major.
    /// - Throws: ``DataError`` when the four do not belong together.
    public init(classes: [String], shape: Shape, labels: [UInt16], pixels: [UInt8]) throws(DataError) {
        try self.init(classes: classes, shape: shape, labels: labels, pixels: pixels, groups: nil)
    }

    /// As ``init(classes:shape:labels:pixels:)`` with a group for each image.
    package init(
        classes: [String], shape: Shape, labels: [UInt16], pixels: [UInt8], groups: [Int]?
    ) throws(DataError) {
        guard shape.rank == 3, shape[0] == 1 || shape[0] == 3, shape[1] > 0, shape[2] > 0,
            let needed = shape.batched(labels.count).checkedCount, needed == pixels.count
        else {
            throw DataError(
                .doNotMatch, "pixels, labels and shape do not belong together.",
                needs: "[C, H, W] with 1 or 3 channels and as many bytes as \(labels.count) such images have",
                received: "\(pixels.count) bytes for images of \(shape)")
        }
        try self.init(
            classes: classes, shape: shape, labels: labels, source: InputSource(pixels, size: shape.count),
            groups: groups)
    }

    /// As ``init(classes:shape:labels:pixels:)`` for a source of that many images of that shape.
    init(
        classes: [String], shape: Shape, labels: [UInt16], source: InputSource, groups: [Int]? = nil
    ) throws(DataError) {
        try Self.check(classes: classes)
        if let position = labels.firstIndex(where: { Int($0) >= classes.count }) {
            throw DataError(
                .labelOutOfRange, "the label of image \(position) has no class.",
                needs: "0 to \(classes.count - 1), for \(classes.count) classes", received: "\(labels[position])")
        }
        precondition(groups.map { $0.count == labels.count } ?? true, "a group for each image")
        self.init(
            classes: classes, shape: shape, labels: labels, groups: groups, source: source,
            positions: Array(0..<labels.count))
    }

    private init(
        classes: [String], shape: Shape, labels: [UInt16], groups: [Int]?, source: InputSource, positions: [Int]
    ) {
        self.groups = groups
        self.classes = classes
        self.shape = shape
        self.labels = labels
        self.source = source
        self.positions = positions
    }

    /// The images at the given indices, in that order; an index may occur more than once.
    ///
    /// - Precondition: Every index is in `0 ..< count`.
    public func subset(_ indices: [Int]) -> ImageSet {
        var subset = ImageSet(
            classes: classes, shape: shape, labels: indices.map { labels[$0] },
            groups: groups.map { groups in indices.map { groups[$0] } }, source: source,
            positions: indices.map { positions[$0] })
        subset.folds = folds.map { folds in indices.map { folds[$0] } }
        subset.files = files
        return subset
    }

    /// The same images under other class names.
    ///
    /// - Parameters:
    ///   - labels: `[N]`, indices into `classes`.
    ///   - classes: At least one name, all different.
    /// - Throws: ``DataError`` when labels and classes do not belong together.
    package func relabelled(_ labels: [UInt16], classes: [String]) throws(DataError) -> ImageSet {
        try Self.check(classes: classes)
        guard labels.count == count, labels.allSatisfy({ Int($0) < classes.count }) else {
            throw DataError(
                .doNotMatch, "the labels do not fit the images.", needs: "\(count) labels below \(classes.count)",
                received: "\(labels.count) labels")
        }
        var set = ImageSet(
            classes: classes, shape: shape, labels: labels, groups: groups, source: source, positions: positions)
        set.folds = folds
        set.files = files
        return set
    }

    /// The same images as part of a set with more classes.
    ///
    /// - Parameter classes: These and others, in any order.
    /// - Throws: ``DataError/Code/unknownClass`` where a class of these is not among them.
    package func relabelled(among classes: [String]) throws(DataError) -> ImageSet {
        guard classes != self.classes else { return self }
        let places = Dictionary(zip(classes, 0...), uniquingKeysWith: { first, _ in first })
        let indices = try self.classes.map { name throws(DataError) in
            guard let place = places[name] else {
                throw DataError(
                    .unknownClass, "there is no class \"\(name)\".", needs: "classes among \(Files.list(classes))",
                    advice: closestMatch(to: name, in: classes).map { "did you mean \"\($0)\"?" })
            }
            return UInt16(clamping: place)
        }
        return try relabelled(labels.map { indices[Int($0)] }, classes: classes)
    }

    /// The images of several sets as one, in their order. Those of one file or folder share its pixels, others are copied.
    /// Where some sets have groups, each image of the others is a group of its own; folds are left out.
    ///
    /// - Throws: ``DataError/Code/doNotMatch`` unless all have the same classes and image size, and what is thrown for a file
    ///   that cannot be read.
    package static func joined(_ sets: [ImageSet]) throws(DataError) -> ImageSet {
        guard let first = sets.first, sets.allSatisfy({ $0.shape == first.shape && $0.classes == first.classes }) else {
            throw DataError(
                .doNotMatch, "the sets of images do not fit each other.", needs: "the same classes and size",
                received: sets.map(\.description).joined(separator: "; "))
        }
        let labels = sets.flatMap(\.labels)
        let groups = joinedGroups(sets)
        if sets.allSatisfy({ $0.source.isFile(of: first.source) }) {
            return ImageSet(
                classes: first.classes, shape: first.shape, labels: labels, groups: groups, source: first.source,
                positions: sets.flatMap(\.positions))
        }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(labels.count * first.shape.count)
        for set in sets {
            for index in 0..<set.count { try set.withPixels(at: index) { pixels.append(contentsOf: $0) } }
        }
        return try ImageSet(classes: first.classes, shape: first.shape, labels: labels, pixels: pixels, groups: groups)
    }

    /// Numbers of groups are those of one folder, where sets share its files, so a group that lies in two of them stays one;
    /// images without a group get the numbers behind them.
    private static func joinedGroups(_ sets: [ImageSet]) -> [Int]? {
        guard let last = sets.compactMap({ $0.groups?.max() }).max() else { return nil }
        var next = last + 1
        return sets.flatMap { set in
            if let groups = set.groups { return groups }
            defer { next += set.count }
            return Array(next..<next + set.count)
        }
    }

    /// One image as planar bytes `[C, H, W]`.
    ///
    /// - Precondition: `index` is in `0 ..< count`.
    /// - Throws: ``DataError`` naming the file when it cannot be read. Never for images in memory.
    public func pixels(at index: Int) throws(DataError) -> [UInt8] { try withPixels(at: index) { Array($0) } }

    /// One image as a picture.
    ///
    /// - Precondition: `index` is in `0 ..< count`.
    /// - Throws: ``DataError`` naming the file when it cannot be read.
    package func image(at index: Int) throws(DataError) -> DecodedImage {
        DecodedImage(width: shape[2], height: shape[1], channels: shape[0], planar: try pixels(at: index))
    }

    /// Lends the planar bytes `[C, H, W]` of one image.
    ///
    /// - Precondition: `index` is in `0 ..< count`.
    /// - Throws: ``DataError`` naming the file when it cannot be read, and what `body` throws.
    package func withPixels<Result>(
        at index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws(DataError) -> Result
    ) throws(DataError) -> Result {
        try source.withPixels(of: positions[index], body)
    }

    /// The file of an image, for cutting parts out of it; `nil` where images lie decoded.
    ///
    /// - Throws: ``DataError`` naming the file.
    func encoded(at index: Int) throws(DataError) -> EncodedImage? {
        try source.encoded(positions[index])
    }

    /// Whether a training with this augmentation cuts its random crops out of the files' own pixels, and not out of images
    /// that were fitted to the model's size before: where images are decoded when needed and a crop comes first.
    package func cropsFiles(_ augmentation: Augmentation?) -> Bool {
        isDecodedWhenNeeded && augmentation?.firstCrop != nil
    }

    /// The files that the images came in; `nil` where they had none of their own.
    var origins: ImageOrigins? { source.origins }

    /// Whether images are read from their files and decoded each time.
    package var isDecodedWhenNeeded: Bool { source.isDecodedWhenNeeded }

    /// Has the system make images ready that will be needed soon, where they are not in memory; returns at once.
    package func prefetch(_ indices: some Sequence<Int>) {
        source.prefetch(indices.lazy.map { positions[$0] })
    }

    /// Number of images of each class, in class order.
    public var classCounts: [Int] {
        labels.reduce(into: [Int](repeating: 0, count: classes.count)) { $0[Int($1)] += 1 }
    }

    /// SHA-256, in hexadecimal, of the class names, the shape, and the labels and pixels in order.
    ///
    /// Computed once, when first asked for.
    ///
    /// - Throws: ``DataError`` naming a file that cannot be read. Never for images in memory.
    public var sha256: String {
        get throws(DataError) { try digests.value(computeDigests).set }
    }

    /// The first eight bytes of the SHA-256 of each image's pixels, as numbers; computed with ``sha256``.
    var imageDigests: [UInt64] {
        get throws(DataError) { try digests.value(computeDigests).images }
    }

    private func computeDigests() throws(DataError) -> (set: String, images: [UInt64]) {
        var hash = ContentHash("ocellus.images.1")
        hash.add(count: classes.count)
        for name in classes { hash.add(name) }
        for dimension in shape.dimensions { hash.add(count: dimension) }
        hash.add(count: count)
        for label in labels { hash.add(count: Int(label)) }
        var images: [UInt64] = []
        images.reserveCapacity(count)
        for index in 0..<count {
            let digest = try withPixels(at: index) { pixels in
                hash.add(bytes: pixels)
                return SHA256.digest(of: UnsafeRawBufferPointer(pixels))
            }
            images.append(digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
        }
        return (hash.hexadecimal(), images)
    }

    /// A number for each image, the same for images of one group and for images with the same pixels, whatever their
    /// labels; `nil` when no two images are the same.
    ///
    /// Computed once, when first asked for; every pixel is read then.
    ///
    /// - Throws: ``DataError`` naming a file that cannot be read.
    package var groupsOfDuplicates: [Int]? {
        get throws(DataError) { try duplicates.value(findDuplicates) }
    }

    /// Throws ``DataError/Code/classNames`` unless the names are usable: not empty, different, no more than labels can tell.
    static func check(classes: [String]) throws(DataError) {
        guard !classes.isEmpty, classes.count <= Int(UInt16.max) else {
            throw DataError(
                .classNames, "the number of classes is unusable.", needs: "1 to \(UInt16.max)",
                received: "\(classes.count)")
        }
        var seen = Set<String>()
        for (index, name) in classes.enumerated() where name.isEmpty || !seen.insert(name).inserted {
            throw DataError(
                .classNames, "class names must be different and not empty.",
                received: name.isEmpty ? "an empty name for class \(index)" : "\"\(name)\" twice")
        }
    }
}

extension ImageSet: CustomStringConvertible {
    public var description: String { "\(count) images of \(shape) in \(classes.count) classes" }
}
