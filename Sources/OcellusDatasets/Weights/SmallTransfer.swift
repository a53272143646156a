// SPDX-License-Identifier: Apache-2.0

import COcellusTransfer
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One request for a small file of unknown size, into memory.
final class SmallTransfer {
    struct Problem: Error, Equatable {
        var reason: String
        /// Whether another request would end the same way.
        var isLasting: Bool
    }

    private static let isReady = ocellus_transfer_start() == 0
    private let limit: Int
    private var data = Data()
    private var stop: Problem?

    private init(limit: Int) { self.limit = limit }

    /// - Parameters:
    ///   - address: http or https.
    ///   - limit: Bytes at most.
    ///   - patience: As in ``Transfer``.
    static func run(_ address: String, limit: Int, patience: Int) -> Result<Data, Problem> {
        guard isReady else {
            return .failure(Problem(reason: String(cString: ocellus_transfer_problem()), isLasting: true))
        }
        let transfer = SmallTransfer(limit: limit)
        let result = address.withCString { url in
            "ocellus/\(OcellusVersion.current)".withCString { agent in
                var request = ocellus_transfer_request()
                request.url = url
                request.agent = agent
                request.connect_seconds = patience
                request.stall_seconds = patience
                request.slowest = 1000
                request.context = Unmanaged.passUnretained(transfer).toOpaque()
                request.begin = { context, answer in
                    guard let context else { return 1 }
                    return Unmanaged<SmallTransfer>.fromOpaque(context).takeUnretainedValue().begin(answer) ? 0 : 1
                }
                request.receive = { context, bytes, count in
                    guard let context else { return 1 }
                    let bytes = UnsafeRawBufferPointer(start: bytes, count: count)
                    return Unmanaged<SmallTransfer>.fromOpaque(context).takeUnretainedValue().receive(bytes) ? 0 : 1
                }
                return ocellus_transfer(&request)
            }
        }
        return transfer.outcome(of: result)
    }

    private func begin(_ answer: ocellus_transfer_answer) -> Bool {
        guard answer.status == 200 else {
            stop = Problem(reason: "it answered with HTTP status \(answer.status)", isLasting: true)
            return false
        }
        return requireRoom(answer.length < 0 ? 0 : answer.length > Int64(limit) ? limit + 1 : Int(answer.length))
    }

    private func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard requireRoom(data.count + bytes.count) else { return false }
        data.append(contentsOf: bytes)
        return true
    }

    private func requireRoom(_ count: Int) -> Bool {
        guard count <= limit else {
            stop = Problem(reason: "it sent more than \(limit) bytes", isLasting: true)
            return false
        }
        return true
    }

    private func outcome(of result: ocellus_transfer_result) -> Result<Data, Problem> {
        if let stop { return .failure(stop) }
        func fail(_ reason: String, isLasting: Bool = false) -> Result<Data, Problem> {
            .failure(Problem(reason: reason, isLasting: isLasting))
        }
        let message = withUnsafeBytes(of: result.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        switch result.status {
        case OCELLUS_TRANSFER_OK: return .success(data)
        case OCELLUS_TRANSFER_STALLED: return fail("it stalled")
        case OCELLUS_TRANSFER_DROPPED: return fail("the connection ended")
        case OCELLUS_TRANSFER_NO_CONNECTION: return fail("no connection: \(message)")
        case OCELLUS_TRANSFER_REFUSED:
            let isBusy = [408, 425, 429].contains(result.http) || result.http >= 500
            return fail("it answered with HTTP status \(result.http)", isLasting: !isBusy)
        default: return fail("no usable answer: \(message)", isLasting: true)
        }
    }
}
