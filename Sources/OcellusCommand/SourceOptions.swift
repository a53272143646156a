// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import OcellusData
import OcellusFiles

/// Whether links are followed where folders are read.
struct LinkOptions: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help: "Follow symbolic links to files and folders, never in a circle; or leave them out and name them.")
    var followLinks = true
}

/// How files of images and tables of them are read.
struct SourceOptions: ParsableArguments {
    @OptionGroup var links: LinkOptions

    @Option(
        help: ArgumentHelp(
            "Columns of a table that have other names, e.g. path=image_id,label=dx: path, label, split, group or fold.",
            valueName: "names"))
    var columns: ColumnsArgument?

    @Option(
        help: ArgumentHelp("The folder that paths in a table begin in (default: the table's).", valueName: "folder"))
    var imagesIn: PathArgument?

    @Option(help: ArgumentHelp("Added to each path in a table, e.g. .jpg.", valueName: "ending"))
    var suffix: String?

    var table: TableOptions? {
        guard columns != nil || imagesIn != nil || suffix != nil else { return nil }
        return TableOptions(columns: columns?.names ?? [:], folder: imagesIn?.path.escaped, suffix: suffix)
    }

    /// Options for a command that reads files without fitting them.
    var folderOptions: ImageFolderOptions {
        var options = ImageFolderOptions()
        options.followsLinks = links.followLinks
        options.table = table ?? TableOptions()
        return options
    }
}

/// `path=image_id,label=dx`
struct ColumnsArgument: ExpressibleByArgument {
    var names: [String: String] = [:]

    init?(argument: String) {
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard words.count == 2, !words[1].isEmpty, TableOptions.columnNames.contains(String(words[0])),
                names.updateValue(String(words[1]), forKey: String(words[0])) == nil
            else { return nil }
        }
    }
}
