// SPDX-License-Identifier: Apache-2.0

public import OcellusData
import OcellusFiles
public import OcellusModel
import OcellusPixels
import OcellusTensor

/// Which images a run reads, and how.
public struct DataRequest: Codable, Hashable, Sendable {
    /// A known name, or a path as it was given; bytes that are not UTF-8 are escaped.
    public var path: String
    /// The path as it was given where ``path`` is absolute, for messages; `nil` where that is itself.
    package private(set) var given: String?
    /// How photos are fitted, as far as a person decided it.
    public var fitting: ImageFitting.Choice
    /// Leaves out images that cannot be read, instead of stopping.
    public var skipsUnreadable: Bool
    /// `nil` for ``ImageCache/auto``.
    public var cache: ImageCache?
    /// `nil` for yes.
    package var followsLinks: Bool?
    /// `nil` for ``TableOptions`` that leave everything to the table.
    package var table: TableOptions?
    /// 3 for a model that needs colour, which gray images can be given; `nil` leaves it to the images.
    private var channels: Int?

    /// - Parameter path: `embedded`, the name of a standard set, or a path.
    public init(
        _ path: String, fitting: ImageFitting.Choice = ImageFitting.Choice(), skipsUnreadable: Bool = false,
        cache: ImageCache? = nil
    ) {
        self.path = path
        self.fitting = fitting
        self.skipsUnreadable = skipsUnreadable
        self.cache = cache
    }

    /// With an absolute path, as a run's configuration keeps it: a resume then finds the images from anywhere.
    package var absolute: DataRequest {
        guard !ImageDataset.isName(path) else { return self }
        var request = self
        request.path = Self.absolute(path)
        request.given = request.path == path ? nil : path
        request.table?.folder = table?.folder.map(Self.absolute)
        return request
    }

    /// The same request for images that lie at another place now.
    package func moved(to path: String) -> DataRequest {
        var request = self
        (request.path, request.given) = (path, nil)
        return request.absolute
    }

    /// The same images as a model saw those that it was trained on, where the person who asks decided nothing else.
    package func seen(by preprocessing: Preprocessing) -> DataRequest {
        var request = self
        request.fitting = ImageFitting.Choice(fitting.completed(by: preprocessing.fitting))
        if preprocessing.channels == 3 { request.channels = 3 }
        return request
    }

    private static func absolute(_ path: String) -> String { Path(escaped: path).absolute.escaped }

    /// The path as it was given, where it still leads to the same place; a run may be resumed from elsewhere.
    package var shownPath: String {
        guard let given, Self.absolute(given) == path else { return path }
        return given
    }

    /// The images to score a model on, also those of a set that has no others.
    ///
    /// - Parameter trained: What the model was trained on.
    package func openScored(trainedOn trained: [DataIdentity]) async throws -> ScoringImages {
        try await ScoringImages(Path(escaped: shownPath), options: options, trainedOn: trained)
    }

    /// - Throws: ``DataError`` when there are no such images, or one cannot be read.
    public func open() async throws -> ImageDataset {
        try await ImageDataset.named(Path(escaped: shownPath), options: options)
    }

    /// The images of a run that goes on.
    ///
    /// - Throws: As ``open()``; where nothing lies at the path any more, with the way to say where it lies now.
    package func reopen() async throws -> ImageDataset {
        do {
            return try await open()
        } catch var error as DataError where error.kind == .notFound && !ImageDataset.isName(path) {
            error.because = "the run was made with images that lay there"
            error.advice = "--data with the place where they lie now"
            throw error
        }
    }

    /// The images with the splits that they have.
    ///
    /// - Parameter photos: How photos are fitted.
    /// - Throws: As ``open()``.
    package func openLabelled(photos: PhotoFitting) async throws -> LabelledImages {
        var options = options
        options.photos = photos
        return try await LabelledImages(Path(escaped: shownPath), options: options)
    }

    private var options: ImageFolderOptions {
        var options = ImageFolderOptions(fitting: fitting, skipsUnreadable: skipsUnreadable)
        if let cache { options.cache = cache }
        if let followsLinks { options.followsLinks = followsLinks }
        if let table { options.table = table }
        options.channels = channels
        return options
    }
}
