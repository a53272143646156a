// SPDX-License-Identifier: Apache-2.0

import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// Throws unless a call into oneDNN succeeded.
///
/// - Parameter action: What was tried, e.g. `create a reorder`.
func check(_ status: Int32, _ action: String) throws(PlanError) {
    if status != 0 { throw failure(status, action) }
}

/// The error of a call that failed.
func failure(_ status: Int32, _ action: String) -> PlanError {
    if status == 1 { return PlanError(.outOfMemory, "there is not enough memory to \(action).", advice: smallerBatch) }
    return PlanError(
        .engineFailure, "oneDNN could not \(action).",
        because: "its status is \(String(cString: ocellus_dnn_status_name(status)))")
}

extension PlanError {
    /// The same with the layer in front of the summary.
    func named(_ layer: String) -> PlanError {
        var named = self
        named.summary = "layer \(layer): \(summary)"
        return named
    }
}

let smallerBatch = "a smaller batch or smaller images"

/// Makes one of oneDNN's objects with a function that writes it to its first argument.
func make(
    _ action: String, _ create: (UnsafeMutablePointer<OpaquePointer?>) -> Int32
) throws(PlanError) -> OpaquePointer {
    var pointer: OpaquePointer?
    try check(create(&pointer), action)
    guard let pointer else { throw PlanError(.engineFailure, "oneDNN returned nothing when asked to \(action).") }
    return pointer
}

/// The CPU as oneDNN's engine and its in-order stream.
final class Context {
    let pointer: OpaquePointer
    init() throws(PlanError) { pointer = try make("open the CPU") { ocellus_dnn_context_create($0) } }
    deinit { ocellus_dnn_context_destroy(pointer) }
}

/// Where each element of a tensor lies in memory (a memory descriptor).
final class Layout {
    let pointer: OpaquePointer
    let dimensions: [Int]
    /// How an element is stored.
    let type: Precision
    /// Bytes with padding.
    let bytes: Int
    /// 1 for row-major, 8 or 16 for maps with channels in blocks of that size, 0 for any other form.
    let block: Int
    /// `nil` for a form that only oneDNN knows.
    let form: LayoutForm?

    fileprivate init(owning pointer: OpaquePointer) {
        self.pointer = pointer
        dimensions = (0..<ocellus_dnn_layout_rank(pointer)).map { Int(ocellus_dnn_layout_dimension(pointer, $0)) }
        type = ocellus_dnn_layout_type(pointer) == OCELLUS_DNN_BFLOAT16 ? .bfloat16 : .float32
        bytes = ocellus_dnn_layout_bytes(pointer)
        block = Int(ocellus_dnn_layout_block(pointer))
        form = LayoutForm(pointer, rank: dimensions.count)
    }
    deinit { ocellus_dnn_layout_destroy(pointer) }

    static func plain(_ dimensions: [Int], _ type: Precision = .float32) throws(PlanError) -> Layout {
        let sizes = dimensions.map(Int64.init)
        return Layout(
            owning: try make("describe a tensor") {
                ocellus_dnn_layout_plain($0, type.stored, Int32(sizes.count), sizes)
            })
    }
    static func strided(_ dimensions: [Int], _ strides: [Int]) throws(PlanError) -> Layout {
        let (sizes, steps) = (dimensions.map(Int64.init), strides.map(Int64.init))
        return Layout(
            owning: try make("describe a tensor") { ocellus_dnn_layout_strided($0, Int32(sizes.count), sizes, steps) })
    }
    /// Maps with channels in blocks of 8 or 16; row-major for block 1.
    static func maps(_ dimensions: [Int], block: Int, _ type: Precision = .float32) throws(PlanError) -> Layout {
        if block == 1 { return try plain(dimensions, type) }
        let sizes = dimensions.map(Int64.init)
        return Layout(
            owning: try make("describe maps") { ocellus_dnn_layout_blocked($0, type.stored, sizes, Int32(block)) })
    }
    /// Filters `[O, C, 3, 3]` in blocks of 8 or 16 inputs by as many outputs.
    static func filters(_ dimensions: [Int], block: Int) throws(PlanError) -> Layout {
        let sizes = dimensions.map(Int64.init)
        return Layout(owning: try make("describe filters") { ocellus_dnn_layout_filters($0, sizes, Int32(block)) })
    }
    /// Left to the operation that it is given to.
    static func any(_ dimensions: [Int], _ type: Precision = .float32) throws(PlanError) -> Layout {
        let sizes = dimensions.map(Int64.init)
        return Layout(
            owning: try make("describe a tensor") {
                ocellus_dnn_layout_any($0, type.stored, Int32(sizes.count), sizes)
            })
    }
    /// The part that starts at `offset` along axis 1.
    func part(_ dimensions: [Int], offset: Int) throws(PlanError) -> Layout {
        let sizes = dimensions.map(Int64.init)
        let starts = dimensions.indices.map { Int64($0 == 1 ? offset : 0) }
        return Layout(
            owning: try make("describe a part of a tensor") { ocellus_dnn_layout_part($0, pointer, sizes, starts) })
    }

    var elements: Int { bytes / (type == .bfloat16 ? 2 : 4) }
    /// Whether the channels fill whole blocks, so that no padding follows them.
    var isUnpadded: Bool { block <= 1 || dimensions[1] % block == 0 }
    /// Whether the elements lie in row-major order of their logical index, as blocks of a single position do.
    var isRowMajor: Bool {
        block == 1 || (block > 1 && isUnpadded && dimensions[2] == 1 && dimensions[3] == 1)
    }
    func equals(_ other: Layout) -> Bool { ocellus_dnn_layout_equal(pointer, other.pointer) }

    /// How many elements apart neighbours lie along each axis, along the first blocks of `block`, and at last within such a
    /// block; `nil` for layouts with other blocks.
    func strides(block: Int) -> [Int]? {
        var strides = [Int64](repeating: 0, count: dimensions.count + 1)
        return ocellus_dnn_layout_strides(pointer, Int32(block), &strides) ? strides.map(Int.init) : nil
    }

    /// For the list of steps: the form, and the type unless it is float32, e.g. `aBcd16b:bf16`.
    var description: String { (form?.description ?? "opaque") + (form != nil && type == .bfloat16 ? ":bf16" : "") }
}

/// How the elements of a tensor lie behind one another, padding aside.
struct LayoutForm: Hashable, CustomStringConvertible {
    struct Block: Hashable {
        var axis: Int
        var size: Int
    }
    /// Axes, outermost first.
    var order: [Int]
    /// Inside, outermost first.
    var blocks: [Block]

    init(order: [Int], blocks: [Block]) {
        self.order = order
        self.blocks = blocks
    }

    fileprivate init?(_ layout: OpaquePointer, rank: Int) {
        var form = ocellus_dnn_form()
        guard ocellus_dnn_layout_form(layout, &form) else { return nil }
        order = withUnsafeBytes(of: &form.order) { $0.bindMemory(to: Int32.self).prefix(rank).map(Int.init) }
        let count = Int(form.block_count)
        let axes = withUnsafeBytes(of: &form.block_axes) { $0.bindMemory(to: Int32.self).prefix(count).map(Int.init) }
        let sizes = withUnsafeBytes(of: &form.blocks) { $0.bindMemory(to: Int64.self).prefix(count).map(Int.init) }
        blocks = zip(axes, sizes).map(Block.init)
    }

    /// Axes by letter, blocked ones in capitals, then the blocks: `aBcd16b`.
    var description: String {
        func letter(_ axis: Int, _ first: Character) -> String {
            String(UnicodeScalar((first.asciiValue ?? 0) + UInt8(axis)))
        }
        let blocked = Set(blocks.map(\.axis))
        return order.map { letter($0, blocked.contains($0) ? "A" : "a") }.joined()
            + blocks.map { "\($0.size)\(letter($0.axis, "a"))" }.joined()
    }
}

extension Precision {
    fileprivate var stored: ocellus_dnn_type { self == .bfloat16 ? OCELLUS_DNN_BFLOAT16 : OCELLUS_DNN_FLOAT32 }
}

/// An operation with sizes, layouts and implementation decided (a primitive descriptor).
final class Description {
    let pointer: OpaquePointer
    /// oneDNN's name of the implementation, e.g. `jit:avx512_core`.
    let implementation: String

    private init(owning pointer: OpaquePointer) {
        self.pointer = pointer
        implementation = String(cString: ocellus_dnn_operation_name(pointer))
    }
    deinit { ocellus_dnn_operation_destroy(pointer) }

    /// The operation, or `nil` when oneDNN has none for these layouts but its slow reference.
    static func probe(
        _ create: (UnsafeMutablePointer<OpaquePointer?>) -> Int32
    ) throws(PlanError) -> Description? {
        var pointer: OpaquePointer?
        let status = create(&pointer)
        // Invalid arguments and unimplemented are how it says that it cannot.
        if status == 2 || status == 3 { return nil }
        try check(status, "describe an operation")
        guard let pointer else { return nil }
        let description = Description(owning: pointer)
        return description.implementation.contains("ref") ? nil : description
    }

    /// A copy between layouts; here the reference is accepted, since some forms have nothing else.
    static func reorder(_ context: Context, _ from: Layout, _ to: Layout) throws(PlanError) -> Description {
        Description(
            owning: try make("convert \(from.description) to \(to.description)") {
                ocellus_dnn_reorder($0, context.pointer, from.pointer, to.pointer)
            })
    }

    /// Whether it unfolds windows into a matrix, which costs memory traffic.
    var isMatrixProduct: Bool { implementation.contains("gemm:") && !implementation.contains("brgemm") }

    /// The layout of an argument, or `nil` when the operation has none of that kind.
    func layout(_ argument: Int) throws(PlanError) -> Layout? {
        var layout: OpaquePointer?
        let status = ocellus_dnn_operation_layout(&layout, pointer, Int32(argument))
        if status == 3 { return nil }
        try check(status, "read a layout")
        return layout.map(Layout.init(owning:))
    }

    /// The layout of an argument that the operation must have.
    func required(_ argument: Int) throws(PlanError) -> Layout {
        guard let layout = try layout(argument) else {
            throw PlanError(.engineFailure, "oneDNN's \(implementation) has no argument \(argument).")
        }
        return layout
    }
}
