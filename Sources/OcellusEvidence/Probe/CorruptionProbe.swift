// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusInference
import OcellusModel
import OcellusPixels
import OcellusTensor

/// Accuracy and consistency of corrupted images.
struct CorruptionProbe {
    let corruptions: [Corruption]
    let seed: UInt64
    /// That make images.
    let threads: Int

    /// What one model does.
    struct Result {
        var corruptions: [ProbeRecord.Corrupted] = []
        /// By class of the images, over all corruptions and severities; absent without images.
        var classAccuracy: [Double?] = []
        /// The same before they are corrupted.
        var cleanClassAccuracy: [Double?] = []
    }

    /// Most bytes of corrupted images at a time.
    private static let memory = 64 << 20

    /// One result for each model; every image is corrupted once for all of them.
    ///
    /// - Parameter samples: A number for each image that its random numbers are made of.
    func results(
        of models: [Classifier], _ images: ImageSet, samples: [Int], report: (String) -> Void
    ) throws -> [Result] {
        guard !corruptions.isEmpty else { return [] }
        let readers = models.map { ProbeReader(model: $0) { try Task.checkCancellation() } }
        let truths = try models.map { try $0.relabelled(images).labels.map(Int.init) }
        let clean = try readers.map { try $0.predictions(images) }
        var results = models.map { _ in Result() }
        var hits = models.map { _ in [Int](repeating: 0, count: images.classes.count) }
        for (number, corruption) in corruptions.enumerated() {
            report("corruptions: \(corruption.rawValue), \(number + 1) of \(corruptions.count)")
            var accuracy = models.map { _ in [Double]() }
            var consistency = accuracy
            for severity in Corruption.severities {
                let answers = try predictions(readers, images, corruption, severity, samples)
                for (model, found) in answers.enumerated() {
                    var (right, same) = (0, 0)
                    for index in 0..<images.count {
                        if found[index] == clean[model][index] { same += 1 }
                        guard found[index] == truths[model][index] else { continue }
                        right += 1
                        hits[model][Int(images.labels[index])] += 1
                    }
                    accuracy[model].append(Double(right) / Double(images.count))
                    consistency[model].append(Double(same) / Double(images.count))
                }
            }
            for model in models.indices {
                results[model].corruptions.append(
                    ProbeRecord.Corrupted(
                        name: corruption.rawValue, isHeadline: corruption.isHeadline, accuracy: accuracy[model],
                        consistency: consistency[model]))
            }
        }
        let rounds = corruptions.count * Corruption.severities.count
        for model in models.indices {
            var known = [Int](repeating: 0, count: images.classes.count)
            for index in 0..<images.count where clean[model][index] == truths[model][index] {
                known[Int(images.labels[index])] += 1
            }
            results[model].cleanClassAccuracy = zip(known, images.classCounts).map { known, count in
                count > 0 ? Double(known) / Double(count) : nil
            }
            results[model].classAccuracy = zip(hits[model], images.classCounts).map { hits, count in
                count > 0 ? Double(hits) / Double(count * rounds) : nil
            }
        }
        return results
    }

    /// Predicted classes `[models][images]`.
    private func predictions(
        _ readers: [ProbeReader], _ images: ImageSet, _ corruption: Corruption, _ severity: Int, _ samples: [Int]
    ) throws -> [[Int]] {
        let step = max(1, Self.memory / images.shape.count)
        var answers = readers.map { _ in [Int]() }
        for start in stride(from: 0, to: images.count, by: step) {
            try Task.checkCancellation()
            let range = start..<min(images.count, start + step)
            let corrupted = try images.subset(Array(range)).corrupted(
                by: corruption, severity: severity, seed: seed, samples: Array(samples[range]), threads: threads)
            for (model, reader) in readers.enumerated() { answers[model] += try reader.predictions(corrupted) }
        }
        return answers
    }

    /// What a reader must know, one sentence each.
    static func notes(asked: [Corruption], applied: [Corruption], shape: Shape) -> [String] {
        guard !asked.isEmpty else { return [] }
        var notes = [
            "In the style of CIFAR-10-C (Hendrycks and Dietterich 2019, arXiv:1903.12261), with its published settings and random "
                + "numbers of Ocellus's own: scores compare between models here, not with published ones."
        ]
        if applied.contains(.frost) {
            notes.append(
                "Frost is a texture made by computation; the published one blends photographs of frosted windows.")
        }
        if asked.count > 1 { notes.append("Spatter, one of the four additional corruptions, is not made.") }
        let side = min(shape[1], shape[2])
        if side != 32, applied.contains(where: \.dependsOnSize) {
            notes.append(
                "Lengths in pixels, published for images of 32×32, are multiplied by \(side)/32: blurs, glass, snow, elastic."
            )
        }
        let left = asked.filter { !applied.contains($0) }
        if !left.isEmpty {
            notes.append(
                "Left out, as it does nothing to gray images: \(left.map(\.rawValue).joined(separator: ", ")).")
        }
        return notes
    }
}

/// Whether the answer stays when images are changed a little.
enum PerturbationProbe {
    /// Every change is made to both sides, and the mean is taken.
    static func results(_ reader: ProbeReader, _ images: ImageSet) throws -> [ProbeRecord.Perturbation] {
        let changes: [(name: String, maps: [PixelMap])] = [
            ("moved by half a pixel", moves(0.5)), ("moved by 1 pixel", moves(1)),
            ("turned by 3°", [-3, 3].map { .rotation(degrees: $0) }),
            ("scaled by 5 %", [1 / 1.05, 1.05].map { .scaling(factor: $0) }),
        ]
        let base = try reader.predictions(images)
        let labels = images.labels.map(Int.init)
        return try changes.map { change in
            let answers = try change.maps.map { try reader.predictions(try $0.applied(to: images)) }
            func share(_ other: [Int]) -> Double {
                let equal = answers.reduce(0) { sum, answer in sum + zip(answer, other).count { $0 == $1 } }
                return Double(equal) / Double(answers.count * images.count)
            }
            return ProbeRecord.Perturbation(name: change.name, accuracy: share(labels), consistency: share(base))
        }
    }

    private static func moves(_ distance: Double) -> [PixelMap] {
        [(distance, 0), (-distance, 0), (0, distance), (0, -distance)].map {
            .shift(down: $0.0, right: $0.1, border: .edge)
        }
    }
}
