// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Ocellus
import OcellusTensor

/// The command `ocellus`.
struct RootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ocellus",
        abstract:
            "Image classification: train dense and convolutional networks, compare them honestly, use the result.",
        discussion: """
            Compare the two networks on the images that come with the program, and open the report:

              ocellus compare

            Train a classifier on a folder of photos (one sub-folder a class) and use it:

              ocellus train --data photos --network cnn --epochs 20
              ocellus predict runs/train/cnn-1/model.safetensors picture.jpg

            Exit status: 0 done; 1 failed; 3 a stated condition does not hold; 64 wrong usage or model; 65 bad data;
            66 missing input; 70 a defect of ocellus; 73 cannot write; 74 reading or writing failed; 78 wrong
            configuration; 130 and 143 after Ctrl-C and SIGTERM.
            """,
        version: OcellusVersion.current,
        subcommands: [
            CompareCommand.self, TrainCommand.self, EvaluateCommand.self, PredictCommand.self, SummaryCommand.self,
            ReportCommand.self, BenchCommand.self,

        ])

    /// Parses the arguments, runs the command, and ends the process with the documented status.
    static func start() async -> Never {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            exit(withError: nil)
        } catch {
            end(with: error)
        }
    }

    private static func end(with error: any Error) -> Never {
        if let failed = error as? ConditionFailed {
            Console.error(failed.message)
            leave(3)
        }
        guard let known = error as? any OcellusError else {
            if error is CancellationError { leave(128 + (StopRequest.received ?? SIGINT)) }
            exit(withError: error)
        }
        let wantsJSON = CommandLine.arguments.contains("--json")
        Console.error(wantsJSON ? ErrorDocument(known).text : known.rendered)
        if let signal = StopRequest.received { leave(128 + signal) }
        leave(known.exitClass.rawValue)
    }

    private static func leave(_ status: Int32) -> Never {
        fflush(nil)
        Foundation.exit(status)
    }
}

/// A condition that the user set, such as `--min-accuracy`, does not hold: exit status 3.
struct ConditionFailed: Error {
    var message: String
}

/// An error as a program reads it.
private struct ErrorDocument: Encodable {
    var schema = 1
    var error: Body

    struct Body: Encodable {
        var code: String
        var summary: String
        var needs: String?
        var received: String?
        var because: String?
        var advice: String?
        var exit_status: Int32
    }

    init(_ error: any OcellusError) {
        self.error = Body(
            code: error.code, summary: error.summary, needs: error.needs, received: error.received,
            because: error.because, advice: error.advice, exit_status: error.exitClass.rawValue)
    }

    var text: String { (try? Console.json(self)) ?? error.summary }
}
