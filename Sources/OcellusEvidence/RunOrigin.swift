// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusPlan
import OcellusTensor

/// Throws unless a run goes on with the images and the engine that it began with.
///
/// - Parameters:
///   - dataSha256: Of the run's images; `found` is that of the images given now.
///   - engine: Of the run.
///   - details: Library and instruction set of the run; `nil` where it does not say.
///   - reason: Why the engine may not change.
/// - Throws: ``EvidenceError/Code/differentData``, ``EvidenceError/Code/differentEngine``.
func requireOrigin(
    dataSha256: String, of found: String, _ backend: any Backend, engine: EngineSettings, details: String?,
    because reason: String
) throws(EvidenceError) {
    guard dataSha256 == found else {
        throw EvidenceError(
            .differentData, "the images are not those of the run.", needs: "SHA-256 \(dataSha256)",
            received: "SHA-256 \(found)", advice: "resume with the same data, or start a new run")
    }
    guard details == nil || details == backend.details else {
        throw EvidenceError(
            .differentEngine, "the processor or the engine is not that of the run.", needs: details,
            received: backend.details, because: "other instructions round differently: \(reason)",
            advice: "a machine with the same instructions and the same version of Ocellus, or a new run")
    }
    guard engine.describes(backend) else {
        throw EvidenceError(
            .differentEngine, "the engine is not that of the run.",
            needs: "\(engine)", received: "\(EngineSettings(backend))", because: reason,
            advice: "--threads \(engine.threads); backend and precision stay those of the run")
    }
}
