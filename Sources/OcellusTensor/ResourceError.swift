// SPDX-License-Identifier: Apache-2.0

/// The system gives this process less than it needs to run at all.
package struct ResourceError: OcellusError, Equatable {
    package enum Code: String, Sendable { case threads, descriptors, memory }
    package var kind: Code
    package var summary: String
    package var needs: String?
    package var received: String?
    package var advice: String?

    package init(_ kind: Code, _ summary: String, needs: String, received: String, advice: String) {
        self.kind = kind
        self.summary = summary
        self.needs = needs
        self.received = received
        self.advice = advice
    }

    package var code: String { "system.\(kind.rawValue)" }
    package var exitClass: ExitClass { .resources }
}
