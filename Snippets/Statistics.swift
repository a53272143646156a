// SPDX-License-Identifier: Apache-2.0

// The numbers of docs/statistics.md; `Scripts/check-readme` compares code and output with the page.
// snippet.show
import Foundation
import Ocellus

for (right, images) in [(4900, 10_000), (7000, 10_000), (9000, 10_000), (90, 100)] {
    let interval = try wilsonInterval(successes: right, of: images)
    print(
        String(
            format: "%ld of %ld right: %.2f to %.2f %%", right, images, 100 * interval.lower, 100 * interval.upper))
}
for (images, disagreement) in [(10_000, 0.1), (10_000, 0.2), (1000, 0.1), (1000, 0.2)] {
    let difference = try smallestVisibleDifference(images: images, disagreement: disagreement)
    print(
        String(
            format: "%ld images, %.0f %% disagreement: %.1f points", images, 100 * disagreement, 100 * difference))
}
for seeds in [2, 3, 5, 10, 20] {
    let factor = try studentTQuantile(0.975, degrees: Double(seeds - 1)) / Double(seeds).squareRoot()
    print(String(format: "%ld seeds: %.2f standard deviations", seeds, factor))
}
