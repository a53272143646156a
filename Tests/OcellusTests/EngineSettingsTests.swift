// SPDX-License-Identifier: Apache-2.0

import Ocellus
import OcellusArchive
import OcellusPlan
import OcellusTensor
import Testing

@Suite("Settings of the engine") struct EngineSettingsTests {
    @Test("give the engine they describe, also from JSON") func engine() throws {
        let settings = EngineSettings(backend: "onednn", threads: 2, algorithms: .fixed)
        let text = try CanonicalJSON.encode(settings)
        #expect(text == #"{"algorithms":"fixed","backend":"onednn","precision":"float32","threads":2}"#)
        let backend = try CanonicalJSON.decode(EngineSettings.self, from: text).makeBackend(loaderThreads: 0)
        #expect(settings.describes(backend) && EngineSettings(backend, algorithms: .fixed) == settings)
        #expect(!EngineSettings(backend: "onednn", threads: 1).describes(backend))
        #expect(!EngineSettings(backend: "reference", threads: 2).describes(backend))
    }

    @Test("a backend that is unknown is an error, not another backend") func unknown() {
        let error = #expect(throws: ConfigurationError.self) {
            try EngineSettings(backend: "cuda", threads: 1).makeBackend()
        }
        #expect(error?.needs == "onednn or reference" && error?.received == "cuda")
    }
}
