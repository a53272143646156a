// SPDX-License-Identifier: Apache-2.0

/// Which operation of a program writes each value and which read it, by their positions.
package struct DefUse {
    private var writers: [Int?]
    private var readers: [[Int]]

    package init(_ program: Program) {
        writers = Array(repeating: nil, count: program.values.count)
        readers = Array(repeating: [], count: program.values.count)
        for (position, operation) in program.operations.enumerated() {
            for id in operation.outputs { writers[id.index] = position }
            // One that reads a value twice is one reader.
            for id in Set(operation.inputs) { readers[id.index].append(position) }
        }
    }

    /// The operation that writes a value; `nil` for one that the host writes or that persists.
    package func writer(of id: ValueID) -> Int? { writers[id.index] }

    /// The operations that read a value, in order.
    package func readers(of id: ValueID) -> [Int] { readers[id.index] }

    /// The one operation that reads a value.
    ///
    /// - Parameter other: A position that does not count.
    package func onlyReader(of id: ValueID, besides other: Int? = nil) -> Int? {
        let found = readers[id.index].filter { $0 != other }
        return found.count == 1 ? found[0] : nil
    }
}
