// SPDX-License-Identifier: Apache-2.0

extension PageView {
    /// The whole file.
    var html: String {
        Page(kicker: "Ocellus comparison", title: title, facts: facts).html {
            verdictSection
            navigation(sections)
            trainingSection
            resultSections
            classSections
            pictures?.markup
            shiftSection
            sizeSection
            methodSections
        } footer: {
            p {
                "The last tenths of a point say little on public test sets: on average over ten popular ones at least "
                "3.3 % of the labels were found to be wrong (Northcutt et al. 2021, arXiv:2103.14749), and 3.3 % of "
                "CIFAR-10’s test images have a near-duplicate among the training images (Barz and Denzler 2020, "
                "arXiv:1902.00423)."
            }
            writtenBy(version, from: "run", created: created)
        }
    }

    private var verdictSection: Markup {
        section(.id("summary"), .class("verdict")) {
            p(.class("kicker")) { "Verdict" }
            p(.class("word")) { verdict }
            for warning in warnings { p(.class("reason")) { warning } }
            p(.class("reason")) { reason }
            if let visibility { note(visibility) }
            if let testNote { note("\(imbalance ?? "") \(testNote)") }
            cardRow(cards)
        }
    }

    @MarkupBuilder private var trainingSection: Markup {
        if !curves.isEmpty {
            section(.id("training")) {
                h2 { "Training" }
                ul(.class("legend")) {
                    for card in cards {
                        li {
                            card.key
                            card.name
                        }
                    }
                    for stroke in strokes {
                        li {
                            stroke.mark
                            stroke.name
                        }
                    }
                }
                figures(curves)
            }
        }
    }

    @MarkupBuilder private var resultSections: Markup {
        section(.id("results")) {
            h2 { "Results" }
            numberTable(["network"] + resultHeads, resultRows)
            note(
                "Test accuracy is the mean over seeds ± the standard deviation between them. Multiply-adds are those of one "
                    + "image forward; memory is what the training plan holds; training time and images/s are medians over "
                    + "seeds, evaluation left out."
                    + (hasValidation
                        ? " The last column is the training time until the validation accuracy first reached "
                            + "\(firstName)’s best of the same seed." : ""))
        }
        section(.id("match")) {
            h2 { "Match" }
            p { "\(match)." }
            numberTable(["network"] + Findings.costHeads, costRows)
            note(Findings.costNote)
        }
        section(.id("seeds")) {
            h2 { "Seeds" }
            legend(cards)
            figures(seedFigures)
            if hasPairs {
                numberTable(["seed"] + pairHeads, pairRows)
                note(
                    "Both networks of a seed classified the same test images. “Only” counts the images that one of them "
                        + "classified correctly and the other did not; McNemar’s test asks whether those two counts differ by "
                        + "more than chance. It is made for each seed and never pooled: the seeds share their test images."
                )
            }
        }
    }

    @MarkupBuilder private var classSections: Markup {
        if hasClasses {
            section(.id("classes")) {
                h2 { "Classes" }
                legend(cards)
                div(.class(classLayout)) {
                    if let recall { drawn(recall) }
                    div(.class("scroll")) { classTable }
                }
                note(
                    "In percent\(seedNote). Precision: share of the images taken for the class that are of it. Recall: share "
                        + "of the images of the class that were recognised. F1: their harmonic mean.")
            }
            section(.id("confusion")) {
                h2 { "Confusions" }
                note(
                    "Rows are true classes, columns predictions; \(confusionMeasure)\(seedNote). Blue is right, orange is "
                        + "wrong; orange is drawn stronger, so that rare confusions are seen.")
                div(.class("figures")) { for confusion in confusions { confusion.markup } }
            }
        }
    }

    /// Each network's three measures stand under its name.
    private var classTable: Markup {
        let twoRows = Attribute("rowspan", "2")
        return table {
            thead {
                tr {
                    th(twoRows, .column) { "class" }
                    th(twoRows, .column) { "images" }
                    for card in cards {
                        th(.class("group"), Attribute("colspan", "3"), Attribute("scope", "colgroup")) {
                            card.key
                            card.name
                        }
                    }
                }
                tr { for _ in cards { for head in ["precision", "recall", "F1"] { th(.column) { head } } } }
            }
            tbody {
                for row in classRows {
                    tr {
                        th(.row) { row.label }
                        for cell in row.cells { td { cell } }
                    }
                }
            }
        }
    }

    @MarkupBuilder private var shiftSection: Markup {
        if let shift {
            section(.id("shift")) {
                h2 { "Shift" }
                legend(cards)
                drawn(shift, style: "single")
            }
        }
    }

    @MarkupBuilder private var sizeSection: Markup {
        if !sizeRows.isEmpty {
            section(.id("size")) {
                h2 { "Photo sizes" }
                note(
                    "What the same layers would hold and compute for larger images. A dense layer has one weight for every "
                        + "pixel and unit; a convolution’s weights do not grow with the image, only the dense layers behind "
                        + "it do.")
                div(.class("beside")) {
                    if let sizeFigure { drawn(sizeFigure) }
                    div(.class("scroll")) { sizeTable }
                }
            }
        }
    }

    private var sizeTable: Markup {
        table {
            thead {
                tr {
                    th(.column) { "image" }
                    th(.class("left"), .column) { "network" }
                    for head in ["parameters", "bytes", "multiply-adds"] { th(.column) { head } }
                }
            }
            tbody {
                for row in sizeRows {
                    tr {
                        th(.row) { row.size }
                        td(.class("left")) {
                            row.mark
                            row.label
                        }
                        for cell in row.cells { td { cell } }
                    }
                }
            }
        }
    }

    @MarkupBuilder private var methodSections: Markup {
        section(.id("method")) {
            h2 { "Method" }
            h3 { "Recipe \(recipe)" }
            sentences(recipeNotes)
            dl(.class("pairs long")) {
                for training in trainings {
                    dt {
                        training.mark
                        training.label
                    }
                    dd { "\(training.training). \(training.tuning)" }
                }
            }
            for architecture in architectures {
                details {
                    summary {
                        architecture.mark
                        architecture.label
                        " "
                        span(.class("soft")) { "layer by layer" }
                    }
                    numberTable(
                        ["layer", "", "output", "parameters", "multiply-adds", "sees"], texts: 1, architecture.layers)
                }
            }
            h4 { "Checklist" }
            list(checklist, style: "pairs long")
        }
        section(.id("environment")) {
            h2 { "Repeat it" }
            commandLine(command)
            origin(dataFacts, environmentFacts, notes: dataNotes)
        }
    }
}
