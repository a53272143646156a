// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusPixels
import Testing

extension CommandTests {
    @Suite("Arguments") struct ArgumentTests {
        @Test(
            "a negative number is a value that is wrong, not an option",
            arguments: [["--epochs", "-1"], ["--epochs=-1"], ["--lr", "-0.5"], ["--patience", "-3"]])
        func negative(option: [String]) async throws {
            let scratch = try Scratch()
            let result = try await Ocellus.run(["train"] + option, directory: scratch)
            #expect(result.status == 64, "\(result.stderr)")
            #expect(result.stderr.contains(option.count == 1 ? "-1" : option[1]), "\(result.stderr)")
            #expect(!result.stderr.contains("Missing value") && !result.stderr.contains("Unknown option"))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: scratch.url.path(percentEncoded: false)).isEmpty)
        }

        @Test("an empty path is wrong usage", arguments: ["-o", "--resume", "--data"])
        func empty(option: String) async throws {
            let scratch = try Scratch()
            let result = try await Ocellus.run(["train", option, ""], directory: scratch)
            #expect(result.status == 64, "\(result.stderr)")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: scratch.url.path(percentEncoded: false)).isEmpty)
        }

        @Test("the help of train has its options in groups") func groups() async throws {
            let help = try await Ocellus.run(["train", "--help"], directory: try Scratch()).stdout
            let places = ["DATA", "TRAINING", "ENGINE", "OUTPUT"].map { help.range(of: "\n\($0)") }
            #expect(places.allSatisfy { $0 != nil })
        }

        /// What bash offers for a command line, by the script of the program.
        private func offered(_ words: [String], in scratch: Scratch) async throws -> [String] {
            let script = """
                program=$1; shift
                source <("$program" --generate-completion-script bash)
                set -- ocellus "$@"
                COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMPREPLY=()
                COMP_POINT=${#COMP_LINE}
                [[ $(complete -p ocellus) =~ -F\\ ([^ ]+) ]] || exit 1
                "${BASH_REMATCH[1]}" ocellus "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
                printf '%s\\n' "${COMPREPLY[@]}"
                """
            let program = try #require(Ocellus.executable).path(percentEncoded: false)
            let result = try await Running(
                program: URL(filePath: "/bin/bash"), ["--norc", "-c", script, "bash", program] + words,
                directory: scratch
            ).end()
            #expect(result.status == 0, "\(result.stderr)")
            return result.stdout.split(separator: "\n").map(String.init)
        }

        @Test("bash completes paths, networks, data sets and options") func completion() async throws {
            let scratch = try Scratch()
            for name in ["cats.safetensors", "$(touch made)"] { try scratch.write(Data(), to: name) }
            try scratch.makeDirectory("cn-photos")
            #expect(try await offered(["train", "--network", "cn"], in: scratch) == ["cnn", "cn-photos"])
            #expect(try await offered(["train", "--data", "cn"], in: scratch) == ["cn-photos"])
            #expect(try await offered(["train", "--data", "mni"], in: scratch) == ["mnist"])
            #expect(try await offered(["train", "-o", "cn-"], in: scratch) == ["cn-photos"])
            #expect(try await offered(["predict", "cat"], in: scratch) == ["cats.safetensors"])
            #expect(try await offered(["predict", "cats.safetensors", "cn"], in: scratch) == ["cn-photos"])
            #expect(try await offered(["train", "--epo"], in: scratch) == ["--epochs"])
            #expect(try await offered(["data", "fetch", "mni"], in: scratch) == ["mnist"])
            #expect(try await offered(["tra"], in: scratch) == ["train"])
            // Names of files are never run.
            #expect(try await offered(["predict", "$"], in: scratch) == ["$(touch made)"])
            #expect(
                try !FileManager.default.contentsOfDirectory(atPath: scratch.url.path(percentEncoded: false)).contains(
                    "made"))
        }

        @Test("zsh and fish are offered names and files", arguments: ["zsh", "fish"])
        func otherShells(shell: String) async throws {
            let script = try await Ocellus.run(["--generate-completion-script", shell], directory: try Scratch()).stdout
            #expect(script.contains("vgg-small") && script.contains("mnist") && !script.contains("@files"))
            #expect(script.contains(shell == "zsh" ? "; _files}" : "Fka '"))
        }

        @Test("a shell without a script is wrong usage") func noShell() async throws {
            for arguments in [["--generate-completion-script"], ["--generate-completion-script=tcsh"]] {
                let result = try await Ocellus.run(arguments, directory: try Scratch())
                #expect(result.status == 64 && result.stderr.contains("bash, zsh or fish"), "\(result.stderr)")
            }
        }

        @Test("a run's configuration begins another run that ends with the same weights; options win")
        func configuration() async throws {
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch)
            let first = [
                "train", "--data", "photos", "--network", "flatten, dense classes", "--epochs", "2", "--lr", "0.01",
                "--seed",
                "7", "-q", "-o", "a",
            ]
            #expect(try await Ocellus.run(first, directory: scratch).status == 0)
            let file = ["train", "--config", "a/configuration.json", "-q"]
            let same = try await Ocellus.run(file + ["-o", "b"], directory: scratch)
            #expect(same.status == 0, "\(same.stderr)")
            #expect(
                try StoredTensors.same(
                    StoredTensors(scratch.read("a/last.safetensors")), StoredTensors(scratch.read("b/last.safetensors"))
                ))
            let other = try await Ocellus.run(file + ["-o", "c", "--epochs", "1", "--lr", "0.5"], directory: scratch)
            #expect(other.status == 0, "\(other.stderr)")
            let settings = try #require(try scratch.json("c/configuration.json") as? [String: Any])
            let training = try #require(settings["training"] as? [String: Any])
            #expect(training["epochs"] as? Int == 1 && training["seed"] as? Int == 7)
            #expect("\(training["optimizer"] ?? "")".contains("0.5"))
            let refused = try await Ocellus.run(file + ["--size", "8"], directory: scratch)
            #expect(refused.status == 64 && refused.stderr.contains("--size"), "\(refused.stderr)")
            let missing = try await Ocellus.run(["train", "--config", "no.json"], directory: scratch)
            #expect(missing.status == 66, "\(missing.stderr)")
        }

        @Test("a name that is no text can be sorted, and JSON gives its bytes") func bytes() async throws {
            let scratch = try Scratch()
            try scratch.write(try await SharedModel.get().file, to: "model.safetensors")
            let picture = MadeUp.picture(28, 28, channels: 1, level: 90, seed: 1)
            try scratch.write(try ImageEncoder.png(picture), to: "plain.png")
            let script = """
                bad=$(printf 'caf\\351.png') && mv plain.png "$bad" && program=$1 && shift &&
                "$program" predict model.safetensors "$bad" --json --sort-into sorted && ls sorted | wc -l
                """
            let result = try await Ocellus.shell(script, [], directory: scratch)
            #expect(result.status == 0, "\(result.stderr)")
            #expect(
                result.stdout.contains(
                    "\"path_bytes\" : \"\(Data([99, 97, 102, 0xE9] + Data(".png".utf8)).base64EncodedString())\""))
        }

        @Test("--dry-run writes nothing and says what a training takes") func forecast() async throws {
            let scratch = try Scratch()
            let network = ["--network", SharedModel.network, "--epochs", "3"]
            let json = try await Ocellus.run(["train", "--dry-run", "--json"] + network, directory: scratch)
            #expect(json.status == 0, "\(json.stderr)")
            let found = try json.json()
            let counts = ["train_images", "validation_images", "epochs", "batch_size"].map { found[$0] as? Int ?? 0 }
            #expect(counts.allSatisfy { $0 > 0 } && found["epochs"] as? Int == 3)
            #expect(found["predicted_seconds"] as? Double ?? 0 > 0)
            #expect(found["predicted_memory_bytes"] as? Int ?? 0 > 10_000_000)
            let text = try await Ocellus.run(["train", "--dry-run"] + network, directory: scratch)
            #expect(text.stdout.contains("nothing was trained") && text.stdout.contains("3 epochs"), "\(text.stdout)")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: scratch.url.path(percentEncoded: false)).isEmpty)
            let resumed = try await Ocellus.run(["train", "--resume", "x", "--dry-run"], directory: scratch)
            #expect(resumed.status == 64 && resumed.stderr.contains("--dry-run"))
        }
    }
}
