// SPDX-License-Identifier: Apache-2.0
//
// What Scripts/exchange compares with other runtimes. One request a line on standard input, one JSON answer a line:
//
//   run MODEL INPUT OUTPUT N        logits [N, classes] of INPUT, float32 [N, C, H, W] in a file, into OUTPUT
//   node MODEL INPUT OUTPUT         the same for one operator: INPUT is the image, whatever its sizes
//   export NETWORK SIZE CLASSES MODE OPSET SEED FOLDER
//                                   a network in the one-line form with drawn weights and statistics, as ONNX and as our file
//   import MODEL                    an ONNX file read and computed for one image of zeros
//   again MODEL OUTPUT              an ONNX file read and written again, the network alone
//   predict MODEL PHOTO             the logits of a photo, by our file
import Foundation
import OcellusArchive
import OcellusExchange
import OcellusFiles
import OcellusGraph
import OcellusInference
import OcellusModel
import OcellusOneDNN
import OcellusPixels
import OcellusPlan
import OcellusReference
import OcellusTensor

nonisolated(unsafe) let engine: any Backend = try OneDNNBackend(threads: 1, loaderThreads: 1)

func floats(_ path: String) throws -> [Float] {
    try Data(contentsOf: URL(filePath: path)).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
}

func write(_ floats: [Float], _ path: String) throws {
    try floats.withUnsafeBytes { Data($0) }.write(to: URL(filePath: path))
}

func answers(
    _ graph: Graph, _ weights: Weights, _ input: [Float], count: Int, _ backend: any Backend
) throws -> [Float] {
    try DeviceThread.shared.wait {
        let folding = try BatchNormFolding(graph)
        let plan = try Plan(folding.graph, mode: .inference, batchSize: count, backend: backend)
        try plan.load(folding.fold(weights))
        try plan.executable.withInput { buffers in _ = buffers.images.update(fromContentsOf: input) }
        try plan.forward()
        return try plan.tensor(plan.program.output).scalars
    }
}

func run(_ words: [String]) throws -> [String: Any] {
    let model = try ONNXImporter(contentsOf: URL(filePath: words[1]))
    let input = try floats(words[2])
    let logits = try answers(model.graph, model.weights, input, count: Int(words[4]) ?? 1, engine)
    try write(logits, words[3])
    return ["operations": model.graph.operations.count, "notices": model.notices]
}

func node(_ words: [String]) throws -> [String: Any] {
    let source = try WireSource(contentsOf: URL(filePath: words[1]))
    let input = try floats(words[2])
    do {
        let (graph, weights, sizes) = try ONNXImporter.operators(source)
        try write(try answers(graph, weights, input, count: 1, ReferenceBackend()), words[3])
        return ["sizes": sizes]
    } catch let error as ExchangeError where error.kind == .unknownOperators {
        // Operators that ask for maps take the first axis for that of the batch.
        guard let (graph, weights, sizes) = try? ONNXImporter.operators(source, isBatch: true) else { throw error }
        let count = input.count / graph.shape(graph.input).count
        try write(try answers(graph, weights, input, count: count, ReferenceBackend()), words[3])
        return ["sizes": sizes]
    }
}

/// Weights of a trained kind: statistics that are not those of the start.
func drawn(_ network: Network, seed: UInt64) throws -> Weights {
    var weights = try network.initialWeights(seed: seed)
    var random = CounterRandom(seed: seed, purpose: .initialization)
    func unit() -> Float { Float(random.next() >> 40) / Float(1 << 24) }
    let graph = try network.graph()
    for (place, spec) in graph.buffers.enumerated() {
        for index in weights.buffers[place].scalars.indices {
            weights.buffers[place].scalars[index] = spec.initialValue == 0 ? 0.4 * unit() - 0.2 : 0.5 + unit()
        }
    }
    for (place, spec) in graph.parameters.enumerated() {
        let scale: Float = spec.initializer == .ones || spec.initializer == .zeros ? 0.2 : 0
        for index in weights.parameters[place].scalars.indices {
            weights.parameters[place].scalars[index] += scale * (unit() - 0.5)
        }
    }
    return weights
}

func export(_ words: [String]) throws -> [String: Any] {
    let sizes = words[2].split(separator: "x").compactMap { Int($0) }
    let classes = Int(words[3]) ?? 10
    guard let mode = ONNXPreprocess(rawValue: words[4]), let opset = Int(words[5]), let seed = UInt64(words[6]),
        sizes.count == 3
    else { return ["error": "a mode and a version"] }
    let input = Shape([sizes[2], sizes[0], sizes[1]])
    let network =
        Network.names.contains(words[1])
        ? try Network.named(words[1], input: input, classes: classes)
        : try Network(text: words[1], input: input, classes: classes)
    let weights = try drawn(network, seed: seed)
    let colours = sizes[2] == 3
    let preprocessing = Preprocessing(
        fitting: ImageFitting(Size2D(sizes[0], sizes[1]), crop: .largest), channels: sizes[2],
        mean: colours ? [0.485, 0.456, 0.406] : [0.2860], standardDeviation: colours ? [0.229, 0.224, 0.225] : [0.3530])
    let folding = try BatchNormFolding(try network.graph())
    let model = try ONNXExporter.model(
        folding.graph, weights: folding.fold(weights), preprocessing: preprocessing, mode: mode, operatorSet: opset)
    let folder = URL(filePath: words[7])
    try ONNXWriter(model).write(to: folder.appending(path: "model.onnx"))
    let file = ModelFile(
        network: network, weights: weights, classes: (0..<classes).map { "c\($0)" }, preprocessing: preprocessing)
    try file.write(to: folder.appending(path: "model.safetensors"))
    return ["nodes": model.graph.nodes.count]
}

func importOnly(_ words: [String]) throws -> [String: Any] {
    let model = try ONNXImporter(contentsOf: URL(filePath: words[1]))
    let count = model.graph.shape(model.graph.input).count
    guard count <= 1 << 20 else { return ["error": "the image is too large for this check"] }
    let zeros = [Float](repeating: 0, count: count)
    return ["logits": try answers(model.graph, model.weights, zeros, count: 1, engine).count]
}

func again(_ words: [String]) throws -> [String: Any] {
    let model = try ONNXImporter(contentsOf: URL(filePath: words[1]))
    let shape = model.graph.shape(model.graph.input)
    let folding = try BatchNormFolding(model.graph)
    let written = try ONNXExporter.model(
        folding.graph, weights: folding.fold(model.weights),
        preprocessing: Preprocessing(width: shape[3], height: shape[2], channels: shape[1]), mode: .none)
    try ONNXWriter(written).write(to: URL(filePath: words[2]))
    return ["nodes": written.graph.nodes.count]
}

// The model of the last export.
var cached: Classifier?
while let line = readLine() {
    let words = line.split(separator: "\t").map(String.init)
    var answer: [String: Any]
    do {
        switch words.first {
        case "run": answer = try run(words)
        case "import": answer = try importOnly(words)
        case "again": answer = try again(words)
        case "node": answer = try node(words)
        case "export":
            cached = nil
            answer = try export(words)
        case "predict":
            let classifier = try cached ?? Classifier(contentsOf: URL(filePath: words[1]), backend: engine)
            cached = classifier
            let photo = try ImageDecoder.decode(
                try Data(contentsOf: URL(filePath: words[2])), name: words[2], limits: ImageLimits())
            answer = ["logits": try classifier.predict(photo).logits.map { Double($0) }]
        default: answer = ["error": "an unknown request"]
        }
    } catch let error as any OcellusError {
        answer = [
            "error": error.code, "summary": error.summary, "received": error.received ?? "", "needs": error.needs ?? "",
        ]
    } catch {
        answer = ["error": "\(error)"]
    }
    print(String(decoding: try JSONSerialization.data(withJSONObject: answer, options: .sortedKeys), as: UTF8.self))
    fflush(nil)
}
