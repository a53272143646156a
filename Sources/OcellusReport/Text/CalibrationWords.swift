// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics

/// How far a calibration error can be believed, in words that `evaluate` and `probe` share.
enum CalibrationWords {
    /// `95 % bootstrap interval 3.1 % to 6.5 %`
    static func interval(_ uncertainty: CalibrationUncertainty) -> String {
        "95 % bootstrap interval \(NumberText.percent(uncertainty.interval.lower)) to "
            + NumberText.percent(uncertainty.interval.upper)
    }

    /// `chance alone gives 2.4 %, in 95 % of cases up to 3.5 %`
    static func chance(_ uncertainty: CalibrationUncertainty) -> String {
        "chance alone gives \(NumberText.percent(uncertainty.byChance)), in 95 % of cases up to "
            + NumberText.percent(uncertainty.chanceLimit)
    }

    /// What that means.
    static let note =
        "Chance alone: the calibration error of a model that is right exactly as often as the same probabilities say. An error "
        + "below its limit is no sign that the probabilities are wrong."
}
