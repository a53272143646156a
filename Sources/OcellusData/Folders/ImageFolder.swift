// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusGraph
import OcellusModel
import OcellusPixels
import OcellusTensor

/// Reads image files from a folder, a table or archives: headers first, to choose one size and number of channels for
/// all, then pixels.
struct ImageFolder: Sendable {
    let source: ImageSource
    let options: ImageFolderOptions

    /// The side that photos are scaled to when no size is given: small enough for a dense network.
    static let defaultSide = 64
    /// Images of one size keep it up to this side when no size is given.
    static let largestKeptSide = 96

    func read() async throws -> ImageDataset { try await load(leastClasses: 2).dataset(options) }

    /// What the files hold, before anything is held out.
    struct Content: Sendable {
        let name: String
        let train: ImageSet
        let validation: ImageSet?
        let test: ImageSet?
        let notes: [String]
        let fitting: ImageFitting
        /// Whether they are photos and fitted as ``ImageFolderOptions/photos`` asks.
        var areFittedPhotos = false
        /// The median of their shorter sides before.
        var medianSide: Int?
    }

    /// - Parameter leastClasses: 2 for images to train on; 1 for images that are only scored.
    func load(leastClasses: Int) async throws -> Content {
        try checkOptions()
        let layout = try source.layout(options: options)
        try layout.check(leastClasses: leastClasses)
        if let missing = layout.missing, !options.skipsUnreadable { throw missing }
        let splits = [layout.train, layout.validation ?? [], layout.test ?? []]
        let files = splits.flatMap { $0 }
        let headers = try await readHeaders(files)
        let preprocessing = try Self.target(for: headers.compactMap { try? $0.get() }, options: options)
        let fitting = preprocessing.value.fitting
        var images = try await decode(files, headers: headers, with: preprocessing.value)
        images.source.origins = ImageOrigins(files, limits: options.limits)

        let failures = zip(files, images.failures).compactMap { file, failure in failure.map { (file.path.text, $0) } }
        if let short = failures.first(where: { $0.1.kind == .noMemory }) { throw short.1.error(short.0) }
        if !failures.isEmpty, !options.skipsUnreadable { throw unreadable(failures, of: files.count) }
        var notes = layout.notes + preprocessing.notes + Self.notes(on: headers.compactMap { try? $0.get() })
        let banded = zip(files, headers).compactMap { file, header in
            (try? header.get()).flatMap { $0.bandsLeftOut > 0 ? "\(file.path) (\($0.bandsLeftOut))" : nil }
        }
        if !banded.isEmpty {
            notes.append(
                "\(banded.count) images have more bands than gray or colour, which are left out: \(Files.list(banded))")
        }
        if !failures.isEmpty {
            notes.append(
                "\(failures.count) of \(files.count) files could not be read and were left out: "
                    + Files.list(failures.map { "\($0.0) (\($0.1.reason))" }))
        }
        let used = Self.usedClasses(of: layout.classes, labels: files.map(\.label), failures: images.failures)
        if !used.lost.isEmpty {
            notes.append("classes without a readable image were left out: \(Files.list(used.lost))")
        }
        var all = try ImageSet(
            classes: used.classes, shape: preprocessing.value.shape, labels: used.labels,
            source: images.source, groups: ImageLayout.groups(of: files))
        all.files = files.map(\.path.text)
        notes += images.notes
        var start = 0
        var sets = splits.map { split in
            let indices = (start..<start + split.count).filter { images.failures[$0] == nil }
            start += split.count
            return all.subset(indices)
        }
        let folds = sets[0].positions.compactMap { files[$0].fold }
        if !folds.isEmpty, folds.count == sets[0].count { sets[0].folds = folds }
        return Content(
            name: source.name, train: sets[0], validation: layout.validation == nil ? nil : sets[1],
            test: layout.test == nil ? nil : sets[2], notes: notes, fitting: fitting,
            areFittedPhotos: preprocessing.areFittedPhotos,
            medianSide: Self.medianSide(of: headers.compactMap { try? $0.get() }))
    }

    /// The classes that are left when unreadable files are left out, and each file's label among them.
    ///
    /// - Returns: Also the classes that have files and lose them all; classes that never had one stay.
    private static func usedClasses(
        of classes: [String], labels: [UInt16], failures: [ImageFailure?]
    ) -> (classes: [String], labels: [UInt16], lost: [String]) {
        var (files, readable) = ([Int](repeating: 0, count: classes.count), [Int](repeating: 0, count: classes.count))
        for (label, failure) in zip(labels, failures) {
            files[Int(label)] += 1
            if failure == nil { readable[Int(label)] += 1 }
        }
        let kept = classes.indices.filter { files[$0] == 0 || readable[$0] > 0 }
        guard kept.count < classes.count, !kept.isEmpty else { return (classes, labels, []) }
        let places = Dictionary(uniqueKeysWithValues: zip(kept, 0..<kept.count))
        let lost = classes.indices.filter { places[$0] == nil }.map { classes[$0] }
        // Files of lost classes are used nowhere.
        return (kept.map { classes[$0] }, labels.map { UInt16(places[Int($0)] ?? 0) }, lost)
    }

    private func checkOptions() throws(DataError) {
        if let size = options.fitting.size, !(1...1 << 14).contains(size.height) || !(1...1 << 14).contains(size.width)
        {
            throw DataError(
                .outOfRange, "the image size has no meaning.", needs: "sides of 1 to \(1 << 14) pixels",
                received: "\(size)")
        }
        guard options.testFraction > 0, options.testFraction < 1 else {
            throw DataError(
                .outOfRange, "the share of test images has no meaning.", needs: "a number above 0 and below 1",
                received: "\(options.testFraction)")
        }
    }

    private func unreadable(_ failures: [(path: String, failure: ImageFailure)], of count: Int) -> DataError {
        DataError(
            .undecodableImages, "\(failures.count) of \(count) files in \(source.path) could not be read.",
            needs: "\(ImageFormat.supported)",
            received: failures.prefix(3).map { "\($0.path): \($0.failure.reason)" }.joined(separator: "; ")
                + (failures.count > 3 ? "; and \(failures.count - 3) more" : ""),
            advice: "repair or remove the files, or leave them out with --skip-unreadable")
    }
}

// MARK: - Splits

extension ImageFolder.Content {
    /// Names the splits. Without test images of its own the folder's evaluation split is the test, because what chose
    /// the epoch must not judge it; without any, a share of every class is held out.
    ///
    /// - Parameter hasClassNotes: Whether the notes speak of the classes already.
    func dataset(_ options: ImageFolderOptions, hasClassNotes: Bool = false) throws(DataError) -> ImageDataset {
        var notes = notes + (hasClassNotes ? [] : ClassNames.notes(on: train))
        if let test {
            return try ImageDataset(
                name: name, train: train, validation: validation, test: test, notes: notes, fitting: fitting)
        }
        if let validation {
            notes.append(
                "there is no test split: its validation images are the test images, and validation is held out of the "
                    + "training images")
            return try ImageDataset(
                name: name, train: train, test: validation, notes: notes, fitting: fitting)
        }
        let split = try Split.stratified(
            labels: train.labels, classes: train.classes, validationFraction: options.testFraction,
            seed: options.testSeed, groups: train.groups, heldOut: .test)
        if let note = split.noteOnWholeClasses(labels: train.labels, classes: train.classes) { notes.append(note) }
        notes.append(
            "there is no test split: \(split.validation.count) of \(train.count) images, the same share of each class, are "
                + "held out (seed \(options.testSeed))" + (train.groups == nil ? "" : "; groups stay whole"))
        var dataset = try ImageDataset(
            name: name, train: train.subset(split.train), test: train.subset(split.validation), notes: notes,
            fitting: fitting)
        dataset.hasDrawnTest = true
        return dataset
    }
}

// MARK: - Passes over the files

extension ImageFolder {
    private typealias Header = Result<ImageHeader, ImageFailure>

    private func readHeaders(_ files: [ImageLayout.File]) async throws -> [Header] {
        let unread = Header.failure(ImageFailure(.unread, "not read"))
        var headers = [Header](repeating: unread, count: files.count)
        try await ImageContents.forEach(of: files.map(\.content), limits: options.limits) { [options] chunk in
            (0..<chunk.count).map { place in
                Header { () throws(ImageFailure) in
                    try ImageDecoder.readHeader(try chunk.load(place), limits: options.limits).header
                }
            }
        } collect: { indices, part in
            for (index, header) in zip(indices, part) { headers[index] = header }
        }
        return headers
    }

    /// Pixels of all files, `[N, C, H, W]`, zero where there is a failure; or the way to decode them when needed.
    private func decode(
        _ files: [ImageLayout.File], headers: [Header], with preprocessing: Preprocessing
    ) async throws -> (source: InputSource, failures: [ImageFailure?], notes: [String]) {
        let size = preprocessing.shape.count
        let (bytes, overflow) = size.multipliedReportingOverflow(by: max(1, files.count))
        var cache = options.cache.chosen(
            bytes: overflow ? Int.max : bytes, memory: AvailableMemory.bytes,
            freeSpace: ImageCache.freeSpace(for: ImageCache.directory))
        var notes: [String] = []
        let inArchives = files.contains { if case .member = $0.content { true } else { false } }
        if cache == .none, inArchives {
            // An archive is read from its start, not where an image lies.
            cache = .disk
            notes = ["images of archives cannot be decoded each time that they are needed"]
        }
        switch cache {
        case .auto, .memory:
            try Memory.check(overflow ? Int.max : bytes, for: "the set of \(files.count) images")
            var pixels = [UInt8](repeating: 0, count: files.count * size)
            let failures = try await decode(files, headers: headers, with: preprocessing) { index, image in
                pixels.replaceSubrange(index * size..<(index + 1) * size, with: image)
            }
            return (InputSource(pixels, size: size), failures, notes)
        case .disk:
            let pixels = try MappedPixels(count: bytes, in: ImageCache.directory)
            let failures = try await decode(files, headers: headers, with: preprocessing) { index, image in
                _ = UnsafeMutableBufferPointer(rebasing: pixels.bytes[index * size..<(index + 1) * size])
                    .update(fromContentsOf: image)
            }
            let note = "decoded images are kept in a file of \(Memory.gibibytes(UInt64(bytes))), not in memory"
            return (InputSource(pixels, size: size), failures, notes + [note])
        case .none:
            let source = InputSource(
                ImageFilePixels(files.map(\.path), preprocessing: preprocessing, limits: options.limits))
            var notes = ["images are decoded each time that they are needed"]
            guard options.skipsUnreadable else {
                let failures = headers.map { header -> ImageFailure? in
                    if case .failure(let failure) = header { failure } else { nil }
                }
                return (source, failures, notes)
            }
            // A header says nothing about the rest of a file, and which images there are must be settled before they are
            // divided: so each is decoded once, as it would be for memory, and forgotten.
            notes.append("each was decoded once in advance, to leave out those that cannot be read")
            let failures = try await decode(files, headers: headers, with: preprocessing) { _, _ in }
            return (source, failures, notes)
        }
    }

    /// Decodes and fits all files on every core.
    ///
    /// - Parameter keep: Gets each image, in no particular order, on the caller's thread.
    /// - Returns: For each file why it could not be decoded.
    private func decode(
        _ files: [ImageLayout.File], headers: [Header], with preprocessing: Preprocessing,
        keep: (_ index: Int, _ image: [UInt8]) -> Void
    ) async throws -> [ImageFailure?] {
        var failures = [ImageFailure?](repeating: nil, count: files.count)
        try await ImageContents.forEach(of: files.map(\.content), limits: options.limits) { [options] chunk in
            chunk.indices.enumerated().map { place, index in
                Result { () throws(ImageFailure) in
                    _ = try headers[index].get()
                    let image = try FittedImage(try chunk.load(place), to: [preprocessing], limits: options.limits)
                    return image.pixels[0]
                }
            }
        } collect: { indices, part in
            for (index, result) in zip(indices, part) {
                switch result {
                case .success(let image): keep(index, image)
                case .failure(let failure): failures[index] = failure
                }
            }
        }
        return failures
    }
}

// MARK: - One form for all images

extension ImageFolder {
    /// Size and channels for all images, with notes on the choice.
    ///
    /// One colour image makes all colour. Without a given size, images of one size up to 96×96 keep it; others become
    /// squares of 64 pixels, or of the median shorter side where that is less.
    static func target(
        for headers: [ImageHeader], options: ImageFolderOptions
    ) throws(DataError) -> (value: Preprocessing, notes: [String], areFittedPhotos: Bool) {
        var notes: [String] = []
        let photos = options.photos.flatMap { (medianSide(of: headers) ?? 0) >= $0.leastSide ? $0 : nil }
        let colored = headers.filter { $0.channels == 3 }.count
        let channels = photos?.channels ?? options.channels ?? (colored > 0 ? 3 : 1)
        if channels == 3, colored < headers.count {
            notes.append("\(headers.count - colored) of \(headers.count) images are gray and are used as colour images")
        }
        let fitting = photos?.fitting ?? options.fitting.completed(by: ImageFitting(defaultSize(for: headers)))
        guard fitting.isConsistent else {
            throw DataError(
                .outOfRange, "the crop has no meaning.",
                needs: "fit \(ImageFitting.Fit.crop.rawValue), and an image at least as large as what is cut out of it",
                received: "\(fitting)")
        }
        let size = fitting.size
        let preprocessing = Preprocessing(fitting: fitting, channels: channels)
        let resized = headers.filter { $0.width != size.width || $0.height != size.height }
        if !resized.isEmpty {
            let given = photos != nil ? "as the backbone needs them" : options.fitting.size == nil ? "chosen" : "given"
            let filter = fitting.resampling == .bilinear ? "" : ", \(fitting.resampling.rawValue)"
            notes.append(
                "\(resized.count) of \(headers.count) images are resized to \(size.width)×\(size.height) "
                    + "(width×height, \(given); fit: \(fitting.fit.rawValue)\(filter))")
            let cropped = headers.map { preprocessing.croppedShare(width: $0.width, height: $0.height) }
            let share = cropped.reduce(0, +) / Double(headers.count)
            if share >= 0.005 {
                notes.append("cropping leaves out \(Int((share * 100).rounded())) % of the image area on average")
            }
        }
        return (preprocessing, notes, photos != nil)
    }

    /// The median of the shorter sides; `nil` without images.
    static func medianSide(of headers: [ImageHeader]) -> Int? {
        let sides = headers.map { min($0.width, $0.height) }.sorted()
        return sides.isEmpty ? nil : sides[sides.count / 2]
    }

    private static func defaultSize(for headers: [ImageHeader]) -> Size2D {
        guard let first = headers.first else { return Size2D(defaultSide, defaultSide) }
        let isUniform = headers.allSatisfy { $0.width == first.width && $0.height == first.height }
        if isUniform, max(first.width, first.height) <= largestKeptSide { return Size2D(first.height, first.width) }
        let side = min(defaultSide, medianSide(of: headers) ?? defaultSide)
        return Size2D(side, side)
    }

    /// Notes on what decoding does to the files.
    static func notes(on headers: [ImageHeader]) -> [String] {
        let turned = headers.filter { $0.orientation != 1 }.count
        let transparent = headers.filter(\.hasAlpha).count
        let deep = headers.filter { $0.bitsPerSample > 8 }.count
        var notes: [String] = []
        let several = headers.filter(\.hasMoreFrames).count
        if turned > 0 { notes.append("\(turned) images were turned upright by their EXIF or XMP orientation") }
        if several > 0 { notes.append("\(several) images have several pages or frames, of which the first is taken") }
        if transparent > 0 { notes.append("\(transparent) images have transparency, which is laid over white") }
        if deep > 0 { notes.append("\(deep) images have 16 bits a channel, which are scaled to 8") }
        return notes
    }
}
