// SPDX-License-Identifier: Apache-2.0

import OcellusPixels
import Testing

extension CommandTests {
    @Suite("Threads") struct ThreadTests {
        #if os(Linux)
            /// How long GNU OpenMP says that its threads spin, once for each start of the program: the last does the work.
            private func spinCounts(
                _ setting: String, _ arguments: [String] = ["--version"], in scratch: Scratch
            ) async throws -> [Substring] {
                let result = try await Ocellus.shell(
                    "unset GOMP_SPINCOUNT OMP_WAIT_POLICY; export OMP_DISPLAY_ENV=verbose \(setting); exec \"$@\"",
                    arguments, directory: scratch)
                #expect(result.status == 0, "\(result.stderr)")
                return result.stderr.matches(of: /GOMP_SPINCOUNT = '(\d+)'/).map(\.output.1)
            }

            @Test("OpenMP's threads spin briefly, unless the user says otherwise") func spin() async throws {
                let scratch = try Scratch()
                #expect(try await spinCounts("", in: scratch).last == "1000")
                #expect(try await spinCounts("GOMP_SPINCOUNT=77", in: scratch).last == "77")
                #expect(try await spinCounts("OMP_WAIT_POLICY=passive", in: scratch).last == "0")
            }

            @Test("few files are predicted without a second start, a folder with one") func fewFiles() async throws {
                let scratch = try Scratch()
                try MadeUp.folder("photos", in: scratch)
                let trained = try await Ocellus.run(
                    [
                        "train", "-d", "photos", "--network", "globalavgpool, dense classes", "--epochs", "1", "-o",
                        "run",
                    ],
                    directory: scratch)
                try #require(trained.status == 0, "\(trained.stderr)")
                try scratch.write(
                    try ImageEncoder.png(MadeUp.picture(9, 21, level: 200, seed: 101)), to: "new/a.png")
                let predict = ["predict", "run/model.safetensors"]
                #expect(try await spinCounts("OCELLUS_THREADS=2", predict + ["new/a.png"], in: scratch) == ["300000"])
                #expect(try await spinCounts("OCELLUS_THREADS=2", predict + ["new"], in: scratch).last == "1000")
            }
        #endif

        @Test("a variable that is no number of threads ends with status 78") func configuration() async throws {
            let result = try await Ocellus.run(
                ["train", "--epochs", "1"], environment: ["OCELLUS_THREADS": "many"], directory: try Scratch())
            #expect(result.status == 78)
            #expect(result.stderr.contains("OCELLUS_THREADS is not a number of threads."))
            #expect(result.stderr.contains("many"))
        }
    }
}
