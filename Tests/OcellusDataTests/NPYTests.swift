// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusData
@testable import OcellusPixels

@Suite("NPY") struct NPYTests {
    /// Two images of 1×2 pixels.
    private static let pixels: [UInt8] = [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16]
    private static let images = Raw.npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 2, 3), }", pixels)

    private static func labels(_ type: String, _ values: [UInt8]) -> [UInt8] {
        Raw.npy("{'descr': '\(type)', 'fortran_order': False, 'shape': (2,), }", values)
    }

    @Test(
        "reads images and labels",
        arguments: [
            ("|u1", [1, 0]), ("<i4", [1, 0, 0, 0, 0, 0, 0, 0]),
            ("<i8", [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ] as [(String, [UInt8])]) func reads(type: String, values: [UInt8]) throws
    {
        let set = try NPY.imageSet(
            images: NPY(Self.images, path: "a"), labels: NPY(Self.labels(type, values), path: "b"), classes: ["x", "y"])
        #expect(set.shape == [3, 1, 2] && set.labels == [1, 0])
        #expect(try set.pixels(at: 0) == [1, 4, 2, 5, 3, 6])
        #expect(try set.pixels(at: 1) == [11, 14, 12, 15, 13, 16])
    }

    @Test("reads a range") func range() throws {
        let labels = try NPY(Self.labels("|u1", [1, 0]), path: "b")
        let images = try NPY(Self.images, path: "a")
        let set = try NPY.imageSet(images: images, labels: labels, classes: ["x", "y"], range: 1..<2)
        #expect(try set.count == 1 && set.labels == [0] && set.pixels(at: 0) == [11, 14, 12, 15, 13, 16])
        let error = #expect(throws: DataError.self) {
            _ = try NPY.imageSet(images: images, labels: labels, classes: ["x", "y"], range: 1..<3)
        }
        #expect(error?.kind == .doNotMatch && error?.needs == "3" && error?.received == "2")
    }

    @Test(
        "reads every way to write the header",
        arguments: [
            "{'descr':'|u1','fortran_order':False,'shape':(12,)}",
            "{\"shape\": (3, 4), \"fortran_order\": False, \"descr\": \"|u1\"}",
            "{ 'shape' : ( 12 , ) , 'descr' : '|u1' , 'fortran_order' : False }   \n",
        ]) func headers(header: String) throws
    {
        for version in [1, 2, 3] as [UInt8] {
            #expect(try NPY(Raw.npy(header, Self.pixels, version: version), path: "a").shape.count == 12)
        }
    }

    @Test(
        "refuses what is no header",
        arguments: [
            "", "{", "{}", "{'descr': '|u1'}", "{'descr': '|u1', 'fortran_order': False, 'shape': (12)",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (12 34)}",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (-12,)}",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,12)}",
            "{'descr': '|u1', 'fortran_order': 0, 'shape': (12,)}",
            "{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (12,)}",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (12,), 'more': 1}",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (12,)} x", "{'descr: '|u1', 'fortran_order': False}",
            "[('descr', '|u1')]",
        ]) func noHeader(header: String)
    {
        let error = #expect(throws: DataError.self) { _ = try NPY(Raw.npy(header, Self.pixels), path: "a.npy") }
        #expect(error?.kind == .damaged, "\(error?.rendered ?? "")")
    }

    @Test("refuses other types, orders and sizes") func others() {
        let rows: [(String, DataError.Code)] = [
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", .unknownKind),
            ("{'descr': '|O', 'fortran_order': False, 'shape': (12,)}", .unknownKind),
            ("{'descr': '|u1', 'fortran_order': True, 'shape': (12,)}", .unknownKind),
            ("{'descr': '|u1', 'fortran_order': False, 'shape': (13,)}", .wrongSize),
            ("{'descr': '|u1', 'fortran_order': False, 'shape': (11,)}", .wrongSize),
            ("{'descr': '<i8', 'fortran_order': False, 'shape': (12,)}", .wrongSize),
            ("{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4)}", .wrongSize),
            ("{'descr': '<i8', 'fortran_order': False, 'shape': (4611686018427387904,)}", .wrongSize),
            // Eight times as many bytes are the largest number that is left before the header is added.
            ("{'descr': '<i8', 'fortran_order': False, 'shape': (1152921504606846975,)}", .wrongSize),
            ("{'descr': '|u1', 'fortran_order': False, 'shape': (9223372036854775807,)}", .wrongSize),
        ]
        for (header, code) in rows {
            let error = #expect(throws: DataError.self) { _ = try NPY(Raw.npy(header, Self.pixels), path: "a") }
            #expect(error?.kind == code, "\(header)")
        }
    }

    @Test("every cut is an error") func cuts() {
        for count in 0..<Self.images.count {
            #expect(throws: DataError.self) { _ = try NPY(Array(Self.images.prefix(count)), path: "a") }
        }
    }

    @Test("labels are in range, and as many as images") func labels() throws {
        for (type, values) in [
            ("|u1", [0, 2]), ("<i4", [0, 0, 0, 0, 255, 255, 255, 255]), ("|u1", [200, 0]),
        ] as [(String, [UInt8])] {
            let labels = try NPY(Self.labels(type, values), path: "b")
            let error = #expect(throws: DataError.self) { _ = try labels.labels(classes: 2) }
            #expect(error?.kind == .labelOutOfRange)
        }
        let three = try NPY(Raw.npy("{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}", [0, 0, 0]), path: "b")
        let error = #expect(throws: DataError.self) {
            _ = try NPY.imageSet(images: NPY(Self.images, path: "a"), labels: three, classes: ["x", "y"])
        }
        #expect(error?.kind == .doNotMatch)
    }
}

extension Raw {
    static func npy(_ header: String, _ values: [UInt8], version: UInt8 = 1) -> [UInt8] {
        let length = littleEndian(header.utf8.count)
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + length.prefix(version == 1 ? 2 : 4) + Array(header.utf8)
            + values
    }
}
