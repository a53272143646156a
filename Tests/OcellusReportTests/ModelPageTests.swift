// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusReport
import OcellusTensor
import OcellusTraining
import Testing

@testable import OcellusEvidence

@Suite("The page of a model") struct ModelPageTests {
    /// A record as a training would write it: `count` images of each class, of which every `step`-th is taken for the next, or none.
    private func record(
        classes: [String] = ["cat", "dog", "owl"], count: Int = 40, step: Int? = 4, hasPictures: Bool = true,
        epochs: Int = 3
    ) throws -> ModelRecord {
        let labels = classes.indices.flatMap { [Int](repeating: $0, count: count) }
        let answers = labels.enumerated().map { index, label in
            step.map { index % count % $0 == 0 } == true ? (label + 1) % classes.count : label
        }
        let logits = answers.flatMap { answer in classes.indices.map { $0 == answer ? Float(3) : 0 } }
        let evaluation = try Evaluation(
            logits: Tensor([labels.count, classes.count], logits), labels: labels, classes: classes)
        let wrong = labels.indices.filter { labels[$0] != answers[$0] }
        let picture = tinyPNG(width: 9, height: 7, channels: 3) { x, y, channel in UInt8(20 * x + 3 * y + channel) }
        let network = Network(input: [3, 7, 9]) {
            Flatten()
            Dense(classes.count)
        }
        return ModelRecord(
            kind: .train, created: "2026-01-01T00:00:00Z", command: ["ocellus", "train", "--data", "my photos"],
            environment: try MadeUpRecord(hasPictures: false).made().environment, name: "cnn",
            model: "runs/train/cnn-1/model.safetensors", run: "runs/train/cnn-1",
            network: try NetworkSummary(network),
            data: .init(
                name: "photos", path: "my photos", classes: classes, shape: [3, 7, 9],
                parts: [.init(name: "training", count: 300, sha256: "abc"), .init(name: "test", count: labels.count)],
                notes: ["a note"]),
            scores: [.init(images: "test images", evaluation: evaluation)],
            training: .init(
                configuration: TrainingConfiguration(epochs: epochs, optimizer: .adam()),
                history: (1...epochs).map { epoch in
                    EpochRecord(
                        epoch: epoch, trainLoss: 1 / Double(epoch), trainAccuracy: 0.6, validationLoss: 1.1,
                        validationAccuracy: 0.5 + 0.05 * Double(epoch), learningRate: 0.001, seconds: 1,
                        imagesPerSecond: 100)
                }, epoch: epochs, seconds: 3, memory: 1_000_000, splitSha256: "def"),
            advice: ["Do this first."],
            mistakes: hasPictures
                ? .init(
                    count: wrong.count, areFiles: true,
                    shown: wrong.prefix(30).map {
                        .init(
                            name: "my photos/\($0).jpg", picture: picture, width: 9, height: 7, label: labels[$0],
                            answer: answers[$0], answerProbability: 0.95, labelProbability: 0.02)
                    }) : nil)
    }

    @Test("is whole and alone, leads from the matrix to pictures, and says what it contains") func structure() throws {
        let html = ReportPage.html(for: try record())
        let page = PageStructure(html)
        try #require(page.problem == nil, "\(page.problem ?? "")")
        #expect(page.count("script") == 1 && page.count("link") == 0 && !html.contains("http"))
        let ids = page.attributes("id")
        #expect(Set(ids).count == ids.count)
        for target in page.attributes("href") { #expect(ids.contains(String(target.dropFirst())), "\(target)") }
        #expect(page.attributes("href").contains("#pair-0-1") && ids.contains("pair-0-1"))
        #expect(page.attributes("alt").count == page.count("img") && page.count("img") == 42)
        for text in [
            "Accuracy 75.0\u{A0}%", "would be right for 33.3\u{A0}%", "better than that, by more than chance",
            "cat is recognised least (75.0\u{A0}% of its images) and most often taken for dog (25.0\u{A0}%)",
            "30 of 120 test images", "cat taken for dog", "0.jpg", "small copies of 30 pictures", "--no-pictures",
            "Do this first.", "ocellus train --resume runs/train/cnn-1 --epochs 6",
            "ocellus check 'my photos' --label-errors", "its script sorts tables",
        ] { #expect(page.text.contains(text), "\(text)") }
        #expect(!page.text.contains("my photos/0.jpg") && !page.text.contains("nan") && !page.text.contains("Optional"))
    }

    @Test("the script stays below 20 KB and asks nothing of a network") func script() throws {
        let html = ReportPage.html(for: try record())
        let script = try #require(html.split(separator: "<script>").last?.split(separator: "</script>").first)
        #expect(script.utf8.count < 20_000)
        for word in ["fetch", "XMLHttpRequest", "import", "innerHTML", "localStorage", "eval"] {
            #expect(!script.contains(word), "\(word)")
        }
    }

    @Test("without pictures it says so and leads nowhere") func withoutPictures() throws {
        let page = PageStructure(ReportPage.html(for: try record(hasPictures: false)))
        #expect(page.problem == nil && page.count("img") == 0)
        #expect(page.text.contains("Pictures were left out of this record."))
        #expect(!page.attributes("href").contains { $0.hasPrefix("#pair") })
    }

    @Test("a hundred classes: a drawing with names, pairs with pictures, every class in a table") func manyClasses()
        throws
    {
        let classes = (0..<100).map { "class-\($0)" }
        let html = ReportPage.html(for: try record(classes: classes, count: 8))
        let page = PageStructure(html)
        try #require(page.problem == nil, "\(page.problem ?? "")")
        #expect(classes.allSatisfy(page.text.contains))
        #expect(
            page.text.contains("class-3 taken for class-4: 25.0\u{A0}%")
                || html.contains("class-3 taken for class-4: 25.0 %"))
        #expect(page.attributes("id").contains("pair-3-4") && html.utf8.count < 1_000_000)
    }

    @Test("every image right, and a training of one epoch", arguments: [true, false])
    func perfect(hasPictures: Bool) throws {
        let page = PageStructure(
            ReportPage.html(for: try record(step: nil, hasPictures: hasPictures, epochs: 1)))
        #expect(page.problem == nil && page.text.contains("No image was taken for another class."))
        #expect(page.text.contains("Accuracy 100.0\u{A0}%") && !page.text.contains("Look at the mistakes"))
    }

    @Test("names from outside stay text") func hostile() throws {
        var record = try record(classes: ["<script>alert(1)</script>", "\"><img src=x>", "鳥 & птица"])
        record.name = "<b>"
        record.data.name = "]]><script>"
        record.mistakes?.shown[0].name = "'><script>.jpg"
        let html = ReportPage.html(for: record)
        let page = PageStructure(html)
        #expect(page.problem == nil && page.count("script") == 1 && !html.contains("<script>alert"))
        #expect(page.text.contains("鳥 & птица"))
    }

    @Test("bytes that are no picture are said to be none") func damagedPicture() throws {
        var record = try record()
        record.mistakes?.shown[0].picture = Data("<svg onload=alert(1)>".utf8)
        let page = PageStructure(ReportPage.html(for: record))
        #expect(page.problem == nil && page.text.contains("no picture"))
    }

    @Test("is read back, and refused where its parts do not belong together") func reading() throws {
        let whole = try record()
        let text = try CanonicalJSON.encode(whole)
        let read = try CanonicalJSON.decodeRecord(ModelRecord.self, from: text, what: "record.json")
        #expect(ReportPage.html(for: read) == ReportPage.html(for: whole))
        var damaged = whole
        damaged.mistakes?.shown[0].answer = 3
        let label = try CanonicalJSON.encode(damaged)
        #expect(throws: ArchiveError.self) {
            try CanonicalJSON.decodeRecord(ModelRecord.self, from: label, what: "record.json")
        }
        damaged = whole
        damaged.scores = []
        let scores = try CanonicalJSON.encode(damaged)
        #expect(throws: ArchiveError.self) {
            try CanonicalJSON.decodeRecord(ModelRecord.self, from: scores, what: "record.json")
        }
    }
}
