// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics

// Prints how often the library's verdicts and intervals are wrong in runs whose truth is known, as Markdown.
// Scripts/simulate-verdicts builds and runs it.

let arguments = CommandLine.arguments.dropFirst().compactMap(Int.init)
let (runs, seed) = (arguments.first ?? 10_000, UInt64(arguments.dropFirst().first ?? 1))

/// In percent, with its standard error.
func percent(_ frequency: Frequency) -> String {
    func tenths(_ value: Double) -> String {
        let value = Int((1000 * value).rounded())
        return "\(value / 10).\(value % 10)"
    }
    return "\(tenths(frequency.share)) ± \(tenths(frequency.error))"
}

print(
    """
    # Verdicts of runs whose truth is known

    Made by `Scripts/simulate-verdicts \(runs) \(seed)`: \(runs) runs of each row, seed \(seed), judged by the code that judges
    real runs. Percent ± standard error.

    ## Comparisons

    Uncertain: share of the images that either network gets right only sometimes, with a probability of its own for each
    image. Only one: images that the first or the second network alone always gets right; their difference is the true
    one. Between seeds: deviation of the difference between trainings, in points, beside what the uncertain images add.
    *Trainings* is how often the interval for other trainings holds the mean of all trainings on the same test images, *images*
    how often that for other test images holds the population's difference, *wrong* how often a verdict is given that the truth
    does not allow: the first two should be 95 %, the third at most 5 %. Seeds move probabilities by at most 0.1, which cuts
    the tails of a deviation of 4 points, so that t is a little short there. *By seeds alone*: wrong verdicts, were they given
    by the interval for other trainings, as 0.1.0 did.

    | seeds | test images | uncertain | only one | between seeds | trainings | images | wrong | by seeds alone | verdicts |
    | ---: | ---: | ---: | :--- | ---: | ---: | ---: | ---: | ---: | ---: |
    """)
var condition = 0
for seeds in [3, 5, 8] {
    for images in [100, 360, 1000, 10_000] {
        for (uncertain, onlyFirst, onlySecond, deviation) in [
            (0.3, 0.03, 0.03, 0.0144), (0.3, 0.03, 0.03, 0.0), (0.3, 0.03, 0.03, 0.04), (0.05, 0.005, 0.005, 0.002),
            (0.05, 0.0, 0.02, 0.0), (0.3, 0.0, 0.08, 0.0144),
        ] {
            condition += 1
            let outcome = try ComparisonSimulation(
                seeds: seeds, images: images, uncertain: uncertain, onlyFirst: onlyFirst,
                onlySecond: onlySecond, seedDeviation: deviation
            ).outcome(runs: runs, seed: seed, condition: condition)
            print(
                "| \(seeds) | \(images) | \(uncertain) | \(onlyFirst), \(onlySecond) | \(100 * deviation) "
                    + "| \(percent(outcome.trainings)) | \(percent(outcome.images)) | \(percent(outcome.wrong)) "
                    + "| \(percent(outcome.wrongBySeedsAlone)) | \(percent(outcome.clear)) |")
        }
    }
}
print(
    """

    The same for balanced accuracy, three classes of 70, 20 and 10 % of the images:

    | seeds | test images | trainings | images | wrong |
    | ---: | ---: | ---: | ---: | ---: |
    """)
for seeds in [3, 5, 8] {
    for images in [100, 1000] {
        condition += 1
        let outcome = try ComparisonSimulation(
            seeds: seeds, images: images, classes: [0.7, 0.2, 0.1]
        ).outcome(runs: runs, seed: seed, condition: condition)
        print(
            "| \(seeds) | \(images) | \(percent(outcome.trainings)) | \(percent(outcome.images)) "
                + "| \(percent(outcome.wrong)) |")
    }
}
print(
    """

    ## Statements

    What `ocellus evidence` did up to 0.2 and `judge(_:)` for statements does: eleven claims of three parts with a margin of 1 point, judged together. In each claim one part lies exactly at its margin,
    on one side or the other, so that every verdict about it is wrong; the others lie ten points beyond, or at their margins as
    well. *Cut*: a budget ends the queue at a random claim, which has some of its seeds; later ones have none. *Wrong*: runs in
    which any statement or claim gets a verdict that its truth does not allow; at most 5 %. *One by one*: the same without
    Holm's procedure, for the rows of five seeds with every part at its margin.

    | seeds | test images | between seeds | other parts | cut | wrong | one by one |
    | ---: | ---: | ---: | :--- | :--- | ---: | ---: |
    """)
for seeds in [3, 5, 8] {
    for images in [100, 200, 360, 1000, 10_000] {
        for deviation in [0.002, 0.01] {
            for others in EvidenceSimulation.Others.allCases {
                for isCut in [false, true] {
                    // The least favourable rows are those that are not cut.
                    guard !isCut || deviation == 0.01 else { continue }
                    condition += 1
                    var simulation = EvidenceSimulation(seeds: seeds, images: images, others: others)
                    simulation.seedDeviation = deviation
                    simulation.isCut = isCut
                    simulation.judgesAlone = others == .atMargin && !isCut && seeds == 5
                    let outcome = try simulation.outcome(runs: runs, seed: seed, condition: condition)
                    print(
                        "| \(seeds) | \(images) | \(100 * deviation) | \(others.rawValue) | \(isCut ? "yes" : "no") "
                            + "| \(percent(outcome.wrong)) | \(simulation.judgesAlone ? percent(outcome.wrongAlone) : "") |"
                    )
                }
            }
        }
    }
}
print(
    """

    ## Claims

    Twelve claims judged as `ocellus evidence` does: variances that parts lend each other, intersection–union within a claim,
    Holm across claims, and an error of 0.05/(k(k + 1)) at look k, with 3, 5, 8, 13 and 21 seeds at the five looks. In each
    claim one part lies exactly at its margin of 1 point, the others ten points beyond, or at their margins as
    well. Each run is looked at six times at most: when a budget has cut its queue at a random claim of the first three seeds, then at each
    look, for which undecided claims alone get more seeds. *Deviations*: how those of the parts, 1 point or as said, differ
    from each other. *Supported* and *not supported*: runs in which any record says so of a claim whose margin was a hair above
    the truth, or a hair below it; at most 5 % each, since no truth is both.

    | seeds | test images | deviations | parts | other parts | supported | not supported | claims decided |
    | ---: | ---: | :--- | ---: | :--- | ---: | ---: | ---: |
    """)
condition = 0
for seeds in [3, 5, 8, 21] {
    for images in [100, 360, 1000, 10_000] {
        for spread in ClaimSimulation.Spread.allCases {
            for (parts, others) in [
                (1, EvidenceSimulation.Others.supported), (2, .supported), (3, .atMargin),
            ] {
                condition += 1
                // Twenty-one seeds take long.
                guard seeds < 21 || images == 10_000 else { continue }
                var simulation = ClaimSimulation(seeds: seeds, images: images)
                (simulation.claims, simulation.parts, simulation.others) = (12, parts, others)
                simulation.spread = spread
                simulation.deviation = images == 10_000 ? 0.003 : 0.01
                let outcome = try simulation.outcome(runs: runs, seed: seed, condition: condition)
                print(
                    "| \(seeds) | \(images) | \(spread.rawValue) of \(100 * simulation.deviation) | \(parts) "
                        + "| \(parts == 1 ? "none" : others.rawValue) | \(percent(outcome.supported)) "
                        + "| \(percent(outcome.notSupported)) | \(percent(outcome.decided)) |")
            }
        }
    }
}
