// SPDX-License-Identifier: Apache-2.0
// Made by Scripts/fixtures/corruptions.py with NumPy 2.4.6, SciPy 1.17.1, OpenCV 5.0.0, Pillow 13.0.0. Do not edit.

import OcellusTensor

/// Corrupted images of seed 77 and sample 3.
enum CorruptionFixtures {
    struct Case: Sendable, CustomStringConvertible {
        let name: String
        let severity: Int
        let shape: Shape
        /// Every seventh byte of `[C, H, W]`, base64.
        let expected: String

        init(_ name: String, _ severity: Int, _ shape: Shape, _ expected: String) {
            (self.name, self.severity, self.shape, self.expected) = (name, severity, shape, expected)
        }

        var description: String { "\(name) \(severity) of \(shape)" }
    }

    static let stride = 7

    static let cases: [Case] = [
        Case(
            "defocus-blur", 1, [3, 32, 32],
            """
            AWKDqcsWp7XDF2ub0CcykK/K2I2c3dQxmsa70DeH2OgYWs3SKjiXw+kUb8LTy1tXyxgMPJe+1i95w8YjaGDRGCuDpfIjR4bOIhh5\
            p9EKSJauIR9gmc0ha5G62xFkdcMcRHqysiRTdpnkG4SS3CVqn87GOH6ZuyJrrLe+P5WKvNVXp8Ha1Jyh3NpakrnhJY+iuCoZf6DG\
            1BG8ys0qpqPPHi/G4xgqS8nVKB+36s4QT9nwHiZn3M4fcp0l4hhruBoaS4H18StafdLhIovQKSxxpi8UP4Wg1htys7njRpyR2Cte\
            rsgeOaOo4yZhmcA0S5ipv0ZZodnYTHGUt8g5mabuN3Gn2SBDstLmGWal5NplubHfFHLA2dgPq7La2zLMu9IQidTm70cKwtAOK87c\
            MDMi6TYRRsjiBSJ29hUITaTUBjJl7SgkQKrqMC1ooBYrUp+02k1gqDAbU3ib5RtAoK0xP3iuLE9KudkyUW2s6zFwwLjFTHnH4DhS\
            srnhMnHTwtlTkNzlQorLxwx2crLL7Ver6xcSlOffFYOyyskLntDXJSaj1OQrj9rpDyex9d44P9LnIUp1xyUwQw==
            """),
        Case(
            "defocus-blur", 2, [3, 32, 32],
            """
            A2iGsNAcn7HDJ3Kb0FkxkLLKxICc1r0xl8DAsD2M0tcfYMbSSj6XxuQaaMLTp1ZXxzIdQZTDxy90w7syZGXVNi58pOIrToHVOxxy\
            oMoST4+oSCJmlMAwZouzzhhoer8pS3qtuCRYep7IHoCS1yVqn8fEOIGZwT5rpbfDP4+PwsBcob7arJWh1tFUlbnhS42jv14fhKHI\
            uxG3ysI5mqjGOi+/3TUyUMTZPyOr47gXVtLoNylt17YfbZxX1R9vvDYaUoHw8Stfgci4JYfKNixxplAlP4igpiJyrLO6RpaWqS5j\
            qMUgQJyo2ipcnMBKSJipxkFZndHYR3WZvLM+marpN3Or2TtKrM3XKmSr4L5YsrjmJ2+51bUVprnDwDjFwLoWkM/g3z8XybgcMcrc\
            PTMi6VcTRsrgDily7zQNTZ3ZDzVq4EskR6PoNTFjoy4rT5+6qEhgpEcbTnygyBxFoLEsP3qyQkpRs9QvUWuy5zVqub+fTHbA3D1Y\
            rcDEN3HMx79ZmNjSSoPGxx9xcre+3lyr2DUYj+DdFX+yxZoQl9DcMS6o2L4ng9faFi6o77c0RdLPHkV0wzExRw==
            """),
        Case(
            "defocus-blur", 3, [3, 32, 32],
            """
            BW2IttQhmK7DOnib0IAwkbTKt3ec0K8wlbvDnEKPzcokZMDSXkOWyN0hYsLTi1NYxEosRJPGuC9xw7NBYWjYUDF2pNcxVH7YTh5v\
            msQaVYmmZyRrkbY7Y4atwx5rfbwxUHqqvCNbfaGxIn2S1CRqn8HBOYOZxlJrn7fGP4qSx7RhnLzZj4+h0c1Ol7rgZ4ykxYYph6LF\
            pxG0yrpIkKvCUC+52FA4VMHaTiWj3agaXMzgSity1KIfapx+yiVyv00bV4Ht8SpihcGWKYTGQStxpmg0QIqggihyprCYRpGZiDBo\
            o8MjQ5ao0y1ZnsFbRpipzD5YmsrYRHicv6NBma3mNnWu2FJQp8rOOWSw3adPrL7pOW220p0ao7+1qTy/w6YblszX0Dgiz6YlN8fc\
            SDIi6W8YR8vbFy9u6U8QTZrcGDdv12MjSp3jNzRgpT0qTZ++gUVfoVobS3+jrR5IoLUpP3y1U0dXrtEtUGu35Dhls8WGS3S92UJd\
            qsatOnHGyqden9XAUX3DxzFucrqzz1+ryU8cjNrYFnuyw3cTkdDfODSs2aIke9XOGTSi6pgxStPAHEJ0wTsxSg==
            """),
        Case(
            "defocus-blur", 4, [3, 32, 32],
            """
            BnGKvtckkqrDMYCbz7cykLrKm2ScyIExj7HGaEySw7QnbbjSkk2XzukYWsHTZFBXwFU1R47JuC9uw6hBXWvcajNuo75BXHvkaiRj\
            kr0fXYGYkip1jqZLYHylvCZvgLhGWHqnxSRegaScJHmS0SVqnrnGOImZ0Hdql7fJP4CV0YxkkrbaV4ehx7tLnbnhl4qlzcEdiqPX\
            ihGxya9IiK6wcS6xzl9IVr7rcSuO1ZEmZMTbZjF80ZEfZ5u1wy12w2IaX4Hq8CtliLRwK4C9SCxxpZY9P5CgRjBxnqJyRoecRzZr\
            mb0eT46ozjFSpMBzQJep1DtZlsTYQXyfwolEmbHjOHay2WhYncexQl662ZI8pMb1PWeqzmYkoMeHk0W3xpUlm8bgxzAo14o9O8Pc\
            TzMi6J0RRtPiGjds4WcTTY7fGz1yxJokVpXqRDhZq2krR57HSkJgnW4bSIOmnhtLoLgmP325a0RfpM4nUWXB4Dxbq81HTG6x1UNn\
            p86OPXG+zZxoo9G8WHXAxjVrcr2sz2Krt2kmidLfFXiytjkWidDiTzuv6nIgZs/AJTyZ4G0tVNKUFj9zs0E1UA==
            """),
        Case(
            "defocus-blur", 5, [3, 32, 32],
            """
            C32QwOIwiKnDgIOb0Mssl7TKp22cxa8qlbbPjEibyLQ0arXSbkmRyLhFV8LTVkhdv49XUJPSgy9mw6N2XHTdijlrpMwxX3PZdCBv\
            j7owYH6roiRxhqdQWIGioylwibc2W3qfwh1ngq13K3iSyR5qn7axP4OZzG1rlLfSP4WezbRvl7zTaoShzNNAl8DakYeo0M1Yk6as\
            hhGpyqp9drfIdTKu05o4YLbKXiee0ogaZ8HKcCt4yW0fX5zJqjB3xYghYoHi8SRukLdLMn/BYSVxpodfRoqgRzNym7VNRoylXjB2\
            nsMzQ4uovTJUnsd7Rpip1zNSlbrYOX2oy4hNmbLbMXuz0odbor/OY2e22GxFocnpdG22zYggmMq1dEK0z3Ehp8iwpitE2YkqR8Lc\
            aCwi6Y4tTcbGMjpk3o8cTZnoMzd9zXgdSpLOMjlbpUMkTZ/ENjpZnIQbQISvYylUoMAeP4K6czxiqcYtSm693z1gqNB2RXS91FNj\
            n9GDRnG71mJks9CFYXK4x2xjcsaTmmurqYkigc/DHHCyyEIfhtDrOEW4yXgfdtWzGT+U5V4sUNm6HDd0zFgrTA==
            """),
        Case(
            "glass-blur", 1, [3, 32, 32],
            """
            AF+CpcgTrbjDEHaB2QUhmc7K55eT480yrKnb6EuFteAVQqTu5GCbwdscOrPT5F9gz8gYNdLLBy9JqMYQUF6+7ypyzf8mQnXl6xZ8\
            ivUkU5yx/R1ubdcYbpfA8AxpcJkTP3u2ryZMd7IpFGCHphtQn9S2J3yCxTZrf7e8IoCqt+ZUrcS78nOh4vQvkLnv6o+r1P0mfaDD\
            5hG/ytUirqHW6zCf0u8tM8zR+ya/4d0MY9/2DTODsPEddX7o9yhps+kFRpbj8UeFe/b9Ko7B5C1ilfYBTpOXJBZysaEnKaKPGTlb\
            i9UeNWu7ujdussD2W5ay2wtppNbnT2+i3dM3eZzEHnCvxQc+uL7L+FGk2Oxvk9r65Gek098OrsDTA0HKyfcLhd/UARIDvuEEJ9Hc\
            KTQR8vIIVdbjAER59OYGS4bxFjBi6fkoPHL+LBxMngcsR523Hkdoq94xV3ap+Bs+oKs0NHfB/VVFqsU1Mlin3zh2mtLiTW7K2kVm\
            tdzzLYak0P57jN/oTZDAyh1qc8wG9nagugNBZNzMBGuyzxcGd7P9MUah0OoLl8j0JiK37QQMMtLVFhhB7eQ/Mw==
            """),
        Case(
            "glass-blur", 2, [3, 32, 32],
            """
            AF+CpcgTq7bCEGaazPIvmJaz41582eYxm5S23jaCsd4VaKTs6kCardrrWcfnEk5XtAADWljKBy5vws0bRZC+8SpwgAIlV3XKER5b\
            q/MldGOS2wlbba0WbHa+7gxic6YLP5Sf6wV9dpcqFHqGpgVQn7K8N4p/tjVqqJziUoCF1PRUq5vySXO7s+lcqbntGIKq3/sefaDD\
            5BG9ydMikdDpCy7Kw+0MSa/R8EBi3wsqYt3yBDFire8fc2kD5R9bthAgRoDi+SyEftQwKmLT5yFgoukBQqKG9ztxm90nQ3+P8Ddb\
            h7YeLaeo5yRFsL8lLZ2o2Qs0g57YNG+S29RLmKDEHnCu2BI+ttbaAG/D5fMWm7XbCoKc2gIirLzq632dtu0Jhavf+CYDvt8EJ8/b\
            KTIh6A0RNeXJK0Z38uQpTI3PHz5i5/cnNJn8BTRMqvIzR57EKhVfqd8oVXaUIBs5lKMCNHe/zkhevdoOUFir3i90ot/kS1mrtyJy\
            s8fxMISkz+d5jN3nS3S5yh1qcqvN9VWc9gMAX8vOJF+xzeoGi8/4/SGh7f0LcuXSJjqbzPg5WdT5FRh+yx89QQ==
            """),
        Case(
            "glass-blur", 3, [3, 32, 32],
            """
            AGGCqcoYorTCH36MwNYwkJ+30l2Tt9AwgMO931OeuuAXYsnkMleW0uIdT7PYvlZZt7cdVMHMxC5Otiq5WYfS1Cp/oTsiYXTjMTFh\
            gdITbHOcNg91b640aY6i7C5pfsAmQ4qu4Q14eLDIImSArRFajcmzN32XxDBplaO9OpCht85WpLLaupqw2eZWkbre34Ku1y4af6DE\
            1RC5yMA4I8znNS6i0NQwS8jX2Rav5eQzdMLaJTVis8gqb3bw4yhjuSkdSo7h7zt+gdNEKWW+zCJZodPWSIaONjlwm7TNQnKRwzVd\
            jsc2OI+1wClgisZAUZuu3UA+n9PkN3KVtME4g9DGJHCbxChjoNDdGF+nwdBWs8fhJHq6ttIRqcI5HWumu84vibLg3SkPwtEWKsza\
            NjIT59/DRcPiyTJw3RgoSqLtHzxkoTYjT6fdFTNQkcoOV57GGBpklcIoPnqb0RxSnqksKneixUdVmsYXQV6u0ClYnLm7Ll+s2zZh\
            r8XMMnHIxNVPkNnePXLJySJvdLDG4lWbw8wNhtXOIm6x77sLh7zUyzWj19wpdt07KjGb0yUeOdS8Ex1y6swzOg==
            """),
        Case(
            "glass-blur", 4, [3, 32, 32],
            """
            AF+CpcgTq7bCEJWBzOIviKLA4zOcqeEwoqm13kqCrd4VVrzWBz+b2dklTr624k9nrccCQZC3By5ZqMkFK5DX4ipkpM8mQX636Qhb\
            gNLsW4qv+gl6iNEWbIi28QVpbaYaP5Sz7iV9eZIhMXp+sABYprHGOnquyPxqka/lUmWFr/RUeMy7CYWlxellnIu84I22s8jvfaDD\
            5BC9ydMikZ7f6i6fw+bzMcDV1g+93+wgWdL04hRare/yc5DL+B9owtMxRpTp8CB2j9j2KWe/4gJXrc/xEYGgCCpxhswkTJWyGTdb\
            m7E3NKeLGSw2lpIuWZSw5j40kdTBTW+ItdFmdJfZLXCipgdXgc7l7U+NwdxOm7zfCVKorQIjrMD06ECMyuEJhdbQCjEDvt8EJ8/b\
            KTIS2PD7U9T1FDF3x+QGYIbyFi9i5wkOOIEHHgxzitYGNKTzBEU9qxAwVXa8EhlSgKgCVnePvlMvkNYnOljKyCF0kcTkS4nK2DVR\
            s9rYXVnPz/RkjNjuD1XAyedvessHAHSc9ts6gMkAGV6xvBcmgLX7GkShy/k3dcPTJFOb6/kbMtUIAxdO3+AKRw==
            """),
        Case(
            "glass-blur", 5, [3, 32, 32],
            """
            AGGCqcoZorPCH3x8y9kUmra0PjmatdEveLTayzqcx9EXZ6u8zEiPx9AjXpHb2lBbyrclVl7VIS5aqMTGWVre3ipjsu4xYInlLCVz\
            ltmuS5CD4i5bb91EaIOw1zZke7rNQ4qksAxMfpjPF1+PzChajLG2J4iAvSNpjbTNPYWVtdJWmKDPM22gudhNmKvNxYKpue0bf6DE\
            1RC5yMYyhqPc4S6ws840Nafhzxqcw8zLZ8HTKCV1xT/Bb8Dw1xmFvNElSn/j3yl4fNhFOmaTPhFZlTfXNIGPRCNvqdQcQ42XOChd\
            oL8/SHOoxj9Yi7LZT5aTxBBGjKDnN3Kt18A1jZ7nLHCIuuwunrbbx2y9ruRSlMndyVa/ycu7qL/VKC60yToVicPpzRYPwtEWKszZ\
            NzES2uApSLvNKy9yyNciKkTQyS5k2OURT4rpMy9Ok9MuRaHpQRRBlNYqPHmnLRxSqKvRN3eQtUU9lNksQFq9w0Jsmc6+Sm2ou0FZ\
            sNTYRH243D9QkLnZIYO9zzM5gMbE2lygvsRFYtXHJ1Gxwx8IesrjLjWj4eQwc97KKy9/zdIeU9LmEitb6C0fOA==
            """),
        Case(
            "motion-blur", 1, [3, 32, 32],
            """
            AWKFqMsulaq/Znea1Go0l6jPh5Sk2eg4lsrHoj2V16AjccPMJz2Vw5wXY7rQ7FRx2W4FSLHCgS5pus53ZWfdWzF/v+0URXrcJRp8\
            meMGT5DKDxZikZQcZpSxmhFsiM0gVn+ptS1keqKdHXmOyBtpo8t0Q3eexSNzqLfFOJmWyttkpsfSn5Kb4ephksXcEImfu2oygKPG\
            6QuswdZ/qKXRCSrC6WIbZb2LLCG/3JINVtPzFh1u1JsjbbRMjRhzyw0nXYfs3zRrm+WkJIDReSJwqhAMSn6qnCp6r8ScP6Cdny9r\
            rc8VNpmilS1omcwfUpCmwj9br9jKRYeYxZ5AkKbgMnSz1mZPuMPoK2yy555sq7ncJGzE5dsVo8PyoUnCytEVmtqc5TtHweQHJ8PY\
            gSgp7RcTUcHoETFc8lsRRsHKFDZy8CccPaDjKzRvpA8mWZfGl0ZithseTI6fmjVHl8UjOXu6GT1Wv8otVHO53jlzssCOU3PL7DJT\
            qsqfPnLJ0ZlYoeGPPX7Cygpvdrt86WOn4WQng+TiIYC3yqYRmdDKFT2vipcil+DpDC6f+qkyRt70KEWO1CgwSw==
            """),
        Case(
            "motion-blur", 2, [3, 32, 32],
            """
            AmSHqsxHkL7LHnaoz3FBlL7a44ek0o5AksLSn0iZ2LUteMTRNE+cxr0Uc77RcFxpzhgCQKC+0zeCytYybHDPET13tekhWXy0WRdz\
            p+IVVoq8WDFympMYZYy2bChpksQPY3m2oCVXfJy+Go2a3Cx3nr6lQo2sxiFzocLRR5Gixo9op7/JkZOg1pNflbzaiI2g1IUYgqXI\
            6xnE0d05r6/WGDK61YQob7+4YB625pMcXs3EXzh93ZofbLaNcy9w0kEWaoXnwSxekt9vIZTdWTN+pYQXSZSlgyh6qIaCTpiopDZv\
            rrwbRpqn2TtmnMMdRJSn2EVXpNzKT3aXu248oKzKP360535OpMKeJGm22JxftbvcGGS/2H0grMOzcVLIyGsnpNLkxExgw+YJJ9fk\
            XTpN6IseUNe4EC+G6zgeVa68ED12xF8iTaK6IEJtp2okS5u/iUxeqyIbVn2fwCNDp8I5RoW7KjpVq8c6WHC90jlmvMKAW2vG0EZf\
            s8q7SHLPz35qq9nrRorPqQJ3c7XIxFuzmxs5mde+IIfF32khkduyJke734Ymjti2HDaz4H0uVdXkGkSSXBsqSA==
            """),
        Case(
            "motion-blur", 3, [3, 32, 32],
            """
            A2WIq84+iaS/lXuYyZ5Jj6zSV5Or1uU4l8XUrVajzowsg8DSUEOcxJwear3N0FOA2JoJU7rGUTVku7GDX3zebzh+zOUaT3fbQh97\
            nOMPWoTJJhRqlKYbaI2ynh9yj8EhX4GliTJri6tnIXWUvBlomcNjQHuizyd6pbjEOpSjzahyncbVeo+h285ak8XTGYycv4RCg6bJ\
            7A+jvtm0oaiyLybB55gifrmXSSa+1Z4WZcbkLRuH1pEib7xdcSZ60hkoZpPoozlyutFuKH3TnyBvozENR4K/di6Bra9oQZunaTV5\
            pLcZQJapbDFhmskaUpOjxTxdrtGSR5Cc0XxGka/WNXi103lTtrzgOm+146NrpLnIR2jA4KQupcjujVnB0JgbodmbpUNuxOcKJ73Y\
            ryRT4jgTTsXrKDVS73UaSMqqFzyB508gR6HgJThorCshWZvHXkNktjMeTpepakFNmLIdPH+8MTNavcYvVXa8oTVyq79pUm/H4zda\
            rM+MR3TI0nlcqOBwSHu+1RJuesNwtW2tz3U8etvePnm7mJEhmNGqGFa8m2Ajlt/eFj2T9JMpX97gKEec1EYtUg==
            """),
        Case(
            "motion-blur", 4, [3, 32, 32],
            """
            BmaJrM5Vj8XQEHutzYlJlb/c9oyo0Z1Ek8HNqVSd17E0f8bKO1ChyaITcL26XF13zQgBQaDD5T2A0NcmaH7FKkR3v8cfXH+vUhZz\
            ptkVW4i6aThznZcZaIq0cytylsQVanq0jiRYe56dGZSgyDR8nL6TQ46syCl3oMPSRZCpx4lspsHXiJWl1Z1emMHciIyk1qQShKfK\
            7CnC1NMtq7fMMTe6znkmesGrWR225XkcY8uzVT+E3Jogb7mSXzJ52FwccYX3qStfmOBZIJvTSzuDo4EfSpW4fDB+p3tuTJevkzlz\
            rbsbTpysxjxln8ggSZOr2UFVo965TnaZu1w8p7KrRoa35XxTqcafKmi524RktMDMHGDB2Hgtr8S3YVvFzXsoqNC/qkVvxecLJ97a\
            UkJm5YcmUdi9EzeJ5kAgU7SzEkB6vVYiVaSsH0Nsr1YnUJqudUhcqiEeVX2jnyJDrqQ+TY2+KDxasMk5V2/Awjtru8ZwXWfI00Zl\
            tsu2T3bM0HFqr9fGTYjNfyl4crfap1u5ohFEntOZIIPF3VsnkNCsJVLC4GUrjNmwIju30WcvXNnNHkeVcBcrUQ==
            """),
        Case(
            "motion-blur", 5, [3, 32, 32],
            """
            BmaJrM9DhqO/oHqXxalMjKrQYpKq1OFAlsLWm1+ozYwuhr3TYE6iwak3cMDNx1OF1LAMWr/IWDdpv7V4XofZYTh7y98vVH3XQyR7\
            o+ITW4LRQRVtl6sdaou0lx50j78eZIKojjRqjrRcI3WVtBtrm8FjPXmgzSR5o7m2PJGlzZR3nMjTcoyj2bVXkMPMH4+cwoFGhKfK\
            7RehvtrBnqmxRia74qQ8hriKSyy+1qgaasToSByQ15Akc710ayWE0iUla5nWjTtywbljKoDPmyJyqkgRRIDDdiuAq5taQ5irYDN+\
            o5obQ5OqWDVel74ZUpajrzteqs1/SZWez3FJlbO/O32003hTsbrkO2m34aNqpbjBT2m83Jo3psjplFy90Ykmodeko0l4xegLJ7zY\
            sSNg3k0TScPpNjJX7WwbSsqzFzqB5kUiSqLYJDxlukMgWZ7VU0JluTweUJyrXUJQnaAdQoS5OTZauMQrUnC+jDNxrLtiVnDDyDhe\
            rc+ESHPEynFgqN57SnzA0hdtfMZqpXKu2m5BetnFSnm5jp0nk9K2Gl6+kWQmluHOGUKS844oaNzmKEuZ0lgsXA==
            """),
        Case(
            "zoom-blur", 1, [3, 32, 32],
            """
            AF6AosQSqLG7RG6Ux4kwi6XCn4iR1N8vl7rGkDmMzeYUYb3ZeTycwuhDZsHYxlpaxmwJQ5S/nCtpt6NaX2zQhyh0neYhU4PRgyFw\
            m5ozWIaqhh5lid4/aIG01BdvdbckPYKrvBtmdqGkH3SOvy1fmrm+MYeNuzNjm7TOO4aRu9xRl7/RzJCizt5HlrTWlYWkxoVmfJ7A\
            4hC7xHEfna/Qiy7E3nk7ScTejCux4dMiUtDndShozsAwcZVr2h1wuEQbRYfz5yVle+HOIX/EXxxqpWBvOY2WxiRtqcONO5KYxS9Z\
            osdiO5uu2iRTnb6BSpCuzSlNl8bfRImbxrw/jqPZL26oyDxFqNLqg2Cq1NpOsrXeY2m4yscipbjghyi9vbQmgsTXlDcCvN6JIs7X\
            KCsh5SMWOcXaIjBw81QWQ6HbKjph41UoQqjZZS1WohkoU5u8izFcol8hUYadtRlClq8nMnWwaktUtdcxP2Sw3zJgvb+/PWm/0jNY\
            r7/dPG/LxKhSisznO3zCyklseL6BkmOo2mopetXWMW2r14gfh8jERCue25cihM/qEimh6L8tO8aZSjBh2lsmPw==
            """),
        Case(
            "zoom-blur", 2, [3, 32, 32],
            """
            BnGIuM80pbG9gnybwqkuja7BtIKYz9gymLjJij6MzdooYbzagkSZxtZVaMPWvlhYx4YWQ5O/sjBvuoJKZmjPnTFzoOkwVIPTnCZu\
            nZ81XIWpmSFrjd5LYoCz2hdxdrMhVISpuxdqdqWTIHKNuTphnLa8L4WOvEBqlrLSOIeOv9pdl7nOu4yhyd5Bl7DVs4enxqNqi6LS\
            3Ba5zmBHnKyydzjC14s5V8TifSmt3MsdYNLlkClv1L0ncJpv4CJuukUfWoPy6yZjfdXSIIXGSx1yp1OINI2ZsSl4psF3OpGWuDJo\
            ocVrPZar2CVPnbyUS4ytzyNMm8vhQ5Ccy7tCjaLUK3GsxjtGp9Hnm12v1N1HqrngeWW3zLMxpL7hbCm4vLI8lMK0eTE50bJnM8je\
            ITIm5mUSQcrZIS+B7lEaRJ7aIzdz3E8sQafeYDFUoxYrTpy6hytgo1odUIKewhlAnK8oM3yzX0lbrtYvPWa14TVctL+0OWa+1TVZ\
            qMPcPnDGxKZUn83lPHi/yVFre8FpgWeozH0pc9HXNmew3HkjhMzKSC2oyZEge9HtIyua560tPdB6Sypc3kQlQg==
            """),
        Case(
            "zoom-blur", 3, [3, 32, 32],
            """
            CneLvs1ApLW8jYCcwrgvjq7DrH+Yy902mbbLg0CNy9suYbrZfkaZyMdraMTWvVZYxpUhRJLAsTNvuoBUZWjPqjVxn+k4VoLTrCRr\
            m5tCXIGpqx5ti91aX32yyh1yd7IhW4Knvh9sdqWXI3GQtUNfl6+5KoONvUNrlbHVN4WOwNlimbfNtYqhydo+mK/Tt4ipwq1ekKTX\
            1xm4z2FAna24gz7C1pJBXMPjhCar2sgfZNLipihx1LYhb5p+ziRvu04kYoLx6CVkfdHRIIXETCFzqFuKM4+ZrCh5osFkN5KXtTNs\
            nsVtPJOq1yJOnrybSIyu0R9KncnhQpOezLtCj6LTLnKqwktCpdDkq1uu0N9EqbvfeWO2yq44p8HfbCq3vLNFmMKocixQ2btzNsjc\
            KTEu5XMTQMzVJjCG52YaRJ3YJDR43FssQafhai5ToxQqSZy5ciddo2IdT4SgvBpAna8pMX+0aEdardUvOWa43zdascC4OWe+1DVb\
            qMbdQG3DxZ5UpcvgO3a+ylRkfMVrbWmsyno+cM3VTWGw34Mqgc/CUiqsyIMeddHuLCaV5aQqPdCATyda4EsjQA==
            """),
        Case(
            "zoom-blur", 4, [3, 32, 32],
            """
            D3uSwtBLoLW7mYWhxcAzj7LEoH6cyeA6nbXPhkOQzd8yZbfad0aXyLpkZ8bVp1NXxKEzRpHBujd0vHtdZmfNtD1uoOhGWYDVuB9r\
            nZpFXoCnuRtujOBxZICxvhxzebAfX4SkwSNtdqacJnGTs01fk6q4JIOMvz9ulrLXN4WNwdhqmrXMs4qfyNY7lrLTuYeqwLVWkKjX\
            2B+3z2NLoa29lEvD1JtAYMHjiCav1cYnadDgtyZy17kdbpmM0SJyv2AmZYDu6SNlgMzRH4nGQB95qlCLNZCbmih5oMFUN5KXrTFz\
            n8RwO5Ko1h9LnrqrR5Ct0xxKocvhQZWgzbdCkKPSMHSov10+pczit1qtz+JBp7/ed2C1y6U3pL/gayu3vLpAlsCraidw26paM9Df\
            IzRC5mwVQc7TITOI1WwbRJ7WITR72FkrRKjhWytQpxIqR564ZyRZomkaTISjuB0/oa8oMIW2YUVarNItNme84DlYscKvOme/1jRb\
            rMzcQ2rCxo5WqM/ZO3S9yVxefchrW2qvyXdQbsnUYVyy45IsftHGYyayxnAdcdHtMyKR4osqPNKTSCZY4UQlPA==
            """),
        Case(
            "zoom-blur", 5, [3, 32, 32],
            """
            FHyXwdNTnrW9noijx8g2kLTGmICdyd89nrfTlUWRzN00ZrbahEiWx7plZcbUnVJXw6g8SJDCvjp1vYhuZWfOukJtoOZEWn/UwBxt\
            nJ8+YH6owxxvi95zZoGvqCRyeq8wYIWiwzdsd6WnI3OYskpgjqi2IYGKvFRvmLHYM4aMv9Rtl7XKuImex9Q6lbPTtYenwrtYlKrK\
            0Sa20XRRo67Em1HD1ZlCZMDijSSv1Lg6bc/euiR02bMdbpmZySFzwG88Z3/s6SNngMjTHorFPiN7q1N8NpGclCV8n8FLNZSXqUF5\
            oMRoOZKm1BxJn7moQZOt1BxJocreQZWhzLpAkqXTL3emwG88ocbeuVWvzOU+qMLgcGC2yaBMpL/eeTG2vMJLm8G1YiWD3ZhNN9XX\
            JjNQ5msXQNDSJzOJy3ccQqDLIDB812cnRKjhWyhQqBIoRp63WiJWonEZSoWlth49oq8pLoq4ZkJYrtEtNmbB3ztXsMS0O2bA1jVZ\
            rc7cRWfDx4pTqM7OOXG/yVRXfMt9UGqzyG5kbsfJaVux3KBAeNDHWyG1ynAcbtHmNCGN24MqPNKjPiZX4lojOg==
            """),
        Case(
            "snow", 1, [3, 32, 32],
            """
            BmqOsdMZusPOGXGn2w05nMXV6KOo5Ok8qdfE6TyR3vYeYN7dHD2v/+scgM3e5Wlh2RIKRKXZ3ziHztkkdpXaDDOVsv8lTJXVGh+J\
            uuENTai+DiZmqOMheaPL5BVtftEcSYXn1i5bf6P3IpOh3y91q9/SQoelwRh2vebISaeUwudeus/b/66t4+FpnMTjMp2uvw4ghanN\
            7xfJ1+Au26rhFjfW8hEvdtbcJCnL+eYXUev/GDBq6OcrfacO8x9xwBQmTYr/+jJgg+P/LJfgLjN5ryMVRoyp/yJ6w8j/TavE/y9j\
            vtUqPLOy8jBtoMpbVaGzxFBirfPhVnebv+E+oq36P3iu/yBFwuD7GnCp8PV3ybbkFX3P5fwVuLf99jTdw+sWjuHy/2ofxekXO9nk\
            Mj0p8TglUM3rEzF+/xQZV7DaFDln/yI5Rrf5XjRxpBY1WaW3/1RmsjY6Wnuf/y9Iptw9SXyzMVZPxuQ+VnSt9mR7zbrqV4HT6z9X\
            vLv9OXbhx/FYkuf4R5bVzhV+d7fb/lmy/xYinfXoKYy51v8gqtjdMDWn2P83xeX8Hza+//9FZ9r/O1d70zM5Sw==
            """),
        Case(
            "snow", 2, [3, 32, 32],
            """
            DHWavt8g1c7aInzL/xZCqN/h6bC15f9GtuPP/13F3/cngurpJUex1+0xjNvu5od35RscTrLS4EKT2uUugXTmFT3Dv/8vVqHhOSiV\
            x+0WV7XJFzBxte8qibDW9zd4i94lZ5TLyDhmi7D/K5+q/zmSuOveTK6yzCGayOjTVrTN3+hqx9vx9Lu65OJ0qM/qKP+7yRcpjrPY\
            /h7U3+vX0L7sIj/h+x07WPjnMDfW//8jX/P/JFNy8fBThrEa/DV5/yAyVaT//zlojOz/T6DsOjqczi8hT5Wz/y6DzdP/VbWh/zZr\
            2OA2Q728+2N1qtU9Xay9zlhqt/HqXoykyfJVrL7/Roq47CZMzOv/Jniz+f+X/8DtIYbr7v8hwsH//zzo//8il+r7/1wP2PErUOH/\
            p0cx+ls5WtXzJ1eE/ygto87/KENs/zZOUL78Pz6Aqy9GXrzG/1l3uUtEX4Gm/0RTrblHU4LhRltZzuxIa3q0/0KB1cHyYYfb80lh\
            xcL/WJbpz/tjr/T/UZzd1imVfb7j/17D/yo2pP/wPZLX3v0zt+D/U0qw4P9Ypu3/M0vF//9ZXP//TWGB4UhDVQ==
            """),
        Case(
            "snow", 3, [3, 32, 32],
            """
            DNeq498g/9bdInzP/xZBy8rt/7De/+t+tujQ61Gh3/xDbO/pKYfC2O0skNj//Hhs5RsoW8TS5UKZ2vdlgXT6FWCh9/9EVqjhJ0OZ\
            x/8XbLXJGTBxte8qwMLW5R6Tit1GaJPLzzx9i7D7M6Wq4F6EuPDeaJey1CGC1dDSe7S46OhpyvH/9Nzf9OKWqs//HanG05cpju//\
            +R7/6/Y6wv//JJjh/0I7WP3oM1zW//8kmvH/Kj959PA8kLIb/DKe0yBQWZf//05pjOz/UqDtOkKCxC84gpWz/y7EzfH/cLWq/ziA\
            z+BKROa8+0B1qtU9XcXTzl1r8fHwhJelyupNs7f/RoW77Saez///JqK2+f+A1MvyIdzb//8hws3//zvo5/8il+3//1wP//YuUOH/\
            Vkcw/1VFWtX/Okfa/y04YbfuKEaW/0ByU//8QEF7qyo/ZbS+/1qC31FEmYKr/1psrblHU4K+RluCz/9IYo+2/0uB8MH/Ycjb/0lh\
            +Nn/Tnzxz/xjsu//UZ3y/ymIgdzj/4PA/ys3rv/wQJnD5P8x8uH/VkrV4/9dpu3/Q0v///+jTuL/Wb6B3Il/VQ==
            """),
        Case(
            "snow", 4, [3, 32, 32],
            """
            GICm6upR3tnlK7bB/x9pwdTt6v/D/utm///a66Or//k/u//1LoDF/+0u3//26J9//ygcivHe9HKr//k3lLPzTGC+5/9LZeP0V0jw\
            8P8wYunbS2TIw/80kMft/nmsl/8uXqPl77GOl/b6QK7L/LGdxf/paaDW2YeX6P/desGt2f925/fd/8jI5faEtdr8WLbI1CA8vOLt\
            /y7i6vZH/ef/PUv//ylIluz/UEb///gvfPr/RVPp/P9FoL9V/0n07k9BZrX//1fgvv//Rcn/SGG920M1Wb3m/2Ss/+L/ZOXH/3uD\
            6u1WXdrd/1mOteBil7TI/2qMwvr/uoiu//p1tcH/0YnC/zeO1/b/jpG9///T3sr3bLjl//9+zMv//2Tz/P9XoPP//3os1/o/Zf/2\
            aVFZ/1tNZP//Xlqz/z1BbP/sWk2B/0tjWv//cUd8/1FIY9zM/15w/2xYZaG3/1lc5thSX5jRmXd26P9UeI/5/2it5db/la3//nyL\
            z9H/ZbT/1/+Mnv7/hP/83lSjjcj//9XS/25Ou///VP/R+/9F0+jtWsy6/P9L4/b/R5TS//+Cier/YnCQ7mZyhA==
            """),
        Case(
            "snow", 5, [3, 32, 32],
            """
            H5ni2P007f/xNKv9/y5Xyf/46+Lq9fRs1//x7GTI+f9Ehv//OFvf//o4p///7YqU/0wxavrt6GLG//9Lqbj/L2Xd5P9Nddf/QjvD\
            6P8wbO36Q0OH0v9Eqdn/+kKPo/89grbu+Wd8ot/+ScHS9VeX0v/6arjX/jOY4PjxetC5/+p/4v/w/tfX/+aRx///NcLX/zBCpvX/\
            /zLw//9U3e//QVX8/zdUe///Uk7r//8/fv//QGGD//9VospA/0+K8kVacKf//0eLqv//gLP/VUik31NJaq7q/0aj8fn/ctva/1F7\
            6P9lUdv//2+kvf+Fdcr18oWQ0P//dZ3J8/9ew83/WZLa/1pb5P//Q5Pk//+R6d7/QJ////9E1t7//1D/7/9Sqfz//3Ei6P9Tev//\
            XGFF/7Nrb/D/aYKY/6NfdsX/cXSB/5eDZ8z/dl+CvpRUbMXr/3WBzqF4bqPR/5Fyw/ZzZ6ziepd43f9xcIXP/3uf89j/haLr/4B9\
            4OH/aZj54P941P//cbzt5lySlNz//2jT/2FjvP//gp7b8v9p1fT7onO8+v92x/7/mnnb//+KafP/vH2T8ZWFbw==
            """),
        Case(
            "fog", 1, [3, 32, 32],
            """
            FmmQp70mrb67I22iyxo+krHB1JSg2tY8msiy1D2J1OAhXMvGIDqVu9Uec7rGzVtdxBoOP5ayyDF5ub4hZmPCEimDoOciQYa+Hhd4\
            psYQQJarFyBbmMkjZ5G30RZhdrwiRHqvpy9VeJfiJoaU0zRsnsy+Q36bsyNvrra3SpiOt9hcqsPT4Z6j3tVlkbvbIY+juyApgKbD\
            1yS6zc0yp6TUIDzC4iAyUcXNKiu25dMdT9HqIC9k1NIrcJgd2B9nryAmRn7n3TJWe83jJobIMTJonSoZPXub5B9krLTmQ5OM5jFR\
            p78tN5mh2S9dj7c0UI2is1FYm9LLVG6QsMs/k6LjRHKh0SZIrszmJWud3eBztarWIne81ukgp6vo4T3Hud4ihc7l7lcZvOEcNsfZ\
            QUIy3TwnT7zbHi546iAeU6HKHTxi4yg3RKTcQDdplhw8V5On7FVenjMtV26S5ik/kqRBRGugLldEqstCVGOa3DturKjTUW6400JO\
            oKnjO2nDttlSgs3gSIe8vRp5bqfJ5Vqh5x0jkNvVLIWpxuEhnsTNNDOcxvNCls/oKTav6vBQSMbtQlt5wjpJTg==
            """),
        Case(
            "fog", 2, [3, 32, 32],
            """
            K3GdrLQ5rMS5NnOnyTNMlLW9xZGi0spImcKvxEmMytAxZcC9M0WTsccudLC6vFxjti8fRpCotzZ3rbEsYWa0JCp7mNErP4CwLhpw\
            nLcePYuiKSNYkbouXYitvyBdd7IwRHapoDdWepfMLoGUxj5qmceySHycsDRup7WwUZKSt8lhpMLMzZij2stpkLzWN4yiwz07gqrG\
            zDaz0MlEoaXSO0q42z5EW73JQjyt2Mo0V8XaOT5pxsc+b5YzyjBopjU5S3zSzD1Xe73OL3+4QDxgkzksP3KSzy1XnKjQQoKG0DxG\
            l7E8O4aWxztThKtDUX6Yq1hVjsK/V2iLq7xEip7VTW2ZyDtOocDbN2qX09R0qKbQOnaxz+A2nqbi10q5tts7hMLh5GIvt+I8RbvU\
            W1NC0FpDWrHSPkR52T46XprBOk9m0j9MUZrNUUprkTJNX4qh12BglEM/XWiM0TtFhZpNTGKTPV9IlLhNWVqMx0hpkprAWGGiwE5R\
            iZrPR2GrqchWdLjOU3umrzJ3Z5u+01uT0jg1hcXJQ4Gbudc3k7TETUOTuudWkL7ZSEqj1+ZlVbfdYGt6t1NjXg==
            """),
        Case(
            "fog", 3, [3, 32, 32],
            """
            bXtccbJhk3KQY4R1iThyi3WQz6J/lbFulpCDxWh7mK9db56SQmiLj5tXgZqVsX9nmSNCYIaKql58k5VIe2aUKVaHhK5CYICPKUeA\
            iZAuXouAH0VnfZE0c4KGnDZoYYYuV219eUFeX2erQHRokT9xdoSKU3Vudy56i3iBWpVqdqV6l4KPwaeDjZ+BlYGPOquSbR5clXp7\
            smmtgZFatYaHLXG4nxlPfKaLLl+0rZU5e7eqI1t+rJo6k5ImoEiCmSQwcYS2p092eZ2zVYylMkqAky0mX4WIqjZ9ooytXZN/pzls\
            nJMpTJWLnDRuhoorVoqGgEdjipmOU3J0eZJOhXeZQHWAjhxSnpWXJHOKmJdsroiMH4Cul5kvspeXnVrDjossqr2XoWlYnIcgcsGY\
            KFRtvR8mdr6mEj6Zzxkdba6lF0CIzSsuWrG6NzSKmi01X6aatEl6okIuW4qOsi5dm5I9S4SbN01bqrA7UHyYsDRwq5ubSH6qqTZS\
            nZenNXGukZtQg6qhOX6mkRRlc4yOn1mUqhAhiLOVG3GelpYbka6VHTSepqQti8SvEy+uzaYxU8zBH0aPwDAnUw==
            """),
        Case(
            "fog", 4, [3, 32, 32],
            """
            PWtXcJJHiGqHQXNxhC9XgXGJqY5+kqBVjo2Cp1x6laZGbpqQPl2JjaFGf5WSqnZqlTRFY4GIq2t/jpdagWOTPXiDgK9dd3ePPnN/\
            hJxNf4CCOG9yeZpRjYCKp1p0Y5FLa3KCi15mZHS8UnhwnlVueoyfWnNyg0RuhnyNWYVrfKdiiX2UrYt8iJtngHmQNISEZSdAenJ4\
            nUWadotDl3+BLlOlliRBZZ+HMUaippM1ZK2jL0h0pZY/e5MynkJ5lS4/aoSupFZ2d5ezXIubPVqOjTU4dYmAqUyhlIixfJ54qVCZ\
            k5BBbKWDoE2SiIlEcpaFiF5+jpeabXt4gqVjhXqgX3GCkjhbk5ScQ26Dlp5xmIOKM3OZkJo3kImOnEujhIcwfKWKnFY+j3wmTKaO\
            L0ZPrCMsWaSeHTl5vSInWZefI0JsvTY5UZqyQEFwkzY8XpSXrlVvm0c3ZIiNqjxmmopEWZaXPFhus6JFX5eWpUeExIyXWqGsn0pq\
            uI+kTI+zi6JomaagUpmpjyt7hY+Qq3CSpydEjauXNIORlJg3jZ+SMkmJmp5Ag6elID6UtJo/TqKuJE1xoDEwTA==
            """),
        Case(
            "fog", 5, [3, 32, 32],
            """
            Q01Cg5hCXmGbT1xQj0xWXmOaqHdUkKxhZ3CdrFRVjcJaTneuYV1oe85faH+wwXVbjXteYICkzG5xlspwgnS2fm+Kodx2c5TEkWSK\
            q85tbqS9hmOBpdB7eqOw1199kMV6aIyrvW9tjqbPX4aUxXJ6lam0cnaNpWN5j4+qeHx0lbN2d4Knwnxsjqp3ZmWVXHdkXU5XZUp+\
            qkpwYJtXgFd9UF9/dkZZYHF6WFqBfpxUa3uGY2Vif55tfVwlxmFwe0V8d22Wx3p0b6Dian+fcoGEjmGFfIya1H6Cpbjjfpyd35R2\
            priHdpus0Ip5mLGNiIynq5R6lrjNinmbqMh2hp7GfH6UqG1/kaSzZICFobuNloOXW4qGiKlhjXCKrGqLa4VXeIBwpm86ZHBSWIRm\
            S2FNfiRQZ4lxNFd8jhxPbIRwMmt0kSViaI6EPHmAcStthIx0kZGAiElelIh7oX19lY1xk5CQXpOGpKx8p4ybwYueo6rcpo2twI+S\
            ma7MkoiustSShbnDk5ihr2ygg5ix14WQv2Bvl6a2bJWXoatjoZSaXGiVkaVnnZiVQFufkolacpCMMmuEgiFCbA==
            """),
        Case(
            "brightness", 1, [3, 32, 32],
            """
            DGWJq9IfrsLNEm2j1QU+mK7U85+k7/Q2pdXD9DaM6v8XXNbWFTegy/YVfMzW8GRd1QoCP6HG6zODzdUecmTVBC6RrP8fR5HUExiF\
            rtYFSKS9BiBhpNcadZ/K7w1petAVRIG/rilXe5//HI+a6ypxp9bRPYOhwBFyvMHGRKOQwfJars7n/qqp7u1kmMPuDJmqvQYZhqrN\
            8h3J1NYiuKvWCzzV9QYjUdXWGR7L/OkMUuv/DSRr6+ogfqgD9hRywAkbTor//TJghOb/IJfWIjN6sBgKRoyq/xd7w8j/TqyY/y9j\
            vtUfPLOy9SRuocolVqKzxFFiruvkV3icv+Q+o679P3mv5g9Fwtb+D3Gq8/h4ybbnCn7P6P8KuLf6+TTWw+4LjuT1/1UPyu0EJ93o\
            KzYu9R8RSNLvAB6F/wEGTbXeATJu/w4lP7z3Li14qgMuYau8/1xttyIcYoKl/xxBrLc2QoO4Hl5Hy+g3Xnuz+jGC0r/uTYjY7zhN\
            wcD/Mn3lzPVOmOv8QJza0wKFfrzf/2G3/wMOo/nsFpK+2/gJsNzhHSGt3P8wpen/CyLD//8+Pd7/JE2C2CAyRA==
            """),
        Case(
            "brightness", 2, [3, 32, 32],
            """
            GWyRq9QsrszTFHSo1QZLoK7U/6ao/P87qNXN/zuU9/8aY9bWFzyn0/8XhNPW/Wtk1QsCRKfR+DiL09UheWvVBTKZrP8iTZnUFRuN\
            rtYGTqjHByNoqNcdfKbT/A9wgtQXSonJri1dg6b/H5ei+C54qdbUQounyhN5xsvRSqiYy/9hrtP0/6qq+/proM37DqGqxwcckLTT\
            /yrS1NYiwrXWDEnV/wYjWdXWGR7T//YNWvj/DiR0+PcgiLID/xR7ygobVpT//zlpjvP/IKHWIjqDuhgLTpa0/xeEzdL/Vrai/zVs\
            yNUfQ728/yR3q9MlXqy9zllruPjxX4GmyfFFrbj/RoK58xBNzNb/EHq0//+B0sD0C4jT9f8LwsH//zvWzfsMmPH//10c1/oEJ+r1\
            LTk7/x8SSN/8AB6S/wEGTcLrATV7/w8lQMn/MTCFtwMxbrjJ/2l6xCIcb4+y/xxCucQ5Q5DFHmtH2PU6a4jA/zSP38z7TZXl/DtN\
            zs3/NYry2f9Opfj/Qann4AKSi8ns/27E/wMPsP/5Fp/L6P8KvenuHSG66f8zsvb/DCLQ//9AP+v/JE2P5SA1RA==
            """),
        Case(
            "brightness", 3, [3, 32, 32],
            """
            JnOZq9Q5rtHTFnuo1QdYo67U/6ao//9AqNXR/0Cc//8cadbWGkGn0/8ai9PW/3Jq1QwCSqfS/z2T09UkgHLVBTegrP8lU6DUFx6V\
            rtYHVKjQCCdvqNcghKbT/xB3idQaT5HQrjFkiqb/Ip+k/zJ/qdbUR5On0RWA0NHST6ig0f9nrtP//6qq//9yo9H/D6Sq0Agfmb7T\
            /zfS1NYizb/WDFbV/wYjYdXWGR7T//8NYv//DiR9//8gkbwD/xSE0QobXp7//0Byl///IKvWIkGNxBgLVqC+/xeO0dL/XsCs/zx1\
            0NUfSsfG/ySAtdMlZ7bH0WF0wv/+aIuw0P5Nt8L/TozD/xBV0db/EIO+//+L0sv/C5HT//8Lzcz//0LW0f8Mov7//2Yp5P8EJ/f/\
            MDpI/x8SSOz/AB6f/wEGTc/4ATaI/w8lQNb/MzKSxAMze8XW/3aH0SIcfJy//xxCxtE6Q53SHnhH5f87eJXN/zWc7Nn/TaLy/ztN\
            29r/Npf/5v9Osv//Qbb07QKfmNb5/3vR/wMPvf//FqzY9f8Kyvb7HSHH9v80v///DCLd//9AP/j/JE2c8iA2RA==
            """),
        Case(
            "brightness", 4, [3, 32, 32],
            """
            M3qdq9RGrtHTGIKo1Qhlo67U/6ao//9FqNXR/0Wf//8fcNbWHEan0/8ck9PW/3lx1Q4DT6fS/0Gb09UniHnVBjugrP8pWaDUGSGb\
            rtYIWqjQCSp2qNcji6bT/xJ+kdQcVZjQrjVqkqb/JaCk/zaHqdbUTZun0ReI0NHSVaig0f9urtP//6qq//95o9H/EaSq0Akio8jT\
            /0TS1NYiz8nWDGPV/wYjadXWGR7T//8Na///DiSG//8gm8YD/xSN0QobZqf//0Z7of//ILXWIkiWzRgLXqrI/xeX0dL/Zsq2/0J+\
            0NUfUs7N/ySJv9Mlb8DO0Wl9zf//cJS60P9Uwc3/VZXN/xBd0db/EIzI//+U0s7/C5vT//8Lz8///0nW0f8MrP///2428f8EJ///\
            MDpV/x8SSPn/AB6s/wEGTdz/ATaV/w8lQOP/MzKf0QMziNLj/4OU3iIcianM/xxC0946Q6rfHoVH8v87haLa/zWp+eb/Ta///ztN\
            6Of/NqT/8/9Ov///QcP/+gKspeP//4je/wMPyv//Frnl//8K1///HSHU//80zP//DCLq//9AP///JE2p/yA2RA==
            """),
        Case(
            "brightness", 5, [3, 32, 32],
            """
            TIidq9RfrtHTHI6o1Ql+o67U/6ao//9PqNXR/0+f//8kfdbWIVCn0/8hl9PW/4d+1RADWqfS/0ub09UukYfVB0SgrP8vZKDUHiab\
            rtYJZajQCzGDqNcpk6bT/xWMltQhYJrQrj13lqb/K6Ck/z6RqdbUV5un0RuR0NHSYKig0f97rtP//6qq//+Ho9H/FKSq0AsotszT\
            /13S1NYiz8zWDHzV/wYjetXWGR7T//8Ne///DiSY//8grssD/xSg0Qobdrv//1SMtP//IMbWIlWpzRgLbb3M/xeq0dL/dszH/0+Q\
            0NUfYM7N/ySbydMlgMnO0XqOzf//gafI0P9jys3/ZKjN/xBs0db/EJ/M//+n0s7/C67T//8Lz8///1bW0f8Mv////39P//8EJ///\
            MDpu/x8SSP//AB7F/wEGTfX/ATau/w8lQPz/MzK46gMzoev8/5yt9yIcosLl/xxC7Pc6Q8P4Hp5H//87nrvz/zXC////Tcj//ztN\
            ////Nr3///9O2P//Qdz//wLFvvz//6H3/wMP4///FtL+//8K8P//HSHt//805f//DCL///9AP///JE3C/yA2RA==
            """),
        Case(
            "contrast", 1, [3, 32, 32],
            """
            ImmDnrgwpKy0Lm6WviZHjqS5z5OXzNBHmLut0EeGyNoyYsC/MEiUs9EwerPAzWhjvCkjTZWvyUV/tLw2cmi9JUGJnuE3U4m5LzKA\
            pMImVJeoJjhml8M0dJOyzCtreLYwUX2qpD5feZPaNYePyT5xmcG3TH+Vqi1yp6uvUZaIq85hpLXG15uby8tojq3LKo+bqCYzf5mz\
            zi6wucE7pJrCKUW60CY7WLq+Mzey1ccqWcjaKzxryMg4eZgj0S9wqig1VoLb1kJjfcXfOYzBO0N2njIpUIOZ3DJ3rLDgVpuM3UBl\
            qLk4SaCf0DxtkrE9XJOgrVhlnMjDXHSPqcNKlJzWS3WdxSxQq8HXLG+ZztJ0sKLFKXm1xtcppKPU00S/rMsphcPQ3VshrcchPLvD\
            PUU4zTUrU7PJHjR52x8jWJ28H0Jo2Ck6S6LPPz9vlSE/Xpai3FpnnzgzX3eR2DNNlp9FTnifNFxSrsNGXHKc0UJ3s6XIWHu3yUdY\
            pqXWQnPBrs1Zh8bSTIq5tCB5dKK9116f2CEpkNDGLoOkus8lmbq+MzeXut5BkcTVJzio29pLSrzbOVh3tzZCTw==
            """),
        Case(
            "contrast", 2, [3, 32, 32],
            """
            RHSFl6hOm6CmTHeSrEddjJupuJCStrhdk6qhuF2Hs79Pb66tTl6QpblOf6WutnNwq0lFYZGitFyCpqtSenOsRlmJl8RSZYmpTU+D\
            m69HZpKeR1NykrBQe5Cktkp1fqdOZIGfm1dtfpC/UYiNtFd5lK6oYIKRn0x6naCiZJKIoLdum6ayvZWVtbVzjKG1So2VnkdQgZOk\
            tkuiqK1UmpOuSFupt0ZUZ6mrT1Gju7FJaLK+SVV0srJSfZJEuEx3nkdQZoO/u1lvgLDBU4qtVFl7lk5IYoSTv058n6LCZpSKwFdw\
            nahSXZeXt1V1jqNVao+XoGdwlbKvanqMna9ej5W7X3uVsEpin628SneTtrl6opmwSH2lsbxImpm6uVqsn7RIha+3wGk/nK4/Uaar\
            UldOskxGYKCvPUx6uz5AZJKmPlVuuURQW5WzU1NzjD9TaI2VvGVuk05LaHiKuUtcjZNXXXmTTGZgnatYZnWRtFV4oJeuZHujr1hk\
            mJe4VXaqnbJkg621XIWkoT56dpWnuGiTuT9EibStSICWpbNCj6WoS06Opb1Uiqy3Q06Zu7pbWqa7T2R4o01VXg==
            """),
        Case(
            "contrast", 3, [3, 32, 32],
            """
            UniGlKJZl5ugWHuQpVRmi5ejro6Qra9mkaOcr2aHq7RadKamWWaPn69ZgZ+mrXd1pFVTaY+dq2WDoKRdfXelU2OJlLhdbImjWVuE\
            l6dUbZCZVF12kKhbfo6frVd5gKFZa4Oal2FygI60XIiMq2F8kaehaIOPm1h9mZuda5CIm65zl6Cps5OSrKx3i5ysVoyTmVRbgpCe\
            rFedoaVelpGmVWOirVNebaKkWlydsKlVbqmzVV93qaldf49Rrlh6mVRbbISzsWJzgae1XYmlXmJ9k1lUaYWQtFl+mpy2bJGJtGF1\
            mKFcZZSTrV95jZ1fb42Um210kqmncH2LmadmjZKxZ32Sp1ZpmqWxVnqQra99nZWoVH+fqLFUlpWvr2OkmqtVhaettG9LlqRLWZ2i\
            Wl9Xp1ZRZpmlSlV6r0pMaY2eSl1xrU9ZYpCoW1t1iUtbbImQr2pxjldVbHmHrVVjio5fY3mPVWtllqJfa3aNqV15mZGkaXubpV9p\
            kpKsXXehl6dpgqOqYoOcmUt6d5CerGyOrUtPhqmjUn+RnahNi52fVVeKnbBch6KrTleTrq5hYZ6uWGl5m1ZdZA==
            """),
        Case(
            "contrast", 4, [3, 32, 32],
            """
            YHyHkZxllJeaZH6OnmFvi5ScpY2OpKVvj52XpW+IoqlmeZ+fZW+NmqZlg5qfpHx6nWJgcY6Yo26Fmp1ogHyeYWyJkaxoc4mcZWaF\
            lKBhdI6VYWh7jqBngY2ZpGN9gptlc4SWlGt4go2pZ4iLo2t/j5+bcIWOlmSAlZeYc46Il6V5lJqhqJCQo6N8i5ejY4uQlWFng46Y\
            o2OXmp1oko6eYWybo19oc5ucZWaXpqBhdKCnYWh7oKBngY1epGN9lGBlc4Sopmt4gp+pZ4idaGt/j2RhcIWOqGSAlZeqc46IqWp5\
            lJpnbZCQo2h8i5dpdYuQlXN5j6CedX+JlJ5ui4+mbn+Pn2JwlZ2mYn2Oo6R/l5GfYYGZoKZhkpGlpWudlaFhhZ6jqXVXj5pXYpWY\
            YmZgnF9ba5KaVl96olZYbYmVVmV0oFphaIudY2N3hldjcIaLom5ziWBecHqEoV5pholmaXqKX29rj5hmb3eInmR6koyabXuTmmZt\
            jIygZXiXkJxugJmeaIGUkld6eIuVoHCJoVdag52ZXH6MlJ1Zh5WWX2CGlaNkhJifWWCNoaFoaJWhYW16k19lag==
            """),
        Case(
            "contrast", 5, [3, 32, 32],
            """
            dIKIjZJ3jpCRd4OLk3V8io6Sl4uMlpd8jJOQl3yIlZl3gZSUd3yLkZd3hpGUloKBk3Z0fYuQlnuHkZN4hIKTdXqJjZp4fomSd3eH\
            jpR1foyPdXmCjJR4hYuRlnaDhZJ3foaPjnqAhouZeIiKlnqEjJSSfYeLj3aEj5CQfouJkJeBjpKVmIyMlpaCipCWdoqMj3V4hYqP\
            lHSOkJJ3jIqSc3mQlXN3fZCRdXaPlpN0fZOXdHeAk5N2g4lylXWCjXN2fIWXlnh/hJKYd4eSd3mDi3Vze4WKl3WDjo6YfIqHl3h/\
            jZB2eouLlXeBiI93fYmLjn1/ipOSfoKIjZJ6iYqWeoOLknR7jZKWdIGKlJWCjoyTc4OPk5ZzjIyVlXmRjpRzhpKVl31phYppb4iK\
            b3FujG1rc4aLaW17j2lqdIKIaXB3jmtucoOMb295gGlvdYGDj3V3gm5tdnqAjm1ygYJxcnuDbXVzhYpxdXmCjHB6hoSLdHuHi3F0\
            hISNcHqJhox0foqNcn6Ih2l7eoOIjnWCjmlrf4yKbH2DiIxqgYiJbW6BiI9wgIqNam6Ejo5ycYiObnR6h21wcg==
            """),
        Case(
            "elastic", 1, [3, 32, 32],
            """
            KoKPu/ERi63NVWadz3EJi7noEFORv0wkk8HjFz2WwkMuY8TDBCutzSSaSL/JkzJkzdwTP5DYfkhYstwbWHbRW1ZOhfIcI27cHCRg\
            daoqQXSkUzZjfMgcTm2o5SNKjrcnZ2ymriRXhbBxNGN2wTRqdpnAPXScubBycaTaPUSMw6x1gJXQMmSQwe4sh5/HeGqOx8splaFZ\
            LxeM4T05BKy4GQWX26c7HL/kDiaV5fsgM8fYDjdiwBE3bpkxKx9Vv3oJfX/w7kRXg8kkUXq7IEyAdVUlVlmUuTdZfMMwWF+hjDSK\
            g8odPVqozS5Vg6J/VJGk2k1CeaXgLKCf18tidaTFRqOeqJdppZvrS3N7uY4kfJ7crHSAwO8dr6XpBB59xeAUtaPBDzEg1SswQbDg\
            G10F6XokVn/dDUgV6h8sVS/jHEEwzDsUX3gfGj5HjUEeSHi72jtxk8kSW4y/rCdxpKMuTJuR0D96csspSn2jwSxmhdOHTXuqyj9n\
            trrpMoCX66ZhvqzrQWacyr9XkbDDv3yt3aYMj8fDGmi+r+Enl5LqGTOrxuESUan3FDKPy+0lUNbcTxdotxodRQ==
            """),
        Case(
            "elastic", 2, [3, 32, 32],
            """
            K4Sy27IdoK7QZ2qCwtIJgJmzeXJ9wtQqkK63kymaw9o8kLfQZyuswdl4PbHWtzt40+s4RZvb2DVUx8IYNWS+1TlfpmxMSXratSNk\
            gK4oQYGq6jBkbOlvUnqs6SdgfqqScH6k1Sp5eK8pJVt/owxJmKm5PIGKujNgmbzXQ4Geuc9/jrrOg32mxd9Rl7HTl2ClyL5OjK3J\
            lBur1tgZDa/XywqXsXaPGsbY6TiowNwrQsLf6Sp4tMsmR8jc0y99v40tb3jSsCJ6jIAiNHvu8CdOf9TTI3+GMyVblL+lO4KvVC+H\
            k8dSO3+ttytQkMB6OXer3SRSkJ/lO4+i2XRQeJ3BJ4OquhRQicH1jW2fv8dIfsfjn3Osu50qpsOcMUunzXkjsrzrGyws6mkxRNTf\
            IUEL095bR6LHhhsY0KxwQizqbTxsynYkPpnWfkdJpecrTIXTfDRJragjXYW7EhlkoqsYUXyZ4CBAjNMlNHm4xTVni8dZNWuyuDld\
            msjPOW610XtissTfSXDD0pxpf8c0Q2+Uu9MlZr+oHWOnzRInds/zQUDY3EAZfcq2ETiP1koaRa6lNSFt1d8hRw==
            """),
        Case(
            "elastic", 3, [3, 32, 32],
            """
            G2+D2s0hlZ20MnCK08kbk6q8NzeHy9YrcabGhzSjxNVLVaXbZVV1xNeTVcTdjSNSw1wuR1zKokVns8kFXoLYwmltkmAyW3TbmSFp\
            jK83QnOl1x5tdN8sXHqmySN2eLBPV2mm6RZVfacmM4aLqSRVjLyzHXaIySl2ka3DNnuc0597krXWO4Gsz6dGkbrho3aqy+5KK6bF\
            QSaevbg2Msjf3WCp0GszV7rhmyhry5kZTqLfgSlqtZwacYW+4y2AmZEgXnD07x1ahOMoOo+g4ydXmH6SIn+KbSJ+mrrHOXusZi2B\
            mrc2PZGyvjJSkcs+QYSr0TRdgrLgS3SexCBblsjSQaKqy2s+k8DVV1GwyMZTlMXrb2ezwVNOqb7MkW6xxNMerMm/yD8U0sc8S83S\
            2yk713SGL2HXYjJ80ZkWQYHVZTGSm7oaQZzYXzBUliAlS3GvQT5aiM4pVIuqlRdhodISRrC5s0M+ossnNWO70zNfisl2P2zDwD1f\
            q8KaLnW/y61ivcyxP3SbxjZefr2vzXee4oRSd8vVK2HC5VEOeNHvImDA3ocph8VzFjqQ4n42dcllGTaZ5Vo6Qw==
            """),
        Case(
            "elastic", 4, [3, 32, 32],
            """
            JYGfsTsxpLbT7H6judcpjrzmtUqhx3kVkbjGqUOP0actXr/DfFN4xZyYT8PIaC5WwoMbU5fBSDdgwtt3WXbkR2lmmNYsWW3dRxhq\
            it0ZVWyicSdvemhscImfyCxdd6p4V3GnszJZkqFBI4SIxxJQir5VM3qSyzR8jrbLOW2gw9uDlsHSO3ekvd5FjrXTfoCuw9JKo6uI\
            bC+u2d2XXajHNUms1dshYL/KUSV3z2UfZsfGPyR231gZY497OSxwm0UmWXTllC1tn4QoNpXJjR5mlVEfK4yhSDV3jrdnQoaqJC2T\
            nLogQZax1S5akL83RnGXxzdYhp/jRXmrx6BPm9TlQZWs0UVRi7/CRGOp2ZFSmcTrRWm5w4krq8yrdm6zzX8jscDoOScn9G8YRdDf\
            QzFg34cxKJfYHz1gznUcRJHaIkB/qTkZTZnrPTVZpBEcTIGlfj5ZlqgXSIG+nDRarbsqTK+5kyljq8c3VWq34zldoMaFVHHAy0th\
            tbuaO3HBztFps7+MMm+h0FpqesymsXaf25Y0bsjKGGi+3aMWfM7rj1LW150ehMKZIkGT4ZQkXNyGLi6gz+gXVQ==
            """),
        Case(
            "elastic", 5, [3, 32, 32],
            """
            Hn6Rr+F+hcnLs5Gb0Jkun6LXun+vxIUzlLzAaEafynk0dcPTXkV3zs03YMXUgjpVzToKSazIXDiAucFgWWjFOS9smMgmX3XeLx1u\
            ja0QUomh3Rd3laY/WI+i2iZxebwWTGmTuSVspLLML4eP1A5+jrbDKoufy21gjqjKQoaeysaEjrXmYYurzsk3lMbgi3GZw805nLJ4\
            diXG5eCVq7vNQF682mozdrJZMySr1SEedMfjmjp81ngkdIe+eSh8wl4bTHjn6DJ/ltlEJ4DRnCWCrqcWP5GnZS2KpMdZPpKePTVh\
            pLMcRZWlzDJal8B1R3CdyTBZk7TRMXWr15tDqLerXn651GpSn7zfTmGvw302ocDhsmOvzdpCl7nZxzGrw6k8m77dVDO0yjIPQtna\
            oiZR5IIqUtLgGTiO56gTTKLUI0CAwYMVTqDWOEJjs2EeUKeuT01gqFQcQIHMWh1GsboWRXnLJ0RcrcIkVHC+3TRlsNl8Rm275FFg\
            osGLPGW0xpZsm8qCRHqqrHZscdbIbVzD3mEXjsfIIXK0mD8Zh9bhRjzO288mWs1EFhiO3zAvVsqeJB1c3tEbRA==
            """),
        Case(
            "pixelate", 1, [3, 32, 32],
            """
            AGKCpcgTrbi+EGab0AUykK3W55ec4+gyjMy56DKF3vUXZL3Rhkqaz+sYdcLT5F5XzgkCOpm83y93w84ba17PBCp0pv8cQonKgxZ+\
            rdYFQ5yzeh1bnNcYbn3A4wxic8YTP3q1riVRdJf0GXqa2zdjpMSZQHyZtg9rpLe8P5uIt+ZUocTb8qKh4utekLniC5Gis4MXfaDD\
            5hG6ytUirqHWCzC36QYjSczRih3B8N0MSt/2gSRz5HgtcYx26R5ptgkaRoH48SxYe9r7II7VIi1xphcTP4Og+RZyq77/RqKP+ilb\
            qMseNamo6S5ll8AlTpipukZapN/YT2+Qtdg3p6bnQ2+30BFMuNXyhGig5+xvv6zbHHXF3PMKrrfu7S7SueILhdXp+k0DvuGCJ9Hc\
            KTQi6R4aRsbjAB157gEGTanSATBi6w4lPJrqHztorHwxRZ+w/U1hqyIbVnaX+Bs+oKs0P3e1HVJFv9w1R2+n7i92xrPiX3zM4zZN\
            tb71MHHZwOlOjNzwPZDOxwJ6crDT9lWz9BQpkN3cHXmy5ewJpNDVHCGh4v8umd30Cy+3+/o7OtL7JEd2zB8wQQ==
            """),
        Case(
            "pixelate", 2, [3, 32, 32],
            """
            AF+CpcY/rbjDEGabyG08jL7PgYeLx9syncy56D+a3vUVVtPSfE6YweoTdcLXgl5XzgkCS23a7Stjts2FY2fPBCqJpv8RUYnKERZ+\
            reYXQ5yzBh1bhW8Yc5Ct5SNrjrCJP3q1riZUdJf2GYeS2ixqn9THOHyOwg9rsre8P4adzvFTl7rdjZmh4uFekLnphZGiswYXfZ7G\
            5hG/ytUiaarWCzLC0wUaW87fESLB8O0eSt/2DSRiyHYfdZ4D6hNt1AkaRoH48S1nm26FPXvOgiFxphcKP4OVhRZyub7/RpGh+ilb\
            tMseQqCo6SRlq8i5SpGuy0VipL/YT2+Stdg3lKrxOHCl2g9Xo9XyD2ig539dpsnsD261xX4erq3u7S641OILhdjp+jBSvuEEJ9Hc\
            JDoi6R4RRtfbFytV43QFWJjkATBi9w4lSafrLCtsngMzT5+w/VBhq4IbVnuzhh1Vj70eNXesHVJeqtw1Um+n7kJkxrPiTXzMz0tN\
            tbT1MHG73oBZi8nmP3LOxwJ5crDT9Fir+AMOl+3YHoayz+wJpMLkHCGj54otXdb2GTyb+/okUtL7JE12zIItQQ==
            """),
        Case(
            "pixelate", 3, [3, 32, 32],
            """
            AF+CqMsTqLjDEHqjzHUrn7TG75ec4+gynb3JeDKF3vUVVtPJCjqfweoTaMrPdVVpwAUKOpm83y98yWoWa17PBCqJpuooXnjeGRJr\
            ptsWWJCfBh1bnNcYbpe66hNic8YTQXCfvRlndaWQHoeS3yZzqMzHOHyZtg9rssbPMZuIt+ZWo8/PW4Kuz9pjkLniC46ftwYXfaDD\
            5hG/0HEdm6NtFii233FaXL7RGB3B8N0MX9PiDSRi394fdZ598Rp3uH8lRYzu8ThWedr9II7VIi16rw8KP4Og+RZ3sptSPZWOhR9b\
            tMsSSpKy6SRll8AlTpWmvklalMPRPIyayqVBmaTxOHCl2ndHrcryD2ig5+xvsL7rCnW14ewYqrXnd0PSueILhdjp90oDvOEEJ9Hc\
            KTQr74QWP9ffCDF5/BAZP6nSATBi9w4ZUZn1LCtsngMsVaW5UFVamx4jSXaZ+xk8oKs0P3esHTpOtNE1Um+79itmrsiDSYTM4zZN\
            tbTsOnvZwOlOjN/wOo23xXVgbr5t+2axfn4Ol+3gFYayz3gfmdDVHCGh0P8fitJ+Hyqz6PNAS8z1K012zB8wQQ==
            """),
        Case(
            "pixelate", 4, [3, 32, 32],
            """
            AF+AqMgbpbLLDH6b1XUynK3KfYWc49o6lrnJgkaExq4VVrzJEzOfu+oTWsjPdVlpvgUMPZm83TV8w2ohWGDcSSlzoaqJQnvZERZt\
            ntYFVo2jCyFymN9WaJfA6idic8oQQXCevRhodaaQHoKY3yZiqNTHMIqe0LR0marPR5uIx3hUrbDP8oyozelalrvne5WfswYbgKDD\
            5Bq42HEfoaDaSDDM3nEjSb7gGB2F2nodYsbmCSp6394pb54D8S53uIEjRYzw8TpYed39IInbIi1vrIcPP46cgTGBub6SVaKPijtd\
            qsASSZ+1qx1qnrolTpymuklelcPRO42ayaVDmaTsPnCl0nc+oseyF2Sy3fFfrr7bCmS53PMXq8d8tzzFuLUrhdjt900DvOQEJ87r\
            JUUa9Y4NR9LjADOI/AEZXJbUFj5h4YIZSrD1IytspX0sVam5jlVcqh4jS3mZ+BlBoKsvRXnDsTpZtdQsS3S63C92tcXiTWvC6C9m\
            przoOnHZwPBpjN/0OpC4xXZgbr1u+2amfgMOktXgFX7EaXofl8PUWkSh0I8fmd2BICK35os3S9O4FElkah8wRQ==
            """),
        Case(
            "pixelate", 5, [3, 32, 32],
            """
            CXKRxdg1jqHAcG+byG08kLvCvoeLx9shjrvL6Eud1Koqa77Ue0qXyu0UXbvdgV5YzmkCS23a7SdnstGFY2fPfDlynP4TVovcRx90\
            lLEZXX61ryhbhW8YV4uigSNrjrBOYHu1riZglKeCMniLvxpykb7CO42LyCNdoKnLP4adzq9mlb3djZmhy3lHn8Hjh4qs0KYpjqGh\
            dAmqudiMaarWgzq10AUaW87jTiay8O0eUsWsfDNzxXwSXqGliCpy0XMVZ4L48S1nm6pJOX/OgiFxnn+CSJSYUCRhncSLUY2kkTJt\
            nMQgQaCo0jxOpsi5SpGz1yldpL/YT3Cwv61OiKfbKnyy3w5ZqNfmIWOv539dpsfvfHG1xX4el8V4hS6013kboMer/C9d3rEQQMLV\
            iSgi4YYJT9fbFytO4HgSWJjkAUB6u04kS5vtVDpbrQstUZjJWjBkq4IbVne3giFVj70eMYCkJlJeptssV2/C5zhjrc6FP3i8zEFh\
            nsx/SHG73oBep86yP3LOxwN5c8jbj2qk2HcVgt3bGHOk4UcSjsLkHDS25Y0tXdb2Fz+Z8vokUtq8IDZ53X8zVQ==
            """),
        Case(
            "jpeg", 1, [3, 32, 32],
            """
            CmiE9P8DpZ3LO2qf/18giLTmnJKkeY0+mcTkoiSQWboUVNT/WDGQ5tcudMj8el9i2jBMPrTxeR+Myv89elb/byuMuOMwU3z/TCmF\
            sv8pSqC3aylgp/89bJWzlQZdcscpQH2d8SxTbqSYB32acSBtpcTfM3On/EFoib7oRqGR96ZctNu5caCxcZxUk77DdJOyumEld5vA\
            xQO/ycdaopznPzK911JZOtfgN0bE5Lg2S8HmTDhhx8Apd6RVyD5es00oR4Ha6gtPg73fTY/OaRhwqkgmPYWTrEdyubu3QZWRuhxb\
            tNNAMaiexkNuldBCPpqwvzBTr8XUVXKaybgukafjGGqkyFE0ttDXKW6bzbJQurq+KnHEucEXsL/PrynYuKEfjszZuSAQxaITjcjb\
            KQoS8JJRT9zGTq9y+40+X7OqLRRO4GZ8SbDoABFsmScAPbG3fwBaq6EdHnKOblCFrp8AW3qykAByou4AKWyi2h1PvriMYo/Z3iR6\
            vreTV33duGdyd9aaQaDP0EtbZbXQqm+t6n4+muSwTnyqxCktoMzYYaeiu5kOl+zYHpit8mYHT8nAWRhqs0kBbA==
            """),
        Case(
            "jpeg", 2, [3, 32, 32],
            """
            B2OIt/YApJH/R2qv/3AggrD1saqidpxHn8j/oymVg6kYVtL/eT2T/50xYcf/lldfxDkpKp6xgTd8r+UxcmL/VDiLwtA1T5T/Zyhz\
            qf8GSI7VciRzltgtWZavhQ9feKoxP36QzSNRgZ5+CXmTaDx0sMjeHoON3j5qps36ZJKN5n9Rv9HAianLgJlvi7iidZCj0WoxebC5\
            shvIyu1gp5vnNTXCvUdJS8/XUTi844k/PLzcW2JWzZ4/daRau0tfuikyVITd8ABZdOLQTYbSaAFzpE1JToChmD1ivMrDUKyEthlV\
            s8hFU56t2D1Qs8dUTJWo3Cs8pNLGRXeOz50vnZ7jFnWpwFdOt+XPMV6fya9hs6SyP2vQxegnqb/HxBnaw7cHfsXWrioM3MIweNHJ\
            AABN77xJM6XEM3lv/3tIfa6kGC9l9l5KUKDXAAAzt00AR6ijdwBCsMZAPYiQcGVyn5wAUYCvoABzn9EACpK22S5Xt9NrSoHK2hSt\
            stOnZGHcpV+Sb+a0ZabruFFze66ZplHE8md0k9jGO2rAtEg7qtiaOpXJrYQMaLHASZKw5WwAXsffYDhuz2cAfA==
            """),
        Case(
            "jpeg", 3, [3, 32, 32],
            """
            AFx2vv8Anqv/Uk6f/4IoitLvv6iuY4dZpLL/niGCSoojVLz/g0Ci/Zsiaqf/kWJYrzBIMZa0gDZyu/9FZk3/R0iIt9QpTor/Vht1\
            rv8UR5LAVReElvM2WpihcQB6gNUiSoqZ3QVsfLFuAJCUdDpzqNDsIZOZ4zxtuMj/TJ+M1Y9XsK2GZ5q3hKeBnb6kWpiP1Ismhqy1\
            vhC7zexPk57FVyi80R1DU8n2Ukit2bQmRrXtPWFV04tMd6doyUFnyDQ8PYjz/wBSfsPGUovEThN8qFxBS5abl1FkxLPTT6OGxi1c\
            p8w+RJi170pancFDUZyl4TZVoMa7P4OV0ZwzoKTTNHSnvFBDq9H4NWPC18RVv7TIS2S/y8Mlqc7I0SndqckNeMPfuTQU2JlBgNLK\
            CQBC8r5SLrTEZIZm8XUQdqehMkVY9G02bL/lAAZRxWgASp6tagAeqMUlP4KbhGt9r44FOl+vjwh/muUABHmuvRxQzdZ2bXCp0xya\
            tticU3rBq3SKnOy1VpDWs1FKe6uVh0S25kOIjeOxWFTBnWV2q9qrRq2+qJMYd83ZPrmixGcAOL7kcCKGxY0ARQ==
            """),
        Case(
            "jpeg", 4, [3, 32, 32],
            """
            AGaN8fkDosLmanuc/4Q2irH+s4esjaNCpLT/njiPdYEkXdH/gD6q4ZchYrb/nGlbslpHLJnTaUBzp/9gblH/S0uWvK4sUYz/WgBx\
            lf8zSX/HWzh7l/8tYoOnjAuGd8smSIuj2QBhgp95AI+VfCp1oMj0Hnii6ipqn7X/O5KR9JBWtLCFb4asd7dtmM2hboui5oAnbqW4\
            uSWzw8FJmaS6YCu03Uo+T8DdVVKe0MweV7S9PXBtyZlFc6Zsx0Jmu1M4OpHq3wBOcOK4ZoPWTAV8rm1gNZSrpEBhvb68WaWUyCZP\
            o8c9MZi071RNncJYXZup7SFmoMXCTIikxphTrpzfKGakvk1MltX/Olep2OBepcTUL2aru8g3preuyzTXuNARgNHWyzgL5kJLnsu8\
            LwAz/5xUNNu9PIpo/3dgeIOzYTxg0IhKY6/hAAE9tm8ARqGmYQAvncYkMnebenZ+tI8KUFLCgAByl+ooA3ezsCxPydeCZXan3iyA\
            uOePWH61pYNgkOqzQorctF9AgKufaUe66UeZm/aVWGrBuoJ+tNClXre7wXsQfbfXLqKw0FsAOae/YlN0voYARg==
            """),
        Case(
            "jpeg", 5, [3, 32, 32],
            """
            AHeMzf8IqrP/fYml/3IlkMD/pnqquJ9Bpbv2kimMVackZ9P/ZEK01KlFY8T/cUpG8F8lO6bqbjuEr/8oa2b/bTR3r9FMT4n2Yztu\
            nf8vUITHakp3hPc4d3urlhx/g8UrUYqd6A5Zeq5lEo2aiy+IqMb6H4+s/0Bthb//QZug2aVkrrelY4iorLtklr2CWn+76ZMod6Pk\
            wSK2wKo9m5vdZR2o5HdWVsrVVTimxNAgYq/lTVN+zNBAc6Z71TqMvkw8S4vx1hxhiMGiY3m4ezR7qlczPaCtox9mtL65PpyanyA9\
            n8M8Po+pyUtfnNBXU4616jdgl8O5Q4Oaxa4/pKv0LV230VZAg73vOUak0e9PrtHfFF+5yMkvrLSeuCXVwroAkLzQzUAF8XRWpcbO\
            FRkx/7NQLMfBS5xx/HU4bHW0aRRuxn1ob73WAABRqWgAQ6SwawBckrZuGpiufmyOqYolS3jPlQBoleU6MT6uoQBNrtx/YWmruTxr\
            vc2dTmi9vp5cmt6xMH/Ju2xRbrChcE2o81KDmOSvTlnBzGY3m8uwPbKkxYIAk7u6MI3vzW4ASsvEYg58pZoAYA==
            """),
        Case(
            "gaussian-blur", 1, [3, 32, 32],
            """
            AGCCp8kWp7XDF2uazycykK/K2I2c3dQxmsa70DeH2OgWWs3SKjiXw+kTb8HSy1tXyxgMPJe+1i95wsYjaGDRGCqDpfIjR4bOIhd5\
            p9EKSJauIR9gmc0ha5G62xFkdcMcQXqysiRTdpnkG4SS3CVpns7GOH6ZuyJqrLe+P5WKvNVVp8Ha1Jyh3NpckrnhJZCitiEYfqDE\
            3RG8yc0qpqPPHi/G4xgqS8nVKB636s4QT9nwHiZn3M4fcp0l4hhruBoaSIH18CtafdLhIovQKSxwpS8UP4Wg1htxs7njRZyR2Ctc\
            rsgeOaOo4yZjmcA0S5eov0ZZodnYTHGUt8g5mabuN3Cn2SBDstLmGWel5NplubHfFHLA2dgPq7La2zLMu9IQh9bn70gJwNgOKc7b\
            MDMi6DYRRsjiBSJ29hUITKTUBjJj7SgkQKrqMC1qoBYrUp602k1gqDAbU3ib5RtAoK0xP3euLE9KudkyUW6s6zFwwLjFTHnH4DhS\
            srnhMnHTwtlTjtzlQorLxgx2crLL7Ver6xcSlOffFYOyyskLntDXJSai1OQrj9rpDyey9d44P9LnIUp1xSYwQg==
            """),
        Case(
            "gaussian-blur", 2, [3, 32, 32],
            """
            AmaFrc4hmK7DNniaz4EwkbTKt3ec0K8wlbvEm0KQzckcZcDRX0OWyNwaYsHSjFJZxEssRZPGty9wwrRBYWnYUS12pNcxVH7YTxpv\
            msQaVYmmZyRrkbc7Yoatwx5rfrwxSHqpvCNcfaKwI32S0yRpnsHBOYOZxlJqn7fGP4qTx7RanLzZj4+h0c1Wl7rgZ46jwWsggqHE\
            xhGzybpJkKzCUS652FA4VMHZTyGj3agaXMzfSyty1KIfaZx/ySVyv08bT4Hs7ypjhsGVKoTFQitwpWg1QIqggShxprCXRZGaiTBh\
            o8MjQ5ao0i1ensFbRpeozD1YmsrXRHidwKNCma3lNnKu2FNQp8nOOWaw3adPrL7pOm220p0bo7+1qT2/xKUbjtLfzj0gxsQqL8fb\
            STIi6G8YR8vbFy9u6U8RTJrcGDdo1mMjSp3jNzRlpT4qTZ6/gURfoVobS3+krB5JoLYpP3m1VEZXrtAtUG235Dhls8WGS3S92UNd\
            qsatO3HGyqZeldW/UX3CxjJtcruzzWCryU8di9rXF3qyw3cUkdDfODWm2aIke9XOGjSm6ZgxStPAHUF0tj0wRQ==
            """),
        Case(
            "gaussian-blur", 3, [3, 32, 32],
            """
            A2iGr88lk63DRXuazpkwkrXKr3KczKoulLnHkUWTy8IeZ7zRakaVydMfXsDSfE9bw183SJLJqi9twq9MX2zZYy9ypNEzWHvYXRtu\
            lsEgWIWmeiVtjrJCX4OpuSJtgbo2SXqmviJff6WeJnyS0CNpnb2+OoSZyV1qm7fJP4iWya9cmrvYgIuhz8tTmLveeI2jxIMlg6LC\
            wBGwybVWiK/CXy611WU6V77XWSKf2Z4cX8jZWCx10ZQfZpyYvyl0wGIdUIHp7Slmibx+LYPDTSpwpHdBQYugbCxxoq+ARY+deDFj\
            ocImRJKozC9dn8JmRZaozztWmcXXQXqgw5hFma/gN3Ow1mRTpMbLRWay25dLqMHpSGy10JAfoMOwmD+7x5UekNDbwDkoyL8zMcbb\
            UzAk530eSMnWHzNq5WEUTJndIDhq0HAiS5neODZkpkYoTJ3BaUFdoGcbSIGnlyFMoLkmP3q3YENaq80tTm254Tpjr8h7SnO810df\
            p8qgPnHCzZNhmNOxVnm/xUBqcr6svWOrwF8hiNbRG3ayw2MXjdDfOjqo15Ajd9TGHTej5YQvTdS5HT50skYvRg==
            """),
        Case(
            "gaussian-blur", 4, [3, 32, 32],
            """
            BGmHsM4pj6zDU32azagvk7XLqm+cyqotk7fJjEaVyb0garrRb0eTycojXL/SdExdwm8/SpLLoDBrwq5TXW7ZbzBwpM0zWnnWZhtu\
            lL8kWoOohSVvjLFFXYKnsiRug7k5S3qkvyFhgKeSKHuTzSNpnLu7O4SaymNqmbfLQIaYy61emLvXd4mhzcpRmLzdgoyjxpMpg6LA\
            vBGuybJfgrHCaS6z1HM6WrzTYCKd15keYcXUYCx2z4wfZJyotit1wXEeUoHm5yhojLhvL4LBVylwo4BKQouhYC5xoK5wRY2fcTFl\
            n8IqRJCoyDBcn8NsRZWo0TlVmMLVP3uixZBHmbDcOHSx1XJVo8TKTma02Y5KpsPnUmu1z4kinsWwjUK5yYogks/Xszcvyb05M8TZ\
            Wy8n5oUkScfSJDVo4mwWTJnbJThszHYhS5fYODdjp0onTJzCXD5cn3AcRoKpiCNOoLsmQHu4akBcqssuTW273Tthrcp2SXO81kth\
            pcyZQHHAz4RimtGnWXe9w0tmc8CormWsu2glhtTKIHOyxVoZi9DdOT6q1YYiddTBIDmg4XktTtW3Hzx1r04vRw==
            """),
        Case(
            "gaussian-blur", 5, [3, 32, 32],
            """
            BmuJscwti6vDa32ZyrYvk7XMpmucyK0skbbMiUmYyLkibbjRdUiSybwqWbzQcUdiwoZHTZLLkzJpwa9YWnLXfDJupckzW3jRch1u\
            kcAqW4CsjyZwi7JHWoCmqCVuhbY9THqiviBkg6qCK3uVySZombi4OoSby2hpl7jMQoWbzK1gl7vWcYehzMdNmbvai4mjyaYvgaS9\
            txKrx7FsebPCdS+x0oU5XbvNaCSc1JciYsHOaS15zoghYZ25pyx1wIYjU4Hg2CdrkrNfMoK/aChvoItUQYukVi9wnqtdRIyibzJn\
            nsEwRI6owTBan8NzRZKn0jlTmL3PPn2lyIZKmbPUPXax0oVWocLLWGe11odJosThXGm1zYIqnMa0fkW2zHwklM3TnTU5yrtCNMPV\
            aC0u440tSMHMLTZj3ncaS5rVLThtxnsgS5bPOjdhqFIkTJnCUDlan3seRYStdCZRoL0nQX24eDtdqMkySm680ztgqct0SHK8009i\
            o82VQ3K+z3FjnM6dXHS7wFlhdcOlkmiuuW4tg9G9LG2yx1cdidHTNkOs0XkidNS8JTqb2HAqUdS3Izl2rFwtSA==
            """),
        Case(
            "saturate", 1, [3, 32, 32],
            """
            AJe63eQT5dTfSJ7T7D0yyOXm58/U4+hq1ejV6Gq93vVNju/uS2vQ3epLrd7v5JaP6kE6ctHY32e03+pTo5brPGLB3v9UesHmSU62\
            5fI9e9TPPlWT1PNQps/c40Saq+JLd7LR5l2JrM/2Ub/K316i1/DjcLTR0kejztPYd9PA0+aM5eDb8trZ4uGWyNXiQ8nazz5Pmbzf\
            5hHb5vG5yr3yojDo6Z26Zejtr7Td8N2jZt/2pLt+3962kbqa6qqF0qCxYp348Uh0l9r9t6rxuUmNwq6hW5+8+a2O1dr/Yr6r+kV3\
            0Oe1UcXE6buBs9y8arTF1mV2wN/Ya4uu0dhTtcDxVIzB2qZa1PHypoS85+yL28jboZHh3POhysnu7Uru1eKiodjp+mkDvuGbvtHc\
            pK8i6bWowcbjl7R5/JidyKnSmKti96W8t7Drp6ZsnpqnVZ+w/VBhq7myVnaZ+LK5oKuvunestFLAv9ywUm+n7qp2xrPiyHzM47HI\
            tbT1q3HZwOnJjN/wuJDOx5l5crDT9lWr+Jqll+3grIayz+ygpNDVs7ih0P+pmd30orm3+/q2tdL7u8h2zLarvA==
            """),
        Case(
            "saturate", 2, [3, 32, 32],
            """
            AKfK7ewT9dznWK7j9E0y2PXu59/k4+h65fDd6HrN3vVdnvf2W3vg5epbveb35Kaf8lFKguHg33fE5/Jjs6bzTHLR7v9kitHuWV7G\
            9fpNi+TXTmWj5Ptgtt/k41Squ+pbh8LZ9m2ZvN/2Yc/a326y5/jrgMTh2lez1tvgh+PQ2+ac9ejb8urp4uGm2N3iU9nq105focTn\
            5hHj7vnk0sX6zTDw6cjlbfD12t/l8N3Obt/2z+aG397hmcLF6tWN2svcaqX48VB8n9r94rL55FGVytnMY6fE+diW3eL/asaz+k1/\
            2O/gWc3M6eaJu+TncrzN3m1+yN/Yc5O22dhbvcjxXJTJ2tFi3Pny0YzE5+yT49DbzJnp3PPM0tHu7VL23eLNqdjp+nEDvuHG6dHc\
            x9Ii6eDT5Mbjwt95/MPI66nSw85i99Dn2rDryslsnsXKVZ+w/VBhq+TdVnaZ+N3coKvS3Xes31Ljv9zTUm+n7s12xrPi63zM49Tr\
            tbT1znHZwOnsjN/w25DOx8R5crDT9lWr+MXQl+3g14ayz+zLpNDV3uOh0P/Mmd30zeS3+/rZ2NL75ut2zOHO3w==
            """),
        Case(
            "saturate", 3, [3, 32, 32],
            """
            ADdafcMThba/AD5zygAyaIXF52904+gKdca36Apd3vUALszLAAtwveoATb7M5DYvyAAAEnG53wdUv8gAQzbJAAJhfv8AGmHFAABW\
            hc4AG3SyAAAzdM8ARm+94wA6S8EAF1K0hgApTG/2AF9q3wBCd83CEFRxtABDsbW5F3NgteYshcDb8np54uE2aLfiAGl6sgAAaYyv\
            5hGrtsEAmo3CADC46QAAOLi9AACt8N0AOd/2AABO394AYYoA6gBVogAAN2348SpEZ9r9AHrBACpdkgAAM2+M+QBepar/N457+ihH\
            oLcALpWU6QBRg6wAO4SVpjhGkN/YO1t+odgvhZDxMFyR2gAzpMHyAFSM5+xbq5jbAGGx3PMAmpnu7Su+peIAcdjp+joDvuEAANHc\
            KCoi6QAALcbjAAB5/AAALqnSACli9wAAK7DrKChsngAoVZ+w/VBhqwAAVnaZ+AAsoKsqLHesAFItv9wqUm+n7il2xrPiLnzM4you\
            tbT1KXHZwOkvjN/wK5DOxwB5crDT9lWr+AAAl+3gAIayz+wApNDVAACh0P8pmd30AAC3+/orK9L7AC52zAApLA==
            """),
        Case(
            "saturate", 4, [3, 32, 32],
            """
            AAAdPMMTQ7a/AAMzygAyKUPF5y804+gANca36AAf3vUAAMzLAAAwveoAEb7M5AAAyAAAADG53wAXv8gACADJAAAjPf8AACPFAAAZ\
            Q84AADSyAAAANM8ACy+94wAAD8EAABW0RAAAEC/2ACEr3wAHN83CABcxtAAIsbW5ADMiteYAQ8Db8jk44uEAKbfiACo5sgAAUm6P\
            5g+LlaAAe26hACuX6QAAOJecAACN8N0AOd/2AABF394ATmwA6gBIggAAN1T48SpAUdr9AFygACpMcwAAM1Vu+QBNhYr/N29d+ihB\
            gZYALnZ16QBGZYwAO2Z2hjhBcd/YO0tggdgvZ3HxMExy2gAzhKDyAEhu5+xLi3nbAE6R3PMAe3ru7SudheIAVtjp+joCvuEAANHc\
            KCoe6QAALcbjAAB5/AAALqnSACli9wAAK7DrKChsngAoVZ+w/VBhqwAAVnaZ+AAsoKsqLHesAFItv9wqUm+n7il2xrPiLnzM4you\
            tbT1KXHZwOkvjN/wK5DOxwB5crDT9lWr+AAAl+3gAIayz+wApNDVAACh0P8pmd30AAC3+/orK9L7AC52zAApLA==
            """),
        Case(
            "saturate", 5, [3, 32, 32],
            """
            AAAAAMMTAra/AAAAygAyAALF5wAA4+gAAMa36AAA3vUAAMzLAAAAveoAAL7M5AAAyAAAAAC53wAAv8gAAADJAAAAAP8AAADFAAAA\
            As4AAACyAAAAAM8AAAC94wAAAMEAAAC0AwAAAAD2AAAA3wAAAM3CAAAAtAAAsbW5AAAAteYAAsDb8gAA4uEAALfiAAAAsgAAUmR1\
            5g1zeX8Aa2SAACZ66QAAOHp8AAB08N0AOd/2AABF394ATmMA6gBIbwAAN1T48SpAUdr9AFt/ACpMZwAAM1Vk+QBNcHP/N2Vb+ihB\
            bnkALmho6QBGX3QAO2BocThBZt/YO0tdbtgvYGbxMExm2gAzcH/yAEhk5+xLc2rbAE523PMAa2ru7St9cOIAVtjp+joCvuEAANHc\
            KCob6QAALcbjAAB5/AAALqnSACli9wAAK7DrKChsngAoVZ+w/VBhqwAAVnaZ+AAsoKsqLHesAFItv9wqUm+n7il2xrPiLnzM4you\
            tbT1KXHZwOkvjN/wK5DOxwB5crDT9lWr+AAAl+3gAIayz+wApNDVAACh0P8pmd30AAC3+/orK9L7AC52zAApLA==
            """),
        Case(
            "defocus-blur", 1, [1, 20, 24],
            """
            AF+CpWp2wiGIvLB2k7BFh83SmMe1Sp21FVbS0meLtFVntMRa0csrTq3PZaz5WY6+Koil/l9k5lKBsNp7kuVSkpIPb5f8
            """),
        Case(
            "defocus-blur", 2, [1, 20, 24],
            """
            AF+CpWp2wiGIvLB2k7BFh83Sl8e1Sp21FVbS0meLtFVmtMNa0csrTq3OZaz4WY6+Koil/V9k5VKBsNp7kuRSkpIRb5f5
            """),
        Case(
            "defocus-blur", 3, [1, 20, 24],
            """
            AGGDqGh3wSGIu7F3k7NEiMrRksS4SZ24F1nP0mSMt1RmtcBZzsssT67KZKnxWY3BK4Wl9l9l4FKArdt4keBTkZUacJfu
            """),
        Case(
            "defocus-blur", 4, [1, 20, 24],
            """
            AF+CpWt2wyGIvbB2k7BGh87Tmci1S561FVbT0miLtFZntMVb0ssrTq3QZq36Wo++Komm/19k51OCsdp8k+ZSk5IPb5j9
            """),
        Case(
            "defocus-blur", 5, [1, 20, 24],
            """
            AF+CpWt2wyGIvbB2k7BGh87Tmci1S561FVbT0miLtFZntMVb0ssrTq3QZq36Wo++Komm/19k51OCsdp8k+ZSk5IPb5j9
            """),
        Case(
            "glass-blur", 1, [1, 20, 24],
            """
            AF+CpWt2wyGXl62XfNtGh5bKOpzjVZ7OFULT1WCbwVZ2u89BjuEmSa3IZp76SX7vKonNAl+M51OCsflTk+ZDk4oGiqXO
            """),
        Case(
            "glass-blur", 2, [1, 20, 24],
            """
            AF+CpWt2wyGXl62Xir8xh862l7m1NqGtFVak7k2byVZupsI6kdorSajIZma8RZLZKkvN8UKJ/FN0jvxbiuZlc7MGW5gG
            """),
        Case(
            "glass-blur", 3, [1, 20, 24],
            """
            AF+CpWl2wSB3oq12ibApkMzIl5zSIrXMFVa81DOXtFRnpsFZx98mV8wJWav4Oo3tKlyA5kRh41Ffr/pbkdJjmrHbW5YG
            """),
        Case(
            "glass-blur", 4, [1, 20, 24],
            """
            AF+CpWt2wyF3veGGrcQxkJazWX+wVY6tFafI5TOLtFZB08Jci+EmYNDJXJnKJm3vKktm+muJzlNXptZTifVcZLPgU5wP
            """),
        Case(
            "glass-blur", 5, [1, 20, 24],
            """
            AF+CpWl2wSCIoeKVecFEiJTIOpvFU4fKFWij016L2lRBpttZi98mWM0AT9DJSX3MKlyAAkRh41Fxefp4asl0c6TbW6Pk
            """),
        Case(
            "motion-blur", 1, [1, 20, 24],
            """
            AGCDpmZ2uh6OurJzlbdCjszRl729Tpi0HWPJzV6VtVF1utBhzs02ULSkX6vvWITGLYOy9V5p4ld9v+B8meNYj5QNcZ/7
            """),
        Case(
            "motion-blur", 2, [1, 20, 24],
            """
            AGGEp3B7yCKQwbeBnrs5kMHTj77BRJfEJ2rKzWKgyFNotXdb0cstUa/Pa7KkYn3GNXmu72hyml94q+h1jJ5kiqQPbZb2
            """),
        Case(
            "motion-blur", 3, [1, 20, 24],
            """
            AWKFqGB4rxmVtbRxmcNFkMvOl7HCUJW5JnjBzVeevUqFwN9myM5EXL5pVqrfVnjSNH7F6mBy31h7zOd5m+Nch6YScaX0
            """),
        Case(
            "motion-blur", 4, [1, 20, 24],
            """
            AWOGqHN+yyWSvrmEob46kcDTjr3DRJfHK3LH0F+kzVFsul9a0covU7HQbrWdZHnJOnez7Wl3l2F3sOx1jJxnh6gPcZru
            """),
        Case(
            "motion-blur", 5, [1, 20, 24],
            """
            AWOGqV95rRiVs7RymsdJj8vNl6/CU5a9KH7Az1efwkmIwuJmxc5HY8JeVavZVXjTNX3I52B23Vl8zul2muVeg6oecKTy
            """),
        Case(
            "zoom-blur", 1, [1, 20, 24],
            """
            AF6AomKCvSCFtsd2jL5CjMHEjLzDRp+7FGDB22COvlJmtshTv9A5ULXLWZ/lUo3KKHah7lZs5U6CnOlwheFMj5RzdpXb
            """),
        Case(
            "zoom-blur", 2, [1, 20, 24],
            """
            AF5/oF+HuR+Gsc13icA9j7nGhbXGRJ68Gmm42VmPwk5nt81QtdZFU73KUZ7XTIbJKm6f5llx4E5+mutufdhShpihdZHU
            """),
        Case(
            "zoom-blur", 3, [1, 20, 24],
            """
            BGmDrGmItiKDs816icE7jbrKg7PGRJ+9JGW21VqPw05ot85Ss9VEUrvJUZrVTojMLW2c5llx31N/luptfNlWhpi1dpHV
            """),
        Case(
            "zoom-blur", 4, [1, 20, 24],
            """
            B3GEs3CLtyWEs8t9iMA6jrfKhLHFQ6G8KmW00VqQxExot9BSr9ZGUr3JT5jQTYjLMGqY5Flz3VV+ld1seNlZgpm7dI/Y
            """),
        Case(
            "zoom-blur", 5, [1, 20, 24],
            """
            CXaHt3SKtyaFssp+icA6jrfKg7HEQ6C8K2myz1eQxEpsttJXsNhIVL7JT5vNTIPIM2ua5V1x21d7mNtreNpaf5rDc5Da
            """),
        Case(
            "snow", 1, [1, 20, 24],
            """
            BmeLr3R/ziiRyLp/nbpOkNneo9O/U6i/G17e3XCUvl5vvtBj3dYyVrfbbrf/YpjJMZKw/2ds81uLu+WFnfJanZwVeKL/
            """),
        Case(
            "snow", 2, [1, 20, 24],
            """
            DHCV9X2I2S+b//iIp8VWmuXvrd7KW7LKImfq6XmeyWd47Nts6eE5Xtvnd8L/a6LUOJy7/3B1/32VxvGOp/7Bv6Ycgaz/
            """),
        Case(
            "snow", 3, [1, 20, 24],
            """
            DHC6un2I2S+b08WIp8VWneX/rd7KW77OImfq/3meyWfE/9ts6fWiccLnffL/a6LVXJ3C/3B1/2OVxvGOp/5iz6Ycgaz/
            """),
        Case(
            "snow", 4, [1, 20, 24],
            """
            HXn/zYaR5FSl//Knsfh4pP/2+Or/Y7zXWpL1/4Ko1KqB1v909O27Zs7/gs3/9qz/Qs3F/5h+/7To0f+Ysf95/7AzjLb/
            """),
        Case(
            "snow", 5, [1, 20, 24],
            """
            Ga+s/4+b/0Sv8v+bu/9mrv//wfX/bMfgMHj//5uy/72w3/99//hXb+n/stf/lrbqj7DQ/9uH/6Su3P/ru/+gvrou3cD/
            """),
        Case(
            "fog", 1, [1, 20, 24],
            """
            FmmQp3CBxTCLwK15mbFOisvHlcSxUZyzIVzLxmeMr1VpsLhcxsAwVai/ZablVou0KYOg51to1kp/qsh2kNVOjpAfbpXo
            """),
        Case(
            "fog", 2, [1, 20, 24],
            """
            K3GdrHWKyEGOw698nbNYjcfBk72wWZuvMWXAvWmMqVhvp69fuLQ3W5+yZJ3QU4WpKnuY0VZpw0B3n7htisNJho0vaZHT
            """),
        Case(
            "fog", 3, [1, 20, 24],
            """
            bXtccZBsem2Nfn2QeXZ7hYmVnZZ+eY6CXW+ekoSBhX5yjIx1ppNeYYWXdY6tcoSLVoeErnBonmqFg5d8e5pkgmwlb3Sm
            """),
        Case(
            "fog", 4, [1, 20, 24],
            """
            PWtXcHNndU1+d3l8dnVgf4WPjpJ/Z4qBRm6akHiAg252i41zn49hZIKZd4epfX6JeIOAr31jn5VzgqCEd6KBe3M/dHWw
            """),
        Case(
            "fog", 5, [1, 20, 24],
            """
            Q01Cg2JDcVNdYIlpUXpiWW+jcW6MZFx1Wk53rm1khXNWc7toj6VlXYbMb4/Ieoaob4qh3H+Fz3WWt9aNoNV1oaaFiKHk
            """),
        Case(
            "brightness", 1, [1, 20, 24],
            """
            DGuOsXeCzy2UybyCn7xSk9rfpdTBV6rBIWLf3nSXwGJzwNFn3tc3Wrnccrn/ZpvKNpWy/2tw81+OveaIn/Jen54be6T/
            """),
        Case(
            "brightness", 2, [1, 20, 24],
            """
            GXibvoSP3Dqh1smPrMlfoOfssuHOZLfOLm/s64GkzW+Azd506+REZ8bpf8b/c6jXQ6K//3h9/2ybyvOVrP9rrKsoiLH/
            """),
        Case(
            "brightness", 3, [1, 20, 24],
            """
            JoWoy5Gc6Ueu49acudZsrfT5v+7bccTbO3z5+I6x2nyN2uuB+PFRdNP2jNP/gLXkUK/M/4WK/3mo1/+iuf94ubg1lb7/
            """),
        Case(
            "brightness", 4, [1, 20, 24],
            """
            M5K12J6p9lS78OOpxuN5uv//zPvoftHoSIn//5u+54ma5/iO//5egeD/meD/jcLxXbzZ/5KX/4a15P+vxv+FxsVCosv/
            """),
        Case(
            "brightness", 5, [1, 20, 24],
            """
            TKvO8bfC/23U//zC3/yS0///5f//l+r/YaL//7TX/6Kz//+n//93mvn/svn/ptv/dtXy/6uw/5/O/f/I3/+e395bu+T/
            """),
        Case(
            "contrast", 1, [1, 20, 24],
            """
            ImqEnnN7tTuIsKZ7kaZXiL3BlbiqW5mqMmPBwHCLqWNwqbZnwLtDXaS+b6TeZo6xQomf4mpt0GGEp8Z/kc9gkZAudpTg
            """),
        Case(
            "contrast", 2, [1, 20, 24],
            """
            RXWGmHuAp1aJpJ2Aj51oiayvkqmga5SgUHCvrnmLn3B5n6hzrqtbbJyteJzCco2kWoqYxXV3uW+GnrKDj7huj45NfZHE
            """),
        Case(
            "contrast", 3, [1, 20, 24],
            """
            U3mHlX6CoWCKn5qCjppviaaokKOccZKcXHaop32Lm3Z8m6J4p6RkcpimfJi3d4yfZIqWuXl7sHSHmqqFjq90jo5ZgJC4
            """),
        Case(
            "contrast", 4, [1, 20, 24],
            """
            YX6Ik4GFnGuKmpaFjZZ2ip+gj52XeJGXZ3ugoICLl3uAl5x8oJ5ueZWggJWsfIyaboqTrn5/pnqIlqOGjaZ6jY1mgo+t
            """),
        Case(
            "contrast", 5, [1, 20, 24],
            """
            doSKj4aIk3uLkpGIjJGBipWWjZSRgY6ReYOWloaLkYOGkZSElpV9gpCVhZCchIyTfIuPnISFmYOKkZeJjJmCjIx4h42c
            """),
        Case(
            "elastic", 1, [1, 20, 24],
            """
            I3Oiwgh6vgGKrb18m8cfjsnVirXIMZ7JPFPDcyyR2DNGvso+rsowWruDWI1tN37RRF+a4jiG2URwlFJdb95LaJyUZI14
            """),
        Case(
            "elastic", 2, [1, 20, 24],
            """
            G3aj0CmAtQd2kK19gsgrirm+hKrFSZPCNW2y0ViRyyBVyslCrdlSVskxQpjJPojUPlumZlp85jhtlttjduVVb54hdJ23
            """),
        Case(
            "elastic", 3, [1, 20, 24],
            """
            F3GG0SV+miyBpa5JicQhoLO2Tq/KNajLTFu7zkmQxzdny9VEptgrUMOJYp3FSIPWTXKtjlNv5j9xpuRnhr9kfKfacpWz
            """),
        Case(
            "elastic", 4, [1, 20, 24],
            """
            GIOQs3R+uR2GtrNomMQ3lbrCXq/VOJnHVVywyESS1zZjw8hUssopZ79YaI6xVYPTV2yufGF020t0l+BoepNGcqCRc5jh
            """),
        Case(
            "elastic", 5, [1, 20, 24],
            """
            FmuFr1aHtDCKrLN4ocE4k7zIfbfNQ5PCG1mwzEmP3FFVx7dGl8kzdMSGZXrkV3zXOnKg5ll34kl6lehreeJbd6nAeJ2o
            """),
        Case(
            "pixelate", 1, [1, 20, 24],
            """
            AF+CpWt2viGIvbCCk7BGh87Tasi1S57KFVbT0miLu1tgwsdaztMrTq3QYa36Wo/HKomm/19k2VOCsdpwk+ZSk5IPdpj9
            """),
        Case(
            "pixelate", 2, [1, 20, 24],
            """
            AF+CpT98wyGIvbB2iLxOg77YhsHLP561FVbT0k6mtFZntMVbsssrTq3QZq31Y4++LH+Q/lZw8lOCsdp8f3tSk5IPb5jm
            """),
        Case(
            "pixelate", 3, [1, 20, 24],
            """
            AF+Fo2t2wymLsbKHj7g0ms7TmcjHN561FVbK3GiLtFtexMdLztMuTK3QZq2AUo++Komv9F9k51h+nNxsj+5qfJIPb5j3
            """),
        Case(
            "pixelate", 4, [1, 20, 24],
            """
            AF+AqHl4shqQsMmCk7A4ls7TXbLSQZ7GFVa8yWiLu1lgwslaztMpUa3QYbP6ZYTcKXOhql9k2WWCsepymN9WjaMLdpL9
            """),
        Case(
            "pixelate", 5, [1, 20, 24],
            """
            CXKRxTV5rSGRtbmHi8c8kLvCisjFS53EKmu+1E6mtDxexGZLr9ErTLDOYJfvV5HWNn6v/1123T95lOl8f3tah6x7dZGr
            """),
        Case(
            "jpeg", 1, [1, 20, 24],
            """
            AGCIpWx5viV9uat9maZIgsPUmr6tS5y3Elvb1nWNwVVwuMNaycQzW67HaaL6ZJjEMI+d9GNn5FCHsN10kORcmY0fd57/
            """),
        Case(
            "jpeg", 2, [1, 20, 24],
            """
            AGd/mlh9wQ+CtLRuk75Ghc/tj8G0Y6PNG1LfvVmVw1NfwNVh278vR5fHW53yWp6zL46o/mBt1UuDrM1wjeJHpJ8KeJX8
            """),
        Case(
            "jpeg", 3, [1, 20, 24],
            """
            AFp/o2d+wwp6sbx+mNpWgcLYhsDEQZ/THlXj2FmJrFhdvsBO57QnRpS3YZj/XKCrQ4uy/19z2010rNpwlOJMlZsAfI/d
            """),
        Case(
            "jpeg", 4, [1, 20, 24],
            """
            AF+Qrml1wh5+u7OVmb5HgrvYcLXHS5/GGWba3VuUn2Jiu99J3sYcNajWWJz8YJq4PZqr/1tm2llyod1jmPVXi54AcpLl
            """),
        Case(
            "jpeg", 5, [1, 20, 24],
            """
            BHCbr2F4wS9ttqiKj789hr7feLjGQ5/DGW/p3l6Vh2NwxrU/yaA+UrO3UpX/TZLiLHiw91Nv62VzpNJro/9aiakAfZDx
            """),
        Case(
            "gaussian-blur", 1, [1, 20, 24],
            """
            AF+CpWp2wiGIvLB2k7BFh83SmMe1Sp21FVbS0meLtFVntMRa0csrTq3PZaz5WY6+Koil/l9k5lKBsNp7kuVSkpIPb5f8
            """),
        Case(
            "gaussian-blur", 2, [1, 20, 24],
            """
            AGCCpmh3wSCIu7F3k7NEiMrSksS4SZ24FlnP0mSMt1RmtcBZzsssT67KZKnxWY3BKoWl9l9l4FKArdt4keBTkZUUb5f1
            """),
        Case(
            "gaussian-blur", 3, [1, 20, 24],
            """
            AWGDqGZ5viCIubR5k7dBisbRisC8R528GFzL0mCPu1Fmt7lXycsvUrHEYqbmWYrFK4Gl7F9o2FJ+qd10j9pVj5kccJfr
            """),
        Case(
            "gaussian-blur", 4, [1, 20, 24],
            """
            AWOEqmJ8uyCItrd6k7s/jcLPg7vBRZ3AGmDG0VuSwE5murNUw8syVbS9X6LaWYfKLHyk4l9r0VJ8pd5wjNJYjJ0lcZfh
            """),
        Case(
            "gaussian-blur", 5, [1, 20, 24],
            """
            A2eFrlx/tyCKs7t7k8E7kLzNerTIQ5vEHWW/0VSWx0lmvatRucs2WbiyXJ3IV4LRLnWk1V9vyVB6od1sicVbiaM1cZfV
            """),
    ]
}
