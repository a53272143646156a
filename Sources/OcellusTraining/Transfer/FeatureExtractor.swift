// SPDX-License-Identifier: Apache-2.0

package import OcellusArchive
package import OcellusData
import OcellusFiles
import OcellusModel
import OcellusPixels
package import OcellusPlan
import OcellusTensor
import Synchronization

/// Computes the features of images, or finds them in the cache.
///
/// Images that are decoded when needed are decoded ahead on threads of their own while the engine computes; each is looked at
/// once. Batch norms are folded into convolutions, as in every inference.
package struct FeatureExtractor: Sendable {
    package let backbone: Backbone
    package let backend: any Backend
    package let place: FeatureCache.Place

    package init(_ backbone: Backbone, backend: any Backend, cache place: FeatureCache.Place) {
        self.backbone = backbone
        self.backend = backend
        self.place = place
    }

    /// One look at an image.
    package enum View: UInt8, Sendable, CaseIterable {
        case original, mirrored
    }

    /// Images whose features are asked for.
    package struct Request: Sendable {
        var images: ImageSet
        var views: [View]

        package init(_ images: ImageSet, views: [View] = [.original]) {
            self.images = images
            self.views = views
        }
    }

    package struct Result: Sendable {
        package var features: FeatureMatrix
        /// `[request][view][image]`, rows of the features.
        package var rows: [[[Int32]]]
        /// Features that were computed, and found in the cache.
        package var computed: Int
        package var reused: Int
        /// What a person should know.
        package var notes: [String]
    }

    /// Images that the engine takes at once. One size for all, so that an image's features do not depend on its company, and
    /// few, so that a new photo or two cost little more than their own time.
    package static let batchSize = 16
    /// Images that are looked up at once.
    private static let chunk = 32

    /// - Parameters:
    ///   - requests: Images of the backbone's size and channels.
    ///   - report: Gets the images done, of all.
    ///   - shouldStop: Asked between batches; what was computed until then is kept.
    /// - Throws: ``DataError`` naming a file that cannot be read, or when memory is short; ``ArchiveError`` when the bytes in
    ///   the program are damaged; `CancellationError` when it was stopped.
    package func features(
        of requests: [Request], report: @escaping @Sendable (_ done: Int, _ count: Int) -> Void = { _, _ in },
        shouldStop: @escaping @Sendable () -> Bool = { false }
    ) async throws -> Result {
        let count = requests.reduce(0) { $0 + $1.images.count * $1.views.count }
        let bytes = 4 * Double(count) * Double(backbone.width)
        guard 2 * bytes <= Double(AvailableMemory.bytes) else {
            throw DataError(
                .noMemory, "the features of \(count) images do not fit into memory.",
                needs: "\((2 * bytes / 1e8).rounded() / 10) GB",
                received: "\((Double(AvailableMemory.bytes) / 1e8).rounded() / 10) GB for this process",
                advice: "fewer images")
        }
        let cache = FeatureCache(place, identity: try identity, width: backbone.width)
        return try await backend.thread.run {
            var work = try Work(self, requests, cache, count: count)
            let total = requests.reduce(0) { $0 + $1.images.count }
            var done = 0
            do {
                for (index, request) in requests.enumerated() {
                    guard request.images.shape == backbone.preprocessing.shape else {
                        throw TrainingError(
                            .shapesDiffer, "the images do not have the backbone's size.",
                            needs: "\(backbone.preprocessing.shape) (C, H, W)", received: "\(request.images.shape)")
                    }
                    try forEachChunk(of: request.images) { range, pixels in
                        if shouldStop() || Task.isCancelled { throw CancellationError() }
                        try work.take(index, range, pixels)
                        done += range.count
                        report(done, total)
                    }
                }
                try work.finish()
            } catch {
                work.keep()
                throw error
            }
            work.keep()
            return work.result
        }
    }

    /// Everything but an image that decides its features.
    private var identity: String {
        get throws {
            let preprocessing = try CanonicalJSON.encode(backbone.preprocessing)
            return [
                "ocellus.features.1", backbone.rawValue, backbone.origin.sha256, preprocessing, backend.name,
                "\(backend.precision)",
            ].joined(separator: "\n")
        }
    }

    /// Lends images in order, some at a time: `[n, C, H, W]` bytes of each.
    private func forEachChunk(
        of images: ImageSet, _ body: (Range<Int>, [UnsafeBufferPointer<UInt8>]) throws -> Void
    ) throws {
        let size = images.shape.count
        func parts(_ pixels: UnsafeBufferPointer<UInt8>, _ count: Int) -> [UnsafeBufferPointer<UInt8>] {
            (0..<count).map { UnsafeBufferPointer(rebasing: pixels[$0 * size..<($0 + 1) * size]) }
        }
        if images.isDecodedWhenNeeded, backend.loaderThreads > 0 {
            let count = images.count
            let schedule = BatchSchedule(batchSize: Self.chunk) { _ in Array(0..<count) }
            let loader = try BatchLoader(
                images, schedule: schedule, augmentation: nil, seed: 0, threads: backend.loaderThreads)
            defer { loader.stop() }
            var start = 0
            while start < count {
                let range = start..<min(count, start + Self.chunk)
                let found: Void? = try loader.withNext { try body(range, parts($0.pixels, range.count)) }
                precondition(found != nil, "the schedule has every image")
                start = range.upperBound
            }
            return
        }
        var copy = [UInt8](repeating: 0, count: Self.chunk * size)
        for start in stride(from: 0, to: images.count, by: Self.chunk) {
            let range = start..<min(images.count, start + Self.chunk)
            try copy.withUnsafeMutableBufferPointer { copy in
                for (place, index) in range.enumerated() {
                    try images.withPixels(at: index) { pixels in
                        _ = UnsafeMutableBufferPointer(rebasing: copy[place * size..<(place + 1) * size])
                            .update(fromContentsOf: pixels)
                    }
                }
                try body(range, parts(UnsafeBufferPointer(copy), range.count))
            }
        }
    }
}

extension FeatureExtractor {
    /// The state of one extraction. It stays on the device's thread.
    private struct Work {
        let extractor: FeatureExtractor
        let requests: [Request]
        let cache: FeatureCache?
        let entries: FeatureCache.Entries
        var notes: [String]
        /// `[rows, width]`
        var features: [Float]
        /// `[request][view]`, the first row.
        let firstRows: [[Int]]
        var predictor: Predictor?
        /// Views that wait for a full batch.
        var waiting: [(row: Int, key: FeatureCache.Key?, view: View, pixels: [UInt8])] = []
        var newKeys: [FeatureCache.Key] = []
        var newRows: [Int] = []
        var computed = 0
        var reused = 0

        init(_ extractor: FeatureExtractor, _ requests: [Request], _ cache: FeatureCache?, count: Int) throws {
            self.extractor = extractor
            self.requests = requests
            self.cache = cache
            entries = cache?.entries() ?? FeatureCache.Entries()
            notes = entries.notes
            features = [Float](repeating: 0, count: count * extractor.backbone.width)
            var next = 0
            firstRows = requests.map { request in
                request.views.map { _ in
                    defer { next += request.images.count }
                    return next
                }
            }
        }

        var result: Result {
            Result(
                features: FeatureMatrix(features, width: extractor.backbone.width),
                rows: zip(requests, firstRows).map { request, rows in
                    rows.map { first in (first..<first + request.images.count).map(Int32.init) }
                }, computed: computed, reused: reused, notes: notes)
        }

        mutating func take(_ request: Int, _ range: Range<Int>, _ pixels: [UnsafeBufferPointer<UInt8>]) throws {
            let keys = cache == nil ? nil : digests(pixels)
            let width = extractor.backbone.width
            let entries = entries
            for (place, index) in range.enumerated() {
                for (number, view) in requests[request].views.enumerated() {
                    let row = firstRows[request][number] + index
                    let key = keys.map { Self.key($0[place], view) }
                    let isKnown = features.withUnsafeMutableBufferPointer { features in
                        key.map {
                            entries.copy(
                                $0,
                                into: UnsafeMutableBufferPointer(rebasing: features[row * width..<(row + 1) * width]))
                        } ?? false
                    }
                    if isKnown {
                        reused += 1
                    } else {
                        waiting.append((row, key, view, Array(pixels[place])))
                    }
                }
            }
            while waiting.count >= FeatureExtractor.batchSize { try compute() }
        }

        mutating func finish() throws { while !waiting.isEmpty { try compute() } }

        /// SHA-256 of each image.
        private func digests(_ pixels: [UnsafeBufferPointer<UInt8>]) -> [[UInt8]] {
            var digests = [[UInt8]](repeating: [], count: pixels.count)
            digests.withUnsafeMutableBufferPointer { digests in
                extractor.backend.runTeam { thread, team in
                    for index in stride(from: thread, to: pixels.count, by: team) {
                        digests[index] = SHA256.digest(of: pixels[index])
                    }
                }
            }
            return digests
        }

        private static func key(_ digest: [UInt8], _ view: View) -> FeatureCache.Key {
            FeatureCache.Key(SHA256.digest(of: digest + [view.rawValue]))
        }

        /// The features of the next batch.
        private mutating func compute() throws {
            let batch = Array(waiting.prefix(FeatureExtractor.batchSize))
            waiting.removeFirst(batch.count)
            let predictor = try self.predictor ?? makePredictor()
            self.predictor = predictor
            let preprocessing = extractor.backbone.preprocessing
            let scaling = PixelScaling(preprocessing)
            let size = preprocessing.shape.count
            let backend = extractor.backend
            let width = extractor.backbone.width
            let values = try predictor.logits(count: batch.count) { _, buffer in
                backend.runTeam { thread, team in
                    for index in stride(from: thread, to: batch.count, by: team) {
                        let input = UnsafeMutableBufferPointer(rebasing: buffer[index * size..<(index + 1) * size])
                        let pixels =
                            batch[index].view == .mirrored
                            ? Self.mirrored(batch[index].pixels, width: preprocessing.width) : batch[index].pixels
                        pixels.withUnsafeBufferPointer { scaling.scale($0, into: input) }
                    }
                }
            }.scalars
            for (index, view) in batch.enumerated() {
                features.replaceSubrange(
                    view.row * width..<(view.row + 1) * width, with: values[index * width..<(index + 1) * width])
                guard let key = view.key else { continue }
                newKeys.append(key)
                newRows.append(view.row)
            }
            computed += batch.count
        }

        /// Each row of each plane turned around.
        private static func mirrored(_ pixels: [UInt8], width: Int) -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: pixels.count) { buffer, count in
                for start in stride(from: 0, to: pixels.count, by: width) {
                    for column in 0..<width { buffer[start + column] = pixels[start + width - 1 - column] }
                }
                count = pixels.count
            }
        }

        private func makePredictor() throws -> Predictor {
            let predictor = try Predictor(
                extractor.backbone.features, batchSize: FeatureExtractor.batchSize, backend: extractor.backend)
            try predictor.load(extractor.backbone.weights())
            return predictor
        }

        /// Adds what was computed to the cache. A cache that cannot be written costs time, no result.
        mutating func keep() {
            guard let cache else { return }
            let width = extractor.backbone.width
            do {
                var seen = Set<FeatureCache.Key>()
                let new = zip(newKeys, newRows).filter { seen.insert($0.0).inserted }
                try cache.add(
                    new.map(\.0), new.flatMap { features[$0.1 * width..<($0.1 + 1) * width] }, to: entries)
            } catch {
                notes.append(
                    "the features could not be kept, and the next run computes them again: "
                        + ((error as? FileError)?.summary ?? "\(error)"))
            }
        }
    }
}
