// SPDX-License-Identifier: Apache-2.0
// Made by Scripts/fixtures/warp.py with SciPy 1.17.1. Do not edit.

import OcellusModel

/// Results of scipy.ndimage.map_coordinates with order 1, rounded.
enum WarpFixtures {
    struct Case: Sendable {
        let map: String
        let border: Augmentation.Border
        /// Bytes of [9][19], base64.
        let expected: String
    }

    static let height = 9
    static let width = 19

    /// [height][width]
    static let image = (0..<height * width).map { index in
        let (y, x) = (index / width, index % width)
        return UInt8((x * 37 + y * 91 + x * y % 7 * 13) % 256)
    }

    static let cases: [Case] = [
        Case(
            map: "rotation", border: .black,
            expected: """
                AAAAAAATAxtGhGp5jnW4eXN8KwACIFGU1TRep9xdb7uvpI6gqk4XQoZyXXiHspNdhraVKVSsnCpGWqS6fWOvnnuHqISBg3mRclNW\
                vqq+Voi9vTNGrsYtY6a7mm6Yx7FQbqxqW3CAl289X7DgbDR/ttmQOaGySl+mrn5pnMG2XElimUJMXFWAPGen3p0zcKy8qnq6D3gG\
                AgAeUpu6zDhFQLcoNEM4FQAAAAAA
                """),
        Case(
            map: "rotation", border: .edge,
            expected: """
                MlV5ncG4CCxQhGp5jnW4eXN8oChMcJO31TRep9xdb7uvpI6gqpQeQoZyXXiHspNdhraVKVSsnCpZWqS6fWOvnnuHqISBg3mRclNW\
                vqq+Voi9vTNGrsYtY6a7mm6Yx7FQbqxqW3CAl289X7DgbDR/ttmQSKGySl+mrn5pnMG2XElimUJMfaCAPGen3p0zcKy8qnq6EtoT\
                QHBvUpu6zDhFQLcoPGyczDGqSDNj
                """),
        Case(
            map: "rotation", border: .reflect,
            expected: """
                p1CERmqGQ1RehGp5jnW4eXN8kaS+yWKk1TRep9xdb7uvpI6gqoA5Q4ZyXXiHspNdhraVKVSsnCpRWqS6fWOvnnuHqISBg3mRclNW\
                vqq+Voi9vTNGrsYtY6a7mm6Yx7FQbqxqW3CAl289X7DgbDR/ttmQWqGySl+mrn5pnMG2XElimUJNkYmAPGen3p0zcKy8qnq6IbN8\
                x+ZnUpu6zDhFQLcoTZxYQlNWh62r
                """),
        Case(
            map: "scale", border: .black,
            expected: """
                DhMYHSIoDQQJDhMYHSIoEAQJDnqbfnmZuVQ5WnqahniZuWM5WnpxnmlYhLGerrhwnHNWg6+krcJ6kZK0ybZRO1iElJWyzMNeQFWF\
                lbY2GzxzcXCYyMZGHjh2dHOUy8lRXJO5u56ke0hTXY+7waSmhUpVutCmlZQ2QXGku9GvlaBDQm2lu3WYfnqFLouEUnWXhXqQOoOQ\
                UnQMEhkgIAQcFgQLEhkgJAcZGgQL
                """),
        Case(
            map: "scale", border: .edge,
            expected: """
                TWmGor/bRhQxTWmGor/bWhQxTXqbfnmZuVQ5WnqahniZuWM5WnpxnmlYhLGerrhwnHNWg6+krcJ6kZK0ybZRO1iElJWyzMNeQFWF\
                lbY2GzxzcXCYyMZGHjh2dHOUy8lRXJO5u56ke0hTXY+7waSmhUpVutCmlZQ2QXGku9GvlaBDQm2lu3WYfnqFLouEUnWXhXqQOoOQ\
                UnRAZo2zshSZfBk/ZYyyxSeLjxg+
                """),
        Case(
            map: "scale", border: .reflect,
            expected: """
                rtJ2Sm6TZGSIrdKFSW6SbWOIrHqbfnmZuVQ5WnqahniZuWM5WnpxnmlYhLGerrhwnHNWg6+krcJ6kZK0ybZRO1iElJWyzMNeQFWF\
                lbY2GzxzcXCYyMZGHjh2dHOUy8lRXJO5u56ke0hTXY+7waSmhUpVutCmlZQ2QXGku9GvlaBDQm2lu3WYfnqFLouEUnWXhXqQOoOQ\
                UnSxz2w6UUx7jZOxz3w6VU95kZOx
                """),
        Case(
            map: "translation", border: .black,
            expected: """
                AABmtYufXWihl7iOomBrpJq7kQAARZKAgpuziGeVg4WetotqmIYAADB+rXFxl2NGgbB0dJpmSYSzAAByf3hEV4mZnoJ7R1qMnKGF\
                fgAAUWdxg7TSgG5qdIa31YNxbXcAADyIstGNh05Ni7XUkIpRUI64AAB+anGdcX1GjW10oHSASZBwdwAASh8WLUVcHEwgFy9GXh1N\
                IhkAAAAAAAAAAAAAAAAAAAAAAAAA
                """),
        Case(
            map: "translation", border: .edge,
            expected: """
                i4uLtYufXWihl7iOomBrpJq7kV9fX5KAgpuziGeVg4WetotqmIZBQUF+rXFxl2NGgbB0dJpmSYSznJycf3hEV4mZnoJ7R1qMnKGF\
                fnBwcGdxg7TSgG5qdIa31YNxbXdSUlKIstGNh05Ni7XUkIpRUI64ra2tanGdcX1GjW10oHSASZBwd9jY2EIvYZPFPKFFMmSWyD+k\
                SDXY2NhCL2GTxTyhRTJklsg/pEg1
                """),
        Case(
            map: "translation", border: .reflect,
            expected: """
                ha+btYufXWihl7iOomBrpJq7kXiXcZKAgpuziGeVg4WetotqmIadnVh+rXFxl2NGgbB0dJpmSYSzZnaRf3hEV4mZnoJ7R1qMnKGF\
                fntpbGdxg7TSgG5qdIa31YNxbXfDpGaIstGNh05Ni7XUkIpRUI64iV2UanGdcX1GjW10oHSASZBwd5Fmk296pW10R4pyfahwd0qN\
                dYDBo2KGsc+Vk05IibTSmJZRS4y3
                """),
        Case(
            map: "shear", border: .black,
            expected: """
                LlN4ncKpDDFWe6DFrA80WX51AIq77jFSg2GNv/E0VIdkj8LzNwPdfVtifr3E4IBeZYHAx+ODYWgjKXWksuGfHix4p7XkoiEve6q4\
                o2zFwxwac3FvyMYfHXZ0csvJIiCJXTVAibG8x2A4Q4y0v8pjO0aPDU6ets7mnRZRobnR6aAZVKS81AmApcrdFDleg6jN4Bc8YYar\
                0OMApDswYpTGNac+M2WXyTiqQTZo
                """),
        Case(
            map: "shear", border: .edge,
            expected: """
                LlN4ncKpDDFWe6DFrA80WX6amoq77jFSg2GNv/E0VIdkj8LzNyndfVtifr3E4IBeZYHAx+ODYWhdKXWksuGfHix4p7XkoiEve6q4\
                7GzFwxwac3FvyMYfHXZ0csvJIiDHXTVAibG8x2A4Q4y0v8pjO0aPIk6ets7mnRZRobnR6aAZVKS81H2ApcrdFDleg6jN4Bc8YYar\
                0OPY2DswYpTGNac+M2WXyTiqQTZo
                """),
        Case(
            map: "shear", border: .reflect,
            expected: """
                LlN4ncKpDDFWe6DFrA80WX6RbIq77jFSg2GNv/E0VIdkj8LzN+ndfVtifr3E4IBeZYHAx+ODYWhuKXWksuGfHix4p7XkoiEve6q4\
                1GzFwxwac3FvyMYfHXZ0csvJIiCXXTVAibG8x2A4Q4y0v8pjO0aPaU6ets7mnRZRobnR6aAZVKS81J+ApcrdFDleg6jN4Bc8YYar\
                0OMWpzswYpTGNac+M2WXyTiqQTZo
                """),
        Case(
            map: "together", border: .black,
            expected: """
                cGLPn5GRgCMTCgAAAAAAAAAAADgofNKTzYxuVTocAAAAAAAAAACWjXZ3LljExrGSajcAAAAAAAAA3Mqvi15DhYtz3YuWWwAAAAAA\
                AHyxb8KTrpyXd3oyaLmICAAAAABVSyRnXXjGga2RdHeVeQcGAAAAQ2Brd39OUSVv3bTEnldBLBYAABy+hamzo3BxVJZraLSwm31Z\
                LgAANg901tnQxKqLYS9o14vKvYw3
                """),
        Case(
            map: "together", border: .edge,
            expected: """
                cGLPn5GRgCMZMUhgeI+nvtaWCjgofNKTzYxuVUVcdIuju9KsIBmWjXZ3LljExrGScIift87DNxUt3Mqvi15DhYtz3YuWs8vZTRIp\
                QXyxb8KTrpyXd3oyaLnfZA4lPVVVSyRnXXjGga2RdHeVeQoiOVFoQ2Brd39OUSVv3bTEnldBNU1lfDi+hamzo3BxVJZraLSwm31h\
                eJCrhRB01tnQxKqLYS9o14vKvYya
                """),
        Case(
            map: "together", border: .reflect,
            expected: """
                cGLPn5GRgCMzhpdpiNKXd523ZjgofNKTzYxuVVexz2SS0HBsmn6WjXZ3LljExrGSd4A4e61SMoSX3Mqvi15DhYtz3YuWgG61tWpx\
                uXyxb8KTrpyXd3oyaLm8cZfxkq5VSyRnXXjGga2RdHeVeSR0qkqAQ2Brd39OUSVv3bTEnldBSaC/h02+hamzo3BxVJZraLSwm31r\
                u2Fsixh01tnQxKqLYS9o14vKvYx3
                """),
    ]
}
