// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusTensor
import Testing

@testable import OcellusArchive

@Suite("JSON") struct JSONTests {
    func fault(_ bytes: [UInt8]) -> JSONFault? {
        do throws(JSONFault) {
            var scanner = try JSONScanner(bytes)
            try scanner.skipValue()
            try scanner.end()
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "takes what RFC 8259 allows",
        arguments: [
            "{}", "[]", " [ 1 , -0, 0.5, 1e3, -1.25E-7 ] \n", #"{"a":{"a":[true,false,null]},"b":""}"#, "\"é\\u00e9\"",
            #""\ud83d\ude00\"\\\/\b\f\n\r\t""#, "7",
        ])
    func takes(text: String) {
        #expect(fault(Array(text.utf8)) == nil)
    }

    @Test(
        "refuses everything else",
        arguments: [
            ("", "the end of the text instead of a value"), ("{", "the end of the text instead of a string"),
            ("[1,]", "\"]\" instead of a value"), ("{\"a\":1,}", "\"}\" instead of a string"),
            ("{\"a\" 1}", "\"1\" instead of a colon"), ("{\"a\":1,\"a\":2}", "the key \"a\" for the second time"),
            ("{\"b\":[{\"a\":1,\"\\u0061\":2}]}", "the key \"a\" for the second time"), ("NaN", "instead of a value"),
            ("-Infinity", "instead of a value"), ("[1 2]", "instead of a comma"), ("01", "leading zero"),
            ("1.", "instead of a digit"), ("1e", "instead of a digit"), ("+1", "instead of a value"),
            ("tru", "instead of a value"), ("\"a", "inside a string"), ("\"\u{1}\"", "control character"),
            (#""\x""#, "unknown escape"), (#""\u12g4""#, "unknown escape"), (#""\ud800""#, "surrogate"),
            (#""\ud800\u0041""#, "surrogate"), (#""\udc00""#, "surrogate"), ("1 2", "instead of the end"),
            ("// no\n1", "instead of a value"), (String(repeating: "[", count: 100), "levels of nesting"),
            ("'a'", "instead of a value"),
        ])
    func refuses(text: String, reason: String) {
        let found = fault(Array(text.utf8))?.reason
        #expect(found?.contains(reason) == true, "\(found ?? "accepted")")
    }

    @Test("refuses bytes that are not UTF-8") func encoding() {
        #expect(fault([0x22, 0xFF, 0x22])?.reason == "text that is not UTF-8")
        #expect(fault([0x22, 0xC0, 0x80, 0x22])?.reason == "text that is not UTF-8")
    }

    @Test("reads strings and counts as they are") func values() throws {
        var scanner = try JSONScanner(Array(#" "a\u00e9\ud83d\ude00 é" 0 12 -1"#.utf8))
        #expect(try scanner.string() == "aé😀 é")
        #expect(try scanner.count() == 0)
        #expect(try scanner.count() == 12)
        #expect(throws: JSONFault.self) { try scanner.count() }
        for text in ["1.0", "1e2", "-0", "9223372036854775808", "\"1\""] {
            var scanner = try JSONScanner(Array(text.utf8))
            #expect(throws: JSONFault.self) { try scanner.count() }
        }
    }

    @Test("quotes any string so that it reads back", arguments: ["", "a\"b\\c\nd\u{0}\u{1F}", "é😀/ \u{7F}"])
    func literal(text: String) throws {
        var scanner = try JSONScanner(Array(text.jsonLiteral.utf8))
        #expect(try scanner.string() == text)
        #expect(try JSONDecoder().decode(String.self, from: Data(text.jsonLiteral.utf8)) == text)
    }

    struct Value: Codable, Equatable {
        var name = "a/b"
        var seed = UInt64.max
        var floats: [Float] = [0.1, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -0.0, 0.333_333_34]
        var doubles = [0.1, 1.0 / 3, 1e300, .leastNonzeroMagnitude]
        var inner = ["b": 1, "a": 2, "c": 3]
    }

    @Test("values read back bit for bit from the same text") func roundTrip() throws {
        let text = try CanonicalJSON.encode(Value())
        #expect(text == (try CanonicalJSON.encode(Value())))
        #expect(text.hasPrefix(#"{"doubles":[0.1,"#))
        #expect(text.contains(#""inner":{"a":2,"b":1,"c":3},"name":"a/b","seed":18446744073709551615}"#))
        let back = try CanonicalJSON.decode(Value.self, from: text)
        #expect(back == Value())
        #expect(back.floats.map(\.bitPattern) == Value().floats.map(\.bitPattern))
        #expect(back.doubles.map(\.bitPattern) == Value().doubles.map(\.bitPattern))
    }

    @Test("a number that is not finite has no text") func notFinite() {
        let error = archiveError { _ = try CanonicalJSON.encode(Value(doubles: [.nan])) }
        #expect(error?.kind == .unwritableValue)
        #expect(error?.summary == "doubles[0] cannot be written as JSON.")
        #expect(error?.received == "nan")
    }

    @Test(
        "decoding errors name the place",
        arguments: [
            (#"{"a":1,"a":1}"#, "the settings is not sound JSON.", "for the second time"),
            ("{}", "the settings is incomplete.", "name"),
            (#"{"name":1,"seed":1,"floats":[],"doubles":[],"inner":{}}"#, "wrong type at name", "String"),
            (#"{"name":"","seed":-1,"floats":[],"doubles":[],"inner":{}}"#, "a number that is negative", "number"),
            (
                #"{"name":"","seed":1,"floats":[1e99],"doubles":[],"inner":{}}"#, "a number that is negative",
                "too large"
            ),
            (#"{"name":"","seed":1,"floats":[],"doubles":[1,"x"],"inner":{}}"#, "wrong type at doubles[1]", "Double"),
        ])
    func errors(text: String, summary: String, detail: String) {
        let error = archiveError { _ = try CanonicalJSON.decode(Value.self, from: text, what: "the settings") }
        #expect(error?.kind == .unreadableJSON)
        #expect(error?.exitClass == .data)
        #expect(error?.summary.contains(summary) == true, "\(error?.rendered ?? "accepted")")
        #expect(error?.rendered.contains(detail) == true, "\(error?.rendered ?? "accepted")")
    }
}
