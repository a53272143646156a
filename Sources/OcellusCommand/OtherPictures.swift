// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusInference
import OcellusMetrics
import OcellusPixels
import OcellusTensor

/// Pictures of another kind than a model's: what `ocellus evaluate --others` measures.
struct OtherPictures {
    /// How many a model answered, though it knows nothing of them.
    struct Answered: Encodable {
        var answered: Int
        var count: Int
        /// 95 %, of the share that is answered.
        var interval: Interval
    }

    private let folder: PathArgument
    /// Pictures of one pass through the network; bounds memory for folders of any size.
    private static let chunk = 64

    /// `nil` where there are none.
    ///
    /// - Throws: ``UsageError`` for a model that always answers.
    init?(_ folder: PathArgument?, _ augmentation: TestTimeAugmentation, _ classifier: Classifier) throws {
        guard let folder else { return nil }
        guard classifier.rule != nil, augmentation == .none else {
            throw UsageError(
                summary: "--others asks how often the model answers, and it always does.",
                needs: "a model that may say that it does not know",
                advice: augmentation == .none
                    ? "--error 5% here, or train with it"
                    : "leave out --tta: the calibration was measured on whole images")
        }
        self.folder = folder
    }

    /// - Parameter note: Told what was left out of the folder, a sentence at a time.
    /// - Throws: The errors of reading, deciding the first picture that cannot be used.
    func answered(by classifier: Classifier, following links: Bool, note: (String) -> Void) throws -> Answered {
        let sources = try PictureSource.expand([folder], followsLinks: links, note: note)
        var answered = 0
        for start in stride(from: 0, to: sources.count, by: Self.chunk) {
            let pictures = try sources[start..<min(sources.count, start + Self.chunk)].map {
                try $0.fitted(to: [classifier.preprocessing]).pixels[0]
            }
            answered += try classifier.predict(fitted: pictures).count(where: \.isAnswered)
        }
        return Answered(
            answered: answered, count: sources.count,
            interval: try wilsonInterval(successes: answered, of: sources.count))
    }
}
