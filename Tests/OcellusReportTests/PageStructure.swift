// SPDX-License-Identifier: Apache-2.0

import Foundation
import FoundationXML

/// What an XML parser sees in a page: it fails at the first tag that is not closed or attribute that is not quoted.
final class PageStructure: NSObject, XMLParserDelegate {
    struct Element {
        var name: String
        var attributes: [String: String]
    }

    private(set) var elements: [Element] = []
    private(set) var text = ""
    private var open: [String] = []
    private(set) var problem: String?

    init(_ html: String) {
        super.init()
        let parser = XMLParser(data: Data(html.utf8))
        parser.delegate = self
        if !parser.parse() {
            problem =
                "line \(parser.lineNumber), column \(parser.columnNumber): \(parser.parserError.map { "\($0)" } ?? "")"
        }
    }

    func count(_ name: String) -> Int { elements.count { $0.name == name } }
    func attributes(_ name: String) -> [String] { elements.compactMap { $0.attributes[name] } }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        elements.append(Element(name: name, attributes: attributes))
        open.append(name)
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        if open.last != "style", open.last != "script" { text += string }
    }
}
