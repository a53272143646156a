// SPDX-License-Identifier: Apache-2.0

// How often a model's promise of an error is broken on images that it has not seen, and how much it answers: `Scripts/simulate-abstaining`.

import Ocellus
import OcellusData
import OcellusEvidence
import OcellusFiles
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTraining

/// Answers of one network to images that it was not trained on.
struct Answers {
    var name: String
    var scores: [Double]
    var correct: [Bool]

    /// Trains the tutorial's convolutional network on a third of a set, and answers the others.
    init(_ name: String, epochs: Int) async throws {
        let data = try await ImageDataset.named(Path(name))
        let all = try ImageSet.joined([data.train] + (data.validation.map { [$0] } ?? []) + [data.test])
        guard let third = Fold(0, of: 3) else { throw MetricError(.empty, "there is no third.") }
        let fold = try Split.fold(labels: all.labels, classes: all.classes, fold: third, seed: 0)
        let split = try Split.stratified(
            labels: all.labels, classes: all.classes,
            validationFraction: 1 - Double(fold.validation.count) / Double(all.count), seed: 0)
        let backend = try EngineChoice.onednn.make()
        let trainer = Trainer(
            .cnn(input: all.shape, classes: all.classes.count),
            configuration: TrainingConfiguration(epochs: epochs, optimizer: .adam(), seed: 0), validationFraction: 0,
            backend: backend)
        let parts = try TrainingParts(training: all, of: split, name: name, fitting: data.fitting)
        let run = try await trainer.fit(parts, in: nil, resume: nil)
        let others = all.subset(split.validation)
        let logits = try run.classifier.logits(of: others)
        let classes = all.classes.count
        self.name = name
        scores = (0..<others.count).map { logOdds(logits.scalars[$0 * classes..<($0 + 1) * classes]) }
        correct = zip(try predictions(logits: logits), others.labels).map { $0 == Int($1) }
    }

    /// Of some images: the share above a threshold, and wrong answers among them.
    func outcome(_ images: some Collection<Int>, above threshold: Double) -> (coverage: Double, error: Double) {
        let answered = images.filter { scores[$0] > threshold }
        let wrong = answered.count { !correct[$0] }
        return (Double(answered.count) / Double(images.count), Double(wrong) / Double(max(1, answered.count)))
    }
}

/// What one way to choose a threshold did over all splits.
struct Tally {
    var exceeded = 0
    var none = 0
    var coverage = 0.0
    var error = 0.0

    mutating func add(_ outcome: (coverage: Double, error: Double)?, asked: Double) {
        guard let outcome else {
            none += 1
            return
        }
        coverage += outcome.coverage
        error += outcome.error
        if outcome.error > asked { exceeded += 1 }
    }

    func row(_ runs: Int) -> String {
        "\(Self.percent(Double(exceeded) / Double(runs))) | \(Self.percent(coverage / Double(runs))) "
            + "| \(Self.percent(Double(none) / Double(runs)))"
    }

    static func percent(_ share: Double) -> String { "\((1000 * share).rounded() / 10) %" }
}

let arguments = CommandLine.arguments.dropFirst()
let runs = arguments.first.flatMap { Int($0) } ?? 1000
let names = arguments.count > 1 ? Array(arguments.dropFirst()) : ["embedded", "opencv-digits", "scattered"]
print(
    """
    # Promises of an error

    By `Scripts/simulate-abstaining \(runs) \(names.joined(separator: " "))`, Ocellus \(OcellusVersion.current). The tutorial's convolutional network is trained on a \
    third of each set; its answers to the others are divided at random, \(runs) times: some images calibrate, the rest are new. *Exceeded*: \
    splits in which more than the asked share of the answers to the new images was wrong; at most 5 % would be, of the true \
    share, and the new images' own chance comes to that. *Answered*: share of the new images, 0 where nothing was promised. \
    *Nothing*: splits in which nothing could be promised. *Chosen*: the threshold with the largest coverage whose error on the \
    calibration images is at most the asked one, which promises nothing.

    | images | accuracy | calibrate | error | exceeded | answered | nothing | exceeded, Geifman and El-Yaniv | answered | nothing | exceeded, chosen | answered | nothing |
    | :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
    """)
for name in names {
    let answers = try await Answers(name, epochs: 3)
    let count = answers.scores.count
    let accuracy = Double(answers.correct.count { $0 }) / Double(count)
    for (calibrating, asked) in [(200, 0.05), (500, 0.05), (1000, 0.05), (500, 0.1), (1000, 0.02)] {
        var (own, bisected, chosen) = (Tally(), Tally(), Tally())
        for run in 0..<runs {
            var random = CounterRandom(seed: UInt64(run), purpose: .test, sample: calibrating)
            let order = random.permutation(of: count)
            let (known, new) = (order.prefix(calibrating), order.dropFirst(calibrating))
            let (scores, correct) = (known.map { answers.scores[$0] }, known.map { answers.correct[$0] })
            let rule = try SelectiveRisk(scores: scores, correct: correct).rule(error: asked)
            own.add(rule.map { answers.outcome(new, above: $0.threshold ?? -.infinity) }, asked: asked)
            let curve = try RiskCoverage(scores: scores, correct: correct)
            bisected.add(
                try curve.promise(error: asked).map { answers.outcome(new, above: $0.point.threshold.nextDown) },
                asked: asked)
            chosen.add(
                curve.points.last { $0.risk <= asked }.map { answers.outcome(new, above: $0.threshold.nextDown) },
                asked: asked)
        }
        print(
            "| \(name), \(count) | \(Tally.percent(accuracy)) | \(calibrating) | \(Tally.percent(asked)) | \(own.row(runs)) "
                + "| \(bisected.row(runs)) | \(chosen.row(runs)) |")
    }
}
