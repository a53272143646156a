// SPDX-License-Identifier: Apache-2.0

import OcellusFiles

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The arguments of the process, read once, as bytes: names need not be text.
enum Arguments {
    /// Without the program's name, as the parser takes them and ``PathArgument`` reads them: bytes that are no text are escaped
    /// (``Path/escaped``), because a string has no place for them.
    ///
    /// A negative number belongs to the option before it, so that whoever checks the option says what is wrong with it.
    static let given: [String] = {
        var arguments: [String] = []
        var isOptions = true
        for position in 1..<max(1, Int(CommandLine.argc)) {
            guard let bytes = CommandLine.unsafeArgv[position] else { continue }
            let argument = Path(cString: bytes).escaped
            if isOptions, let last = arguments.last, last.hasPrefix("--"), !last.contains("="), isNegative(argument) {
                arguments[arguments.count - 1] = "\(last)=\(argument)"
            } else if isOptions, argument.hasPrefix("\(optionalValue)=") {
                arguments += [optionalValue, String(argument.dropFirst(optionalValue.count + 1))]
            } else {
                arguments.append(argument)
            }
            if argument == "--" { isOptions = false }
        }
        return arguments
    }()

    /// The command line for records and pages; bytes that are no text are U+FFFD.
    static var command: [String] { ["ocellus"] + given.map { Path(escaped: $0).text } }

    /// Options as they stand on the command line, by name: `--opt` of `--opt=sgd`.
    static var optionNames: [String] {
        given.prefix { $0 != "--" }
            .filter { $0.hasPrefix("-") && $0.dropFirst().first?.isNumber == false }
            .map { String($0.prefix { $0 != "=" }) }
    }

    static var wantsJSON: Bool { optionNames.contains("--json") }

    /// Starts the program again in place of this process, with the same arguments. Returns where that cannot be done, e.g.
    /// without /proc.
    static func startAgain() { execv("/proc/self/exe", CommandLine.unsafeArgv) }

    /// The option whose value may be left out. The parser ignores one that is joined to it by `=`.
    private static let optionalValue = "--fine-tune"

    private static func isNegative(_ argument: String) -> Bool {
        argument.hasPrefix("-") && argument.dropFirst().first?.isNumber == true && Double(argument) != nil
    }
}
