// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

// The checksums are those that TensorFlow Datasets publishes for these addresses. Those of the content of IDX files (MNIST and
// Fashion-MNIST) were computed from the files themselves.
extension StandardSet {
    /// All sets, in the order in which they are listed.
    package static let all: [StandardSet] =
        [mnist, fashionMNIST, kmnist] + emnist + [cifar10, cifar100, cifar101, cifar10C]

    private static let digits = (0...9).map(String.init)

    private static let mnist = StandardSet(
        "mnist", "70,000 handwritten digits, 28×28 gray, 10 classes", page: "http://yann.lecun.com/exdb/mnist/",
        files: [
            File(
                "train-images-idx3-ubyte.gz", size: 9_912_422,
                sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                content: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
            File(
                "train-labels-idx1-ubyte.gz", size: 28_881,
                sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                content: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
            File(
                "t10k-images-idx3-ubyte.gz", size: 1_648_877,
                sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                content: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
            File(
                "t10k-labels-idx1-ubyte.gz", size: 4_542,
                sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                content: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
        ],
        // The first host of all has refused downloads for years.
        mirrors: [
            "https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ], form: .idx(classes: digits))

    private static let fashionMNIST = StandardSet(
        "fashion-mnist", "70,000 pieces of clothing, 28×28 gray, 10 classes",
        page: "https://github.com/zalandoresearch/fashion-mnist",
        files: [
            File(
                "train-images-idx3-ubyte.gz", size: 26_421_880,
                sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                content: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
            File(
                "train-labels-idx1-ubyte.gz", size: 29_515,
                sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                content: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
            File(
                "t10k-images-idx3-ubyte.gz", size: 4_422_102,
                sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                content: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
            File(
                "t10k-labels-idx1-ubyte.gz", size: 5_148,
                sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                content: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
        ],
        // Plain HTTP: the checksum is the only protection.
        mirrors: [
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        ], installed: "/usr/share/datasets/fashion-mnist",
        form: .idx(
            classes: [
                "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
                "Ankle boot",
            ]))

    private static let kmnist = StandardSet(
        "kmnist", "70,000 cursive Japanese characters, 28×28 gray, 10 classes", page: "http://codh.rois.ac.jp/kmnist/",
        files: [
            File(
                "train-images-idx3-ubyte.gz", size: 18_165_135,
                sha256: "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
            File(
                "train-labels-idx1-ubyte.gz", size: 29_497,
                sha256: "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
            File(
                "t10k-images-idx3-ubyte.gz", size: 3_041_136,
                sha256: "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
            File(
                "t10k-labels-idx1-ubyte.gz", size: 5_120,
                sha256: "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
        ],
        mirrors: ["https://codh.rois.ac.jp/kmnist/dataset/kmnist/", "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"],
        form: .idx(classes: ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]))

    /// Six ways to divide NIST's characters, in one archive.
    private static let emnist: [StandardSet] = {
        let upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".map(String.init)
        let lower = upper.map { $0.lowercased() }
        // Letters whose two forms look alike are one class.
        let merged = digits + upper + "abdefghnqrt".map(String.init)
        let splits: [(split: String, summary: String, firstLabel: Int, classes: [String])] = [
            ("balanced", "131,600 handwritten characters, 28×28 gray, 47 classes", 0, merged),
            ("letters", "145,600 handwritten letters, 28×28 gray, 26 classes", 1, upper),
            ("digits", "280,000 handwritten digits, 28×28 gray, 10 classes", 0, digits),
            ("mnist", "70,000 handwritten digits, 28×28 gray, 10 classes", 0, digits),
            ("bymerge", "814,255 handwritten characters, 28×28 gray, 47 classes", 0, merged),
            ("byclass", "814,255 handwritten characters, 28×28 gray, 62 classes", 0, digits + upper + lower),
        ]
        return splits.map { split in
            StandardSet(
                "emnist-\(split.split)", split.summary,
                page: "https://www.nist.gov/itl/products-and-services/emnist-dataset",
                files: [
                    File(
                        "gzip.zip", size: 561_753_746,
                        sha256: "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e")
                ],
                mirrors: [
                    "https://biometrics.nist.gov/cs_links/EMNIST/",
                    "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
                ], folder: "emnist",
                form: .emnist(split: split.split, firstLabel: split.firstLabel, classes: split.classes))
        }
    }()

    private static let cifarMirrors = ["https://www.cs.toronto.edu/~kriz/"]

    private static let cifar10 = StandardSet(
        "cifar-10", "60,000 photos, 32×32 colour, 10 classes", page: "https://www.cs.toronto.edu/~kriz/cifar.html",
        files: [
            File(
                "cifar-10-binary.tar.gz", size: 170_052_171,
                sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")
        ], mirrors: cifarMirrors, form: .cifar)

    private static let cifar100 = StandardSet(
        "cifar-100", "60,000 photos, 32×32 colour, 100 classes", page: "https://www.cs.toronto.edu/~kriz/cifar.html",
        files: [
            File(
                "cifar-100-binary.tar.gz", size: 168_513_733,
                sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec")
        ], mirrors: cifarMirrors, form: .cifar)

    private static let cifar101 = StandardSet(
        "cifar-10.1", "2,000 new photos to test on, 32×32 colour, CIFAR-10's classes",
        page: "https://github.com/modestyachts/CIFAR-10.1",
        files: [
            File(
                "cifar10.1_v6_data.npy", size: 6_144_128,
                sha256: "2997188e5816f5bd545dc77771b6227828c28146049fcecf3fa10775474cacc6"),
            File(
                "cifar10.1_v6_labels.npy", size: 8_128,
                sha256: "ae40beda001693674edc94d925ee8268cfe68905f8f9aff800c8dcdfcd6c9448"),
        ],
        mirrors: [
            "https://github.com/modestyachts/CIFAR-10.1/raw/master/datasets/",
            "https://raw.githubusercontent.com/modestyachts/CIFAR-10.1/master/datasets/",
        ], form: .arrays)

    private static let cifar10C = StandardSet(
        "cifar-10-c", "CIFAR-10's test photos corrupted in 19 ways, 5 severities each",
        page: "https://zenodo.org/records/2535967",
        files: [
            File(
                "CIFAR-10-C.tar", size: 2_918_471_680,
                sha256: "c72763e101c723b7c507b96205f7e938912a5d587376173b825850cf3cb876a7")
        ],
        mirrors: ["https://zenodo.org/records/2535967/files/", "https://zenodo.org/record/2535967/files/"],
        form: .corruptions)
}
