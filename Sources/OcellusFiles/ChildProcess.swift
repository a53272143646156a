// SPDX-License-Identifier: Apache-2.0

import COcellusFiles

/// A program that is talked to: what is sent is its standard input, what it answers its standard output. Its messages go
/// nowhere.
///
/// It sees its input end when this value goes, and is waited for.
package final class ChildProcess {
    private let connection: Int32
    private let identifier: Int32
    private var received: [UInt8] = []

    private static let partSize = 1 << 16

    /// - Parameter arguments: The program, found as a shell finds it, and its arguments. Not empty.
    /// - Returns: `nil` where it cannot be started.
    package init?(_ arguments: [String]) {
        precondition(!arguments.isEmpty, "a program")
        let texts = arguments.map { Array($0.utf8CString) }
        var (connection, identifier): (Int32, Int32) = (-1, -1)
        guard Self.withPointers(texts, { ocellus_start_child($0, &connection, &identifier) }) == 0 else { return nil }
        (self.connection, self.identifier) = (connection, identifier)
    }

    deinit { ocellus_end_child(connection, identifier) }

    /// - Returns: `false` when the program reads no more.
    package func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                ocellus_send_to_child(connection, $0.baseAddress.map { $0 + sent }, $0.count - sent)
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// The next line of what it answers, without its end; `nil` when no whole one comes any more.
    package func line() -> [UInt8]? {
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                defer { received.removeFirst(end + 1) }
                return Array(received[..<end])
            }
            let part = [UInt8](unsafeUninitializedCapacity: Self.partSize) { buffer, count in
                count = max(0, ocellus_receive_from_child(connection, buffer.baseAddress, buffer.count))
            }
            guard !part.isEmpty else { return nil }
            received += part
        }
    }

    /// Pointers to the texts, and a null behind them.
    private static func withPointers<Result>(
        _ texts: [[CChar]], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let copies: [UnsafeMutablePointer<CChar>] = texts.map { text in
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.count)
            copy.initialize(from: text, count: text.count)
            return copy
        }
        defer { for copy in copies { copy.deallocate() } }
        let pointers: [UnsafeMutablePointer<CChar>?] = copies + [nil]
        return body(pointers)
    }
}
