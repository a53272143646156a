// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Ocellus
import OcellusFiles
import OcellusTensor

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The command `ocellus`.
struct RootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ocellus",
        abstract:
            "Image classification: train dense and convolutional networks, compare them honestly, use the result.",
        discussion: """
            Compare the two networks on the images that come with the program, and open the report:

              ocellus compare

            Test the claims that are made about them, within a quarter of an hour:

              ocellus evidence

            Train a classifier on a folder of photos (one sub-folder a class) and use it:

              ocellus train --data photos --network cnn --epochs 20
              ocellus predict runs/train/cnn-1/model.safetensors picture.jpg

            Exit status: 0 done; 3 a stated condition does not hold; 64 wrong usage or model; 65 bad data;
            66 missing input; 70 a defect of ocellus; 71 too little memory, too few threads or open files; 73 cannot
            write; 74 reading or writing failed; 78 wrong configuration; 129, 130 and 143 after SIGHUP, Ctrl-C and
            SIGTERM.
            """,
        version: OcellusVersion.current,
        subcommands: [
            CompareCommand.self, EvidenceCommand.self, TrainCommand.self, EvaluateCommand.self, DiffCommand.self,
            PredictCommand.self, ProbeCommand.self, ExplainCommand.self, CheckCommand.self, SplitCommand.self,
            SummaryCommand.self,
            DataCommand.self, ModelCommand.self, ExportCommand.self, ImportCommand.self, ImportONNXCommand.self,
            ReportCommand.self, RunCellsCommand.self,
            BenchCommand.self,
        ])

    /// Parses the arguments, runs the command, and ends the process with the documented status.
    static func start() async -> Never {
        do {
            if let script = try completionScript() {
                try Console.output(script)
                exit(withError: nil)
            }
            var command = try parseAsRoot(Arguments.given)
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

    /// What `--generate-completion-script SHELL` asks for; `nil` where it is not asked for.
    private static func completionScript() throws -> String? {
        let option = "--generate-completion-script"
        guard let first = Arguments.given.first, first.prefix(while: { $0 != "=" }) == option else { return nil }
        let shell =
            first.contains("=") ? String(first.dropFirst(option.count + 1)) : Arguments.given.dropFirst().first ?? ""
        guard let script = Completion.script(for: shell) else {
            throw UsageError(
                summary: "there is no completion script for the shell \"\(shell)\".", needs: "bash, zsh or fish",
                advice: nil)
        }
        return script
    }

    /// Says what went wrong and ends the process with the documented status.
    static func end(with error: any Error) -> Never {
        let wantsJSON = Arguments.wantsJSON
        if let failed = error as? ConditionFailed {
            Console.error(wantsJSON ? ErrorDocument(failed).text : shown(failed.message))
            leave(ConditionFailed.status)
        }
        let exit = exitCode(for: error)
        // Help and the version are no errors.
        guard !exit.isSuccess else { self.exit(withError: error) }
        guard let known = error as? any OcellusError else {
            if exit == .validationFailure { end(withUsage: error) }
            end(with: UnexpectedError(because: "\(error)"))
        }
        let signal = StopRequest.received
        let status = signal.map { 128 + $0 } ?? known.exitClass.rawValue
        // A stop that was asked for is no error.
        let text =
            signal == nil
            ? known.rendered : known.rendered.replacing("error[", with: "stopped[", maxReplacements: 1)
        Console.error(wantsJSON ? ErrorDocument(known, status: status).text : shown(text))
        leave(status)
    }

    /// Arguments that cannot be used: the parser's own words in the form of every other error.
    private static func end(withUsage error: any Error) -> Never {
        let words = Arguments.given
        let names = configuration.subcommands.compactMap { $0.configuration.commandName }
        let verb = words.first { !$0.hasPrefix("-") }
        if let verb, verb != "help", !names.contains(verb) {
            let guess = closestMatch(to: verb, in: names).map { "did you mean \($0)?" }
            let unknown = UsageError(
                summary: "there is no command \"\(verb)\".", needs: names.joined(separator: ", "), advice: guess)
            end(with: unknown)
        }
        let help = "ocellus \(verb.map { "\($0) " } ?? "")--help"
        // Some of the parser's messages are of several lines or end without a full stop.
        let message = Path(escaped: message(for: error).split(separator: "\n").joined(separator: " ")).text
        end(
            with: UsageError(
                summary: message.hasSuffix(".") || message.hasSuffix("?") ? message : message + ".", advice: help))
    }

    /// The text as stderr can show it. JSON stays exact.
    private static func shown(_ text: String) -> String {
        Console.style(of: STDERR_FILENO, color: .never).shownMessage(text)
    }

    private static func leave(_ status: Int32) -> Never {
        fflush(nil)
        endProcess(status)
    }
}

/// As `exit(3)`, whose name the parser gives to something of its own.
private func endProcess(_ status: Int32) -> Never { exit(status) }

/// A condition that the user set, such as `--min-accuracy`, does not hold: exit status 3.
struct ConditionFailed: Error {
    static let status: Int32 = 3
    var message: String
}

/// An error that no part of the program describes.
private struct UnexpectedError: OcellusError {
    var because: String?
    var code: String { "command.unexpected" }
    var summary: String { "the command failed." }
    var advice: String? { "please report it" }
    var exitClass: ExitClass { .internal }
}

/// An error about several things, each with an error of its own.
protocol CollectiveError: OcellusError {
    var parts: [any OcellusError] { get }
}

/// Arguments that cannot be used.
struct UsageError: OcellusError {
    var summary: String
    var needs: String?
    var advice: String?
    var code: String { "usage.arguments" }
    var exitClass: ExitClass { .usage }
}

/// An error as a program reads it.
struct ErrorDocument: Encodable {
    var schema = 1
    var error: Body

    struct Body: Encodable {
        var code: String
        var summary: String
        var needs: String?
        var received: String?
        var because: String?
        var advice: String?
        var exitStatus: Int32?
        var parts: [Body]?

        fileprivate init(_ error: any OcellusError) {
            (code, summary, needs) = (error.code, error.summary, error.needs)
            (received, because, advice) = (error.received, error.because, error.advice)
            parts = (error as? any CollectiveError)?.parts.map(Body.init)
        }

        fileprivate init(_ failed: ConditionFailed) {
            (code, summary, exitStatus) = ("condition.failed", failed.message, ConditionFailed.status)
        }
    }

    init(_ error: any OcellusError, status: Int32) {
        self.error = Body(error)
        self.error.exitStatus = status
    }

    init(_ failed: ConditionFailed) { error = Body(failed) }

    var text: String { (try? Console.json(self)) ?? error.summary }
}
