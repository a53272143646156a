// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
package import OcellusPixels
import OcellusTensor

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
    private let process: ChildProcess

    private static let program = """
        from json import dumps
        from sys import argv, stdin
        from numpy import frombuffer, uint8
        from onnxruntime import InferenceSession, SessionOptions, __version__
        options = SessionOptions()
        options.log_severity_level = 3
        session = InferenceSession(argv[1], options, providers=["CPUExecutionProvider"])
        print(dumps(__version__), flush=True)
        while line := stdin.buffer.readline():
            sizes = [int(word) for word in line.split()]
            pixels = frombuffer(stdin.buffer.read(sizes[0] * sizes[1] * sizes[2]), uint8)
            logits = session.run(["logits"], {"image": pixels.reshape(1, *sizes)})[0][0]
            print(dumps([float(x) for x in logits]), flush=True)
        """

    /// - Parameters:
    ///   - model: A file whose input is `image`.
    ///   - python: The program, e.g. `python3`, found as a shell finds it.
    /// - Returns: `nil` where there is no such Python, or none with `numpy` and `onnxruntime`.
    package init?(model: URL, python: String) {
        guard let process = ChildProcess([python, "-c", Self.program, model.path(percentEncoded: false)]),
            let line = process.line(), let version = try? JSONDecoder().decode(String.self, from: Data(line))
        else { return nil }
        self.process = process
        self.version = version
    }

    /// - Throws: ``InferenceError/Code/outsideRuntime`` when it gives no answer.
    package func logits(_ image: DecodedImage) throws -> [Float] {
        let header = Array("\(image.height) \(image.width) \(image.channels)\n".utf8)
        guard process.send(header + image.pixels), let line = process.line(),
            let logits = try? JSONDecoder().decode([Float].self, from: Data(line))
        else { throw Self.silent }
        return logits
    }

    private static var silent: InferenceError {
        InferenceError(
            .outsideRuntime, "ONNX Runtime gave no answer for a photo.", needs: "its logits",
            advice: "the same file in Python to see its error, or the export without --python")
    }
}
