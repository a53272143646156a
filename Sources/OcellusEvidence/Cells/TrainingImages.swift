// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusModel
import OcellusTensor

/// The images of one training: a stratified share that the seed draws, changed as the cell says.
struct TrainingImages {
    /// What is trained on, copies included.
    let train: ImageSet
    /// The same images as they are tested, without copies.
    let plain: ImageSet
    /// Passes over ``train`` that make as many steps as the scale says.
    let epochs: Int

    private static let permutationSeed: UInt64 = 0
    /// Copies in memory at most.
    private static let mostCopies = 4

    init(_ cell: TrainingCell, of images: ImageSet, scale: EvidenceScale) throws {
        let share = Double(min(scale.trainImages, images.count)) / Double(images.count) * Double(cell.percent) / 100
        let chosen = images.subset(Self.indices(images, share: share, seed: cell.seed))
        let passes = scale.epochs(percent: cell.percent)
        switch cell.images {
        case .plain:
            (train, plain, epochs) = (chosen, chosen, passes)
        case .permuted:
            let permuted = try Self.test(chosen, for: .permuted)
            (train, plain, epochs) = (permuted, permuted, passes)
        case .inset, .halves:
            let moved = try Self.fitted(chosen, for: cell.images, isTest: false)
            (train, plain, epochs) = (moved, moved, passes)
        case .rotated, .shifted, .scaled:
            let copies = (1...Self.mostCopies).last { passes % $0 == 0 } ?? 1
            train = try Self.copies(copies, of: chosen, cell)
            plain = chosen
            epochs = passes / copies
        }
    }

    /// Test images as a model of such training images sees them: permuted ones permuted, smaller ones smaller, in the other
    /// half those of halves, all others as they are.
    static func test(_ images: ImageSet, for kind: TrainingCell.Images) throws -> ImageSet {
        switch kind {
        case .plain, .rotated, .shifted, .scaled: images
        case .permuted: try permutation(images.shape).applied(to: images)
        case .inset, .halves: try fitted(images, for: kind, isTest: true)
        }
    }

    /// The one order of the pixels of all permuted images.
    static func permutation(_ shape: Shape) -> PixelMap { .permutation(shape, seed: permutationSeed) }

    /// Images made smaller on black and, for halves, moved to their side.
    private static func fitted(
        _ images: ImageSet, for kind: TrainingCell.Images, isTest: Bool
    ) throws -> ImageSet {
        let small = try PixelMap.scaling(factor: kind == .inset ? 0.75 : 0.5).applied(to: images)
        guard kind == .halves else { return small }
        let quarter = Double(images.shape[2] / 4)
        return try PixelMap.shift(down: 0, right: isTest ? quarter : -quarter).applied(to: small)
    }

    /// The first of each class in the order that the seed gives: a smaller share is part of a larger one.
    static func indices(_ images: ImageSet, share: Double, seed: UInt64) -> [Int] {
        if share >= 1 { return Array(0..<images.count) }
        var members = [[Int]](repeating: [], count: images.classes.count)
        for (index, label) in images.labels.enumerated() { members[Int(label)].append(index) }
        return members.enumerated().flatMap { label, own in
            var random = CounterRandom(seed: seed, purpose: .split, epoch: 1, sample: label)
            let order = random.permutation(of: own.count)
            let count = own.isEmpty ? 0 : max(1, Int((Double(own.count) * share).rounded()))
            return order.prefix(count).map { own[$0] }
        }.sorted()
    }

    private static func copies(_ copies: Int, of images: ImageSet, _ cell: TrainingCell) throws -> ImageSet {
        let all = images.subset((0..<copies).flatMap { _ in 0..<images.count })
        let shape = images.shape
        func draw(_ index: Int) -> CounterRandom {
            CounterRandom(
                seed: cell.seed, purpose: .augmentation, epoch: index / images.count, sample: index % images.count)
        }
        if cell.images == .shifted {
            let reach = LocationClaim.distance(shape)
            let maps = (-reach...reach).map { down in
                (-reach...reach).map { PixelMap.shift(down: Double(down), right: Double($0)) }
            }
            return try PixelMap.applied(to: all) { index in
                var random = draw(index)
                let down = random.nextIndex(below: maps.count)
                return maps[down][random.nextIndex(below: maps.count)]
            }
        }
        if cell.images == .scaled {
            // Steps of a fiftieth, so that few maps are made.
            let maps = (25...50).map { PixelMap.scaling(factor: Double($0) / 50) }
            return try PixelMap.applied(to: all) { index in
                var random = draw(index)
                return maps[random.nextIndex(below: maps.count)]
            }
        }
        // Whole degrees, so that few maps are made.
        let reach = Int(RotationClaim.trainedRange)
        let maps = (-reach...reach).map { PixelMap.rotation(degrees: Double($0)) }
        return try PixelMap.applied(to: all) { index in
            var random = draw(index)
            return maps[random.nextIndex(below: maps.count)]
        }
    }
}
