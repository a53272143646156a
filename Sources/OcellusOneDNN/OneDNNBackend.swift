// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import COneDNN
package import OcellusGraph
package import OcellusModel
package import OcellusPlan
import OcellusTensor

/// The engine: oneDNN for convolutions and matrix products, own vector kernels for everything else.
///
/// Calls of ``compile(_:)`` and of what it returns belong on ``thread``, where the team of threads is kept.
package struct OneDNNBackend: Backend {
    package let thread: DeviceThread
    package let threads: Int
    package let loaderThreads: Int
    package let precision: Precision
    private let book: AlgorithmBook
    package var name: String { "onednn" }

    /// In float32.
    ///
    /// - Parameters:
    ///   - threads: At least 1; the processors that the process may use when left out.
    ///   - loaderThreads: At least 0; as many as `threads` when left out.
    ///   - algorithms: The rule of the shapes when left out.
    ///   - thread: A device of its own where it is not the shared one.
    package init(
        threads: Int? = nil, loaderThreads: Int? = nil, algorithms: AlgorithmBook? = nil, thread: DeviceThread = .shared
    ) {
        self.init(checked: threads, loaderThreads, .float32, algorithms, thread)
    }

    /// - Parameters:
    ///   - threads: At least 1; the processors that the process may use when left out.
    ///   - loaderThreads: At least 0; as many as `threads` when left out.
    ///   - precision: What products are computed in.
    ///   - algorithms: The rule of the shapes when left out.
    ///   - thread: A device of its own where it is not the shared one.
    /// - Throws: ``PlanError/Code/unsupported`` for a precision that the processor does not compute in.
    package init(
        threads: Int? = nil, loaderThreads: Int? = nil, precision: Precision, algorithms: AlgorithmBook? = nil,
        thread: DeviceThread = .shared
    ) throws(PlanError) {
        guard precision == .float32 || Self.hasBfloat16 else {
            throw PlanError(
                .unsupported, "this processor does not compute in bfloat16.",
                needs: "the instructions AVX512-BF16 or AMX",
                received: String(cString: ocellus_dnn_instruction_set()),
                because: "emulated, bfloat16 would be slower and less exact than float32",
                advice: "--precision float32")
        }
        self.init(checked: threads, loaderThreads, precision, algorithms, thread)
    }

    private init(
        checked threads: Int?, _ loaderThreads: Int?, _ precision: Precision, _ book: AlgorithmBook?,
        _ thread: DeviceThread
    ) {
        self.thread = thread
        self.threads = max(1, threads ?? Int(ocellus_default_threads()))
        self.loaderThreads = max(0, loaderThreads ?? self.threads)
        self.precision = precision
        self.book = book ?? AlgorithmBook(.fixed, machine: Self.details)
    }

    /// The number is raised when a kernel of convolutions changes, so that algorithms are measured anew. Kernels of a debug
    /// build are many times slower.
    package static var kernelsVersion: String {
        #if DEBUG
            "4, not optimised"
        #else
            "4"
        #endif
    }

    package var fusions: any Fusions { EngineFusions(precision) }
    package var choosesAlgorithms: Bool { book.isActive }
    package var measuresAlgorithms: Bool { book.policy == .measured }
    package var algorithms: AlgorithmTable? { book.table }

    package func reusing(
        _ table: AlgorithmTable?, policy: AlgorithmPolicy?, keep: (@Sendable (AlgorithmTable) throws -> Void)?
    ) -> any Backend {
        OneDNNBackend(
            checked: threads, loaderThreads, precision, book.reusing(table, policy: policy, keep: keep), thread)
    }

    package func tracking(_ table: AlgorithmTable?) -> any Backend {
        OneDNNBackend(checked: threads, loaderThreads, precision, book.tracking(table), thread)
    }

    package func takeNotices(ofOthers: Bool) -> [String] { book.takeNotices(ofOthers: ofOthers) }

    package func trainingPart(ofBatch batchSize: Int, _ graph: Graph) throws(ModelError) -> Int {
        try CacheRule.trainingPart(ofBatch: batchSize, graph, precision: precision)
    }

    package func inferenceBatch(of graph: Graph, among sizes: [Int], imageBytes: Double) -> Int? {
        CacheRule.inferenceBatch(of: graph, among: sizes, imageBytes: imageBytes)
    }

    /// Whether the processor has instructions for bfloat16 that oneDNN uses.
    package static var hasBfloat16: Bool { ocellus_dnn_has_bfloat16() }

    package var inFloat32: any Backend {
        OneDNNBackend(threads: threads, loaderThreads: loaderThreads, algorithms: book, thread: thread)
    }

    /// Lets the threads of every team sleep soon when they wait, for the rest of the process.
    package static func sleepSoon() { ocellus_sleep_soon() }

    package var details: String { Self.details }

    /// For example `oneDNN 2.6.3, avx512_core_bf16; kernels avx512`.
    package static var details: String {
        let version = Int(ocellus_dnn_version())
        let library = "oneDNN \(version / 10000).\(version / 100 % 100).\(version % 100)"
        let instructions = String(cString: ocellus_dnn_instruction_set())
        return "\(library), \(instructions); kernels \(String(cString: ocellus_kernels_instruction_set()))"
    }

    package func runTeam(_ body: (_ thread: Int, _ team: Int) -> Void) {
        ocellus_set_threads(Int32(threads))
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { pointer in
                ocellus_parallel(
                    Int32(threads),
                    { context, thread, team in
                        context?.assumingMemoryBound(to: ((Int, Int) -> Void).self).pointee(Int(thread), Int(team))
                    }, UnsafeMutableRawPointer(mutating: pointer))
            }
        }
    }

    package func compile(_ program: Program) throws(PlanError) -> any Executable {
        // oneDNN divides the work among threads when an operation is created.
        ocellus_set_threads(Int32(threads))
        var compiler = try PlanCompiler(program, threads: threads, precision: precision, algorithms: book)
        return try compiler.compile()
    }

    package func compile(_ program: Program, sharing weights: SharedWeights) throws(PlanError) -> any Executable {
        ocellus_set_threads(Int32(threads))
        var compiler = try PlanCompiler(
            program, threads: threads, precision: precision, algorithms: book, weights: weights)
        return try compiler.compile()
    }

    package func chooseAlgorithms(for program: Program) throws(PlanError) {
        guard book.isActive else { return }
        ocellus_set_threads(Int32(threads))
        var compiler = try PlanCompiler(program, threads: threads, precision: precision, algorithms: book)
        try compiler.lowerAll()
    }
}
