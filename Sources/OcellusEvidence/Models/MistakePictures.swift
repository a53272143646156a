// SPDX-License-Identifier: Apache-2.0

import OcellusData
package import OcellusInference
import OcellusMetrics
import OcellusPixels
import OcellusTensor

extension ModelRecord.Mistakes {
    /// The worst of all.
    package static let worst = 12
    /// Pairs of classes, and pictures of each.
    private static let (pairs, ofPair) = (24, 4)
    /// Bytes of all copies: a page with them in base64 stays below 5 MB.
    private static let mostBytes = 2_500_000

    /// Which images are shown is fixed by a rule, never chosen by hand: those with the largest loss.
    ///
    /// - Throws: ``DataError`` when an image cannot be read, ``MetricError``, `CancellationError`.
    package init(_ answered: AnsweredImages, _ evaluation: Evaluation) async throws {
        let labels = answered.labels
        let losses = try negativeLogLikelihoods(logits: answered.logits, labels: labels)
        let predicted = try predictions(logits: answered.logits)
        let wrong = labels.indices.filter { predicted[$0] != labels[$0] }
            .sorted { (losses[$1], $0) < (losses[$0], $1) }
        var chosen = Array(wrong.prefix(Self.worst))
        for pair in evaluation.confusion.mostConfused(Self.pairs) {
            chosen += wrong.lazy.filter { labels[$0] == pair.label && predicted[$0] == pair.prediction }
                .prefix(Self.ofPair)
        }
        let shown = Set(chosen)
        chosen = wrong.filter(shown.contains)
        let thumbnails = try await answered.images.thumbnails(at: chosen)
        count = wrong.count
        areFiles = answered.images.hasFiles
        var bytes = 0
        self.shown = zip(chosen, thumbnails).prefix { pair in
            bytes += pair.1.data.count
            return bytes <= Self.mostBytes
        }.map { Self.mistake(answered, $0, predicted[$0], $1) }
    }

    private static func mistake(
        _ answered: AnsweredImages, _ index: Int, _ answer: Int, _ copy: Thumbnail
    ) -> ModelRecord.Mistake {
        let classes = answered.logits.shape[1]
        let probabilities = softmax(answered.logits.scalars[index * classes..<(index + 1) * classes])
        let label = answered.labels[index]
        return ModelRecord.Mistake(
            name: answered.images.name(at: index), picture: copy.data, width: copy.width, height: copy.height,
            label: label, answer: answer, answerProbability: probabilities[answer],
            labelProbability: probabilities[label])
    }
}
