// SPDX-License-Identifier: Apache-2.0

import COneDNN
import OcellusModel
import OcellusPlan
import OcellusTensor

/// The values of the current operation in the forms that it asks for; copies are made by reorder steps.
extension PlanCompiler {
    func shape(_ id: ValueID) -> Shape { program[id].shape }

    /// Sizes of a value as rows of its last axis: `[N, F]`, of tokens `[N·T, F]`.
    func rows(_ id: ValueID) -> [Int] {
        let last = shape(id).dimensions.last ?? 1
        return [shape(id).count / last, last]
    }

    /// Memory for a value that the current operation writes.
    ///
    /// - Parameter home: Where; found from the value's role when left out.
    mutating func newInstance(_ id: ValueID, _ layout: Layout, home: Home? = nil) -> Instance {
        values.newInstance(id, layout, home: home)
    }

    /// Memory for an elementwise result: that of `source` when nothing reads it later.
    mutating func newInstance(_ id: ValueID, over source: Instance) -> Instance {
        values.newInstance(id, over: source, at: position)
    }

    /// Memory that only the current operation uses, or that it leaves for its gradient.
    mutating func temporary(_ layout: Layout) -> Instance { values.temporary(layout) }

    /// Memory for bytes without a layout.
    mutating func temporary(bytes: Int) -> Int { values.newBuffer(bytes, home: .arena) }

    /// The same for what is kept from run to run.
    mutating func kept(bytes: Int) -> Int { values.newBuffer(bytes, home: .own) }

    /// Whether the current operation may write over memory that it reads.
    func isLastUse(of source: Instance) -> Bool { values.isLastUse(of: source, at: position) }

    /// Lets one value be another's memory under its own shape.
    mutating func alias(_ id: ValueID, of source: ValueID) throws(PlanError) { try values.alias(id, of: source) }

    /// The form in which a value was written.
    func written(_ id: ValueID) throws(PlanError) -> Instance { try values.written(id) }

    /// How a parameter lies whose whole gradient a value is; `nil` for other values.
    func parameterLayout(ofGradient id: ValueID) throws(PlanError) -> Layout? {
        try values.parameterLayout(ofGradient: id)
    }

    func instances(of id: ValueID) -> [Instance] { values[id] }

    /// Memory for a parameter, in the layout of the first operation that reads it; the value in the wanted layout for others.
    mutating func parameter(_ id: ValueID, as layout: Layout) throws(PlanError) -> Instance {
        values[id].isEmpty ? newInstance(id, layout) : try instance(id, as: layout)
    }

    /// The layout in which an operation writes its gradient of a parameter: the parameter's own, unless that was laid out for
    /// other axes, by another operation that reads it. The sum of the gradients is laid out anew then.
    func gradientLayout(of id: ValueID, like layout: Layout) throws(PlanError) -> Layout {
        let own = try written(id).layout
        return own.dimensions == layout.dimensions ? own : layout
    }

    /// The form in which a value was written, in float32.
    mutating func primary(_ id: ValueID) throws(PlanError) -> Instance {
        let source = try written(id)
        if source.layout.type == .float32 { return source }
        for instance in values[id] where instance.layout.type == .float32 { return instance }
        return try instance(id, as: .maps(source.layout.dimensions, block: max(1, source.layout.block)))
    }

    /// The value in the wanted layout, by a reorder step when no instance has it.
    mutating func instance(_ id: ValueID, as layout: Layout) throws(PlanError) -> Instance {
        for instance in values[id] where instance.layout.equals(layout) { return instance }
        let source = try written(id)
        if source.layout.isRowMajor, layout.isRowMajor, layout.bytes == source.layout.bytes,
            layout.type == source.layout.type
        {
            return Instance(buffer: source.buffer, layout: layout)
        }
        // A copy must speak of the same logical axes; row-major memory has them all.
        var from = source
        if source.layout.dimensions != layout.dimensions {
            from = try rowMajor(id)
            from.layout = try .plain(layout.dimensions)
            if layout.isRowMajor, layout.type == .float32 { return from }
        }
        let copy = temporary(layout)
        values.attach(copy, to: id)
        try reorder(from, to: copy, name: "reorder \(program[id].name)")
        return copy
    }

    /// The value in row-major order and float32, with the dimensions of its layout.
    private mutating func rowMajor(_ id: ValueID) throws(PlanError) -> Instance {
        for instance in values[id] where instance.layout.isRowMajor && instance.layout.type == .float32 {
            return instance
        }
        let source = try written(id)
        let copy = temporary(try .plain(source.layout.dimensions))
        values.attach(copy, to: id)
        try reorder(source, to: copy, name: "reorder \(program[id].name)")
        return copy
    }

    /// The value in row-major order of its own shape.
    mutating func plain(_ id: ValueID) throws(PlanError) -> Instance {
        try plain(id, shape(id).dimensions)
    }

    /// The value in row-major order under other dimensions of the same count.
    mutating func plain(_ id: ValueID, _ dimensions: [Int]) throws(PlanError) -> Instance {
        Instance(buffer: try rowMajor(id).buffer, layout: try .plain(dimensions))
    }

    /// A value `[N, C, H, W]` in a layout that the vector kernels know, preferably as it is.
    mutating func maps(_ id: ValueID, block: Int? = nil) throws(PlanError) -> Instance {
        let dimensions = shape(id).dimensions
        let source = try primary(id)
        if source.layout.dimensions == dimensions, source.layout.block != 0,
            block == nil || block == source.layout.block
        {
            return source
        }
        return try instance(id, as: try .maps(dimensions, block: block ?? 1))
    }
}
