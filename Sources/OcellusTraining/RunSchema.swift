// SPDX-License-Identifier: Apache-2.0

import OcellusArchive

/// Reads the files of a run that an earlier program wrote.
///
/// Schema 1 held the fields of one value beside all others. Schema 2 holds each value whole. Runs of schema 1 are published
/// and can be resumed, so their text is brought into today's form before it is decoded.
enum RunSchema {
    static let current = 2

    /// The text of a run's configuration in today's form. A text that is damaged is left to its decoder, which says where.
    static func configuration(_ text: String) throws -> String {
        guard var run = older(text) else { return text }
        // The name of the backend stood in "engine" for a training, in "backend" for all other runs.
        run["backend"] = run["backend"] ?? run["engine"]
        try gatherEngine(of: &run, andAlso: ["algorithms"])
        if var data = run["data"].flatMap(CanonicalJSON.members) {
            try gather(["size", "fit", "resampling"], into: "fitting", of: &data)
            run["data"] = try CanonicalJSON.object(data)
        }
        return try CanonicalJSON.object(run)
    }

    /// The text of a checkpoint's state in today's form.
    static func state(_ text: String) throws -> String {
        guard var state = older(text) else { return text }
        // Its algorithms are the choices, not how they were asked for.
        try gatherEngine(of: &state)
        return try CanonicalJSON.object(state)
    }

    private static func gatherEngine(of members: inout [String: String], andAlso names: [String] = []) throws {
        // The first programs of schema 1 had float32 alone.
        members["precision"] = members["precision"] ?? "\"float32\""
        try gather(["backend", "threads", "precision"] + names, into: "engine", of: &members)
    }

    /// The members of a text of schema 1 with today's number; `nil` for all others.
    private static func older(_ text: String) -> [String: String]? {
        guard var members = CanonicalJSON.members(of: text) else { return nil }
        let key = members["schema"] == nil ? "version" : "schema"
        guard members[key] == "1" else { return nil }
        members[key] = "\(current)"
        return members
    }

    /// Moves members into a new one; those that are absent stay so.
    private static func gather(
        _ names: [String], into key: String, of members: inout [String: String]
    ) throws {
        var gathered: [String: String] = [:]
        for name in names { gathered[name] = members.removeValue(forKey: name) }
        members[key] = try CanonicalJSON.object(gathered)
    }
}
