// SPDX-License-Identifier: Apache-2.0

package import OcellusPixels

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// ONNX Runtime in a Python of the user's: it runs all of an exported file, the resize too, which Ocellus only reads.
///
/// Pictures go to it one at a time through a pipe, so that memory holds one.
package final class ONNXRuntimeSession {
    /// Of ONNX Runtime.
    package let version: String
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let lines: Lines

    private static let program = """
        import json, sys
        import numpy, onnxruntime
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
        print(json.dumps(onnxruntime.__version__), flush=True)
        while line := sys.stdin.buffer.readline():
            sizes = [int(word) for word in line.split()]
            pixels = numpy.frombuffer(sys.stdin.buffer.read(sizes[0] * sizes[1] * sizes[2]), numpy.uint8)
            logits = session.run(["logits"], {"image": pixels.reshape(1, *sizes)})[0][0]
            print(json.dumps([float(x) for x in logits]), flush=True)
        """

    /// - Parameters:
    ///   - model: A file whose input is `image`.
    ///   - python: The program, e.g. `python3`, found as a shell finds it.
    /// - Returns: `nil` where there is no such Python, or none with `numpy` and `onnxruntime`.
    package init?(model: URL, python: String) {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [python, "-c", Self.program, model.path(percentEncoded: false)]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        lines = Lines(output.fileHandleForReading)
        guard let line = lines.next(), let version = try? JSONDecoder().decode(String.self, from: line) else {
            return nil
        }
        self.version = version
    }

    deinit {
        guard process.isRunning else { return }
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// - Throws: ``InferenceError/Code/outsideRuntime`` when it gives no answer.
    package func logits(_ image: DecodedImage) throws -> [Float] {
        let header = Data("\(image.height) \(image.width) \(image.channels)\n".utf8)
        do {
            try input.fileHandleForWriting.write(contentsOf: header + Data(image.pixels))
        } catch {
            throw Self.silent
        }
        guard let line = lines.next(), let logits = try? JSONDecoder().decode([Float].self, from: line) else {
            throw Self.silent
        }
        return logits
    }

    private static var silent: InferenceError {
        InferenceError(
            .outsideRuntime, "ONNX Runtime gave no answer for a photo.", needs: "its logits",
            advice: "the same file in Python to see its error, or the export without --python")
    }

    /// What the program prints.
    private final class Lines {
        private let handle: FileHandle
        private var received = Data()

        init(_ handle: FileHandle) { self.handle = handle }

        /// The next one; `nil` at the end.
        func next() -> Data? {
            while true {
                if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { received = Data(received[(end + 1)...]) }
                    return Data(received[..<end])
                }
                let part = handle.availableData
                if part.isEmpty { return nil }
                received += part
            }
        }
    }
}
