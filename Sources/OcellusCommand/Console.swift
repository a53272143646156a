// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusReport
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Data go to stdout, everything else to stderr.
enum Console {
    /// Writes the text as it is.
    ///
    /// A reader that has gone away, as in `| head`, ends the process by SIGPIPE.
    ///
    /// - Throws: ``OutputError``, e.g. when stdout is a file on a full disk.
    static func output(_ text: String) throws {
        let number = write(text.utf8.last == UInt8(ascii: "\n") ? text : text + "\n", to: STDOUT_FILENO)
        if number == EPIPE {
            signal(SIGPIPE, SIG_DFL)
            raise(SIGPIPE)
        }
        guard number == 0 else { throw OutputError(reason: String(cString: strerror(number))) }
    }

    /// What cannot be shown on stderr is not worth failing for.
    static func progress(_ text: String) { _ = write(text, to: STDERR_FILENO) }
    static func error(_ text: String) { progress(text + "\n") }

    /// - Returns: 0, or the system's error number.
    private static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { written($0, to: descriptor) }
            if count < 0 {
                if errno == EINTR { continue }
                return errno
            }
            rest = rest.dropFirst(count)
        }
        return 0
    }

    /// Keys in snake_case, sorted.
    static func json(_ value: some Encodable, pretty: Bool = true) throws -> String {
        try JSONText.encoded(value, pretty: pretty)
    }

    static func outputJSON(_ value: some Encodable) throws { try output(try json(value)) }

    static func style(of descriptor: Int32, color: TerminalStyle.Color) -> TerminalStyle {
        var window = winsize()
        let hasWindow = ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0 && window.ws_col > 0
        return TerminalStyle(
            environment: ProcessInfo.processInfo.environment, isTerminal: isatty(descriptor) == 1, color: color,
            terminalColumns: hasWindow ? Int(window.ws_col) : nil)
    }
}

/// Standard output took no more.
struct OutputError: OcellusError {
    var reason: String
    var code: String { "output.writeFailed" }
    var summary: String { "standard output could not be written." }
    var because: String? { reason }
    var advice: String? { "a place with free space" }
    var exitClass: ExitClass { .inputOutput }
}
