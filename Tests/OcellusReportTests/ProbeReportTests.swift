// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusReport
import OcellusTensor
import Testing

@testable import OcellusEvidence

@Suite("The report of a probe") struct ProbeReportTests {
    /// A record as a probe would write it, with invented numbers.
    private func record(
        models names: [String] = ["runs/a/mlp-1/model.safetensors", "runs/a/cnn-1/model.safetensors"],
        corruptions: [String] = ["fog", "jpeg", "speckle-noise"], classes: [String] = ["cat", "<dog>"]
    ) throws -> ProbeRecord {
        ProbeRecord(
            created: "2026-01-01T00:00:00Z", command: ["ocellus", "probe", "a b"],
            environment: try MadeUpRecord(hasPictures: false).made().environment, data: "photos", notes: ["a note"],
            shape: [3, 32, 32], classes: classes, count: 40, disturbedCount: 20, sha256: "abc", disturbedSha256: "def",
            seed: 0,
            corruptionNotes: corruptions.isEmpty ? [] : ["In the style of it."],
            models: try names.enumerated().map { try model($1, 0.8 - 0.1 * Double($0), corruptions, classes) })
    }

    private func model(
        _ name: String, _ base: Double, _ corruptions: [String], _ classes: [String]
    ) throws -> ProbeRecord.Model {
        let scores = (1...40).map { Double($0) / 40 }
        let right = (1...40).map { $0 % 7 > 2 }
        let isCorrupted = !corruptions.isEmpty
        return ProbeRecord.Model(
            name: name, accuracy: base, interval: try wilsonInterval(successes: 20, of: 40), balancedAccuracy: base,
            loss: 0.5, brierScore: 0.3, calibrationError: 0.05, equalMassCalibrationError: 0.04, shifts: [-1, 0, 1],
            shiftAccuracy: [0.5, base, 0.6], shiftConsistency: [0.7, 1, 0.7], shiftReflected: [0.6, base, 0.6],
            halfPixelAccuracy: 0.6, smoothedAccuracy: 0.65, angles: [-90, 0, 90], angleAccuracy: [0.2, base, 0.3],
            factors: [0.5, 1, 2], factorAccuracy: [0.3, base, 0.4],
            reliability: try Reliability(scores: scores, correct: right, binning: .equalWidth), riskArea: 0.2,
            riskCoverage: try RiskCoverage(scores: scores, correct: right).points,
            abstaining: [.init(error: 0.01, point: nil)],
            perturbations: [.init(name: "turned by 3°", accuracy: 0.7, consistency: 0.93)],
            undisturbedAccuracy: base, corruptions: corruptions.map(corrupted),
            meanCorruptionError: isCorrupted ? 0.512 : nil, relativeCorruptionError: isCorrupted ? 1.234 : nil,
            classes: try classes.indices.map { try result(classes[$0], $0, isCorrupted) })
    }

    private func corrupted(_ name: String) -> ProbeRecord.Corrupted {
        ProbeRecord.Corrupted(
            name: name, isHeadline: name != "speckle-noise", accuracy: [0.7, 0.6, 0.5, 0.4, 0.3],
            consistency: [0.9, 0.8, 0.7, 0.6, 0.5])
    }

    private func result(_ name: String, _ label: Int, _ isCorrupted: Bool) throws -> ProbeRecord.ClassResult {
        let (accuracy, corrupted) = label == 0 ? (0.9, 0.5) : label == 1 ? (0.7, 0.4) : (0.8, 0.45)
        return ProbeRecord.ClassResult(
            name: name, count: 20, accuracy: accuracy, interval: try wilsonInterval(successes: 20, of: 40),
            undisturbedAccuracy: isCorrupted ? 0.75 : nil, corruptedAccuracy: isCorrupted ? corrupted : nil)
    }

    @Test("the page is whole, alone and accessible", arguments: [true, false]) func structure(isCorrupted: Bool) throws
    {
        let html = ReportPage.html(
            for: try record(corruptions: isCorrupted ? ["fog", "jpeg", "speckle-noise"] : []))
        let page = PageStructure(html)
        try #require(page.problem == nil, "\(page.problem ?? "")")
        #expect(page.count("script") == 0 && page.count("link") == 0 && !html.contains("http"))
        let ids = page.attributes("id")
        #expect(Set(ids).count == ids.count && ids.contains("corruptions") == isCorrupted)
        for target in page.attributes("href") { #expect(ids.contains(String(target.dropFirst())), "\(target)") }
        // Four curves, three corruptions, reliability and risk, and the marks of two models.
        #expect(html.split(separator: "class=\"plot\"").count - 1 == (isCorrupted ? 9 : 6))
        #expect(!page.text.contains("nan") && !page.text.contains("Optional"))
    }

    @Test("models are told apart by what their paths do not share") func names() throws {
        let text = ProbeText.rendered(try record(), style: TerminalStyle(columns: 100), report: "probe.html")
        for part in [
            "mlp-1", "cnn-1", "Mean corruption error", "51.2 %", "123.4 %", "(speckle noise)", "JPEG", "93.0 %",
            "Worst class of cnn-1: <dog> (70.0 %); corrupted: <dog> (40.0 %).", "probe.html", "75.0 %",
        ] { #expect(text.replacing("\n", with: " ").contains(part), "\(part)") }
        #expect(text.split(separator: "\n").allSatisfy { displayWidth(String($0)) <= 100 })
        let single = ProbeText.rendered(try record(models: ["x/model.safetensors"]), style: TerminalStyle(columns: 100))
        #expect(single.contains("severity 5") && single.contains("x/model.safetensors"))
        let plain = ProbeText.rendered(
            try record(models: ["a.safetensors", "b.safetensors"], corruptions: []), style: TerminalStyle())
        #expect(!plain.contains("corrupt") && plain.contains("Recognised by class"))
    }

    @Test("a calibration error stands with its interval and what chance gives, a threshold with its promise")
    func uncertainty() throws {
        var record = try record(corruptions: [])
        let old = ProbeText.rendered(record, style: TerminalStyle(columns: 160))
        #expect(!old.contains("Chance alone"))
        for index in record.models.indices {
            record.models[index].calibrationUncertainty = try CalibrationUncertainty(
                scores: Array(repeating: 0.8, count: 40), correct: (0..<40).map { $0 < 30 })
            record.models[index].abstaining = [
                .init(
                    error: 0.05, point: try RiskCoverage(scores: [0.9, 0.5], correct: [true, false]).points[0],
                    bound: 0.048)
            ]
        }
        let text = ProbeText.rendered(record, style: TerminalStyle(columns: 160))
        #expect(text.contains("mlp-1, 95 % intervals: accuracy ") && text.contains("; calibration error "))
        #expect(text.contains("chance alone gives ") && text.contains("Chance alone:"))
        #expect(text.contains("Share answered at an error of at most") && text.contains("50.0 % above 0.900"))
        #expect(text.contains("on new images of this kind, with a confidence of 95 %"))
        let page = PageStructure(ReportPage.html(for: record)).text
        #expect(page.contains("by chance") && page.contains("Chance alone:"))
        // What 0.1.0 wrote promises nothing.
        record.models[0].abstaining[0].bound = nil
        let unbounded = ProbeText.rendered(record, style: TerminalStyle(columns: 160))
        #expect(unbounded.contains("Chosen and scored on the same images") && !unbounded.contains("confidence of 95 %"))
    }

    @Test("of many classes the terminal shows the worst, the page all") func manyClasses() throws {
        let record = try record(classes: (0..<30).map { "class-\($0)" })
        let text = ProbeText.rendered(record, style: TerminalStyle())
        #expect(
            text.contains("Shown are the 20 classes of 30") && text.contains("class-1 ") && !text.contains("class-0 "))
        let page = PageStructure(ReportPage.html(for: record)).text
        #expect((0..<30).allSatisfy { page.contains("class-\($0)") })
    }

    @Test("names from outside stay text; a record whose models differ in places is not whole") func hostile() throws {
        var record = try record(models: ["<script>alert(1)</script>", "b"])
        let html = ReportPage.html(for: record)
        #expect(!html.contains("<script") && PageStructure(html).problem == nil)
        #expect(record.isWhole)
        record.models[1].corruptions[0].accuracy.removeLast()
        #expect(!record.isWhole)
    }
}
