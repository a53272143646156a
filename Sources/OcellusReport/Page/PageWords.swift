// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusTraining

/// The schedule in words, e.g. `cosine schedule after 2 epochs of warm-up`.
func words(_ schedule: Schedule) -> String {
    let course =
        switch schedule.course {
        case .constant: "constant rate"
        case .step(let epochs, let factor): "rate times \(factor) after every \(counted(epochs, "epoch"))"
        case .cosine(let final): "cosine schedule" + (final > 0 ? " down to \(final) of the rate" : "")
        case .oneCycle(let rise, let start, let final):
            "one cycle from \(start) of the rate, at its top after \(NumberText.percent(rise, digits: 0)) of the steps, to \(final)"
        case .triangle(let rise, let start, let final):
            "triangle from \(start) of the rate, at its top after \(NumberText.percent(rise, digits: 0)) of the steps, to \(final)"
        }
    guard schedule.warmupEpochs > 0 else { return course }
    return course + " after \(NumberText.significant(schedule.warmupEpochs)) epochs of warm-up"
}

/// How long a training was planned to be, e.g. `10 epochs` or `2,714 steps within 18 epochs`.
func words(of configuration: TrainingConfiguration) -> String {
    let epochs = counted(configuration.epochs, "epoch")
    return configuration.steps.map { "\(counted($0, "step")) within \(epochs)" } ?? epochs
}

/// Everything that decides a training, e.g. `Adam 0.001, constant rate, 10 epochs, batches of 32, …`.
func trainingWords(_ configuration: TrainingConfiguration) -> String {
    let parts = [
        "\(configuration.optimizer)", words(configuration.schedule), words(of: configuration),
        "batches of \(NumberText.integer(configuration.batchSize))",
        configuration.augmentation.map { "augmentation \($0.text)" },
        configuration.loss.labelSmoothing > 0 ? "label smoothing \(configuration.loss.labelSmoothing)" : nil,
        configuration.maximumGradientNorm.map { "gradients clipped to a norm of \($0)" },
        configuration.patience.map { "stops after \(counted($0, "epoch")) without a better validation accuracy" },
        "weights of the \(configuration.result.rawValue) epoch",
    ]
    return parts.compactMap { $0 }.joined(separator: ", ")
}

/// Rows of a table of layers: what each is, gives, holds, computes and sees.
func layerRows(_ summary: NetworkSummary) -> [Row] {
    summary.rows.map { row in
        Row(
            label: row.name,
            cells: [
                row.layer, NumberText.size(row.output), NumberText.integer(row.parameters),
                NumberText.integer(row.multiplyAdds), row.receptiveField.map { NumberText.size($0) } ?? "–",
            ])
    }
}

/// The mark of a network for legends and tables, beside its name.
func keyMark(_ series: Int) -> Markup {
    var svg = SVG(width: 13, height: 13)
    svg.marker(series, 6.5, 6.5, radius: 5)
    return svg.mark("key")
}
