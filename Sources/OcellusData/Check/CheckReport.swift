// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// What is known about a data set's files after every one of them was decoded.
package struct CheckReport: Codable, Sendable {
    /// As it was given.
    package var path: String
    /// Image files, readable or not.
    package var images: Int
    package var readable: Int
    package var classes: [ClassCount]
    /// Names of the splits that are there: train, validation, test.
    package var splits: [String]
    /// Number of readable files of each format.
    package var formats: [String: Int]
    /// `nil` when no file is readable.
    package var sizes: Sizes?
    /// Errors first, then warnings, then notices; within them in the order of ``Finding/Kind``.
    package var findings: [Finding]
    /// Choices of the reader, as sentences.
    package var notes: [String]
    /// SHA-256 of the folds by which labels were judged; absent where none were.
    package var foldSha256: [String]?

    package init(
        path: String, images: Int, readable: Int, classes: [ClassCount], splits: [String], formats: [String: Int],
        sizes: Sizes?, findings: [Finding], notes: [String]
    ) {
        self.path = path
        self.images = images
        self.readable = readable
        self.classes = classes
        self.splits = splits
        self.formats = formats
        self.sizes = sizes
        self.findings = findings
        self.notes = notes
    }

    /// Readable and unreadable images of one class.
    package struct ClassCount: Codable, Hashable, Sendable {
        package var name: String
        package var train: Int
        package var validation: Int
        package var test: Int

        package init(name: String, train: Int, validation: Int, test: Int) {
            self.name = name
            self.train = train
            self.validation = validation
            self.test = test
        }
    }

    /// Width and height of the readable images, upright.
    package struct Sizes: Codable, Hashable, Sendable {
        package var smallest: [Int]
        package var median: [Int]
        package var largest: [Int]
        /// How many have one and the same size.
        package var mostCommon: [Int]
        package var mostCommonCount: Int

        package init(
            smallest: [Int], median: [Int], largest: [Int], mostCommon: [Int], mostCommonCount: Int
        ) {
            self.smallest = smallest
            self.median = median
            self.largest = largest
            self.mostCommon = mostCommon
            self.mostCommonCount = mostCommonCount
        }
    }

    package func count(of severity: Finding.Severity) -> Int { findings.count { $0.severity == severity } }

    /// Takes further findings to their places: by kind, within a kind behind those that are there.
    package mutating func add(_ more: [Finding]) { findings = Self.sorted(findings + more) }

    /// By kind, the worst first; findings of a kind keep their order.
    static func sorted(_ findings: [Finding]) -> [Finding] {
        let order = Dictionary(uniqueKeysWithValues: Finding.Kind.allCases.enumerated().map { ($1, $0) })
        return findings.enumerated().sorted { first, second in
            let (a, b) = (order[first.element.kind] ?? 0, order[second.element.kind] ?? 0)
            return a == b ? first.offset < second.offset : a < b
        }.map(\.element)
    }
}

extension CheckReport {
    /// One thing that a person should know, about one file, a group of files, or the whole set.
    package struct Finding: Codable, Hashable, Sendable {
        package enum Severity: String, Codable, CaseIterable, Comparable, Sendable {
            case notice, warning, error

            package static func < (left: Self, right: Self) -> Bool {
                (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
            }
        }

        package enum Kind: String, Codable, CaseIterable, Sendable {
            // Errors: training cannot use it, or its result would be wrong.
            case unusableLayout, emptyFile, noImage, truncated, damaged, unsupported, tooLarge, unread
            case duplicateAcrossSplits, duplicateWithOtherClass, unknownClass, emptySplit
            // Warnings.
            case labelError, nearDuplicateAcrossSplits, nearDuplicateWithOtherClass, duplicate, wrongExtension
            case bandsLeftOut, singleColor, oddSize
            case oddChannels, missingClass, emptyClass, tinyClass, imbalance, looseImage, sharedFolders, similarClasses
            // Notices.
            case nearDuplicate, sideways, transparent, severalFrames, deep, mixedChannels, numericClassOrder, otherFile,
                link
            case incompleteSearch, classesFromNames, unlabelled

            package var severity: Severity {
                switch self {
                case .unusableLayout, .emptyFile, .noImage, .truncated, .damaged, .unsupported, .tooLarge, .unread,
                    .duplicateAcrossSplits, .duplicateWithOtherClass, .unknownClass, .emptySplit:
                    .error
                case .labelError, .nearDuplicateAcrossSplits, .nearDuplicateWithOtherClass, .duplicate,
                    .wrongExtension, .bandsLeftOut, .singleColor,
                    .oddSize, .oddChannels, .missingClass, .emptyClass, .tinyClass, .imbalance, .looseImage,
                    .sharedFolders, .similarClasses:
                    .warning
                case .nearDuplicate, .sideways, .transparent, .severalFrames, .deep, .mixedChannels, .numericClassOrder,
                    .otherFile, .link, .incompleteSearch, .classesFromNames, .unlabelled:
                    .notice
                }
            }

            /// What all findings of the kind have in common.
            package var title: String {
                switch self {
                case .unusableLayout: "no data set can be made of the files"
                case .emptyFile: "empty files"
                case .noImage: "named as images, but none by their content"
                case .truncated: "cut off"
                case .damaged: "damaged"
                case .unsupported: "of a format that is not read"
                case .tooLarge: "above the limits"
                case .unread: "not to be opened"
                case .duplicateAcrossSplits: "the same file in two splits: the test is no test"
                case .duplicateWithOtherClass: "the same file in two classes"
                case .unknownClass: "classes that the training images lack"
                case .emptySplit: "splits without images"
                case .labelError: "with suspect labels: a network that never saw them says another class"
                case .nearDuplicateAcrossSplits: "almost the same picture in two splits"
                case .nearDuplicateWithOtherClass: "almost the same picture in two classes"
                case .duplicate: "the same file more than once"
                case .wrongExtension: "named after another format"
                case .bandsLeftOut: "with more bands than gray or colour, which are left out"
                case .singleColor: "of a single colour"
                case .oddSize: "far from the usual size or shape"
                case .oddChannels: "with other channels than nearly all"
                case .missingClass: "classes that a split lacks"
                case .emptyClass: "folders without an image"
                case .tinyClass: "classes with fewer than \(FolderCheck.fewImages) training images"
                case .imbalance: "uneven classes"
                case .looseImage: "images outside of the class folders"
                case .sharedFolders: "classes that all hold the same folders: these may be the classes"
                case .similarClasses: "classes whose names differ in case or blanks alone"
                case .nearDuplicate: "almost the same picture more than once"
                case .sideways: "stored sideways, turned upright by EXIF or XMP"
                case .transparent: "with transparency, laid over white"
                case .severalFrames: "with several pages or frames, of which the first is taken"
                case .deep: "with 16 bits a channel, scaled to 8"
                case .mixedChannels: "gray and colour images"
                case .numericClassOrder: "numbers as class names, in the order of text"
                case .otherFile: "files that are no images"
                case .link: "links that were not followed, or lead nowhere or in a circle"
                case .incompleteSearch: "near duplicates were not all looked for"
                case .classesFromNames: "classes taken from the names of files"
                case .unlabelled: "splits whose images have no class: left out, predict takes them"
                }
            }
        }

        package var kind: Kind
        package var severity: Severity
        /// What is wrong, as part of a sentence.
        package var detail: String
        /// The files concerned, if it is about files; of duplicates the one to keep first.
        package var paths: [String]
        /// Of ``Kind/labelError``.
        package var label: Label?

        package init(_ kind: Kind, _ detail: String, paths: [String] = [], label: Label? = nil) {
            self.kind = kind
            severity = kind.severity
            self.detail = detail
            self.paths = paths
            self.label = label
        }

        /// A suspected label error.
        package struct Label: Codable, Hashable, Sendable {
            /// Class names.
            package var given: String
            package var suggested: String
            /// Of the suggested class and of the given one, in 0…1, by a network that did not train on the image.
            package var probability: Double
            package var givenProbability: Double
            /// Probability of the given class less the largest of the others, in −1…0.
            package var margin: Double

            package init(
                given: String, suggested: String, probability: Double, givenProbability: Double, margin: Double
            ) {
                self.given = given
                self.suggested = suggested
                self.probability = probability
                self.givenProbability = givenProbability
                self.margin = margin
            }
        }
    }
}

extension CheckReport.Finding.Label {
    /// `labelled cat (1 %), rather dog (97 %)`
    package var text: String {
        func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
        return "labelled \(given) (\(percent(givenProbability))), rather \(suggested) (\(percent(probability)))"
    }
}
