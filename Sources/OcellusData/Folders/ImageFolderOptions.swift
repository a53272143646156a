// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusModel
public import OcellusPixels
import OcellusTensor

/// How a folder of image files becomes a data set.
public struct ImageFolderOptions: Sendable {
    /// How all images get one size. Without a size it is chosen by the images, and the choice is noted; the rest is as
    /// in ``ImageFitting/init(_:fit:resampling:crop:)`` where it is left open.
    public var fitting: ImageFitting.Choice
    /// Leaves out files that cannot be decoded, and notes them; otherwise they are an error.
    ///
    /// The same files are left out wherever decoded images are kept. With ``ImageCache/none`` that takes one decoding of all
    /// files in advance; without this option a damaged file is an error when its turn comes.
    public var skipsUnreadable = false
    /// Follows symbolic links to files and directories below the folder, never in a circle; otherwise they are left out, and
    /// noted.
    public var followsLinks = true
    /// For tables.
    public var table = TableOptions()
    /// Share of each class that becomes the test images when the folder has no split of its own.
    public var testFraction = 0.2
    /// Chooses those test images.
    public var testSeed: UInt64 = 0
    public var limits = ImageLimits()
    /// Where decoded images are kept.
    public var cache = ImageCache.auto
    /// How photos are fitted for a network that was trained elsewhere, which goes before everything else; `nil` leaves it to the
    /// rest.
    package var photos: PhotoFitting?
    /// 1 for gray or 3 for colour, as a model needs them; `nil` leaves it to the images.
    package var channels: Int?

    public init(fitting: ImageFitting.Choice = ImageFitting.Choice(), skipsUnreadable: Bool = false) {
        self.fitting = fitting
        self.skipsUnreadable = skipsUnreadable
    }
}
