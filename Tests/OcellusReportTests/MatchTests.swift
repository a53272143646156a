// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusModel
import OcellusReport
import OcellusTensor
import OcellusTraining
import Testing

@testable import OcellusEvidence

@Suite("What networks were made equal in") struct MatchTests {
    /// Two networks of 5,358,002 and 121,410 parameters, 23.2 and 9.1 seconds, 8 and 10 epochs of 5,000 images.
    ///
    /// - Parameter seconds: Training times of each network in place of these.
    private func record(
        _ kind: NetworkMatch, finished: Int = 12, seconds: [[Double]] = []
    ) throws -> ComparisonRecord {
        var record = try MadeUpRecord(
            classes: ["cat", "dog"], seeds: [0, 1, 2], testPerClass: 50, hasPictures: false
        ).made()
        for (network, seconds) in seconds.enumerated() {
            for (run, seconds) in seconds.enumerated() {
                record.networks[network].runs[run].trainingSeconds = seconds
            }
        }
        record.match = ComparisonStatistics.match(
            kind, record.networks, trainCounts: Array(repeating: [5000, 5000, 5000], count: 2),
            plannedSecondsRatio: kind == .time ? 0.998 : nil)
        record.plan = ComparisonRecord.PlanRecord(
            seeds: [0, 1, 2, 3, 4], trainingsPlanned: 16, trainingsFinished: finished, lacksPictures: false)
        return record
    }

    @Test(
        "says how close it came",
        arguments: [
            (NetworkMatch.asGiven, "as given: nothing was made equal"),
            (.params, "parameters: ANN has more parameters than CNN, by 4313.1 %"),
            // 784·3000 + 3000·1000 + 1000·2 = 5,354,000 against 26²·32·9 + 11²·64·288 + 1600·64 + 64·2 = 2,527,488.
            (.macs, "multiply-adds: ANN has more multiply-adds than CNN, by 111.8 %"),
            (.recipe, "recipe: ANN saw fewer images than CNN, by 20.0 %"),
            (.time, "time: ANN over CNN was planned as 1.00 and measured as 2.55 (median over seeds)"),
            (.bestEffort, "best effort: ANN has as many trials of its settings as CNN"),
        ])
    func closeness(kind: NetworkMatch, sentence: String) throws {
        #expect(Findings(try record(kind)).matchSentence == sentence)
    }

    @Test("what still differs in training stands at the verdict") func inequality() throws {
        // 8 against 10 epochs of 5,000 images, both with Adam.
        var record = try record(.params)
        let epochs = try #require(Findings(record).inequality)
        #expect(
            epochs.hasPrefix(
                "ANN and CNN trained for 8 and 10 epochs, on 40,000 and 50,000 images, repetitions included: the difference may be "
                    + "that of the training."), "\(epochs)")
        record.networks[0].configuration.optimizer = .sgd(learningRate: 0.01)
        let optimizer = try #require(Findings(record).inequality)
        #expect(optimizer.hasPrefix("ANN trained with SGD, CNN with Adam, for 8"), "\(optimizer)")
        // A rate that each network tuned is equal treatment; one that nobody tuned is not.
        record.networks[0].configuration.optimizer = .adam(learningRate: 0.0003)
        record.match.costs[0] = record.match.costs[1]
        #expect(Findings(record).inequality == nil)
        record.networks[0].tuning = []
        record.networks[1].tuning = []
        #expect(
            try #require(Findings(record).inequality).hasPrefix(
                "ANN trained with Adam at 0.0003, CNN with Adam at 0.001"))
        record.recipe = "tutorial"
        for text in [
            ComparisonText.rendered(record, style: TerminalStyle(columns: 400)), ReportPage.html(for: record),
        ] { #expect(text.contains("that of the training. --recipe matched trains all networks alike.")) }
    }

    @Test("a loss that is still falling is said at the verdict") func falling() throws {
        var record = try record(.recipe)
        for network in record.networks.indices {
            for run in record.networks[network].runs.indices {
                let last = record.networks[network].runs[run].history.count - 1
                record.networks[network].runs[run].history[last - 1].trainLoss = 0.5
                record.networks[network].runs[run].history[last].trainLoss = network == 0 ? 0.46 : 0.49
            }
        }
        let sentence = try #require(Findings(record).unfinishedLearning)
        #expect(
            sentence.hasPrefix("The training loss was still falling: that of ANN fell by 8 % in the last epoch"),
            "\(sentence)")
        #expect(!sentence.contains("CNN"))
        for run in record.networks[0].runs.indices { record.networks[0].runs[run].history.removeFirst(7) }
        #expect(Findings(record).unfinishedLearning == nil)
    }

    @Test("text and page show what each network got, and what was planned and finished") func shown() throws {
        let record = try record(.time)
        let text = ComparisonText.rendered(record, style: TerminalStyle(columns: 100))
        #expect(
            text.contains(
                """
                Match
                time: ANN over CNN was planned as 1.00 and measured as 2.55 (median over seeds)
                network  parameters  multiply-adds  epochs  images seen  trials  training
                ───────  ──────────  ─────────────  ──────  ───────────  ──────  ────────
                ANN       5,358,002         5.35 M       8       40,000       3    23.2 s
                CNN         121,410         2.53 M      10       50,000       3    9.10 s
                """), "\(text)")
        let unfinished = "Finished: 3 of 5 seeds, 12 of 16 trainings. The run can be resumed."
        #expect(text.contains("finished                     3 of 5 seeds, 12 of 16 trainings"))
        #expect(text.replacing("\n", with: " ").contains(unfinished))
        let page = ReportPage.html(for: record)
        for part in [
            "<section id=\"match\">",
            "<p>Time: ANN over CNN was planned as 1.00 and measured as 2.55 (median over seeds).",
            "<td>40,000</td>", unfinished,
            "3 of 5 seeds, 12 of 16 trainings",
        ] {
            #expect(page.contains(part), "\(part)")
        }
        #expect(PageStructure(page).problem == nil)
    }

    @Test("times that came out more than a tenth apart are told before the verdict is believed") func apart() throws {
        // Seed by seed: the machine was slower in the third, for both.
        for (first, percent) in [(1.08, nil), (0.92, nil), (1.12, "12 % longer"), (0.88, "12 % shorter")] {
            let record = try record(.time, seconds: [[10 * first, 10.5, 30 * first], [10, 12, 30]])
            #expect(abs(try #require(record.match.secondsRatio) - first) < 1e-9)
            #expect(record.match.timesDiffer == (percent != nil))
            let warning = Findings(record).matchWarning
            #expect((warning != nil) == (percent != nil))
            guard let percent, let warning else { continue }
            #expect(warning.hasPrefix("ANN trained \(percent) than CNN, although equal times were planned"))
            #expect(warning.contains("while nothing else runs, with more --epochs, or with --match macs"))
            let text = ComparisonText.rendered(record, style: TerminalStyle(columns: 100))
            #expect(text.replacing("\n", with: " ").contains(warning))
            #expect(ReportPage.html(for: record).contains("although equal times were planned"))
            let json = try CanonicalJSON.encode(record)
            #expect(json.contains("\"timesDiffer\":true") && json.contains("\"plannedSecondsRatio\":0.998"))
        }
        #expect(try record(.macs).match.timesDiffer == nil && Findings(try record(.macs)).matchWarning == nil)
    }

    @Test("a training that ends within an epoch says so") func steps() throws {
        var record = try record(.time)
        (record.networks[0].configuration.epochs, record.networks[0].configuration.steps) = (10, 1500)
        record.match = ComparisonStatistics.match(
            .time, record.networks, trainCounts: Array(repeating: [5000, 5000, 5000], count: 2))
        let findings = Findings(record)
        // 157 steps an epoch.
        #expect(findings.costCells.map { $0[2] } == ["9.6", "10"])
        #expect(findings.checklist.contains { $0.text.contains("1,500 steps within 10 epochs") })
        #expect(ReportPage.html(for: record).contains("1,500 steps within 10 epochs"))
    }

    @Test("a finished run says so") func finished() throws {
        let whole = Findings(try record(.recipe, finished: 16))
        #expect(whole.unfinished == nil && whole.planSentence == "3 of 5 seeds, 16 of 16 trainings")
    }

    @Test("trials are told by what they changed") func trials() throws {
        var record = try record(.bestEffort)
        let settings = TrialSettings(
            learningRate: 0.001, weightDecay: 0.01, augmentation: Augmentation(.padCrop(pixels: 3)), dropout: 0.2)
        #expect(
            TrialText.settings(settings)
                == "learning rate 0.001, weight decay 0.01, augmentation padcrop 3, dropout 0.2")
        #expect(TrialText.settings(TrialSettings(learningRate: 0.1)) == "learning rate 0.1")
        record.networks[0].tuning = [
            ComparisonRecord.TuningTrial(learningRate: 0.1, validationAccuracy: 0, chosen: false, failure: "NaN"),
            ComparisonRecord.TuningTrial(
                learningRate: 0.001, validationAccuracy: 0.5, chosen: true, augmentation: "padcrop 3", dropout: 0.2),
        ]
        let page = ReportPage.html(for: record)
        #expect(
            page.contains(
                "learning rate 0.1: diverged; learning rate 0.001, augmentation padcrop 3, dropout 0.2: 50.0\u{A0}% (chosen)."
            ))
        #expect(page.contains("Learning rates tried, with the validation accuracy they gave: 0.0003:"))
    }
}
