// SPDX-License-Identifier: Apache-2.0

/// The system gives this process less than it needs to run at all.
package struct ResourceError: CodedError {
    package enum Code: String, Sendable { case threads, descriptors, memory }
    package static let area = "system"
    package var facts: ErrorFacts<Code>

    package init(_ facts: ErrorFacts<Code>) { self.facts = facts }

    package var exitClass: ExitClass { .resources }
}
