// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import OcellusData
import OcellusModel

/// What a shell offers for arguments that take a name or a path.
///
/// The parser's scripts offer names or files, not both. ``files`` among the names stands for the files, and
/// ``script(for:)`` puts each shell's own way to offer them in its place.
enum Completion {
    /// `--network`: networks of the zoo, or a file.
    static let networks = CompletionKind.list(Network.names + [files])
    /// `--data`: data sets by name, or a path.
    static let data = CompletionKind.list(BuiltInSet.words.map(\.word) + sets + [files])
    /// Data sets that can be fetched.
    static let sets = StandardSet.all.map(\.name)

    private static let files = "@files"

    /// The script that a shell reads, or `nil` for a shell that has none.
    static func script(for shell: String) -> String? {
        guard let shell = CompletionShell(rawValue: shell) else { return nil }
        let script = RootCommand.completionScript(for: shell)
        switch shell {
        case .bash: return bash(script)
        case .zsh: return zsh(script)
        case .fish: return fish(script)
        default: return script
        }
    }

    /// Names first, then what `compgen -f` finds.
    private static func bash(_ script: String) -> String {
        var lines: [Substring] = []
        for line in script.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.contains("'\(files)'") else {
                lines.append(line)
                continue
            }
            lines.append(Substring(line.replacing("$'\\n''\(files)'", with: "")))
            let call = line.prefix { $0 == " " } + (line.split(separator: " ").first ?? "")
            lines.append("\(call) -f")
        }
        return lines.joined(separator: "\n")
    }

    /// `_files` after the names, for the variables that held the mark.
    private static func zsh(_ script: String) -> String {
        var script = script
        for line in script.split(separator: "\n") where line.contains(" '\(files)'") {
            guard let name = line.split(separator: " ").last(where: { $0.contains("=(") })?.prefix(while: { $0 != "=" })
            else { continue }
            script = script.replacing("\"${\(name)[@]}\"}", with: "\"${\(name)[@]}\"; _files}")
        }
        return script.replacing(" '\(files)'", with: "")
    }

    /// `-F` in place of `-f`: files as well.
    private static func fish(_ script: String) -> String {
        script.split(separator: "\n", omittingEmptySubsequences: false)
            .map { line -> String in
                guard line.contains(files) else { return String(line) }
                return String(line).replacing(" \(files)", with: "").replacing("fka '", with: "Fka '")
            }
            .joined(separator: "\n")
    }
}
