// SPDX-License-Identifier: Apache-2.0

extension ImageView {
    func markup(_ style: String? = nil) -> Markup {
        let styles = [style, isPhoto ? "photo" : nil, enlarges ? "enlarges" : nil].compactMap(\.self)
        return img(
            .class(styles.isEmpty ? nil : styles.joined(separator: " ")), Attribute("src", source),
            Attribute("width", "\(width)"), Attribute("height", "\(height)"),
            .alt(alternative))
    }
}

extension PicturesView {
    /// What the page says of all of them.
    @MarkupBuilder var markup: Markup {
        if !samples.isEmpty {
            section(.id("samples")) {
                h2 { "Test images" }
                note(sampleNote)
                Self.gallery(samples)
            }
        }
        if !worst.isEmpty {
            section(.id("mistakes")) {
                h2 { "Worst mistakes" }
                note(
                    "The test images with the largest loss of each network: the ones where it gave the true class the "
                        + "smallest probability. Some of them may be labelled wrongly; look before you blame the network."
                )
                for gallery in worst {
                    Self.heading(gallery.mark, gallery.label)
                    Self.gallery(gallery.items)
                }
            }
        }
        if hasFilters {
            section(.id("filters")) {
                h2 { "Filters" }
                note(
                    "\(Self.filterNote) Beside each are the places of test images that excite it most, "
                        + "most exciting first, as large as the region that it sees. A filter that looks like noise may "
                        + "still be useful: only its effect on the result would tell.")
                Self.filters(filterNetworks)
            }
        }
        if hasMaps {
            section(.id("maps")) {
                h2 { "Feature maps" }
                p(.class("note")) {
                    "What one picture of each class becomes on its way through the network: n filters give n maps. "
                    Self.mapNote
                    " A shifted picture "
                    "gives shifted maps away from the borders; what the later layers make of that is measured under "
                    a(.link(to: "shift")) { "Shift" }
                    "."
                }
                Self.maps(mapNetworks)
            }
        }
    }

    /// What the colours of filters mean.
    static let filterNote =
        "Filters of a layer are drawn to one scale around 0: orange weights are above it, blue ones below, white is 0; of a "
        + "first layer that sees colours each colour around middle gray, which is 0 (behind the first layer the mean over input "
        + "channels; in records of earlier versions gray, from each filter’s darkest weight to its brightest). The "
        + "chequered part of a place lies outside the image."

    /// What the colours of maps mean.
    static let mapNote =
        "Orange is above 0, blue below, white is 0; each map is scaled to its own range, so colours do not compare between maps "
        + "(in records of earlier versions gray). Units of dense layers are bars."

    static func heading(_ mark: Markup, _ label: String) -> Markup {
        h4 {
            mark
            label
        }
    }

    static func gallery(_ items: [Item]) -> Markup {
        ul(.class("gallery")) {
            for item in items {
                li {
                    picture(item.image)
                    p(.class("truth")) { item.truth }
                    if let name = item.name { p(.class("name")) { name } }
                    for said in item.said {
                        p(.class("said")) {
                            said.mark
                            said.words
                        }
                    }
                }
            }
        }
    }

    /// The picture, or that there is none.
    static func picture(_ image: ImageView?) -> Markup {
        image?.markup() ?? div(.class("missing")) { "no picture" }
    }

    @MarkupBuilder static func filters(_ networks: [FilterNetwork]) -> Markup {
        for network in networks {
            heading(network.mark, network.label)
            if let none = network.none { p(.class("soft")) { none } }
            for sheet in network.sheets { drawn(sheet) }
        }
    }

    static func drawn(_ sheet: FilterSheetView) -> Markup {
        details(.open(sheet.isOpen)) {
            summary {
                sheet.name
                " "
                span(.class("soft")) { sheet.facts }
            }
            ul(.class("filters")) {
                for filter in sheet.filters {
                    li {
                        span(.class("index")) { "\(filter.index)" }
                        filter.kernel?.markup("kernel")
                        if let patches = filter.patches { div(.class("scroll")) { patches.markup() } }
                        if let lost = filter.lost { span { lost } }
                    }
                }
            }
        }
    }

    @MarkupBuilder static func maps(_ networks: [MapNetwork]) -> Markup {
        for network in networks {
            heading(network.mark, network.label)
            if let none = network.none { p(.class("soft")) { none } }
            for sheet in network.sheets { drawn(sheet) }
        }
    }

    static func drawn(_ sheet: MapSheetView) -> Markup {
        details(.class("slim"), .open(sheet.isOpen)) {
            summary { sheet.name }
            div(.class("maps")) {
                for strip in sheet.strips {
                    div(.class("layer")) {
                        strip.name
                        " "
                        span(.class("soft")) { strip.facts }
                    }
                    div(.class("scroll")) {
                        if let bars = strip.bars {
                            bars.markup
                        } else {
                            strip.image?.markup() ?? span(.class("soft")) { "no picture" }
                        }
                    }
                }
            }
        }
    }
}
