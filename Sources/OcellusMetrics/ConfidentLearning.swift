// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// An image whose label is suspect, by what a network that never trained on it says.
public struct LabelIssue: Hashable, Codable, Sendable {
    /// Which image.
    public var index: Int
    /// Class index that it is labelled with.
    public var given: Int
    /// Class index that it probably has.
    public var suggested: Int
    /// Probability of the suggested class, in 0…1.
    public var probability: Double
    /// Probability of the given class, in 0…1.
    public var givenProbability: Double
    /// Normalised margin, in −1…0: probability of the given class less the largest of the others.
    public var margin: Double
}

/// Which images are suspected.
public enum LabelIssueRule: Sendable {
    /// Those that are confidently of another class: the off-diagonal of the confident joint.
    case confident
    /// Those, and of each class as many of its least probable labels as the confident joint estimates errors among all of its
    /// images, those included that no network is confident of. Northcutt et al. 2021, section 3.2 ("prune by class").
    case byClass
}

/// Finds images with suspected label errors by confident learning: Northcutt, Jiang and Chuang 2021, "Confident Learning:
/// Estimating Uncertainty in Dataset Labels", Journal of Artificial Intelligence Research 70, arXiv:1911.00068, section 3.
///
/// The threshold of class j is the mean probability of j over the images labelled j. An image is confidently of the most
/// probable class among those whose thresholds it reaches. It is suspected when that class is not its label (the
/// off-diagonal of the confident joint) and the network's answer is not its label either.
///
/// - Parameters:
///   - probabilities: `[N][classes]`, each by a network that did not train on the image: out of fold.
///   - labels: `[N]`, class indices.
///   - rule: Which of them; where errors are looked for by hand, ``LabelIssueRule/byClass`` misses fewer.
///   - judged: Whether an image of a class can be suspected, and whether the class can be suggested; `nil` for all.
/// - Returns: The lowest probability of the given class first (self-confidence). Margins order worse: networks that
///   trained long are sure of their own mistakes, so that the largest of the other probabilities says little.
/// - Throws: ``MetricError/Code/empty``, ``MetricError/Code/shapesDiffer``, ``MetricError/Code/labelOutOfRange``,
///   ``MetricError/Code/notFinite``.
public func labelIssues(
    probabilities: [[Double]], labels: [Int], rule: LabelIssueRule = .confident, judged: [Bool]? = nil
) throws(MetricError) -> [LabelIssue] {
    guard let classes = probabilities.first?.count, classes > 0 else {
        throw MetricError(.empty, "there is nothing to judge.", needs: "at least one image and one class")
    }
    guard probabilities.count == labels.count, probabilities.allSatisfy({ $0.count == classes }),
        judged.map({ $0.count == classes }) ?? true
    else {
        throw MetricError(
            .shapesDiffer, "labels and probabilities do not belong together.",
            needs: "[\(labels.count)][\(classes)]", received: "\(probabilities.count) rows")
    }
    var sums = [Double](repeating: 0, count: classes)
    var counts = [Int](repeating: 0, count: classes)
    for (row, label) in zip(probabilities, labels) {
        guard (0..<classes).contains(label) else {
            throw MetricError(
                .labelOutOfRange, "a label is not a class.", needs: "0 ..< \(classes)", received: "\(label)")
        }
        guard row.allSatisfy(\.isFinite) else {
            throw MetricError(.notFinite, "a probability is not a number.", received: "\(row)")
        }
        sums[label] += row[label]
        counts[label] += 1
    }
    // A class that no image has been given is never confident.
    let thresholds = (0..<classes).map { counts[$0] > 0 ? sums[$0] / Double(counts[$0]) : .infinity }
    // Rounding must not decide whether equal probabilities reach their own mean.
    let slack = 1e-6
    var (issues, unsure): ([LabelIssue], [LabelIssue]) = ([], [])
    // Of each class: images that are confidently of any, and of another.
    var (confidentCounts, otherCounts) = ([Int](repeating: 0, count: classes), [Int](repeating: 0, count: classes))
    for (index, (row, label)) in zip(probabilities, labels).enumerated() {
        let confident = (0..<classes).filter {
            row[$0] >= thresholds[$0] - slack && judged?[$0] ?? true
        }
        let suggested = confident.max { row[$0] < row[$1] }
        confidentCounts[label] += suggested == nil ? 0 : 1
        otherCounts[label] += suggested == nil || suggested == label ? 0 : 1
        let others = (0..<classes).filter { $0 != label && judged?[$0] ?? true }
        guard judged?[label] ?? true, let answer = others.max(by: { row[$0] < row[$1] }),
            let other = (0..<classes).filter({ $0 != label }).map({ row[$0] }).max(), row[label] < other
        else { continue }
        func issue(_ suggested: Int) -> LabelIssue {
            LabelIssue(
                index: index, given: label, suggested: suggested, probability: row[suggested],
                givenProbability: row[label], margin: row[label] - other)
        }
        if let suggested, suggested != label { issues.append(issue(suggested)) } else { unsure.append(issue(answer)) }
    }
    if rule == .byClass {
        issues += leastProbable(
            unsure, after: issues,
            count: (0..<classes).map { label in
                let share = Double(otherCounts[label]) / Double(max(1, confidentCounts[label]))
                return Int((share * Double(counts[label])).rounded())
            })
    }
    return issues.sorted { ($0.givenProbability, $0.index) < ($1.givenProbability, $1.index) }
}

/// Of each class the images that are missing from its `count` least probable labels.
private func leastProbable(_ unsure: [LabelIssue], after confident: [LabelIssue], count: [Int]) -> [LabelIssue] {
    count.indices.flatMap { label in
        let own = unsure.filter { $0.given == label }
        let known = Set(confident.filter { $0.given == label }.map(\.index))
        let all = (own + confident.filter { $0.given == label }).sorted {
            ($0.givenProbability, $0.index) < ($1.givenProbability, $1.index)
        }
        return all.prefix(count[label]).filter { !known.contains($0.index) }
    }
}
