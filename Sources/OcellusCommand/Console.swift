// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusReport

/// Data go to stdout, everything else to stderr.
enum Console {
    /// Writes the text as it is.
    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
        FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).write(Data(text.utf8))
    }
    static func output(_ text: String) { write(text.hasSuffix("\n") ? text : text + "\n") }
    static func error(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// Keys in snake_case, sorted.
    static func json(_ value: some Encodable, pretty: Bool = true) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func outputJSON(_ value: some Encodable) throws { output(try json(value)) }

    static func style(of descriptor: Int32, color: TerminalStyle.Color) -> TerminalStyle {
        var window = winsize()
        let hasWindow = ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0 && window.ws_col > 0
        return TerminalStyle(
            environment: ProcessInfo.processInfo.environment, isTerminal: isatty(descriptor) == 1, color: color,
            terminalColumns: hasWindow ? Int(window.ws_col) : nil)
    }
}
