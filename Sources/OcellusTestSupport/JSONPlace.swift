// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Places of JSON values, to change one at a time.
package enum JSONPlace {
    package enum Step: CustomStringConvertible {
        case key(String)
        case index(Int)
        package var description: String {
            switch self {
            case .key(let name): ".\(name)"
            case .index(let index): "[\(index)]"
            }
        }
    }

    /// Where numbers and where lists with entries stand.
    package static func all(in value: Any, _ path: [Step] = []) -> (numbers: [[Step]], lists: [[Step]]) {
        var found: (numbers: [[Step]], lists: [[Step]]) = ([], [])
        func add(_ more: (numbers: [[Step]], lists: [[Step]])) {
            found.numbers += more.numbers
            found.lists += more.lists
        }
        if let object = value as? [String: Any] {
            for key in object.keys.sorted() { add(all(in: object[key] as Any, path + [.key(key)])) }
        } else if let list = value as? [Any] {
            if !list.isEmpty { found.lists.append(path) }
            for (index, element) in list.enumerated() { add(all(in: element, path + [.index(index)])) }
        } else if value is NSNumber {
            found.numbers.append(path)
        }
        return found
    }

    package static func changed(_ value: Any, _ path: ArraySlice<Step>, _ change: (Any) -> Any) -> Any {
        guard let step = path.first else { return change(value) }
        switch step {
        case .key(let key):
            guard var object = value as? [String: Any], let member = object[key] else { return value }
            object[key] = changed(member, path.dropFirst(), change)
            return object
        case .index(let index):
            guard var list = value as? [Any] else { return value }
            list[index] = changed(list[index], path.dropFirst(), change)
            return list
        }
    }

    /// The last name on the way.
    package static func name(_ path: [Step]) -> String {
        path.reversed().lazy.compactMap { if case .key(let key) = $0 { key } else { nil } }.first ?? ""
    }
}
