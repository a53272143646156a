// SPDX-License-Identifier: Apache-2.0

package import OcellusEvidence
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusTensor
import OcellusTraining

/// What the terminal says of a model's record.
package enum ModelText {
    /// - Parameter report: The page, as a person would type it.
    package static func rendered(_ record: ModelRecord, style: TerminalStyle, report: String) -> String {
        let words = ModelWords(record: record)
        let sentences =
            record.scores.map(ModelWords.sentence) + [words.guessing, words.worstClass].compactMap(\.self)
            + record.advice
        return sentences.map { wrapped(style.shown($0), to: style.columns) + "\n" }.joined()
            + ["model  \(record.model)", "page   \(report)"].map(style.shown).joined(separator: "\n")
    }
}
