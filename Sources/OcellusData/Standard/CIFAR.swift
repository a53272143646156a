// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
public import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

extension ImageDataset {
    /// CIFAR-10, binary version: `data_batch_1.bin` … `data_batch_5.bin` and `test_batch.bin`, in `directory` or in its
    /// `cifar-10-batches-bin`. Training batches may be missing, which is noted.
    ///
    /// - Throws: ``DataError`` with the file named.
    public static func cifar10(at directory: URL) throws(DataError) -> ImageDataset {
        try CIFAR.ten.read(Path(directory))
    }

    /// CIFAR-100, binary version, by its fine labels: `train.bin` and `test.bin`, in `directory` or in its
    /// `cifar-100-binary`.
    ///
    /// - Throws: ``DataError`` with the file named.
    public static func cifar100(at directory: URL) throws(DataError) -> ImageDataset {
        try CIFAR.hundred.read(Path(directory))
    }
}

/// The binary form of CIFAR: records of one or two label bytes, then 32×32 bytes each of red, green and blue.
struct CIFAR: Sendable {
    let name: String
    /// The folder inside the published archive.
    let folder: String
    /// The last of them is the class.
    let labelBytes: Int
    let trainFiles: [String]
    let testFile: String
    let classFile: String
    /// Used when `classFile` is absent.
    let classes: [String]

    private static let pixelBytes = 3 * 32 * 32
    /// Most bytes of a file in an archive; that of 50,000 records has 154 million.
    private static let largestFile = 1 << 28

    static let ten = CIFAR(
        name: "CIFAR-10", folder: "cifar-10-batches-bin", labelBytes: 1,
        trainFiles: (1...5).map { "data_batch_\($0).bin" }, testFile: "test_batch.bin", classFile: "batches.meta.txt",
        classes: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"])

    static let hundred = CIFAR(
        name: "CIFAR-100", folder: "cifar-100-binary", labelBytes: 2, trainFiles: ["train.bin"], testFile: "test.bin",
        classFile: "fine_label_names.txt",
        classes: """
            apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can \
            castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin \
            elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard \
            lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear \
            pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal \
            shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank \
            telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
            """.split(separator: " ").map(String.init))

    /// The directory that holds the files, `path` itself or the archive's folder in it; `nil` when neither does.
    ///
    /// CIFAR-100's names are plain words, so both must be there; of CIFAR-10 any file tells.
    func directory(for path: Path) -> Path? {
        [path, path.appending(folder)].first { directory in
            let files = trainFiles + [testFile]
            let present = files.filter { Files.kind(at: directory.appending($0)) == .file }
            return labelBytes == 1 ? !present.isEmpty : present.count == files.count
        }
    }

    func read(_ path: Path) throws(DataError) -> ImageDataset {
        guard let directory = directory(for: path) else {
            throw DataError(
                .missingFile, "\(path) does not hold \(name).",
                needs: (trainFiles + [testFile]).joined(separator: ", "),
                received: Files.summary(of: try Files.entries(of: path)),
                advice: "the directory \(folder) of the binary version, unpacked")
        }
        var classes = self.classes
        if let given = try ClassNames.read(directory.appending(classFile)) {
            guard given.count == classes.count else {
                throw DataError(
                    .classNames, "\(directory)/\(classFile) has the wrong number of classes.",
                    needs: "\(classes.count) names", received: "\(given.count)")
            }
            classes = given
        }
        let missing = trainFiles.filter { Files.kind(at: directory.appending($0)) == nil }
        guard missing.count < trainFiles.count else {
            throw DataError(
                .missingFile, "\(directory) has no training images.", needs: trainFiles.joined(separator: ", "))
        }
        let train = try imageSet(trainFiles.filter { !missing.contains($0) }, in: directory, classes: classes)
        let test = try imageSet([testFile], in: directory, classes: classes)
        var notes = ClassNames.notes(on: train)
        if !missing.isEmpty {
            notes.append("\(Files.list(missing)) missing: there are \(train.count) training images")
        }
        return try ImageDataset(name: name, train: train, test: test, notes: notes)
    }

    /// Which of the two a tar archive holds, told by its first file; `nil` for neither.
    static func inside(archive path: Path) -> CIFAR? {
        guard let stream = try? FileStream(path) else { return nil }
        var reader = TarReader(stream, limit: largestFile)
        // Directories come before the files in them.
        for _ in 0..<4 {
            guard let member = try? reader.next() else { return nil }
            if member.kind == .file {
                return [ten, hundred].first { member.name.bytes.starts(with: "\($0.folder)/".utf8) }
            }
        }
        return nil
    }

    /// Reads the published archive as it is.
    ///
    /// - Parameter name: The data set's; `nil` for the usual one.
    /// - Throws: ``DataError`` with the file named.
    static func read(archive path: Path, name: String? = nil) throws(DataError) -> ImageDataset {
        guard let kind = inside(archive: path) else {
            throw DataError(
                .missingFile, "\(path) does not hold CIFAR.", needs: "the archive of the binary version",
                advice: "copy or download it again")
        }
        let files = kind.trainFiles + [kind.testFile]
        let contents = try TarReader.members(
            files.map { "\(kind.folder)/\($0)" }, of: try FileStream(path), limit: largestFile)
        var sets: [ImageSet] = []
        for part in [0..<files.count - 1, files.count - 1..<files.count] {
            var labels: [UInt16] = []
            var pixels: [UInt8] = []
            for index in part {
                try kind.append(contents[index], path: "\(path)/\(files[index])", labels: &labels, pixels: &pixels)
            }
            sets.append(try ImageSet(classes: kind.classes, shape: [3, 32, 32], labels: labels, pixels: pixels))
        }
        return try ImageDataset(
            name: name ?? kind.name, train: sets[0], test: sets[1], notes: ClassNames.notes(on: sets[0]))
    }

    private func imageSet(_ files: [String], in directory: Path, classes: [String]) throws(DataError) -> ImageSet {
        var labels: [UInt16] = []
        var pixels: [UInt8] = []
        for file in files {
            let path = directory.appending(file)
            try append([UInt8](try Files.read(path)), path: path.text, labels: &labels, pixels: &pixels)
        }
        return try ImageSet(classes: classes, shape: [3, 32, 32], labels: labels, pixels: pixels)
    }

    /// The records of one file.
    ///
    /// - Throws: ``DataError/Code/wrongSize``, ``DataError/Code/labelOutOfRange``.
    func append(
        _ bytes: [UInt8], path: String, labels: inout [UInt16], pixels: inout [UInt8]
    ) throws(DataError) {
        let record = labelBytes + Self.pixelBytes
        guard !bytes.isEmpty, bytes.count % record == 0 else {
            throw DataError(
                .wrongSize, "\(path) is not a file of \(name).", needs: "a multiple of \(record) bytes",
                received: "\(bytes.count) bytes", advice: "copy or download it again; it must be the binary version"
            )
        }
        for index in 0..<bytes.count / record {
            let start = index * record
            let label = bytes[start + labelBytes - 1]
            guard Int(label) < classes.count else {
                throw DataError(
                    .labelOutOfRange, "record \(index) of \(path) has no class.",
                    needs: "0 to \(classes.count - 1)", received: "\(label)")
            }
            labels.append(UInt16(label))
            pixels += bytes[start + labelBytes..<start + record]
        }
    }
}
