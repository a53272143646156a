// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
package import OcellusModel
package import OcellusTensor

/// A device: turns programs into something that runs. Given once, to ``Plan``; nothing else knows backends.
package protocol Backend: Sendable {
    /// `onednn` or `reference`, as on the command line.
    var name: String { get }
    /// Library, version and instruction set, for the run record.
    var details: String { get }
    /// On which it compiles and runs, and everything that owns one of its executables. It stays the same in what
    /// ``inFloat32``, ``reusing(_:policy:keep:)`` and ``tracking(_:)`` make of it.
    var thread: DeviceThread { get }
    /// Threads it computes with.
    var threads: Int { get }
    /// Threads that make images ready beside those that compute, where that takes decoding; 0 has those that compute do
    /// it between two steps.
    var loaderThreads: Int { get }
    /// What products are computed in.
    var precision: Precision { get }
    /// The same backend in ``Precision/float32``.
    var inFloat32: any Backend { get }
    /// What it computes as one operation.
    var fusions: any Fusions { get }
    /// Whether anything but a rule of the shapes chooses between algorithms. What is chosen is opaque above the device: keys and
    /// names that a run or a model keeps.
    var choosesAlgorithms: Bool { get }
    /// Whether what is not known yet is measured.
    var measuresAlgorithms: Bool { get }
    /// The choices that a run or a model held and those made so far; `nil` where the rule decided everything.
    var algorithms: AlgorithmTable? { get }
    /// The same backend, which takes the choices of a run or a model first.
    ///
    /// - Parameters:
    ///   - table: `nil` when there is none.
    ///   - policy: For what the table does not hold; this backend's when left out.
    ///   - keep: Gets all choices that were asked for whenever one is added.
    func reusing(
        _ table: AlgorithmTable?, policy: AlgorithmPolicy?, keep: (@Sendable (AlgorithmTable) throws -> Void)?
    ) -> any Backend
    /// The same backend, which keeps track of what is chosen through it, after the choices of a run.
    ///
    /// - Parameter table: Of the run; `nil` when it begins.
    func tracking(_ table: AlgorithmTable?) -> any Backend
    /// What a person should know of choices; each is told once.
    ///
    /// - Parameter ofOthers: Also what the backends say that this one was made of.
    func takeNotices(ofOthers: Bool) -> [String]
    /// Makes the choices that ``compile(_:)`` would make, without memory for the program.
    func chooseAlgorithms(for program: Program) throws(PlanError)
    /// Images of each part of a training batch: a divisor of the batch, or all of it.
    ///
    /// - Parameter graph: One in whose training no image sees another.
    func trainingPart(ofBatch batchSize: Int, _ graph: Graph) throws(ModelError) -> Int
    /// How many images inference should take at once, of some sizes in ascending order; `nil` where that makes no difference.
    ///
    /// - Parameter imageBytes: Activations of one image that are alive at once.
    func inferenceBatch(of graph: Graph, among sizes: [Int], imageBytes: Double) -> Int?
    /// - Throws: ``PlanError/Code/unsupported`` naming the layer of an operation that it cannot do.
    func compile(_ program: Program) throws(PlanError) -> any Executable
    /// As ``compile(_:)`` for inference, with weights in memory that other plans of the network read too.
    func compile(_ program: Program, sharing weights: SharedWeights) throws(PlanError) -> any Executable
    /// Runs `body(thread, team)` for every thread of the team at the same time and waits: for work between two runs, on
    /// the threads that compute, so that none has to share a core. `team` is at most ``threads``.
    func runTeam(_ body: (_ thread: Int, _ team: Int) -> Void)
}

extension Backend {
    package var loaderThreads: Int { 0 }
    package var precision: Precision { .float32 }
    package var inFloat32: any Backend { self }
    package var fusions: any Fusions { NoFusions() }
    package var choosesAlgorithms: Bool { false }
    package var measuresAlgorithms: Bool { false }
    package var algorithms: AlgorithmTable? { nil }
    package func reusing(
        _ table: AlgorithmTable?, policy: AlgorithmPolicy?, keep: (@Sendable (AlgorithmTable) throws -> Void)?
    ) -> any Backend { self }
    package func tracking(_ table: AlgorithmTable?) -> any Backend { self }
    package func takeNotices(ofOthers: Bool) -> [String] { [] }
    package func trainingPart(ofBatch batchSize: Int, _ graph: Graph) throws(ModelError) -> Int { batchSize }
    package func inferenceBatch(of graph: Graph, among sizes: [Int], imageBytes: Double) -> Int? { nil }
    package func chooseAlgorithms(for program: Program) throws(PlanError) {}
    /// With weights of its own.
    package func compile(_ program: Program, sharing weights: SharedWeights) throws(PlanError) -> any Executable {
        try compile(program)
    }
    /// On the calling thread alone.
    package func runTeam(_ body: (_ thread: Int, _ team: Int) -> Void) { body(0, 1) }
}

extension Backend {
    // Arguments with defaults would call the extension above instead of the backend.

    package func reusing(_ table: AlgorithmTable?) -> any Backend { reusing(table, policy: nil, keep: nil) }
    package func reusing(_ table: AlgorithmTable?, policy: AlgorithmPolicy) -> any Backend {
        reusing(table, policy: policy, keep: nil)
    }
    package func takeNotices() -> [String] { takeNotices(ofOthers: true) }
}

/// Weights of one network in the memory of a backend, for plans of several batch sizes.
///
/// A plan takes those that lie as it wants them and adds the others. Writing a parameter writes it for every plan that reads it
/// where this one does.
package final class SharedWeights {
    /// What the backend keeps here.
    package var blocks: [AnyObject] = []
    /// How often a parameter was written; what a plan made of the weights is made again after that.
    package var writes = 0

    package init() {}
}

/// A compiled program: one array of steps over memory that was planned once. Running allocates nothing and checks only that
/// each step succeeded.
///
/// After an error the values that the program computes are undefined until the next run; parameters may be half updated.
package protocol Executable: AnyObject {
    var program: Program { get }
    var steps: [StepInfo] { get }
    var memory: PlanMemory { get }
    /// Choices that decide the bits of the result, e.g. the algorithm of each convolution.
    var choices: [String: String] { get }

    /// Lends the memory of what the next run reads, to be filled; it stays as it is until then.
    func withInput<Result>(_ body: (BatchInput) throws -> Result) rethrows -> Result
    /// What changes from step to step.
    var settings: StepSettings { get set }
    /// Of the last run of ``Phase/loss``.
    var statistics: LossStatistics { get }

    /// Runs every step of a phase, in order, up to the first that fails.
    ///
    /// - Throws: ``PlanError`` naming that step and its layer.
    func run(_ phase: Phase) throws(PlanError)
    /// Runs one step, for profiling and for finding where a number stopped being finite.
    func run(step: Int) throws(PlanError)
    /// Copies a value out in logical row-major order; `buffer` has exactly its element count.
    func read(_ value: ValueID, into buffer: UnsafeMutableBufferPointer<Float>) throws(PlanError)
    /// Copies a value in from logical row-major order.
    func write(_ value: ValueID, from buffer: UnsafeBufferPointer<Float>) throws(PlanError)
    /// As ``read(_:into:)`` in the precision of the backend, for gradient checks.
    func readDoubles(_ value: ValueID) throws(PlanError) -> [Double]
    func writeDoubles(_ value: ValueID, _ elements: [Double]) throws(PlanError)
}

/// Memory of a device that holds one batch. It is lent and must not be kept.
package struct BatchInput {
    /// `[N, C, H, W]` in row-major order.
    package let images: UnsafeMutableBufferPointer<Float>
    /// Class indices `[N]`; empty for programs without a loss.
    package let labels: UnsafeMutableBufferPointer<Int32>
    /// `[N]`; all 1 at first, empty for programs without a loss.
    package let sampleWeights: UnsafeMutableBufferPointer<Float>

    package init(
        images: UnsafeMutableBufferPointer<Float>, labels: UnsafeMutableBufferPointer<Int32>,
        sampleWeights: UnsafeMutableBufferPointer<Float>
    ) {
        self.images = images
        self.labels = labels
        self.sampleWeights = sampleWeights
    }
}

/// What changes from step to step without a new plan.
package struct StepSettings: Sendable {
    /// The schedule's factor times the optimiser's rate.
    package var learningRate: Double = 0
    /// 1 for the first update; Adam's bias correction depends on it.
    package var updateNumber: Int = 1
    package var dropoutSeed: UInt64 = 0
    /// Index of the training step, for the dropout mask.
    package var dropoutStep: Int = 0
    /// Where a batch that comes in parts goes on: images of it before this part, a multiple of 4. 0 begins a new batch.
    package var firstImage: Int = 0
    /// `nil` when every sample has one label.
    package var mixture: LabelMixture?
    /// What each parameter's learning rate is multiplied with, by position in ``Network/parameters()``; empty for 1
    /// throughout.
    package var rateFactors: [Double] = []
    package init() {}

    package func rateFactor(of parameter: Int) -> Double { rateFactors.isEmpty ? 1 : rateFactors[parameter] }

    /// What the weight decay of SGD and AdamW is multiplied with, so that its pull does not grow with the rate.
    package static func decayFactor(forRateFactor factor: Double) -> Double { 1 / factor }
}

/// A second label for each sample of a batch, as mixing two images gives.
///
///     q[n,k] = (1 − s)·(share[n]·onehot(label[n]) + (1 − share[n])·onehot(other[n])) + s / classes
package struct LabelMixture: Sendable, Equatable {
    /// `[N]`, class indices.
    package var others: [Int32]
    /// `[N]`, of the first label, ½…1.
    package var shares: [Float]

    /// Mixes nothing.
    package init(batchSize: Int) {
        others = Array(repeating: 0, count: batchSize)
        shares = Array(repeating: 1, count: batchSize)
    }
}

/// Sums over one batch, weighted by sample so that a short batch counts for what it holds.
package struct LossStatistics: Sendable, Equatable {
    /// Σ weight·c[label]·ℓ
    package var lossSum: Double = 0
    /// Σ weight·c[label]
    package var weightSum: Double = 0
    /// Samples of positive weight whose largest logit is at the label; ties go to the lowest index.
    package var correct: Int = 0
    /// Samples of positive weight.
    package var count: Int = 0
    package init() {}

    package static func += (sums: inout LossStatistics, other: LossStatistics) {
        sums.lossSum += other.lossSum
        sums.weightSum += other.weightSum
        sums.correct += other.correct
        sums.count += other.count
    }
}

/// A step as it can be printed: what, for which layer, by which means, at what cost.
package struct StepInfo: Sendable {
    package var name: String
    package var layer: String
    package var phase: Phase
    /// The primitive or kernel and the layouts it works on.
    package var implementation: String
    /// Where there were several algorithms for the operation: the one chosen, and how.
    package var algorithm: String?
    package var origin: AlgorithmOrigin?
    package var multiplyAdds: Int
    /// Bytes read and written.
    package var bytes: Int
    /// Logical values that hold the step's results.
    package var outputs: [ValueID]

    package init(
        name: String, layer: String, phase: Phase, implementation: String, algorithm: String? = nil,
        origin: AlgorithmOrigin? = nil, multiplyAdds: Int, bytes: Int, outputs: [ValueID]
    ) {
        self.name = name
        self.layer = layer
        self.phase = phase
        self.implementation = implementation
        self.algorithm = algorithm
        self.origin = origin
        self.multiplyAdds = multiplyAdds
        self.bytes = bytes
        self.outputs = outputs
    }
}

/// Bytes that a plan holds, known before it runs.
package struct PlanMemory: Sendable, Codable, Equatable {
    /// Parameters, running statistics and optimiser state.
    package var persistent: Int
    /// Activations, gradients and workspaces, sharing one arena.
    package var arena: Int
    /// What the primitives borrow while they run.
    package var scratch: Int
    package var total: Int { persistent + arena + scratch }

    package init(persistent: Int, arena: Int, scratch: Int) {
        self.persistent = persistent
        self.arena = arena
        self.scratch = scratch
    }
}

/// A plan that cannot be compiled or run.
package struct PlanError: CodedError {
    package enum Code: String, Sendable {
        /// The backend has no implementation of an operation.
        case unsupported
        case outOfMemory
        case engineFailure
        case model
        case invalid
    }
    package static let area = "plan"
    package var facts: ErrorFacts<Code>
    /// Set for errors of the network itself, which keep their own code.
    package var model: ModelErrorBox?

    package init(_ facts: ErrorFacts<Code>) { self.facts = facts }

    package var code: String { model?.code ?? "plan.\(kind.rawValue)" }
    package var exitClass: ExitClass { kind == .model || kind == .unsupported ? .usage : .internal }
}

/// The code of an error that another room threw.
package struct ModelErrorBox: Sendable, Equatable {
    package var code: String
}
