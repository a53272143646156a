// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusTensor
import Testing

@Suite("Shape") struct ShapeTests {
    @Test(
        "a file's shape can be counted",
        arguments: ["[3, 4]", "[]", "[0, 4611686018427387904]", "[9223372036854775807]"])
    func counted(text: String) throws {
        let shape = try JSONDecoder().decode(Shape.self, from: Data(text.utf8))
        #expect(shape.count == shape.checkedCount)
        #expect(try JSONDecoder().decode(Shape.self, from: JSONEncoder().encode(shape)) == shape)
    }

    @Test(
        "one that cannot be counted is refused",
        arguments: [
            "[4611686018427387904, 4]", "[-1]", "[3, -9223372036854775808]", "[1, 0.5]", "[9223372036854775808]",
        ])
    func refused(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Shape.self, from: Data(text.utf8)) }
    }
}
