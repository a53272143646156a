// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// What a network computes of one image: values and operators, forward only, nothing joined.
///
/// Layers say what they mean by building a graph; plan, summary, receptive fields, explanations and files read it, and take
/// one that no layer made as well. Operations stand in an order in which each reads only what was made before.
///
///     let graph = try Network.cnn(input: [3, 32, 32], classes: 10).graph()
///     print(graph)                  // %1 = convolution(%0, 0.weight, 0.bias) …
public struct Graph: Hashable, Sendable {
    /// A tensor of a graph, by position in ``Graph/values``.
    public struct ValueID: Hashable, Sendable {
        public let index: Int
    }

    /// Where a value comes from.
    public enum Source: Hashable, Sendable {
        /// The image.
        case input
        /// Position in ``Graph/parameters``.
        case parameter(Int)
        /// Position in ``Graph/buffers``.
        case buffer(Int)
        /// Position in ``Graph/operations``.
        case operation(Int)

        public var role: OperandRole {
            switch self {
            case .input, .operation: .activation
            case .parameter: .parameter
            case .buffer: .buffer
            }
        }
    }

    /// A tensor: what it is called, its sizes, where it comes from.
    public struct Value: Hashable, Sendable {
        /// For people: `0.weight`, `%3`.
        public var name: String
        /// For a batch of one.
        public var shape: Shape
        public var source: Source

        /// What the axes count: `N`, then `C`, `H`, `W` of maps, `F` of features, `T` and `F` of tokens; none for
        /// parameters and buffers.
        public var axes: [String] {
            guard source.role == .activation else { return [] }
            switch shape.rank {
            case 2: return ["N", "F"]
            case 3: return ["N", "T", "F"]
            case 4: return ["N", "C", "H", "W"]
            default: return ["N"] + (1..<max(1, shape.rank)).map { "D\($0)" }
            }
        }
    }

    /// One operator with what it reads and writes.
    public struct Operation: Hashable, Sendable {
        public var kind: any GraphOperator
        public var inputs: [ValueID]
        public var output: ValueID
        /// The innermost layer that it came from, by position in ``Graph/scopes``; `nil` for one that no layer made.
        public var scope: Int?

        public static func == (a: Operation, b: Operation) -> Bool {
            a.kind.equals(b.kind) && a.inputs == b.inputs && a.output == b.output && a.scope == b.scope
        }
        public func hash(into hasher: inout Hasher) {
            hasher.combine(inputs)
            hasher.combine(output)
            hasher.combine(scope)
        }
    }

    /// A layer that the graph was built of.
    public struct Scope: Hashable, Sendable {
        /// Its place: indices and names from the outermost layer on, e.g. `layer1.0.conv1`.
        public var path: String
        /// As it prints itself, e.g. `Conv2D(64, 3×3, padding valid)`.
        public var layer: String
        /// The composite that holds it.
        public var parent: Int?
        /// Its operations, those of layers inside included; empty for an identity.
        public var operations: Range<Int>
        public var input: ValueID
        public var output: ValueID
    }

    public internal(set) var values: [Value]
    public internal(set) var operations: [Operation] = []
    public internal(set) var scopes: [Scope] = []
    /// Trained tensors in file order.
    public internal(set) var parameters: [ParameterSpec] = []
    /// Running statistics in file order.
    public internal(set) var buffers: [BufferSpec] = []
    public internal(set) var output: ValueID

    /// The image, `[N, C, H, W]`.
    public var input: ValueID { ValueID(index: 0) }

    /// - Parameter input: Shape of what the graph reads, with a batch axis of 1.
    init(input: Shape) {
        values = [Value(name: "%0", shape: input, source: .input)]
        output = ValueID(index: 0)
    }

    public subscript(id: ValueID) -> Value { values[id.index] }

    /// Every value, in the order of ``values``.
    public var valueIDs: [ValueID] { values.indices.map(ValueID.init) }

    public func shape(_ id: ValueID) -> Shape { values[id.index].shape }

    /// The layer that an operation came from, as its label in lists of steps: `3 Conv2D(64, 3×3, padding valid)`.
    public func label(of operation: Operation) -> String {
        operation.scope.map { "\(scopes[$0].path) \(scopes[$0].layer)" } ?? self[operation.output].name
    }

    /// Number of classes: the output must be features `[N, classes]`.
    public func classes() throws(ModelError) -> Int {
        let shape = shape(output)
        guard shape.rank == 2 else {
            throw ModelError(
                .notClasses, "the network does not end in one logit for each class.", needs: "[N, classes]",
                received: printed(shape), advice: "end with Flatten or GlobalAveragePool2D, then Dense(classes)")
        }
        return shape[1]
    }
}
