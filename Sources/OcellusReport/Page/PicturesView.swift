// SPDX-License-Identifier: Apache-2.0

import OcellusEvidence
import OcellusMetrics
import OcellusModel
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A PNG inside the page, at a whole multiple of its own size.
struct ImageView {
    let source: String
    let width: Int
    let height: Int
    let alternative: String
    /// Whether it is drawn smoothly: it has the detail of a photo.
    var isPhoto = false
    /// Whether the page's script shows it large.
    var enlarges = false

    /// The copy of a picture that a record holds with its size; `nil` unless it is a PNG or a JPEG.
    init?(copy data: Data, width: Int, height: Int, alternative: String) {
        guard let media = Self.media(of: data) else { return nil }
        source = "data:image/\(media);base64," + data.base64EncodedString()
        (self.width, self.height, self.alternative) = (width, height, alternative)
        (isPhoto, enlarges) = (media == "jpeg", true)
    }

    private static func media(of data: Data) -> String? {
        data.starts(with: [0x89, 0x50, 0x4E, 0x47]) ? "png" : data.starts(with: [0xFF, 0xD8, 0xFF]) ? "jpeg" : nil
    }

    /// On the screen, of anything that is to be seen.
    static let leastSide = 48

    /// - Parameters:
    ///   - targetHeight: The picture is enlarged by the largest whole factor that stays within this height.
    ///   - leastHeight: By more where it would be lower than this.
    /// - Returns: `nil` for bytes that are not a PNG: the page then says that there is no picture.
    init?(_ png: Data, alternative: String, targetHeight: Int = 1, leastHeight: Int = 1) {
        let header = Array(png.prefix(24))
        guard header.count == 24, Array(header.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] else {
            return nil
        }
        func bigEndian(_ offset: Int) -> Int { header[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        let size = (width: bigEndian(16), height: bigEndian(20))
        guard (1...100_000).contains(size.width), (1...100_000).contains(size.height) else { return nil }
        // A strip of one row, as a dense layer gives, is not blown up beyond what can be scrolled.
        let wanted = max(targetHeight / size.height, (leastHeight + size.height - 1) / size.height)
        let factor = max(1, min(wanted, max(1, 2400 / size.width)))
        source = "data:image/png;base64," + png.base64EncodedString()
        width = size.width * factor
        height = size.height * factor
        self.alternative = alternative
    }
}

/// The sections that show pictures.
struct PicturesView {
    struct Said {
        var mark = Markup()
        var words: String
    }

    struct Item {
        var image: ImageView?
        var truth: String
        /// Of its file.
        var name: String?
        var said: [Said]
    }

    struct Gallery {
        var mark: Markup
        var label: String
        var items: [Item]
    }

    struct FilterView {
        var index: Int
        var kernel: ImageView?
        var patches: ImageView?
        /// What the network loses without it.
        var lost: String?
    }

    struct FilterSheetView {
        var name: String
        var facts: String
        var isOpen: Bool
        var filters: [FilterView]
    }

    struct FilterNetwork {
        var mark: Markup
        var label: String
        var none: String?
        var sheets: [FilterSheetView]
    }

    struct Strip {
        var name: String
        var facts: String
        var image: ImageView?
        /// In place of a picture.
        var bars: FeatureBars?
    }

    struct MapSheetView {
        var name: String
        var isOpen: Bool
        var strips: [Strip]
    }

    struct MapNetwork {
        var mark: Markup
        var label: String
        var none: String?
        var sheets: [MapSheetView]
    }

    let sampleNote: String
    let samples: [Item]
    let worst: [Gallery]
    let hasFilters: Bool
    let filterNetworks: [FilterNetwork]
    let hasMaps: Bool
    let mapNetworks: [MapNetwork]

    init(_ findings: Findings, _ pictures: ComparisonRecord.Pictures) {
        let networks = findings.record.networks
        sampleNote =
            "Below each image its true class, then what each network of seed \(pictures.seed) said, with the probability "
            + "that it gave (softmax, not calibrated: a large one does not mean that it is right)."
        samples = pictures.samples.map { Self.item(findings, $0) }
        worst = zip(networks.indices, pictures.worst).filter { !$0.1.isEmpty }.map { series, samples in
            Gallery(
                mark: keyMark(series), label: networks[series].name, items: samples.map { Self.item(findings, $0) })
        }
        filterNetworks = zip(networks.indices, pictures.filters).map { series, sheets in
            FilterNetwork(
                mark: keyMark(series), label: networks[series].name,
                none: sheets.isEmpty ? "No convolution, so no filter that could be drawn as a small picture." : nil,
                sheets: sheets.enumerated().map {
                    Self.sheet(
                        $0.element, Self.layerText(networks[series].summary, $0.element.layer), source: "test images",
                        isOpen: $0.offset == 0)
                })
        }
        hasFilters = filterNetworks.contains { !$0.sheets.isEmpty }
        mapNetworks = zip(networks.indices, pictures.featureMaps).map { series, sheets in
            MapNetwork(
                mark: keyMark(series), label: networks[series].name,
                none: sheets.isEmpty ? "No layer of this network gives maps." : nil,
                sheets: sheets.enumerated().map {
                    let name = findings.className($0.element.label)
                    return Self.maps(
                        $0.element, of: name, words: "test image of class \(name)",
                        classes: findings.record.data.classes,
                        isOpen: $0.offset == 0
                    ) {
                        Self.layerText(networks[series].summary, $0)
                    }
                })
        }
        hasMaps = mapNetworks.contains { !$0.sheets.isEmpty }
    }

    private static func item(_ findings: Findings, _ sample: ComparisonRecord.Sample) -> Item {
        let truth = findings.className(sample.label)
        return Item(
            image: ImageView(
                sample.png, alternative: "Test image of class \(truth), \(sample.name)", targetHeight: 112),
            truth: truth,
            said: sample.predictions.enumerated().map { series, prediction in
                let isRight = prediction.label == sample.label
                return Said(
                    mark: keyMark(series),
                    words: "\(isRight ? "✓" : "✗") \(findings.className(prediction.label)) "
                        + NumberText.percent(prediction.probability, digits: 0))
            })
    }

    /// The layer as it prints itself, e.g. `layer 0, Conv2D(32, 3×3)`; its name alone where the summary has none such.
    static func layerText(_ summary: NetworkSummary, _ name: String) -> String {
        summary.rows.first { $0.name == name }.map { "Layer \(name), \($0.layer)" } ?? "Layer \(name)"
    }

    /// - Parameters:
    ///   - sheet: The filters.
    ///   - name: Above them.
    ///   - source: What the patches were searched in, e.g. `test images`.
    ///   - isOpen: On the page, before a click.
    static func sheet(
        _ sheet: ComparisonRecord.FilterSheet, _ name: String, source: String, isOpen: Bool
    ) -> FilterSheetView {
        let shown = sheet.filters.count < sheet.count ? "the first \(sheet.filters.count) of " : ""
        return FilterSheetView(
            name: name,
            facts:
                "\(shown)\(counted(sheet.count, "filter")), each sees \(NumberText.size(sheet.receptiveField)) pixels"
                + (sheet.scale.map { "; full colour at ±\(NumberText.significant($0))" } ?? ""),
            isOpen: isOpen,
            filters: sheet.filters.map { filter in
                FilterView(
                    index: filter.index,
                    kernel: ImageView(
                        filter.png, alternative: "Weights of filter \(filter.index), layer \(sheet.layer)",
                        targetHeight: 64, leastHeight: ImageView.leastSide
                    ),
                    patches: filter.patches.flatMap {
                        ImageView(
                            $0,
                            alternative:
                                "Parts of \(source) that excite filter \(filter.index) of layer \(sheet.layer) most",
                            targetHeight: 64, leastHeight: ImageView.leastSide)
                    }, lost: filter.accuracyLost.map { "without it \(NumberText.points(-$0))" })
            })
    }

    /// - Parameters:
    ///   - sheet: The maps.
    ///   - name: Of the picture.
    ///   - words: What the picture is, e.g. `test image of class cat`.
    ///   - isOpen: On the page, before a click.
    ///   - classes: Names of the last layer's units.
    ///   - layerText: What is written before a layer's maps.
    static func maps(
        _ sheet: ComparisonRecord.FeatureMapSheet, of name: String, words: String, classes: [String], isOpen: Bool,
        layerText: (String) -> String
    ) -> MapSheetView {
        let input = Strip(
            name: "Picture", facts: name,
            image: ImageView(sheet.png, alternative: "The \(words)", targetHeight: 84))
        return MapSheetView(
            name: name, isOpen: isOpen,
            strips: [input]
                + sheet.layers.map { layer in
                    strip(layer, words, classes: classes, name: layerText(layer.layer))
                })
    }
    private static func strip(
        _ layer: ComparisonRecord.LayerMaps, _ words: String, classes: [String], name: String
    ) -> Strip {
        let isMap = layer.shape.rank == 3
        let count = isMap ? layer.shape[0] : layer.shape.count
        let shown = layer.shown.flatMap { $0 < count ? "the first \($0) of " : nil } ?? ""
        let facts =
            shown + (isMap ? "\(count) maps of \(layer.shape[2])×\(layer.shape[1])" : "\(count) values")
        let alternative = "\(facts) of layer \(layer.layer) for the \(words)"
        if let values = layer.values {
            let names = values.count == classes.count ? classes : []
            return Strip(
                name: name, facts: facts, bars: FeatureBars(values: values, names: names, words: alternative))
        }
        return Strip(
            name: name, facts: facts,
            image: ImageView(
                layer.png, alternative: alternative, targetHeight: layer.shown == nil ? 60 : 1,
                leastHeight: layer.shown == nil && !isMap ? ImageView.leastSide : 1))
    }
}
