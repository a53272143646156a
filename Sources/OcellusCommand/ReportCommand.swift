// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import OcellusArchive
import OcellusEvidence
import OcellusFiles
import OcellusReport
import OcellusTensor
import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `ocellus report`: the page and the tables of a run again, from its record alone.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write the report of a finished run again, from its record.",
        discussion: """
              ocellus report runs/compare/fashion-mini-1
              ocellus report runs/compare/fashion-mini-1 -o page.html
              ocellus report runs/train/cnn-1
              ocellus report probe.json -o probe.html
            """)

    @Argument(help: ArgumentHelp("A run's directory, or a record.json.", valueName: "run"))
    var source: PathArgument

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Where the page goes (default: report.html in the run).", valueName: "file"))
    var file: PathArgument?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let recordFile: URL
        if source.path.ending == Path("json") {
            recordFile = source.url
        } else {
            recordFile = try RunDirectory.open(source.path.escaped).recordFile
        }
        let text = String(decoding: try AtomicFile.read(recordFile), as: UTF8.self)
        let page =
            file?.url ?? recordFile.deletingLastPathComponent().appending(path: "report.html")
        let kind = try CanonicalJSON.decode(RecordKind.self, from: text, what: recordFile.shownPath)
        if kind.kind == "evidence" {
            let record = try CanonicalJSON.decodeRecord(EvidenceRecord.self, from: text, what: recordFile.shownPath)
            try AtomicFile.write(Data(ReportPage.html(for: record).utf8), to: page)
            if output.json {
                try Console.outputJSON(record)
            } else {
                try Console.output(
                    EvidenceText.rendered(record, style: output.stdout, report: page.shownPath))
            }
            return
        }
        if let kind = kind.kind, ModelRecord.Kind(rawValue: kind) != nil {
            let record = try CanonicalJSON.decodeRecord(ModelRecord.self, from: text, what: recordFile.shownPath)
            try AtomicFile.write(Data(ReportPage.html(for: record).utf8), to: page)
            if output.json {
                try Console.outputJSON(record)
            } else {
                try Console.output(ModelText.rendered(record, style: output.stdout, report: page.shownPath))
            }
            return
        }
        if kind.kind == "probe" {
            let record = try CanonicalJSON.decodeRecord(ProbeRecord.self, from: text, what: recordFile.shownPath)
            guard record.isWhole else {
                throw ArchiveError(
                    .unreadableJSON, "\(recordFile.shownPath) is not a whole record of a probe.",
                    needs: "the same places, corruptions and classes for each of its models",
                    advice: "save it again by ocellus probe --record")
            }
            try AtomicFile.write(Data(ReportPage.html(for: record).utf8), to: page)
            if output.json {
                try Console.outputJSON(record)
            } else {
                try Console.output(ProbeText.rendered(record, style: output.stdout, report: page.shownPath))
            }
            return
        }
        let record = try CanonicalJSON.decodeRecord(ComparisonRecord.self, from: text, what: recordFile.shownPath)
        try AtomicFile.write(Data(ReportPage.html(for: record).utf8), to: page)
        if output.json {
            try Console.outputJSON(record)
        } else {
            try Console.output(ComparisonText.rendered(record, style: output.stdout, report: page.shownPath))
        }
    }
}

/// What tells records apart; those of comparisons have no kind.
private struct RecordKind: Decodable {
    var kind: String?
}
