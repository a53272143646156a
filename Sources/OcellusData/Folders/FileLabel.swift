// SPDX-License-Identifier: Apache-2.0

/// Classes in the names of files.
enum FileLabel {
    /// What stands before the first dot of `dog.1.jpg`, or before the number of `dog_1.jpg`, `dog-1.jpg`; `nil` for none.
    ///
    /// Numbers, dates and the words that only cameras put before them (`IMG_0001.jpg`) are no classes.
    static func label(of name: String) -> String? {
        guard let start = start(of: name) else { return nil }
        let words = NameWords.words(of: start)
        let isOfCamera =
            words.allSatisfy { NameWords.isNumber($0) || cameras.contains($0) || companions.contains($0) }
            && words.contains { NameWords.isNumber($0) || cameras.contains($0) }
        return isOfCamera || words.isEmpty ? nil : start
    }

    /// Whether classes were meant: not where all of them are words that programs put before a picture's number, or of dates.
    /// `photo_1.jpg` beside `photo_2.jpg` has no class, beside `sketch_1.jpg` it has.
    static func areClasses(_ labels: some Sequence<String>) -> Bool {
        labels.contains { label in
            NameWords.words(of: label).contains {
                !NameWords.isNumber($0) && !cameras.contains($0) && !companions.contains($0) && !programs.contains($0)
            }
        }
    }

    /// Why a name that begins as one with a class in front does has none; `nil` for any other name.
    static func refusal(of name: String) -> String? {
        start(of: name).map { _ in
            "numbers, dates and the words that cameras and programs put before them are no classes"
        }
    }

    private static func start(of name: String) -> String? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard let first = parts.first, !first.isEmpty else { return nil }
        if parts.count > 2 { return String(first) }
        guard let mark = first.lastIndex(where: { $0 == "_" || $0 == "-" }), mark > first.startIndex else { return nil }
        let number = first[first.index(after: mark)...]
        guard !number.isEmpty, number.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
        return String(first[..<mark])
    }

    /// What cameras and telephones begin names with, and nobody else.
    private static let cameras: Set<String> = [
        "img", "imgp", "mg", "dsc", "dscn", "dscf", "dscs", "dsci", "dcim", "pxl", "mvimg", "sany", "sdc", "cimg",
        "pict",
        "hpim", "kic", "gopr", "dji", "mvi", "mov", "vid", "screenshot", "whatsapp",
    ]
    /// What stands beside these words or a date.
    private static let companions: Set<String> = [
        "wa", "fb", "image", "video", "burst", "cover", "portrait", "night", "hdr", "pano", "edited", "at", "am", "pm",
        "mp",
        "p", "e",
    ]
    /// Words that programs begin names with, and those of dates: they may be classes beside others.
    private static let programs: Set<String> = [
        "image", "images", "photo", "photos", "picture", "pictures", "pic", "frame", "frames", "file", "scan",
        "capture",
        "download", "untitled", "unnamed", "screen", "shot", "snapshot", "cam", "webcam", "sam", "gh", "gx", "gp",
        "sample", "scene", "clip", "bild", "foto", "fotos", "imagen", "jan", "january", "feb", "february", "mar",
        "march",
        "apr", "april", "may", "jun", "june", "jul", "july", "aug", "august", "sep", "sept", "september", "oct",
        "october", "nov", "november", "dec", "december", "mon", "monday", "tue", "tuesday", "wed", "wednesday", "thu",
        "thursday", "fri", "friday", "sat", "saturday", "sun", "sunday",
    ]
}
