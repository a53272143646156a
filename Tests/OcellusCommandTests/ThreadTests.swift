// SPDX-License-Identifier: Apache-2.0

import Testing

extension CommandTests {
    @Suite("Threads") struct ThreadTests {
        #if os(Linux)
            /// How long GNU OpenMP says that its threads spin, in the process that does the work.
            private func spinCount(_ setting: String) async throws -> Substring? {
                let result = try await Ocellus.shell(
                    "unset GOMP_SPINCOUNT OMP_WAIT_POLICY; export OMP_DISPLAY_ENV=verbose \(setting); exec \"$@\"",
                    ["--version"], directory: try Scratch())
                #expect(result.status == 0, "\(result.stderr)")
                return result.stderr.matches(of: /GOMP_SPINCOUNT = '(\d+)'/).last?.output.1
            }

            @Test("OpenMP's threads spin briefly, unless the user says otherwise") func spin() async throws {
                #expect(try await spinCount("") == "1000")
                #expect(try await spinCount("GOMP_SPINCOUNT=77") == "77")
                #expect(try await spinCount("OMP_WAIT_POLICY=passive") == "0")
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
