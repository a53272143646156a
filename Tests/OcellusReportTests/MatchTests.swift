// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusReport
import OcellusTensor
import Testing

@testable import OcellusEvidence

@Suite("What networks were made equal in") struct MatchTests {
    /// Two networks of 5,358,002 and 121,410 parameters, 23.2 and 9.1 seconds, 8 and 10 epochs of 5,000 images.
    private func record(_ kind: NetworkMatch, finished: Int = 12) throws -> ComparisonRecord {
        var record = try MadeUpRecord(
            classes: ["cat", "dog"], seeds: [0, 1, 2], testPerClass: 50, hasPictures: false
        ).made()
        record.match = ComparisonStatistics.match(
            kind, record.networks, trainCounts: Array(repeating: [5000, 5000, 5000], count: 2))
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
            (.time, "time: ANN trained longer than CNN, by 154.9 % (medians over seeds)"),
            (.bestEffort, "best effort: ANN has as many trials of its settings as CNN"),
        ])
    func closeness(kind: NetworkMatch, sentence: String) throws {
        #expect(Findings(try record(kind)).matchSentence == sentence)
    }

    @Test("text and page show what each network got, and what was planned and finished") func shown() throws {
        let record = try record(.time)
        let text = ComparisonText.rendered(record, style: TerminalStyle(columns: 100))
        #expect(
            text.contains(
                """
                Match
                time: ANN trained longer than CNN, by 154.9 % (medians over seeds)
                network  parameters  multiply-adds  epochs  images seen  trials  training
                ───────  ──────────  ─────────────  ──────  ───────────  ──────  ────────
                ANN       5,358,002         5.35 M       8       40,000       3    23.2 s
                CNN         121,410         2.53 M      10       50,000       3    9.10 s
                """), "\(text)")
        let unfinished = "Finished: 3 of 5 seeds, 12 of 16 trainings. The run can be resumed."
        #expect(text.contains("finished                     3 of 5 seeds, 12 of 16 trainings"))
        #expect(text.replacing("\n", with: " ").contains(unfinished))
        let page = try ReportPage.html(for: record)
        for part in [
            "<section id=\"match\">", "<p>Time: ANN trained longer than CNN, by 154.9\u{A0}% (medians over seeds).",
            "<td>40,000</td>", unfinished,
            "3 of 5 seeds, 12 of 16 trainings",
        ] {
            #expect(page.contains(part), "\(part)")
        }
        #expect(PageStructure(page).problem == nil)
    }

    @Test("a finished run and a record of before say nothing more than they know") func finished() throws {
        let whole = Findings(try record(.recipe, finished: 16))
        #expect(whole.unfinished == nil && whole.planSentence == "3 of 5 seeds, 16 of 16 trainings")
        var old = try record(.recipe)
        old.match = nil
        old.plan = nil
        let page = try ReportPage.html(for: old)
        #expect(!page.contains("id=\"match\"") && Findings(old).planSentence == nil)
        #expect(!ComparisonText.rendered(old, style: TerminalStyle(columns: 100)).contains("Match\n"))
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
        let page = try ReportPage.html(for: record)
        #expect(
            page.contains(
                "learning rate 0.1: diverged; learning rate 0.001, augmentation padcrop 3, dropout 0.2: 50.0\u{A0}% (chosen)."
            ))
        #expect(page.contains("Learning rates tried, with the validation accuracy they gave: 0.0003:"))
    }
}
