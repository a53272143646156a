// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A server of HTTP on this machine that answers as a test tells it to, or does not.
final class UnreliableServer: Sendable {
    struct Request: Sendable, Equatable {
        var path: String
        /// The first byte that is asked for; 0 for all.
        var offset: Int
    }

    /// What is done with a connection after its request was read.
    enum Step: Sendable {
        case send(Data)
        case wait(Double)
        /// Ends without saying goodbye.
        case reset
    }

    let port: UInt16
    private let listener: Int32
    private let asked = Mutex<[Request]>([])
    private let answer: @Sendable (Request) -> [Step]

    /// - Parameter answer: Called for each request, from any thread.
    init(_ answer: @escaping @Sendable (Request) -> [Step]) throws {
        self.answer = answer
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isListening = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 { return }
                guard let self else { return }
                let answer = self.answer
                let note: @Sendable (Request) -> Void = { [weak self] request in
                    self?.asked.withLock { $0.append(request) }
                }
                Thread.detachNewThread { Self.serve(connection, note: note, answer: answer) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// With a slash at its end.
    var address: String { "http://127.0.0.1:\(port)/" }
    var requests: [Request] { asked.withLock { $0 } }

    private static func serve(_ connection: Int32, note: (Request) -> Void, answer: (Request) -> [Step]) {
        defer { close(connection) }
        var head = Data()
        var buffer = [UInt8](repeating: 0, count: 4096)
        while head.range(of: Data("\r\n\r\n".utf8)) == nil {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            head += buffer[..<count]
        }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }
        let offset = range.flatMap { Int($0.dropFirst("range: bytes=".count).dropLast()) } ?? 0
        let request = Request(path: String(words[1]), offset: offset)
        note(request)
        for step in answer(request) {
            switch step {
            case .wait(let seconds): Thread.sleep(forTimeInterval: seconds)
            case .reset:
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
                return
            case .send(let data):
                var rest = data[...]
                while !rest.isEmpty {
                    let count = rest.withUnsafeBytes {
                        send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                    }
                    guard count > 0 else { return }
                    rest = rest.dropFirst(count)
                }
            }
        }
    }
}

/// Answers that a server can give.
enum Answer {
    static func head(_ status: String, _ fields: String...) -> Data {
        Data((["HTTP/1.1 \(status)", "Connection: close"] + fields).map { $0 + "\r\n" }.joined().utf8)
            + Data("\r\n".utf8)
    }

    /// A server that can give ranges.
    static func file(_ content: Data, from offset: Int) -> [UnreliableServer.Step] {
        guard offset > 0 else {
            return [.send(head("200 OK", "Content-Length: \(content.count)") + content)]
        }
        return [
            .send(
                head(
                    "206 Partial Content", "Content-Length: \(content.count - offset)",
                    "Content-Range: bytes \(offset)-\(content.count - 1)/\(content.count)") + content.dropFirst(offset))
        ]
    }

    /// As ``file(_:from:)`` with the connection ending after `count` bytes.
    static func cut(_ content: Data, from offset: Int, after count: Int) -> [UnreliableServer.Step] {
        guard case .send(let whole) = file(content, from: offset)[0] else { return [] }
        return [.send(whole.dropLast(max(0, content.count - offset - count)))]
    }
}
