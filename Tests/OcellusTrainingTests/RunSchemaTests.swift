// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusTensor
import Testing

@testable import OcellusTraining

@Suite("Schemas of a run") struct RunSchemaTests {
    @Test("schema 1 becomes today's") func older() throws {
        let old = #"{"data":{"fit":"pad","path":"photos","size":[3,4],"skipsUnreadable":false},"schema":1,"x":[1.50]}"#
        let expected =
            #"{"data":{"fitting":{"fit":"pad","size":[3,4]},"path":"photos","skipsUnreadable":false},"schema":2,"x":[1.50]}"#
        #expect(try RunSchema.configuration(old) == expected)
        #expect(try RunSchema.configuration(expected) == expected)
    }

    @Test("what is no sound object is left to its decoder", arguments: ["", "[1]", #"{"schema":1"#, "{}", "null"])
    func damaged(text: String) throws {
        #expect(try RunSchema.configuration(text) == text)
    }
}
