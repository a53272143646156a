// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusTensor

/// Model files of other programs, recognised to say what to do with them.
enum ForeignFormat: CaseIterable {
    case torch, pickle, keras, hdf5, onnx, numpy

    /// By the first bytes, else by the name's ending; `nil` for anything else.
    init?(path: String, start: [UInt8]) {
        let ending = Path(path).ending?.text.lowercased() ?? ""
        func starts(_ prefix: [UInt8]) -> Bool { start.starts(with: prefix) }
        if starts([0x89] + Array("HDF\r\n".utf8)) {
            self = .hdf5
        } else if starts(Array("PK\u{3}\u{4}".utf8)) {
            self = ending == "keras" ? .keras : ending == "npz" ? .numpy : .torch
        } else if starts([0x93] + Array("NUMPY".utf8)) {
            self = .numpy
        } else if start.count > 1, start[0] == 0x80, start[1] <= 5 {
            self = ending == "pkl" || ending == "pickle" ? .pickle : .torch
        } else {
            switch ending {
            case "pt", "pth", "bin", "ckpt": self = .torch
            case "pkl", "pickle": self = .pickle
            case "keras": self = .keras
            case "h5", "hdf5": self = .hdf5
            case "onnx": self = .onnx
            case "npy", "npz": self = .numpy
            default: return nil
            }
        }
    }

    func refusal(of path: String) -> ArchiveError {
        let target = "\(Path(path).name.withoutEnding).safetensors"
        let source = Path(path).name
        func python(_ code: String) -> String { "convert it elsewhere: python -c \"\(code)\"" }
        let kind: String
        let because: String?
        let advice: String
        switch self {
        case .torch:
            (kind, because) = ("a PyTorch file", "it holds a pickle, which can run any code while it is read")
            advice = python(
                "import torch, safetensors.torch as s; "
                    + "s.save_file(torch.load('\(source)', weights_only=True), '\(target)')")
        case .pickle:
            (kind, because) = ("a pickle", "a pickle can run any code while it is read")
            advice = python(
                "import pickle, safetensors.numpy as s; s.save_file(pickle.load(open('\(source)', 'rb')), '\(target)')")
        case .keras, .hdf5:
            (kind, because) = ("a Keras or HDF5 file", nil)
            advice = python(
                "import keras, safetensors.numpy as s; m = keras.models.load_model('\(source)'); "
                    + "s.save_file({w.path: w.numpy() for w in m.weights}, '\(target)')")
        case .onnx:
            (kind, because) = ("an ONNX file", nil)
            advice = "ocellus import-onnx \(source)"
        case .numpy:
            (kind, because) = ("a NumPy file", nil)
            advice = python(
                "import numpy, safetensors.numpy as s; s.save_file(dict(numpy.load('\(source)')), '\(target)')")
        }
        return ArchiveError(
            .foreignFormat, "\(path) is \(kind).", needs: "a safetensors file", because: because, advice: advice)
    }
}
