// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusData
import Testing

@testable import OcellusReport

@Suite("Check page") struct CheckPageTests {
    private static let report = CheckReport(
        path: "photos & <more>", images: 70, readable: 69,
        classes: [.init(name: "cat", train: 1234, validation: 0, test: 5)], splits: ["train", "test"],
        formats: ["JPEG": 68, "PNG": 1],
        sizes: .init(smallest: [3, 4], median: [5, 6], largest: [70, 80], mostCommon: [5, 6], mostCommonCount: 40),
        findings: [.init(.damaged, "the \"file\" is damaged", paths: ["a.jpg"])]
            + (0..<70).map { .init(.sideways, "EXIF orientation 6", paths: ["\($0).jpg"]) }, notes: ["a note"])

    @Test("is whole, escapes everything, holds the pictures, counts what it leaves out") func page() throws {
        let html = CheckPage.html(for: Self.report, thumbnails: ["a.jpg": Data([1, 2, 3])])
        let page = PageStructure(html)
        #expect(page.problem == nil)
        #expect(page.attributes("alt") == ["a.jpg"])
        #expect(page.attributes("src") == ["data:image/jpeg;base64,AQID"])
        for text in [
            "photos & <more>", "69 readable", "JPEG 68, PNG 1", "smallest 3×4, median 5×6", "1,234",
            "the \"file\" is damaged",
            "70 stored sideways", "and 10 more", "one error, 0 warnings.",
        ] { #expect(page.text.contains(text), "\(text)") }
    }

    @Test("the text names the worst first and counts the rest") func text() {
        let style = TerminalStyle(columns: 100)
        let text = CheckText.rendered(Self.report, style: style)
        #expect(
            text == """
                photos & <more>: 70 images, 69 readable
                formats   JPEG 68, PNG 1
                sizes     smallest 3×4, median 5×6, largest 70×80; 40 of 5×6
                note      a note

                class  train  test
                ─────  ─────  ────
                cat    1,234     5

                Errors
                  1  damaged
                       a.jpg (the "file" is damaged)

                Notices
                  70  stored sideways, turned upright by EXIF or XMP
                       0.jpg (EXIF orientation 6)
                       1.jpg (EXIF orientation 6)
                       2.jpg (EXIF orientation 6)
                       and 67 more

                one error, 0 warnings.

                """)
    }
}
