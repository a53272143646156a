// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusPlan
import OcellusTraining
import Testing

@testable import OcellusEvidence

@Suite("The published run") struct PublishedRunTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/results/cifar-10")

    @Test("its configuration, record and cells are read") func reading() throws {
        let run = try RunDirectory.open(Self.folder.path(percentEncoded: false))
        let configuration = try EvidenceRun.configuration(of: run)
        #expect(configuration.engine == EngineSettings(backend: "onednn", threads: 1))
        #expect(configuration.data.path == "cifar-10-batches-bin")
        let text = String(decoding: try Data(contentsOf: run.recordFile), as: UTF8.self)
        #expect(try CanonicalJSON.decode(EvidenceRecord.self, from: text).claims.count == configuration.claims.count)
        for cell in configuration.queue {
            let file = Self.folder.appending(path: "cells/\(cell).json")
            let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
            #expect(try CanonicalJSON.decode(CellFile.self, from: text).cell.id == cell)
        }
    }
}
