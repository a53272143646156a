// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusModel
import OcellusTensor
import Testing

@testable import OcellusArchive

@Suite("Checkpoint") struct CheckpointTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    static let weights = Weights(
        parameters: [Tensor([2, 1], [1, -0.0]), Tensor([1], [.greatestFiniteMagnitude])],
        buffers: [Tensor([3], [0.1, 0.2, 0.3])], batchesTracked: 41)

    @Test("everything reads back, frozen parameters without state included", arguments: [false, true])
    func roundTrip(hasBest: Bool) throws {
        var best = Self.weights
        best.parameters[0].scalars[0] = 5
        best.batchesTracked = 7
        let checkpoint = Checkpoint(
            weights: Self.weights, optimizerState: [[], [Tensor([1], [1]), Tensor([1], [2])]],
            bestWeights: hasBest ? best : nil, slowWeights: hasBest ? Self.weights : nil,
            averagedWeights: hasBest ? best : nil,
            metadata: ["training": "{\"a\":1}", "format": "mine", "checkpoint": "x"])
        try checkpoint.write(to: scratch.file("c"))
        #expect(try Checkpoint(contentsOf: scratch.file("c")) == checkpoint)
        let first = try AtomicFile.read(scratch.file("c"))
        try checkpoint.write(to: scratch.file("c"))
        #expect(try AtomicFile.read(scratch.file("c")) == first)
        #expect(try scratch.contents == ["c"])
    }

    @Test("a network without state has a checkpoint too") func plain() throws {
        let checkpoint = Checkpoint(
            weights: Weights(parameters: Self.weights.parameters, buffers: []), optimizerState: [[], []])
        try checkpoint.write(to: scratch.file("c"))
        #expect(try Checkpoint(contentsOf: scratch.file("c")) == checkpoint)
    }

    @Test(
        "false layouts are refused",
        arguments: [
            (#"{"version":2,"surprise":1}"#, ArchiveError.Code.newerFormat),
            (#"{"version":1}"#, .unreadableJSON), (#"{"version":"1"}"#, .unreadableJSON), ("", .unreadableJSON),
            (#"{"version":1,"weights":{"parameters":2,"buffers":0,"batchesTracked":0},"slots":[]}"#, .corrupt),
            (#"{"version":1,"weights":{"parameters":0,"buffers":0,"batchesTracked":0},"slots":[1]}"#, .missingTensor),
            (#"{"version":1,"weights":{"parameters":1,"buffers":0,"batchesTracked":-1},"slots":[]}"#, .corrupt),
            (
                #"{"version":1,"weights":{"parameters":9223372036854775807,"buffers":9223372036854775807,"#
                    + #""batchesTracked":0},"slots":[]}"#, .corrupt
            ),
            (#"{"version":1,"weights":{"parameters":2,"buffers":-1,"batchesTracked":0},"slots":[]}"#, .corrupt),
        ])
    func layouts(layout: String, code: ArchiveError.Code) throws {
        var writer = SafetensorsWriter(metadata: ["checkpoint": layout])
        writer.add("weights.parameters.0", Tensor<Float>([1], [1]))
        try writer.write(to: scratch.file("c"))
        #expect(archiveError { _ = try Checkpoint(contentsOf: scratch.file("c")) }?.kind == code)
    }

    @Test("a file of another kind is no checkpoint") func otherKind() throws {
        try SafetensorsWriter().write(to: scratch.file("c"))
        let error = archiveError { _ = try Checkpoint(contentsOf: scratch.file("c")) }
        #expect(error?.kind == .foreignFormat)
        #expect(error?.summary.contains("is not a checkpoint") == true)
    }
}
