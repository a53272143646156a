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

/// The mark of a network for legends and tables, beside its name.
func keyMark(_ series: Int) -> Markup {
    var svg = SVG(width: 13, height: 13)
    svg.marker(series, 6.5, 6.5, radius: 5)
    return svg.mark("key")
}
