// SPDX-License-Identifier: Apache-2.0

package import OcellusMetrics
package import OcellusModel
import OcellusTensor

/// A model card in Markdown (Mitchell et al. 2019, arXiv:1810.03993) of what a model file holds: fields that nobody measured are left
/// out.
package struct ModelCard {
    private let name: String
    private let network: NetworkSummary
    private let classes: [String]
    private let preprocessing: Preprocessing?
    private let record: TrainingRecord?
    private let calibration: Calibration?
    private let rule: SelectiveRule?
    private let origin: WeightsOrigin?
    private let sha256: String
    private let bytes: Int

    /// - Parameters:
    ///   - name: Of the file.
    ///   - rule: That the calibration's error follows; `nil` for a model that always answers.
    ///   - sha256: Hexadecimal, of the file.
    ///   - bytes: Of the file.
    package init(
        name: String, network: NetworkSummary, classes: [String], preprocessing: Preprocessing?,
        record: TrainingRecord?,
        calibration: Calibration?, rule: SelectiveRule?, origin: WeightsOrigin?, sha256: String, bytes: Int
    ) {
        (self.name, self.network, self.classes, self.preprocessing) = (name, network, classes, preprocessing)
        (self.record, self.calibration, self.rule, self.origin) = (record, calibration, rule, origin)
        (self.sha256, self.bytes) = (sha256, bytes)
    }

    /// The whole card.
    package var markdown: String {
        let sections = [
            "# " + Self.escaped(name), table("Model", model), table("Data", data), table("Accuracy", accuracy),
            table("Probabilities", probabilities), ruleSection, table("Training", training),
            table("Weights from elsewhere", license),
            "Made from the model file by Ocellus \(OcellusVersion.current). What nobody measured is not in this card.",
        ]
        return sections.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    private typealias Rows = [(String, String?)]

    private var model: Rows {
        [
            ("file", "\(NumberText.bytes(bytes)), SHA-256 `\(sha256)`"),
            ("image", preprocessing.map { "\($0.width)×\($0.height)×\($0.channels) (width × height × channels)" }),
            ("parameters", NumberText.integer(network.parameters)),
            ("multiply-adds of an image", NumberText.integer(network.multiplyAdds)),
            ("classes", "\(classes.count): \(classes.map(Self.escaped).joined(separator: ", "))"),
        ]
    }

    private var data: Rows {
        guard let record else { return [] }
        return [
            ("name", Self.escaped(record.data.name)),
            ("images that trained", record.images.map(NumberText.integer)),
            ("images that validated", record.validation.map { NumberText.integer($0.count) }),
            (
                "images that calibrated",
                calibration.flatMap { $0.source == .heldOut ? NumberText.integer($0.images) : nil }
            ),
            ("images that tested", record.test.map { NumberText.integer($0.count) }),
            ("SHA-256 of the training images", "`\(record.data.sha256)`"),
            ("SHA-256 of the split", "`\(record.data.splitSha256)`"),
            ("before that, trained on", record.continuedFrom.map { $0.data.map(\.name).joined(separator: ", ") }),
        ]
    }

    private var accuracy: Rows {
        func words(_ score: TrainingRecord.Score?) -> String? {
            guard let score, score.count > 0,
                let interval = try? wilsonInterval(successes: score.correct, of: score.count)
            else { return nil }
            return
                "\(NumberText.percent(score.accuracy)) (\(score.correct) of \(score.count); 95 % Wilson interval "
                + "\(NumberText.percent(interval.lower)) to \(NumberText.percent(interval.upper)))"
        }
        let baseline = record?.test.flatMap { test in
            test.largestClass.map { NumberText.percent(Double($0) / Double(max(1, test.count))) }
        }
        return [
            ("test", words(record?.test)), ("always the largest class, test", baseline),
            (
                record?.transfer == nil ? "validation" : "held out (\(record?.transfer?.heldOut ?? ""))",
                words(record?.validation)
            ),
        ]
    }

    private var probabilities: Rows {
        guard let calibration else { return [] }
        return [
            ("temperature", NumberText.decimal(calibration.temperature, 4)),
            (
                "from",
                "\(NumberText.integer(calibration.images)) images, "
                    + (calibration.source == .heldOut
                        ? "which nothing else used" : "each judged by a head that had not seen it (approximate)")
            ),
            ("loss before", NumberText.decimal(calibration.lossBefore, 4)),
            ("loss after", NumberText.decimal(calibration.lossAfter, 4)),
        ]
    }

    private var ruleSection: String {
        guard let rule, let calibration else { return "" }
        let words = SelectiveWords.rule(rule, source: calibration.source)
        return "## \"Don't know\"\n\n" + words.prefix(1).uppercased() + words.dropFirst()
    }

    private var training: Rows {
        guard let record else { return [] }
        let isHead = record.transfer != nil
        return [
            ("optimiser", record.optimizer.map { "\($0)" }),
            ("epochs", isHead ? nil : "\(record.epochs), the weights of epoch \(record.epoch)"),
            ("images of an update", isHead ? nil : "\(record.batchSize)"), ("seed", "\(record.seed)"),
            ("computed by", "\(record.backend)" + (record.precision.map { " in \($0.rawValue)" } ?? "")),
            ("Ocellus", record.ocellusVersion), ("date", record.date),
        ]
    }

    private var license: Rows {
        guard let origin = origin ?? record?.transfer?.origin else { return [] }
        return [
            ("name", Self.escaped(origin.name)), ("published by", Self.escaped(origin.source)),
            ("licence", Self.escaped(origin.license)), ("copyright", origin.copyright.map(Self.escaped)),
            ("SHA-256", "`\(origin.sha256)`"),
        ]
    }

    private func table(_ heading: String, _ rows: Rows) -> String {
        let known = rows.compactMap { row in row.1.flatMap { $0.isEmpty ? nil : "| \(row.0) | \($0) |" } }
        guard !known.isEmpty else { return "" }
        return "## \(heading)\n\n| | |\n| :--- | :--- |\n" + known.joined(separator: "\n")
    }

    /// Text that Markdown shows as it is, on one line.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\n", "\r", "\t": " "
            case "\\", "`", "*", "_", "{", "}", "[", "]", "<", ">", "#", "|", "&", "!", "~": "\\" + String(scalar)
            default: String(scalar)
            }
        }.joined()
    }
}
