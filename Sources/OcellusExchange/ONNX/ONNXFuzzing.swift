// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// What the fuzzer and the tests that replay its corpus call: the reader of ONNX on bytes that may be anything.
package enum ONNXFuzzing {
    /// Reads bytes to their end. Whether they make sense does not matter; a crash, a hang or a broken promise does.
    package static func run(_ bytes: [UInt8]) {
        do {
            let source = WireSource(bytes, path: "a.onnx")
            let model = try ONNXReader.read(source)
            let reader = ONNXTensorReader(source, folder: nil)
            for tensor in model.graph.initializers {
                if case .external = tensor.content { continue }
                let count = tensor.dimensions.reduce(1, *)
                let numbers = try reader.floats(of: tensor).count
                precondition(numbers == count, "a number for each place")
            }
        } catch let error as any OcellusError {
            precondition(!error.summary.isEmpty, "an error says what happened")
        } catch {
            preconditionFailure("an error of no known kind: \(error)")
        }
    }
}
