// SPDX-License-Identifier: Apache-2.0

import COcellusTransfer
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One request for the bytes of a file that are not here yet.
final class Transfer {
    /// How it ended.
    enum Outcome: Equatable {
        /// As many bytes as the file has are here.
        case complete
        /// Another request may get further: the connection ended, stalled or could not be made, or the server is busy.
        case interrupted(String)
        /// What is here cannot be gone on from; from the start it may work.
        case unusablePart(String)
        /// This address has something else, or nothing.
        case useless(String)
    }

    private let part: PartFile
    private let size: Int
    private let report: (Int) -> Void
    private let offset: Int
    /// Why the receiver stopped.
    private var stop: Outcome?
    private var failure: FetchError?

    private static let isReady = ocellus_transfer_start() == 0

    private init(part: PartFile, size: Int, report: @escaping (Int) -> Void) {
        self.part = part
        self.size = size
        self.report = report
        offset = part.count
    }

    /// Asks for what is missing of `part` and appends it.
    ///
    /// - Parameters:
    ///   - address: http or https.
    ///   - part: What is here; fewer bytes than `size`.
    ///   - size: Bytes of the whole file; an answer of another size is refused before it is taken.
    ///   - patience: Seconds without a connection, or with less than 1,000 bytes each, after which this gives up.
    ///   - report: Called with the number of bytes that are here.
    /// - Throws: ``FetchError`` when writing fails.
    static func run(
        _ address: String, part: PartFile, size: Int, patience: Int, report: @escaping (Int) -> Void
    ) throws(FetchError) -> Outcome {
        guard isReady else { return .useless(String(cString: ocellus_transfer_problem())) }
        let transfer = Transfer(part: part, size: size, report: report)
        let result = address.withCString { url in
            "ocellus/\(OcellusVersion.current)".withCString { agent in
                var request = ocellus_transfer_request()
                request.url = url
                request.agent = agent
                request.offset = Int64(transfer.offset)
                request.connect_seconds = patience
                request.stall_seconds = patience
                request.slowest = 1000
                request.context = Unmanaged.passUnretained(transfer).toOpaque()
                request.begin = { context, answer in
                    guard let context else { return 1 }
                    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().begin(answer) ? 0 : 1
                }
                request.receive = { context, bytes, count in
                    guard let context else { return 1 }
                    let bytes = UnsafeRawBufferPointer(start: bytes, count: count)
                    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().receive(bytes) ? 0 : 1
                }
                return ocellus_transfer(&request)
            }
        }
        return try transfer.outcome(of: result)
    }

    /// Whether the body is wanted.
    private func begin(_ answer: ocellus_transfer_answer) -> Bool {
        // With 200 the server sends all of it, whatever was asked for.
        guard answer.status == 200 || answer.status == 206 && offset > 0 else {
            stop = .useless("it answered with HTTP status \(answer.status)")
            return false
        }
        let start = answer.status == 200 ? 0 : offset
        guard start == 0 || answer.offset == Int64(start) else {
            stop = .unusablePart("it sent another range than was asked for")
            return false
        }
        let announced = answer.length.addingReportingOverflow(Int64(start))
        guard answer.length < 0 || announced == (Int64(size), false) else {
            stop = .useless("it has a file of \(announced.partialValue) bytes instead of \(size)")
            return false
        }
        if start < part.count {
            do {
                try part.empty()
            } catch {
                failure = error
                return false
            }
        }
        report(part.count)
        return true
    }

    /// Whether more is wanted.
    private func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard part.count + bytes.count <= size else {
            stop = .useless("it sent more than the \(size) bytes of the file")
            return false
        }
        do {
            try part.append(bytes)
        } catch {
            failure = error
            return false
        }
        report(part.count)
        return true
    }

    private func outcome(of result: ocellus_transfer_result) throws(FetchError) -> Outcome {
        if let failure { throw failure }
        if case .useless? = stop, part.count > 0, part.count != offset { try part.empty() }
        if let stop { return stop }
        let progress = "after \(part.count) of \(size) bytes"
        switch result.status {
        case OCELLUS_TRANSFER_OK:
            return part.count == size ? .complete : .interrupted("it ended \(progress)")
        case OCELLUS_TRANSFER_STALLED:
            return .interrupted("it stalled \(progress)")
        case OCELLUS_TRANSFER_DROPPED:
            return .interrupted("the connection ended \(progress)")
        case OCELLUS_TRANSFER_REFUSED:
            switch result.http {
            case 416: return .unusablePart("it has no such range")
            case 408, 425, 429, 500...: return .interrupted("it answered with HTTP status \(result.http)")
            default: return .useless("it answered with HTTP status \(result.http)")
            }
        case OCELLUS_TRANSFER_NO_CONNECTION:
            return .interrupted("no connection: \(Self.message(result))")
        default:
            return .useless("no usable answer: \(Self.message(result))")
        }
    }

    private static func message(_ result: ocellus_transfer_result) -> String {
        withUnsafeBytes(of: result.message) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
