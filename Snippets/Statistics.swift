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
for (images, discordant) in [(10_000, 1000), (10_000, 2000), (1000, 100), (100, 5)] {
    let visible = try McNemarVisibility(discordant: discordant)
    guard let smallest = visible.smallestCount, let likely = visible.likelyCount else {
        print("\(discordant) of \(images) images tell the two apart: nothing can be seen")
        continue
    }
    let points = 100 / Double(images)
    print(
        String(
            format: "%ld of %ld images tell the two apart: %.1f points, %.1f with a chance of 80 %%", discordant,
            images,
            points * Double(smallest), points * likely))
}
for seeds in [2, 3, 5, 10, 20] {
    let factor = try studentTQuantile(0.975, degrees: Double(seeds - 1)) / Double(seeds).squareRoot()
    print(String(format: "%ld seeds: %.2f standard deviations", seeds, factor))
}
