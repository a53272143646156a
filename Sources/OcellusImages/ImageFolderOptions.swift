// SPDX-License-Identifier: Apache-2.0

public import OcellusModel

/// How a folder of image files becomes a data set.
public struct ImageFolderOptions: Sendable {
    /// Height and width of all images; `nil` chooses, and notes the choice.
    public var size: Size2D?
    /// What happens to images of another aspect ratio.
    public var fit = Preprocessing.Fit.crop
    /// The filter that resizes them.
    public var resampling = Preprocessing.Resampling.bilinear
    /// Leaves out files that cannot be decoded, and notes them; otherwise they are an error.
    public var skipsUnreadable = false
    /// Follows symbolic links to files and directories below the folder; otherwise they are left out, and noted.
    public var followsLinks = false
    /// Share of each class that becomes the test images when the folder has no split of its own.
    public var testFraction = 0.2
    /// Chooses those test images.
    public var testSeed: UInt64 = 0
    public var limits = ImageLimits()
    /// Where decoded images are kept.
    public var cache = ImageCache.auto

    public init(size: Size2D? = nil, fit: Preprocessing.Fit = .crop, skipsUnreadable: Bool = false) {
        self.size = size
        self.fit = fit
        self.skipsUnreadable = skipsUnreadable
    }
}
