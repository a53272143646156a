// SPDX-License-Identifier: Apache-2.0

/// The messages of ONNX that a network needs, by the names and numbers that `onnx.proto` publishes. What is not here is skipped
/// when a file is read: documentation, quantization, training information.
package struct ONNXModel {
    package var irVersion = 0
    package var producerName = ""
    package var producerVersion = ""
    /// Version of each set of operators; the standard one has an empty domain.
    package var operatorSets: [String: Int] = [:]
    package var graph = ONNXGraph()
    /// In file order; of two with one key the last counts.
    package var metadata: [(key: String, value: String)] = []
    /// Names of operators that the file defines itself.
    package var functions: [String] = []
}

package struct ONNXGraph {
    package var name = ""
    package var nodes: [ONNXNode] = []
    package var initializers: [ONNXTensor] = []
    package var inputs: [ONNXValueInfo] = []
    package var outputs: [ONNXValueInfo] = []
}

package struct ONNXNode: Equatable {
    package var inputs: [String] = []
    package var outputs: [String] = []
    package var name = ""
    package var type = ""
    package var domain = ""
    package var attributes: [ONNXAttribute] = []

    package subscript(name: String) -> ONNXAttribute.Value? { attributes.last { $0.name == name }?.value }
}

package struct ONNXAttribute: Equatable {
    package enum Value: Equatable {
        case float(Float)
        case integer(Int)
        case text([UInt8])
        case tensor(ONNXTensor)
        case floats([Float])
        case integers([Int])
        case texts([[UInt8]])
        /// Of a kind that no operator in our table has, e.g. a graph.
        case other
    }
    package var name: String
    package var value: Value
}

package struct ONNXTensor: Equatable {
    /// By `TensorProto.DataType`.
    package enum Element: Int {
        case float = 1
        case uint8 = 2
        case int8 = 3
        case uint16 = 4
        case int16 = 5
        case int32 = 6
        case int64 = 7
        case bool = 9
        case float16 = 10
        case double = 11
        case uint32 = 12
        case uint64 = 13
        case bfloat16 = 16

        /// Bytes.
        var size: Int {
            switch self {
            case .uint8, .int8, .bool: 1
            case .uint16, .int16, .float16, .bfloat16: 2
            case .float, .int32, .uint32: 4
            case .int64, .double, .uint64: 8
            }
        }
    }
    package enum Content: Equatable {
        case floats([Float])
        case integers([Int])
        /// Little-endian elements at this place of the file.
        case inFile(Range<Int>)
        /// Little-endian elements in another file of the same folder.
        case external(name: String, offset: Int, length: Int?)
    }
    package var name: String
    package var dimensions: [Int]
    package var element: Element
    package var content: Content

    package init(_ name: String, _ dimensions: [Int], floats: [Float]) {
        (self.name, self.dimensions, element, content) = (name, dimensions, .float, .floats(floats))
    }

    package init(_ name: String, _ dimensions: [Int], integers: [Int]) {
        (self.name, self.dimensions, element, content) = (name, dimensions, .int64, .integers(integers))
    }

    init(name: String, dimensions: [Int], element: Element, content: Content) {
        (self.name, self.dimensions, self.element, self.content) = (name, dimensions, element, content)
    }
}

package struct ONNXValueInfo: Equatable {
    package enum Dimension: Equatable {
        case size(Int)
        case named(String)
    }
    package var name: String
    /// `TensorProto.DataType`; 0 where it is not said.
    package var element = 0
    /// `nil` where not even the number of axes is said.
    package var dimensions: [Dimension]?
}
