// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusPixels
import OcellusTestSupport
import Testing

extension CommandTests {
    /// Little memory, few threads and few files: an error with what was needed and status 71, never a trap or a hang.
    @Suite("Resources") struct ResourceTests {
        /// A model of the embedded images, and a black picture of 48 megapixels under as many names as asked for: a file
        /// with a hole that takes no space on the disk.
        private static func prepared(pictures: Int) async throws -> (Scratch, model: String) {
            let scratch = try Scratch()
            let size = 48_000_000
            let header = Raw.tiff([
                (256, 8000), (257, 6000), (258, 8), (259, 1), (262, 1), (273, 200), (274, 6), (279, size),
            ])
            try scratch.write(header, to: "photos/0.tif")
            let file = try FileHandle(forWritingTo: scratch.url("photos/0.tif"))
            try file.truncate(atOffset: UInt64(200 + size))
            try file.close()
            for index in 1..<max(1, pictures) {
                try FileManager.default.linkItem(
                    at: scratch.url("photos/0.tif"), to: scratch.url("photos/\(index).tif"))
            }
            return (scratch, try await SharedModel.get().path)
        }

        private static func error(_ result: Ocellus.Result) throws -> [String: Any] {
            let document = try JSONSerialization.jsonObject(with: Data(result.stderr.utf8)) as? [String: Any]
            return try #require(document?["error"] as? [String: Any], "\(result.stderr)")
        }

        #if os(Linux)
            // Fourteen pictures of 48 MB each.
            @Test("pictures are fitted one by one: memory does not grow with their number") func manyPictures()
                async throws
            {
                let (scratch, model) = try await Self.prepared(pictures: 14)
                let limit = "ulimit -v 1200000; \"$@\""
                let predict = try await Ocellus.shell(
                    limit, ["predict", model, "photos", "--format", "csv"], directory: scratch)
                #expect(predict.status == 0, "\(predict.stderr)")
                #expect(predict.stdout.split(separator: "\r\n").count == 15)
                let explain = try await Ocellus.shell(
                    limit, ["explain", model, "photos", "--random-models", "1", "--json", "-q"], directory: scratch)
                #expect(explain.status == 0, "\(explain.stderr)")
                #expect((try explain.json()["pictures"] as? [Any])?.count == 14)
            }

            @Test("a picture without memory is an error that says how much it needs") func noMemory() async throws {
                let (scratch, model) = try await Self.prepared(pictures: 1)
                let result = try await Ocellus.shell(
                    "ulimit -v 550000; \"$@\"", ["predict", model, "photos", "--json"], directory: scratch)
                #expect(result.status == 71)
                let parts = try #require(try Self.error(result)["parts"] as? [[String: Any]])
                #expect(parts[0]["code"] as? String == "data.noMemory")
                #expect((parts[0]["because"] as? String)?.hasPrefix("8000×6000 pixels need some ") == true, "\(parts)")
            }

            @Test(
                "what is missing is named", arguments: [("ulimit -v 300000", "memory"), ("ulimit -n 5", "descriptors")])
            func shortage(limit: String, what: String) async throws {
                let scratch = try Scratch()
                for arguments in [["summary", "cnn", "--json"], ["predict", "a", "b", "--json"]] {
                    let result = try await Ocellus.shell("\(limit); \"$@\"", arguments, directory: scratch)
                    #expect(result.status == 71)
                    #expect(try Self.error(result)["code"] as? String == "system.\(what)")
                    #expect(try Self.error(result)["needs"] != nil && Self.error(result)["received"] != nil)
                }
            }

            @Test("threads that the system does not start") func threads() async throws {
                let model = try await SharedModel.get().path
                // 300 stacks of 8 MiB are more than these addresses.
                let result = try await Ocellus.shell(
                    "ulimit -v 1000000; \"$@\"", ["predict", model, "x.png", "--threads", "300", "--json"],
                    directory: try Scratch())
                #expect(result.status == 71)
                #expect(try Self.error(result)["code"] as? String == "system.threads")
            }
        #endif
    }
}
