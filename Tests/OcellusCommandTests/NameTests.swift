// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusPixels
import Testing

extension CommandTests {
    /// Names of bytes that are no text: `caf\351` is "café" in Latin-1.
    @Suite("Names that are no text") struct NameTests {
        private static let network = ["--network", "flatten, dense classes", "--epochs", "1", "-q"]

        @Test("data, outputs and pictures are found and written where they are") func everywhere() async throws {
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch)
            let script = """
                bad=$(printf 'caf\\351') && mv photos "$bad" && mv "$bad/dark/1.png" "$bad/dark/$bad.png" &&
                program=$1 && shift && \
                "$program" train --data "$bad" -o "$bad run" "$@" &&
                "$program" train --resume "$bad run" --epochs 2 -q &&
                "$program" evaluate "$bad run/model.safetensors" --data "$bad" -q > "$bad.txt" &&
                "$program" predict "$bad run/model.safetensors" "$bad/dark/$bad.png" --format csv &&
                "$program" predict "$bad run/model.safetensors" "$bad" --format csv > all.csv &&
                (cd "$bad" && "$program" predict "../$bad run/model.safetensors" . --format csv > here.csv) &&
                "$program" split "$bad" -o "$bad.csv" -q > /dev/null &&
                "$program" train --data "$bad.csv" -o second "$@" > /dev/null &&
                (cd "$bad run" && "$program" check "../$bad" --plan plan.csv --fail-on never -q > /dev/null) &&
                wc -l < all.csv && wc -l < "$bad/here.csv" && ls "$bad run" | sort | tr '\\n' ' ' && ls | wc -l
                """
            let result = try await Ocellus.shell(script, Self.network, directory: scratch)
            #expect(result.status == 0, "\(result.stdout) \(result.stderr)")
            #expect(result.stdout.contains("caf\u{FFFD}/dark/caf\u{FFFD}.png,"), "\(result.stdout)")
            let lines = result.stdout.split(whereSeparator: \.isNewline).suffix(3).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            #expect(lines.prefix(2) == ["21", "21"], "\(lines)")
            #expect(lines[2].contains("checkpoint.safetensors") && lines[2].contains("plan.csv"), "\(lines)")
            // The folder, the run, two tables, a text, the second run, all.csv: nothing elsewhere.
            #expect(lines[2].hasSuffix("6"), "\(lines)")
            #expect(!result.stderr.contains("error"))
        }

        @Test("a class of such a name stops everything and is named") func classes() async throws {
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch)
            let script = "mv photos/dark \"photos/$(printf 'caf\\351')\" && \"$@\""
            for command in [["train"] + Self.network + ["-o", "run", "--data", "photos"], ["check", "photos"]] {
                try scratch.makeDirectory("photos/dark")
                let result = try await Ocellus.shell(
                    command[0] == "train" ? script : "rmdir photos/dark && \"$@\"", command, directory: scratch)
                #expect(result.status == 65 && result.stderr.contains("error[data.classNames]"), "\(result.stderr)")
                #expect(result.stderr.contains("photos/caf\u{FFFD}") && result.stderr.contains("63 61 66 e9"))
            }
        }
    }

    @Suite("Sources as people have them") struct FoundSourceTests {
        private static let network = ["--network", "flatten, dense classes", "--epochs", "1", "-q"]

        @Test("links are followed by every command, left out and said if asked") func links() async throws {
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch)
            let link = """
                mkdir -p links/dark links/light && for f in photos/*/*; do ln -s "../../$f" "links/${f#photos/}"; done &&
                ln -s .. links/loop && ln -s nowhere links/dark/lost.png && "$@"
                """
            let trained = try await Ocellus.shell(
                link, ["train", "--data", "links", "-o", "run"] + Self.network, directory: scratch)
            #expect(trained.status == 0, "\(trained.stderr)")
            let model = "run/model.safetensors"
            let predicted = try await Ocellus.run(
                ["predict", model, "links/dark", "--format", "csv"], directory: scratch)
            #expect(
                predicted.status == 0 && predicted.stdout.split(whereSeparator: \.isNewline).count == 11,
                "\(predicted.stdout)")
            #expect(predicted.stderr.contains("were left out: links/dark/lost.png"), "\(predicted.stderr)")
            let none = try await Ocellus.run(["predict", model, "links/dark", "--no-follow-links"], directory: scratch)
            #expect(none.status == 65 && none.stderr.contains("symbolic links were left out"), "\(none.stderr)")
            for command in [["check"], ["train", "--data"], ["split", "-o", "s.csv"]] {
                let rest = command[0] == "train" ? ["-o", "second"] + Self.network : []
                let refused = try await Ocellus.run(
                    command + ["links", "--no-follow-links"] + rest, directory: scratch)
                #expect(refused.status != 0, "\(command)")
                let text = refused.stdout + refused.stderr
                #expect(text.contains("links") && !text.contains("readable images: 20"), "\(text)")
            }
        }

        @Test("tables by options, of training, splitting and a resume") func tables() async throws {
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch)
            let table = """
                mkdir tables && { echo image,kind; for f in photos/*/*; do g=${f#photos/}; echo "${g%.png},${g%%/*}"; done; } \
                > tables/t.csv && "$@"
                """
            let options = ["--columns", "path=image,label=kind", "--images-in", "photos", "--suffix", ".png"]
            let trained = try await Ocellus.shell(
                table, ["train", "--data", "tables/t.csv", "-o", "run"] + options + Self.network, directory: scratch)
            #expect(trained.status == 0, "\(trained.stderr)")
            let resumed = try await Ocellus.shell(
                "cd tables && \"$@\"", ["train", "--resume", "../run", "--epochs", "2", "-q"], directory: scratch)
            #expect(resumed.status == 0, "\(resumed.stderr)")
            let split = try await Ocellus.run(["split", "tables/t.csv", "-o", "s.csv"] + options, directory: scratch)
            #expect(split.status == 0, "\(split.stderr)")
            let missing = try await Ocellus.run(
                ["check", "tables/t.csv", "--columns", "label=kind"], directory: scratch)
            #expect(missing.status == 66 && missing.stderr.contains("needs     files in tables"), "\(missing.stderr)")
            for wrong in ["label", "label=", "lable=x", "label=x,label=y"] {
                let result = try await Ocellus.run(["check", "tables/t.csv", "--columns", wrong], directory: scratch)
                #expect(result.status == 64, "\(wrong): \(result.stderr)")
            }
        }
    }
}
