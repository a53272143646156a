// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusMetrics
import OcellusReport
import OcellusTensor
import OcellusTraining
import Testing

@testable import OcellusEvidence

@Suite("ReportPage") struct ReportPageTests {
    static let shapes: [(name: String, made: MadeUpRecord)] = [
        ("ten classes, five seeds", MadeUpRecord()),
        ("one seed, no validation", MadeUpRecord(seeds: [7], hasValidation: false)),
        ("no pictures", MadeUpRecord(hasPictures: false)),
        ("one network", MadeUpRecord(names: ["CNN"], levels: [0.8])),
        ("three networks", MadeUpRecord(names: ["ANN", "CNN", "twin"], levels: [0.7, 0.8, 0.75])),
        (
            "a hundred classes",
            MadeUpRecord(classes: (0..<100).map { "class \($0)" }, seeds: [0, 1], testPerClass: 10)
        ),
        ("two classes", MadeUpRecord(classes: ["cat", "dog"])),
        ("uneven classes", MadeUpRecord(classes: ["cat", "dog"], unevenCounts: [20, 180])),
    ]

    @Test("is whole, alone and accessible", arguments: shapes.indices) func structure(index: Int) throws {
        let html = try ReportPage.html(for: Self.shapes[index].made.made())
        let page = PageStructure(html)
        try #require(page.problem == nil, "\(Self.shapes[index].name)")
        // Nothing is loaded and nothing runs.
        #expect(page.count("script") == 0 && page.count("link") == 0 && page.count("iframe") == 0)
        for attribute in ["src", "href", "srcset", "poster"] {
            for value in page.attributes(attribute) {
                #expect(value.hasPrefix("data:image/png;base64,") || value.hasPrefix("#"), "\(value.prefix(60))")
            }
        }
        #expect(!html.contains("url(") && !html.contains("@import") && !html.contains("http"))
        #expect(!page.elements.contains { $0.attributes.keys.contains { $0.hasPrefix("on") } })
        // Every identifier once; every link and label has its target.
        let ids = page.attributes("id")
        #expect(Set(ids).count == ids.count)
        for target in page.attributes("href") { #expect(ids.contains(String(target.dropFirst())), "\(target)") }
        for labels in page.attributes("aria-labelledby") {
            #expect(labels.split(separator: " ").allSatisfy { ids.contains(String($0)) })
        }
        for image in page.elements where image.name == "img" { #expect(image.attributes["alt"]?.isEmpty == false) }
        for drawing in page.elements where drawing.name == "svg" {
            #expect(drawing.attributes["aria-hidden"] == "true" || drawing.attributes["role"] == "img")
        }
    }

    @Test("balanced accuracy leads the cards and the table where classes are uneven") func uneven() throws {
        let record = try MadeUpRecord(classes: ["cat", "dog"], unevenCounts: [20, 180]).made()
        let html = ReportPage.html(for: record)
        let balanced = record.networks[0].balancedAccuracy
        #expect(
            html.contains(
                "<p class=\"big\">\(NumberText.percent(balanced.mean, digits: 1).replacing(" ", with: "\u{A0}"))"))
        #expect(html.contains("balanced test accuracy, mean ± standard deviation"))
        #expect(html.contains("<th scope=\"col\">balanced accuracy</th><th scope=\"col\">test accuracy</th>"))
        #expect(html.contains("the largest has 9.00 times the images of the smallest (rule: above 1.5)"))
        #expect(html.contains("Verdict and its intervals are about balanced accuracy"))
        #expect(html.contains("points of balanced accuracy."))
        #expect(try !ReportPage.html(for: MadeUpRecord().made()).contains("balanced"))
    }

    @Test("shows every part of the record") func parts() throws {
        let page = PageStructure(try ReportPage.html(for: MadeUpRecord().made()))
        let ids = page.attributes("id")
        for id in [
            "summary", "training", "curve-loss", "curve-accuracy", "results", "seeds", "seed-accuracy",
            "seed-difference",
            "classes", "recall", "confusion", "samples", "mistakes", "filters", "maps", "shift", "shift-curve", "size",
            "size-curve", "method", "environment",
        ] { #expect(ids.contains(id), "\(id)") }
        // 12 samples, 2 times 6 mistakes, 32 filters of each of two convolutions with their patches, and for each of
        // ten classes the picture with three layers of one network and four of the other.
        #expect(page.count("img") == 12 + 12 + 2 * 2 * 32 + 10 * (1 + 3) + 10 * (1 + 4))
        for text in [
            "CNN better",
            "95\u{A0}% intervals: +6.6 to +9.4 for other trainings, tested on these images (paired t over 5 seeds)",
            "for other test images of the kind as well. The second one decides: it does not hold 0.", "76.4\u{A0}%",
            "5,366,010",
            "18,665,414,010", "Equal: training images", "Not equal: parameters", "oneDNN 2.6.3, AVX-512",
            "ocellus compare --recipe matched --seeds 5", "the first 32 of 64 filters, each sees 7×7 pixels",
            "softmax, not calibrated", "3 min 04 s", "Labels are matched by name.", "10 times for 10 trained models",
        ] { #expect(page.text.contains(text), "\(text)") }
    }

    @Test("leaves out what the record does not hold") func absent() throws {
        let page = PageStructure(try ReportPage.html(for: MadeUpRecord(seeds: [7], hasPictures: false).made()))
        let ids = page.attributes("id")
        for id in ["samples", "mistakes", "filters", "maps", "shift"] { #expect(!ids.contains(id), "\(id)") }
        #expect(page.count("img") == 0)
        #expect(page.text.contains("cannot tell with one seed"))
        #expect(page.text.contains("Fewer than 3 seeds get no interval."))
        #expect(!page.text.contains("paired t over"))
    }

    @Test("says where a picture is damaged") func damaged() throws {
        var record = try MadeUpRecord().made()
        record.pictures?.samples[0].png = Data("not a picture".utf8)
        record.pictures?.samples[1].png = Data()
        let page = PageStructure(ReportPage.html(for: record))
        #expect(page.problem == nil)
        #expect(page.elements.count { $0.attributes["class"] == "missing" } == 2)
    }

    // The last two hold a quotation mark that a combining mark turns into another character.
    static let hostile = [
        "<script>alert(1)</script>", "\" onload=\"alert(1)", "' onload='alert(1)", "</style><b>&amp;",
        "{{title}}{{{style}}}",
        "a\u{0}b\u{1B}[31m\u{202E}c", "\"\u{301} onload=alert(1) x=\"\u{301}", "<\u{301}img src=x>",
    ]

    private func record(named name: String) throws -> ComparisonRecord {
        var made = MadeUpRecord(classes: [name, "\(name) two"], seeds: [0, 1])
        made.names = [name, "CNN"]
        var record = try made.made()
        record.data.name = name
        record.command = ["ocellus", name]
        record.recipeNotes = [name]
        record.data.notes = [name]
        record.environment.processor = name
        record.pictures?.samples[0].name = name
        return record
    }

    @Test("names cannot become markup", arguments: hostile) func escaping(name: String) throws {
        let html = try ReportPage.html(for: record(named: name))
        let plain = PageStructure(try ReportPage.html(for: record(named: "plain")))
        let page = PageStructure(html)
        try #require(page.problem == nil)
        #expect(page.elements.map(\.name) == plain.elements.map(\.name))
        #expect(page.elements.map { Set($0.attributes.keys) } == plain.elements.map { Set($0.attributes.keys) })
        // What a parser reads back is the name itself, harmless scalars included.
        #expect(page.text.contains(harmless(name)))
        #expect(page.elements.contains { $0.name == "td" && $0.attributes["title"]?.hasPrefix(harmless(name)) == true })
        #expect(!html.unicodeScalars.contains { $0 == "\u{0}" || $0 == "\u{1B}" || $0 == "\u{202E}" })
    }

    @Test("never shows NaN") func notFinite() throws {
        var record = try MadeUpRecord().made()
        record.networks[0].accuracy.mean = .nan
        record.networks[0].runs[0].history[2].trainLoss = .nan
        record.networks[0].runs[1].history[3].validationAccuracy = .infinity
        record.networks[1].runs[0].testAccuracy = .nan
        record.networks[1].runs[0].testInterval = Interval(lower: -.infinity, upper: .nan)
        record.networks[1].runs[0].trainingSeconds = .nan
        record.pairs[0].difference = .nan
        record.pairs[1].pValue = .nan
        record.difference?.interval = Interval(lower: .nan, upper: .infinity)
        record.pictures?.shifts[0].accuracy[3] = .nan
        let page = PageStructure(ReportPage.html(for: record))
        #expect(page.problem == nil)
        let words = Set(page.text.lowercased().split { !$0.isLetter }.map(String.init))
        #expect(words.isDisjoint(with: ["nan", "inf", "infinity", "optional"]))
        for value in page.attributes("d") + page.attributes("x") + page.attributes("cx") {
            #expect(!value.contains("n") && !value.contains("i"), "\(value)")
        }
    }

    @Test("words what it shows with care", arguments: shapes.indices) func wording(index: Int) throws {
        let text = PageStructure(try ReportPage.html(for: Self.shapes[index].made.made())).text.lowercased()
        for word in ["invariant", "invariance", "confidence", "significant", "optional(", "ocellusmodel."] {
            #expect(!text.contains(word), "\(word)")
        }
    }

    @Test("a record without any run still makes a page") func empty() throws {
        var record = try MadeUpRecord(hasPictures: false).made()
        for index in record.networks.indices {
            record.networks[index].runs = []
            record.networks[index].accuracy.points = []
            record.networks[index].atPhotoSizes = []
        }
        record.pairs = []
        record.difference = nil
        let page = PageStructure(ReportPage.html(for: record))
        #expect(page.problem == nil)
        #expect(page.text.contains("cannot tell"))
    }

    @Test("the same record gives the same page") func deterministic() throws {
        let record = try MadeUpRecord().made()
        let copy = try JSONDecoder().decode(ComparisonRecord.self, from: JSONEncoder().encode(record))
        #expect(ReportPage.html(for: record) == ReportPage.html(for: copy))
    }
}
