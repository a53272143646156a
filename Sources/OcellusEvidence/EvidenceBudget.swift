// SPDX-License-Identifier: Apache-2.0

/// How long a run may take.
package struct EvidenceBudget: Sendable, Hashable {
    package var seconds: Double

    /// Seconds kept back for the record and the page.
    static let reserve = 5.0

    package init(seconds: Double) { self.seconds = seconds }

    /// `90s`, `15m`, `2h`, `overnight` (8 hours); `nil` for anything else.
    package init?(_ text: String) {
        if text == "overnight" {
            seconds = 8 * 3600
            return
        }
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
        guard let last = text.last, let unit = units[last], let number = Double(text.dropLast()), number > 0,
            number * unit <= 1e7, text.first?.isNumber == true
        else { return nil }
        seconds = number * unit
    }
}
