// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusTensor
import Testing

@Suite("JSON of any form") struct JSONValueTests {
    @Test("every kind of value is read as it is written") func kinds() throws {
        let text = #"{"a": [1, -2.50, 18446744073709551615], "b": null, "c": true, "d": {"e": "x\n"}}"#
        let value = try JSONValue(Array(text.utf8))
        #expect(
            value
                == .object([
                    "a": .array([.number("1"), .number("-2.50"), .number("18446744073709551615")]), "b": .null,
                    "c": .bool(true), "d": .object(["e": .string("x\n")]),
                ]))
        #expect(value.members?["d"]?.members?["e"]?.field == "x\n" && value.field == nil)
    }

    @Test(
        "a field of a table is a text, a number or a truth value",
        arguments: [("3", "3"), ("3.0", "3"), ("0.50", "0.5"), ("-7", "-7"), ("true", "true"), ("\"\"", "")])
    func fields(json: String, text: String) throws {
        #expect(try JSONValue(Array(json.utf8)).field == text)
    }

    @Test("what is no JSON is an error", arguments: ["", "{", "[1,]", "nul", "1 2", "{\"a\":1,\"a\":2}"])
    func faults(text: String) {
        #expect(throws: JSONFault.self) { try JSONValue(Array(text.utf8)) }
    }

    @Test("numbers beyond 2^53 are named with their place, seeds are exempt") func range() throws {
        func check(_ text: String) throws { try NumberOutOfRange.check(json: Array(text.utf8)) }
        try check(#"{"a": 9007199254740992, "seed": 18446744073709551615}"#)
        let error = #expect(throws: NumberOutOfRange.self) { try check(#"{"a": {"b": [1, 1e300]}}"#) }
        #expect(error?.name == "a.b[1]" && error?.received == "1e300")
        #expect(throws: NumberOutOfRange.self) { try check(#"[1e999]"#) }
    }
}
