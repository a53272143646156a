// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusModel
import OcellusTensor
import Testing

@testable import OcellusTraining

@Suite("Schemas of a run") struct RunSchemaTests {
    @Test("schema 1 becomes today's") func older() throws {
        let old =
            #"{"algorithms":"fixed","data":{"fit":"pad","path":"photos","size":[3,4],"skipsUnreadable":false},"#
            + #""engine":"onednn","precision":"bfloat16","schema":1,"threads":2,"x":[1.50]}"#
        let expected =
            #"{"data":{"fitting":{"fit":"pad","size":[3,4]},"path":"photos","skipsUnreadable":false},"#
            + #""engine":{"algorithms":"fixed","backend":"onednn","precision":"bfloat16","threads":2},"schema":2,"x":[1.50]}"#
        #expect(try RunSchema.configuration(old) == expected)
        #expect(try RunSchema.configuration(expected) == expected)
    }

    @Test("a checkpoint keeps the table of its algorithms, and was in float32 where it does not say") func state()
        throws
    {
        let old = #"{"algorithms":{"choices":{},"machine":"m"},"backend":"reference","threads":1,"version":1}"#
        let expected =
            #"{"algorithms":{"choices":{},"machine":"m"},"#
            + #""engine":{"backend":"reference","precision":"float32","threads":1},"version":2}"#
        #expect(try RunSchema.state(old) == expected)
        #expect(try RunSchema.state(expected) == expected)
    }

    @Test("a training without groups leaves them out in schema 1") func configuration() throws {
        let text = try CanonicalJSON.encode(TrainingConfiguration())
        let rest = text.replacing(#""parameterGroups":[],"#, with: "").replacing(#""dropsLastBatch":false,"#, with: "")
        #expect(rest.count == text.count - 44)
        #expect(try CanonicalJSON.decode(TrainingConfiguration.self, from: rest) == TrainingConfiguration())
    }

    @Test("what is no sound object is left to its decoder", arguments: ["", "[1]", #"{"schema":1"#, "{}", "null"])
    func damaged(text: String) throws {
        #expect(try RunSchema.configuration(text) == text)
    }
}
