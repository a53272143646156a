// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
package import OcellusModel
package import OcellusTensor

/// Which tensor of a file is which of a network: by exact names and shapes, or not at all.
package struct WeightsMatch: Sendable {
    /// What became of a tensor.
    package enum Fate: String, Sendable, Codable, CaseIterable {
        /// It has the same name in the model file.
        case matched
        /// It has another name there.
        case renamed
        /// A table of positions for another size of images.
        case resized
        /// Of the network alone: it starts anew.
        case new
        /// Of the file alone: it is left out.
        case unused
    }

    package struct Row: Sendable, Codable, Equatable {
        package var fate: Fate
        package var file: String?
        package var model: String?
        package var shape: [Int]
    }

    /// In the network's order, then what is unused.
    package let rows: [Row]
    package let network: Network
    package let weights: Weights

    /// How many tensors have this fate.
    package func count(_ fate: Fate) -> Int { rows.reduce(0) { $0 + ($1.fate == fate ? 1 : 0) } }
}

extension WeightsMatch {
    /// Matches a file's tensors with a published network and reads them.
    ///
    /// - Parameters:
    ///   - input: Shape of the images that the network is to take.
    ///   - newHead: Classes of a last layer that starts anew; `nil` keeps the file's.
    /// - Throws: ``ArchiveError/Code/missingTensor``, ``ArchiveError/Code/unexpectedTensor``,
    ///   ``ArchiveError/Code/shapeMismatch``, ``ArchiveError/Code/notFinite``, ``ArchiveError/Code/unsupportedType``; errors of a
    ///   network that does not take such images.
    package init(
        _ dictionary: StateDictionary, _ published: PublishedNetwork, input: Shape, newHead: Int? = nil
    ) throws {
        let assignment = try TensorAssignment(dictionary, published, input: input, newHead: newHead)
        if let problem = assignment.problem {
            throw Self.error(problem, assignment, dictionary, published, newHead: newHead)
        }
        network = published.network(input: input, classes: assignment.classes)
        try network.validate()
        let start = assignment.hasNewTensors ? try network.initialWeights(seed: 0) : nil
        var parameters: [Tensor<Float>] = []
        var buffers: [Tensor<Float>] = []
        for (position, pair) in assignment.pairs.enumerated() {
            let tensor: Tensor<Float>
            if let theirs = pair.file {
                tensor = try Self.read(theirs, pair, dictionary, published, input)
            } else if let start, position < start.parameters.count {
                tensor = start.parameters[position]
            } else {
                throw ArchiveError(.missingTensor, "\(dictionary.path) has no tensor \"\(pair.name.theirs)\".")
            }
            if pair.name.isBuffer { buffers.append(tensor) } else { parameters.append(tensor) }
        }
        weights = Weights(parameters: parameters, buffers: buffers)
        rows =
            assignment.pairs.map { pair in
                Row(
                    fate: pair.file == nil
                        ? .new : pair.isResized ? .resized : pair.file == pair.name.ours ? .matched : .renamed,
                    file: pair.file, model: pair.name.ours, shape: pair.name.shape.dimensions)
            } + assignment.unused.map { Row(fate: .unused, file: $0.name, model: nil, shape: $0.shape.dimensions) }
    }

    private static func read(
        _ name: String, _ pair: TensorAssignment.Pair, _ dictionary: StateDictionary, _ published: PublishedNetwork,
        _ input: Shape
    ) throws -> Tensor<Float> {
        let tensor = try dictionary.floats(name)
        if let index = tensor.scalars.firstIndex(where: { !$0.isFinite }) {
            throw ArchiveError(
                .notFinite, "the tensor \"\(name)\" in \(dictionary.path) holds a value that is not finite.",
                needs: "finite numbers", received: "\(tensor.scalars[index]) at position \(index)",
                advice: "another copy of the file")
        }
        if name.hasSuffix("running_var"), let index = tensor.scalars.firstIndex(where: { $0 < 0 }) {
            throw ArchiveError(
                .corrupt, "the running variance \"\(name)\" in \(dictionary.path) is negative.", needs: "at least 0",
                received: "\(tensor.scalars[index]) at position \(index)", advice: "another copy of the file")
        }
        guard pair.isResized else { return Tensor(pair.name.shape, tensor.scalars) }
        guard let patch = published.patch,
            let table = PositionGrid.resized(
                tensor, prefix: published.positionPrefix, to: Size2D(input[1] / patch, input[2] / patch)),
            table.shape == pair.name.shape
        else {
            throw ArchiveError(
                .shapeMismatch, "the table of positions \"\(name)\" in \(dictionary.path) cannot be resized.",
                needs: "\(pair.name.shape), or one for a square of patches", received: "\(tensor.shape)")
        }
        return table
    }
}

/// Which tensors of a file belong to which of a network, before any number is read.
struct TensorAssignment {
    struct Pair {
        var name: PublishedNetwork.Name
        /// `nil` for a tensor that starts anew.
        var file: String?
        var isResized = false
    }

    enum Problem {
        case noHead
        case names(missing: [String], extra: [String])
        case shape(String, needs: Shape, received: Shape)
    }

    /// In the network's order, parameters first.
    private(set) var pairs: [Pair] = []
    private(set) var unused: [StateDictionary.Entry] = []
    private(set) var classes = 0
    private(set) var problem: Problem?

    var hasNewTensors: Bool { pairs.contains { $0.file == nil } }

    /// Written before every name by programs that wrap a network.
    private static let prefixes = ["module.", "_orig_mod.", "model."]

    init(_ dictionary: StateDictionary, _ published: PublishedNetwork, input: Shape, newHead: Int?) throws {
        let entries = Self.withoutPrefix(dictionary.entries)
        var rest = Dictionary(uniqueKeysWithValues: entries.map { ($0.plain, $0.entry) })
        // The head is the last layer of all: its weight and its bias.
        let heads = try published.names(input: input, classes: 2).filter { !$0.isBuffer }.suffix(2).map(\.theirs)
        let found = heads.first.flatMap { rest[$0]?.shape }
        // Without one, what else is wrong says more.
        let hasHead = newHead != nil || found.map { $0.rank >= 1 } ?? false
        classes = newHead ?? found.flatMap { $0.rank >= 1 ? $0[0] : nil } ?? 2
        var missing: [String] = []
        for name in try published.names(input: input, classes: classes) {
            if newHead != nil, heads.contains(name.theirs) {
                pairs.append(Pair(name: name, file: nil))
                if let entry = rest.removeValue(forKey: name.theirs) { unused.append(entry) }
                continue
            }
            guard let entry = rest.removeValue(forKey: name.theirs) else {
                missing.append(name.theirs)
                continue
            }
            let isTable = name.ours == published.positionTable && entry.shape != name.shape
            if !isTable, !Self.isSame(entry.shape, name.shape), problem == nil {
                problem = .shape(entry.name, needs: name.shape, received: entry.shape)
            }
            pairs.append(Pair(name: name, file: entry.name, isResized: isTable))
        }
        // Counters of batches say nothing that inference needs.
        let norms = Set(pairs.compactMap { $0.name.isBuffer ? $0.name.theirs : nil })
        for (name, entry) in rest {
            guard name.hasSuffix(".num_batches_tracked"), entry.shape == [],
                entry.type == .int64 || entry.type == .float32,
                norms.contains(name.dropLast("num_batches_tracked".count) + "running_mean")
            else { continue }
            rest[name] = nil
        }
        let extra = entries.map(\.plain).filter { rest[$0] != nil }
        if !hasHead, missing == Array(heads), extra.isEmpty {
            problem = .noHead
        } else if !missing.isEmpty || !extra.isEmpty {
            problem = .names(missing: missing, extra: extra)
        }
    }

    /// Equal but for axes of one number at the end: a 1×1 convolution is a matrix.
    static func isSame(_ a: Shape, _ b: Shape) -> Bool {
        func trimmed(_ shape: Shape) -> [Int] {
            Array(shape.dimensions.reversed().drop { $0 == 1 }.reversed())
        }
        return trimmed(a) == trimmed(b)
    }

    private static func withoutPrefix(
        _ entries: [StateDictionary.Entry]
    ) -> [(plain: String, entry: StateDictionary.Entry)] {
        var plain = entries.map(\.name)
        while let prefix = prefixes.first(where: { prefix in plain.allSatisfy { $0.hasPrefix(prefix) } }),
            !plain.isEmpty
        {
            plain = plain.map { String($0.dropFirst(prefix.count)) }
        }
        return Array(zip(plain, entries))
    }
}

extension WeightsMatch {
    /// The published networks whose tensors a file holds, all of them and no others.
    ///
    /// - Returns: One of those that mean the same, e.g. of `deit_tiny_patch16_224` and `vit_tiny_patch16_224`.
    package static func candidates(_ dictionary: StateDictionary) -> [PublishedNetwork] {
        var networks: Set<Network> = []
        return PublishedNetwork.all.filter { published in
            let input: Shape = [3, published.side, published.side]
            guard
                let assignment = try? TensorAssignment(
                    dictionary, published, input: input, newHead: published.hasHead ? nil : 2),
                assignment.problem == nil
            else { return false }
            return networks.insert(published.network(input: input, classes: assignment.classes)).inserted
        }
    }

    private static func error(
        _ problem: TensorAssignment.Problem, _ assignment: TensorAssignment, _ dictionary: StateDictionary,
        _ published: PublishedNetwork, newHead: Int?
    ) -> ArchiveError {
        let what = "\(published.name) of \(published.library.rawValue)"
        func list(_ names: [String]) -> String {
            names.prefix(3).map { "\"\($0)\"" }.joined(separator: ", ") + (names.count > 3 ? ", …" : "")
        }
        switch problem {
        case .noHead:
            return ArchiveError(
                .missingTensor, "\(dictionary.path) holds no last layer of \(what).",
                needs: "the layer that gives a number for each class",
                advice: "--new-head with the number of classes: the layer starts anew and must be trained")
        case .shape(let name, let needs, let received):
            return ArchiveError(
                .shapeMismatch, "the tensor \"\(name)\" in \(dictionary.path) is not that of \(what).",
                needs: "\(needs)", received: "\(received)", advice: others(dictionary, published))
        case .names(let missing, let extra):
            var needs: [String] = []
            if !missing.isEmpty { needs.append("\(missing.count) tensors that it lacks: \(list(missing))") }
            if !extra.isEmpty { needs.append("none of \(extra.count) tensors that it has: \(list(extra))") }
            return ArchiveError(
                missing.isEmpty ? .unexpectedTensor : .missingTensor,
                "\(dictionary.path) does not hold the tensors of \(what).", needs: needs.joined(separator: "; "),
                received: "\(dictionary.entries.count) tensors", because: "nothing is loaded by guess",
                advice: others(dictionary, published))
        }
    }

    /// What to try: the networks that do fit.
    private static func others(_ dictionary: StateDictionary, _ published: PublishedNetwork) -> String? {
        let names = candidates(dictionary).map(\.name)
        return names.isEmpty ? nil : "its tensors are those of \(names.joined(separator: " or "))"
    }
}
