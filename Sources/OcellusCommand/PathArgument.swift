// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import OcellusFiles

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A path from the command line: the one form in which it is asked about, opened and written.
///
/// An empty one is wrong usage. It comes from a variable that is not set, and would stand for the current directory. `~` is
/// a name like any other: the shell has expanded it where it was meant.
struct PathArgument: ExpressibleByArgument, Hashable, Sendable {
    let path: Path

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        path = Path(escaped: argument)
    }

    /// As it was typed; bytes that are no text are shown as U+FFFD.
    var text: String { path.text }
    var url: URL { URL(path) }

    static var defaultCompletionKind: CompletionKind { .file() }
}

extension PathArgument: ExpressibleByStringLiteral {
    init(stringLiteral text: String) { path = Path(text) }
}

extension PathArgument: CustomStringConvertible {
    var description: String { text }
}
