// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusModel
import OcellusReport
import OcellusTensor
import Testing

@testable import OcellusEvidence

@Suite("ComparisonText") struct ComparisonTextTests {
    @Test("prints the whole comparison") func whole() throws {
        var made = MadeUpRecord(classes: ["cat", "dog"], seeds: [0, 1, 2], testPerClass: 50, hasPictures: false)
        made.levels = [0.6, 0.9]
        let text = ComparisonText.rendered(
            try made.made(), style: TerminalStyle(columns: 100), report: "runs/compare/1/report.html")
        #expect(text == expected)
    }

    private let expected = """
        Data     embedded (fashion-mini): 2 classes, images of 28×28×1; 5,000 training, 1,000 validation,
                 100 test
        Recipe   matched
        Machine  Example CPU at 2.5 GHz, 2 threads, oneDNN 2.6.3, AVX-512, f32

        Networks
        network  test accuracy  parameters  multiply-adds   memory  training  images/s  to ANN's best
        ───────  ─────────────  ──────────  ─────────────  ───────  ────────  ────────  ─────────────
        ANN       61.3 % ± 7.4   5,358,002         5.35 M   147 MB    23.2 s     1,720         23.2 s
        CNN       92.0 % ± 3.5     121,410         2.53 M  21.4 MB    9.10 s     5,550         3.40 s
        Accuracy: mean ± standard deviation over seeds. Multiply-adds of one image forward; memory of the
        training plan; training and images/s: median over seeds.

        Match
        recipe: ANN saw fewer images than CNN, by 20.0 %
        network  parameters  multiply-adds  epochs  images seen  trials  training
        ───────  ──────────  ─────────────  ──────  ───────────  ──────  ────────
        ANN       5,358,002         5.35 M       8       40,000       3    23.2 s
        CNN         121,410         2.53 M      10       50,000       3    9.10 s
        Multiply-adds of one image forward; epochs planned; images seen in one training, repetitions
        included, the mean over seeds; trials made to tune the network; training time of one training, the
        median over seeds.

        Test accuracy by seed, 100 images
        seed     ANN  95 % interval     CNN  95 % interval  difference  only ANN  only CNN  p, McNemar mid-p
        ────  ──────  ─────────────  ──────  ─────────────  ──────────  ────────  ────────  ────────────────
           0  67.0 %  57.3 – 75.4    94.0 %  87.5 – 97.2         +27.0         4        31           < 0.001
           1  64.0 %  54.2 – 72.7    94.0 %  87.5 – 97.2         +30.0         5        35           < 0.001
           2  53.0 %  43.3 – 62.5    88.0 %  80.2 – 93.0         +35.0         8        43           < 0.001
        "only ANN": test images that only ANN classified correctly.

        Verdict
        CNN better
        ANN and CNN trained for 8 and 10 epochs, on 40,000 and 50,000 images, repetitions included: the
        difference may be that of the training.
        The training loss was still falling: that of ANN fell by 10 %, that of CNN fell by 8 % in the last
        epoch (mean over seeds). More --epochs may change the result.
        CNN − ANN = +30.7 points. 95 % intervals: +20.6 to +40.7 for other trainings, tested on these images
        (paired t over 3 seeds); +19.3 to +42.0 for other test images of the kind as well. The second one
        decides: it does not hold 0.
        A mean difference below 11.3 points could not have been told from 0 here; one of 15.2 would get a
        verdict with a chance of 80 %. On these 100 test images one pair of models must differ by 13.0 to
        15.0 points to be seen by McNemar's test, and 16.4 to 19.5 to be seen with a chance of 80 %.

        Classes, in percent, mean over 3 seeds
        class  images  ANN precision  recall    F1  CNN precision  recall    F1
        ─────  ──────  ─────────────  ──────  ────  ─────────────  ──────  ────
        cat        50           59.8    67.3  63.3           90.0    94.7  92.2
        dog        50           63.6    55.3  59.0           94.4    89.3  91.8

        Checklist
        seeds                        3 (0, 1, 2)
        split                        one for each seed, by SHA-256; the same for every network
        test images read             6 times for 6 trained models
        budget of ANN                5.36 M parameters, 5.35 M multiply-adds per image, 8 epochs, 23.2 s of
                                     training
        budget of CNN                121 k parameters, 2.53 M multiply-adds per image, 10 epochs, 9.10 s of
                                     training
        match                        recipe: ANN saw fewer images than CNN, by 20.0 %
        finished                     3 of 3 seeds, 6 of 6 trainings
        tuning trials                ANN 3, CNN 3, on validation images of a split of their own
        intervals                    Wilson 95 % over test images; paired t 95 % over seeds; for the
                                     verdict, both kinds of chance together, 95 %
        paired test                  McNemar for each seed, never pooled; 0: p < 0.001 (mid-p), 1: p < 0.001
                                     (mid-p), 2: p < 0.001 (mid-p)
        smallest visible difference  A mean difference below 11.3 points could not have been told from 0
                                     here; one of 15.2 would get a verdict with a chance of 80 %. On these
                                     100 test images one pair of models must differ by 13.0 to 15.0 points
                                     to be seen by McNemar's test, and 16.4 to 19.5 to be seen with a chance
                                     of 80 %.
        calibration                  not measured: probabilities are softmax values, not calibrated
        robustness                   not measured
        verdict                      CNN better
        repeat with                  ocellus compare --recipe matched --seeds 5

        Splits by seed, SHA-256
        0  ab0dab0dab0dab0dab0dab0dab0dab0dab0dab0dab0dab0dab0dab0dab0dab0d
        1  ab1dab1dab1dab1dab1dab1dab1dab1dab1dab1dab1dab1dab1dab1dab1dab1d
        2  ab2dab2dab2dab2dab2dab2dab2dab2dab2dab2dab2dab2dab2dab2dab2dab2d

        Report  runs/compare/1/report.html

        """

    @Test("the names of networks cannot steer the terminal") func hostileNames() throws {
        var made = MadeUpRecord(classes: ["cat", "dog"], seeds: [0, 1], hasPictures: false)
        made.names = ["a\u{1B}[2J\nb", "c\u{202E}d"]
        let text = ComparisonText.rendered(try made.made(), style: TerminalStyle())
        #expect(text.split(separator: "\n").allSatisfy { harmless(String($0)) == String($0) })
        #expect(text.contains("\nbudget of a�[2J�b "))
    }

    @Test("balanced accuracy comes first where the classes are uneven, and the text says why") func uneven() throws {
        var made = MadeUpRecord(classes: ["cat", "dog"], hasPictures: false)
        made.unevenCounts = [30, 45]
        #expect(!ComparisonText.rendered(try made.made(), style: TerminalStyle()).contains("balanced"))
        made.unevenCounts = [30, 46]
        let record = try made.made()
        let text = ComparisonText.rendered(record, style: TerminalStyle())
        #expect(text.contains("\nnetwork  balanced accuracy  test accuracy  parameters"))
        let balanced = record.networks[1].balancedAccuracy
        #expect(balanced.mean != record.networks[1].accuracy.mean)
        #expect(text.contains("\nCNN           \(NumberText.percent(balanced.mean)) ±"))
        #expect(
            text.contains(
                "the largest has 1.53 times the images of the smallest (rule: above 1.5), so balanced accuracy"))
        #expect(
            text.contains("Always answering dog has a balanced accuracy of 50.0 % and an accuracy of 60.5 %."))
        #expect(text.contains("points of balanced accuracy. 95 % intervals"))
        // Seeds and their differences are in the same measure as the verdict.
        #expect(text.contains("\nBalanced test accuracy by seed, 76 images\n"))
        let seed = try #require(record.difference?.points?.first)
        #expect(seed != record.pairs[0].difference && text.contains("  \(NumberText.points(seed))  "))
        #expect(text.contains("Verdict and its intervals are about balanced accuracy"))
        // What 0.1.0 wrote was about accuracy.
        var old = record
        old.difference?.measure = nil
        old.difference?.imageInterval = nil
        let oldText = ComparisonText.rendered(old, style: TerminalStyle())
        #expect(oldText.contains("Verdict, intervals and paired tests are about accuracy"))
        #expect(oldText.contains(" points, 95 % interval ") && !oldText.contains("other test images of the kind"))
    }

    @Test("one seed gives no verdict") func oneSeed() throws {
        let text = ComparisonText.rendered(
            try MadeUpRecord(seeds: [4], hasPictures: false).made(), style: TerminalStyle())
        #expect(text.contains("\ncannot tell with one seed\n"))
        #expect(text.contains("says nothing about the spread between trainings."))
        #expect(!text.contains("paired t over"))
        let two = ComparisonText.rendered(
            try MadeUpRecord(seeds: [4, 5], hasPictures: false).made(), style: TerminalStyle())
        #expect(two.contains("\ncannot tell with 2 seeds\n") && two.contains("A verdict needs at least 3 seeds"))
        #expect(!two.contains("paired t over") && !two.contains("could not have been told"))
        #expect(text.contains("\nrobustness                   not measured\n"))
    }

    @Test(
        "the verdict follows the record, not the means",
        arguments: [
            (ComparisonRecord.Verdict.firstBetter, "ANN better"), (.secondBetter, "CNN better"),
            (.cannotTell, "cannot tell"),
        ])
    func verdict(verdict: ComparisonRecord.Verdict, words: String) throws {
        var record = try MadeUpRecord(hasPictures: false).made()
        record.difference?.verdict = verdict
        #expect(ComparisonText.rendered(record, style: TerminalStyle()).contains("Verdict\n\(words)\n"))
        #expect(Findings(record).verdictReason.contains("holds 0") == (verdict == .cannotTell))
    }

    // 5 images of which one network alone is right can show nothing; 6 can, where all six are of one network.
    @Test("what McNemar's test can see is an exact count, or nothing") func visibility() throws {
        var record = try MadeUpRecord(hasPictures: false).made()
        let own = try #require(Findings(record).visibility)
        #expect(own.contains("would get a verdict with a chance of 80 %"))
        #expect(own.contains("to be seen by McNemar's test, and ") && own.hasSuffix("."))
        for index in record.pairs.indices { record.pairs[index].smallestVisibleDifference = nil }
        #expect(
            try #require(Findings(record).visibility).contains(
                "McNemar's test can see nothing on these 2,000 test images"))
        record.pairs[0].smallestVisibleDifference = 0.003
        #expect(try #require(Findings(record).visibility).contains("0.3 points to be seen by McNemar's test"))
        #expect(try #require(Findings(record).visibility).contains("4 seeds had too few images"))
    }

    @Test("never shows NaN") func notFinite() throws {
        var record = try MadeUpRecord(hasPictures: false).made()
        record.networks[0].accuracy.standardDeviation = .nan
        record.networks[0].runs[0].trainingSeconds = .infinity
        record.networks[0].runs[0].testInterval.lower = .nan
        record.pairs[0].pValue = .nan
        record.pairs[0].smallestVisibleDifference = .nan
        record.difference?.interval.upper = .nan
        let text = ComparisonText.rendered(record, style: TerminalStyle())
        #expect(!text.lowercased().contains("nan ") && !text.contains("inf "))
    }

    @Test("fits the width, ASCII only where asked") func narrow() throws {
        let text = ComparisonText.rendered(
            try MadeUpRecord(classes: ["Schäferhund", "chat \u{1B}[31m"], hasPictures: true).made(),
            style: TerminalStyle(columns: 72, unicode: false))
        #expect(text.allSatisfy { $0.isASCII })
        #expect(!text.contains("\u{1B}"))
        for line in text.split(separator: "\n") { #expect(line.count <= 72, "\(line)") }
    }

    @Test("a command is quoted for the shell") func command() throws {
        var record = try MadeUpRecord(hasPictures: false).made()
        record.command = ["ocellus", "compare", "--data", "my photos", "it's", ""]
        #expect(
            ComparisonText.rendered(record, style: TerminalStyle()).contains(
                #"ocellus compare --data 'my photos' 'it'\''s' ''"#))
    }
}

@Suite("SummaryText") struct SummaryTextTests {
    @Test("prints layers and totals") func layers() throws {
        let summary = try NetworkSummary(MadeUpRecord.cnn([3, 32, 32], 10))
        #expect(
            SummaryText.layers("CNN", summary, style: TerminalStyle()) == """
                CNN for images of 32×32×3 (width × height × channels)
                   layer                           output    parameters  multiply-adds  activations   sees
                ─  ──────────────────────────────  ────────  ──────────  ─────────────  ───────────  ─────
                0  Conv2D(32, 3×3, padding valid)  30×30×32         896        777,600       115 kB    3×3
                1  ReLU                            30×30×32           0              0       115 kB    3×3
                2  MaxPool2D(2×2)                  15×15×32           0              0      28.8 kB    4×4
                3  Conv2D(64, 3×3, padding valid)  13×13×64      18,496      3,115,008      43.3 kB    8×8
                4  ReLU                            13×13×64           0              0      43.3 kB    8×8
                5  MaxPool2D(2×2)                  6×6×64             0              0      9.22 kB  10×10
                6  Flatten                         2304               0              0      9.22 kB      –
                7  Dense(64)                       64           147,520        147,456        256 B      –
                8  ReLU                            64                 0              0        256 B      –
                9  Dense(10)                       10               650            640         40 B      –
                   total                                        167,562      4,040,704       365 kB
                For one image: multiply-adds forward; activations in 32-bit floats; parameters take 670 kB; "sees" is the \
                receptive field in pixels.

                """)
    }

    @Test("prints sizes beside each other") func sizes() throws {
        let ann = try [Shape([3, 32, 32]), [3, 1080, 1920]].map { try NetworkSummary(MadeUpRecord.ann($0, 10)) }
        let cnn = try [NetworkSummary(MadeUpRecord.cnn([3, 32, 32], 10))]
        #expect(
            SummaryText.sizes([("ANN", ann), ("CNN", cnn)], style: TerminalStyle()) == """
                The same networks for other image sizes
                image        ANN parameters    bytes  multiply-adds  CNN parameters   bytes  multiply-adds
                ───────────  ──────────────  ───────  ─────────────  ──────────────  ──────  ─────────────
                32×32×3          12,230,010  48.9 MB         12.2 M         167,562  670 kB         4.04 M
                1920×1080×3  18,665,414,010  74.7 GB         18.7 G               –       –              –

                """)
    }
}

@Suite("PredictionText") struct PredictionTextTests {
    private let rows = [
        PredictionText.Row(
            image: "a, b.png",
            classes: [.init(name: "cat \"x\"", probability: 0.75), .init(name: "dog", probability: 0.25)]),
        PredictionText.Row(image: "c.png", classes: [.init(name: "dog", probability: 1)]),
    ]

    @Test("prints a table") func table() {
        #expect(
            PredictionText.table(rows, style: TerminalStyle()) == """
                image     class    probability  class 2  probability
                ────────  ───────  ───────────  ───────  ───────────
                a, b.png  cat "x"       75.0 %  dog           25.0 %
                c.png     dog          100.0 %

                """)
    }

    @Test("writes CSV that reads back") func csv() {
        #expect(
            PredictionText.csv(rows)
                == "image,class,probability,class_2,probability_2\r\n\"a, b.png\",\"cat \"\"x\"\"\",0.75,dog,0.25\r\n"
                + "c.png,dog,1.0,,\r\n")
        // A quotation mark and a combining mark are one Character.
        let marked = PredictionText.Row(image: "\"\u{301}.png", classes: [.init(name: "a", probability: 1)])
        #expect(PredictionText.csv([marked]).contains("\r\n\"\"\"\u{301}.png\",a,1.0\r\n"))
    }
}
