// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the fuzzer and the tests that replay its corpus call: the readers of other programs' weights on bytes that may be
/// anything.
package enum ForeignFuzzing {
    /// Names that ``run(_:_:)`` knows.
    package static let readers = ["torch", "pickle", "safetensors"]

    /// Reads bytes to their end. Whether they make sense does not matter; a crash, a hang or a broken promise does.
    package static func run(_ reader: String, _ bytes: [UInt8]) {
        switch reader {
        case "pickle":
            var pickle = TensorPickle(bytes)
            _ = try? pickle.read()
            precondition(pickle.position <= bytes.count, "no more is read than there is")
            for tensor in pickle.tensors { precondition(tensor.fits, "every tensor lies in its storage") }
        case "torch", "safetensors":
            do {
                let file = try StateDictionary(Data(bytes), path: "a.\(reader == "torch" ? "pth" : "safetensors")")
                for entry in file.entries {
                    guard let tensor = try? file.floats(entry.name) else { continue }
                    precondition(tensor.shape == entry.shape, "the shape that was promised")
                }
            } catch let error as ArchiveError {
                precondition(!error.summary.isEmpty, "an error says what happened")
            } catch {
                preconditionFailure("another error: \(error)")
            }
        default: return
        }
    }
}
