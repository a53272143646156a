// SPDX-License-Identifier: Apache-2.0
// Made by Scripts/fixtures/pillow.py with Pillow 13.0.0. Do not edit.

import Foundation
import OcellusModel

/// Results of Pillow.
enum PillowFixtures {
    struct Resize: Sendable {
        let width, height, channels, outputWidth, outputHeight: Int
        let fit: ImageFitting.Fit
        /// Planar, base64.
        let expected: String
    }

    static let resizes: [Resize] = [
        Resize(
            width: 23, height: 17, channels: 3, outputWidth: 8,
            outputHeight: 8, fit: .crop,
            expected: """
                MG2jW5R1Y5pEhKphnoiBf1ufgnt8hYqAca9omnqWcoWIqFGScHKMb5+daaCHfpebtXZ9bZGJdHC6bpl4jXWJiYW5aIhbiINvmbBN\
                nXSSbYiwhFqUaXh9db1mc5iJeZWKt0WTZ35yaHCqVp9xlneCeXphnGmOdHSVTniNgm6dcG7DUG2hbn10jbZDiX6Mdo58ckuocYhz\
                bJY/ZKNnl4uEbjqAkXFrgpCSSZtkjneVeWhfomSZfm2Pg3OfVJZ9dWaB
                """),
        Resize(
            width: 17, height: 23, channels: 1, outputWidth: 8,
            outputHeight: 8, fit: .crop,
            expected: """
                Hzpxt2mgg5IvTomnXo55bkBjonV2loyJUHe7aI9repZhja1VnX2eeXKhsWGRcXuHg7Z3dYONeWSTtFmPYXt9fw==
                """),
        Resize(
            width: 31, height: 20, channels: 1, outputWidth: 7,
            outputHeight: 5, fit: .crop,
            expected: """
                Nop+goCDiVqOhoGBfX6AgoOEgH+CmH6Dh4CDg5p3fXiBfIQ=
                """),
        Resize(
            width: 40, height: 9, channels: 1, outputWidth: 6,
            outputHeight: 5, fit: .stretch,
            expected: """
                OH55hYZoR32EiYh0WI6DcnqBZH6Fh3Z3bIx/dYZr
                """),
        Resize(
            width: 40, height: 9, channels: 3, outputWidth: 6,
            outputHeight: 5, fit: .stretch,
            expected: """
                OH55hYZoR32EiYh0WI6DcnqBZH6Fh3Z3bIx/dYZrgX11ZXR5hYJ/gnaAkH5+d352kn97c3Vvk3+LinaBoHyBmod/on5/eYx0mnqB\
                h35xh4J6dXWCiIGIgImA
                """),
        Resize(
            width: 5, height: 4, channels: 3, outputWidth: 11,
            outputHeight: 13, fit: .stretch,
            expected: """
                AAECBAgMExojLDAAAQIECAwTGiMsMAIDBAYKDhUdJi8zBAUHCQ0RGCApMjYGBwkLDxQbIyw2OggJCw4SFx4mLzk9CwwOEBUaISky\
                PUENDhASFxwkKzVARA8QEhUaHycuOENHERIUFx0iKjE8R0sTFBcaICUtND9KThUWGRwiJy83Qk1RFRYZHCInLzdCTVFVVldZXWFo\
                b3iBhVVWV1ldYWhveIGFV1hZW19janJ7hIhZWlxeYmZtdX6Hi1tcXmBkaXB4gYuPXV5gY2dsc3uEjpJgYWNlam92foeSlmJjZWds\
                cXmAipWZZGVnam90fIONmJxmZ2lscnd/hpGcoGhpbG91eoKJlJ+jamtucXd8hIyXoqZqa25xd3yEjJeipqqrrK6ytr3Ezdbaqqus\
                rrK2vcTN1tqsra6wtLi/x9DZ3a6vsbO3u8LK09zgsLGztbm+xc3W4OSys7W4vMHI0Nnj57W2uLq/xMvT3Ofrt7i6vMHGztXf6u65\
                ury/xMnR2OLt8bu8vsHHzNTb5vH1vb7BxMrP197p9Pi/wMPGzNHZ4ez3+7/Aw8bM0dnh7Pf7
                """),
        Resize(
            width: 64, height: 64, channels: 3, outputWidth: 3,
            outputHeight: 2, fit: .stretch,
            expected: """
                f4CBgH9+f31/f4GBf4CCgYGD
                """),
        Resize(
            width: 9, height: 9, channels: 1, outputWidth: 9,
            outputHeight: 9, fit: .crop,
            expected: """
                AAMMGzBLbJPABwsVJTtXeaHPDhMeL0Zjhq/eFRsnOVFvk73tHCMwQ1x7oMv8Iys5TWeHrdkLKjNCV3KTuucaMTtLYX2fx/UpOENU\
                a4ir1AM4
                """),
        Resize(
            width: 30, height: 20, channels: 3, outputWidth: 9,
            outputHeight: 9, fit: .pad,
            expected: """
                AAAAAAAAAAAAF1OOe3uHf4qDMXaLhoaAeYF/TZF1iYB6eIF+aZ56g4WOgH9+hpt9f4R/goSGnIB7d3Z9dYOEAAAAAAAAAAAAAAAA\
                AAAAAAAAAAAAAAAAAAAAbKB1gnx4cHN7hqJvgH98e3Z5oox3fH2Bf3x9uX2FgXt6gXp1umeHgnp9enpznWl+eXiSe3aKAAAAAAAA\
                AAAAAAAAAAAAAAAAAAAAAAAAAAAAwYl3f32CiouTyGSKfHyEfnt4r1aLfYmBgIKGXGx6h396dX10NIR3hXiBfoeESYt0fIh0hYVx\
                AAAAAAAAAAAAAAAAAAAAAAAA
                """),
        Resize(
            width: 3, height: 30, channels: 1, outputWidth: 6,
            outputHeight: 7, fit: .pad,
            expected: """
                AAAVAAAAAAA0AAAAAABXAAAAAAB5AAAAAACbAAAAAAC+AAAAAADAAAAA
                """),
    ]

    struct Filtered: Sendable {
        let width, height, channels, outputWidth, outputHeight: Int
        let resampling: ImageFitting.Resampling
        /// Planar, base64.
        let expected: String
    }

    /// Stretched.
    static let filtered: [Filtered] = [
        Filtered(
            width: 23, height: 17, channels: 3, outputWidth: 8,
            outputHeight: 9, resampling: .bicubic,
            expected: """
                CDGRdItijYgWRaRriYWIeyZcqnmPk3JUNXSgdHx5mZZEi3mEkIFib1OihH9pioiIZKlql5eAnoJzuGx1gYdkYoatc5d8fpOXXY2l\
                bGeLcEdrpHeEinWHgnuybX13e3eNjLtUnnaJfW+goVWAhnONmrGpZ5Jogl9hwoR1fJN1jobPb4x3hGmQgshKjnyGimR2t7VKmHZ2\
                iZ/KqFCVf4Z6att2bIOFbJSV2ECGkHeAdXrRP5pxi5p/bZY/jmptfZiOS1Waf5WHWmUccoKAdX2VliqHdoSHZHdm
                """),
        Filtered(
            width: 23, height: 17, channels: 3, outputWidth: 8,
            outputHeight: 9, resampling: .lanczos,
            expected: """
                By2UdIdfjo8WQ6ZuiYSIfCRdqnqQk3FLMXmfb4F0nps/kXl/l39ccE2oh3pjj4qHYKptlJt/oIRxuW5ygIlhX4erdJ10fpiZWZGk\
                aGiLcUFmrHd+lHGKhni2bnV6e3KQi71ToHKPfWqknVWBhHKPobalZJpgf15eyIVuhJN1lIbWaod7g2KRhclKjXuHjF12urRImnVz\
                iaPQpEuaeop5Z+Jya4eAbpOb3DuDl3V8d3rUOZt0jJqBapQ6kGdsfJuPSVWcfJ6HUWQWd4N9dHubmCSNeHqKZHhm
                """),
        Filtered(
            width: 5, height: 4, channels: 3, outputWidth: 11,
            outputHeight: 13, resampling: .bicubic,
            expected: """
                AAAAAwYLERgjLTEAAAEEBwwSGSQuMgEBAgUJDhQbJjA0AwMFCAwQFx4pMzcGBggLDxQbIi03PAgICg4SFx4lMDo/CwoNEBQaISgz\
                PUMNDQ8SFhwjKzZBRg8PERUZHyYuOURJERIUGBwjKjI9SU4TFRcbHyUsNUFMURQWGBwhJy43Q05TFRcZHSIoLzhET1RUVFVYW2Bm\
                bXiChlVVVllcYWdueYOHVlZXWl5jaXB7hYlYWFpdYWVsc36IjFtbXWBkaXB3goyRXV1fY2dsc3qFj5RgX2JlaW92fYiSmGJiZGdr\
                cXiAi5abZGRmam50e4OOmZ5mZ2ltcXh/h5Keo2hqbHB0eoGKlqGmaWttcXZ8g4yYo6hqbG5yd32EjZmkqampqq2wtbvCzdfbqqqr\
                rrG2vMPO2Nyrq6yvs7i+xdDa3q2tr7K2usHI093hsLCytbm+xczX4eaysrS4vMHIz9rk6bW0t7q+xMvS3eftt7e5vMDGzdXg6/C5\
                ubu/w8nQ2OPu87u8vsLGzdTc5/P4vb/BxcnP1t/r9vu+wMLGy9HY4e34/b/Bw8fM0tni7vn+
                """),
        Filtered(
            width: 5, height: 4, channels: 1, outputWidth: 11,
            outputHeight: 13, resampling: .lanczos,
            expected: """
                AAAAAgYLEBgkLTEAAAEDBwwRGSUuMgEBAgQIDRIbJzA0AwMFBwsQFR4qMzcGBggLDxQZIi43OwkJCw4SFxwlMTtACwsNEBUaHyg0\
                P0MMDA4SFxwiKzdCRg8PERUaHyUuO0ZLEhIUGB0jKTI/Sk8UFBcbICYsNUJNUhUVGBwhJy02RE9UFhYZHSIoLjdFUFU=
                """),
        Filtered(
            width: 64, height: 40, channels: 1, outputWidth: 3,
            outputHeight: 2, resampling: .lanczos,
            expected: """
                foCBgYB/
                """),
        Filtered(
            width: 40, height: 9, channels: 1, outputWidth: 7,
            outputHeight: 9, resampling: .bicubic,
            expected: """
                HpGFb4xwdCtyaY+Bl1Q0gX6rlnpxPpGOTnuPfkegomxzcoZSeGuClWiCXIeAnm54gGWYgYl0f1hnfppSj4Vy
                """),
        Filtered(
            width: 1, height: 1, channels: 1, outputWidth: 4,
            outputHeight: 4, resampling: .lanczos,
            expected: """
                AAAAAAAAAAAAAAAAAAAAAA==
                """),
    ]

    /// The pattern of 13×7×3 as gray, planar, base64.
    static let gray = """
        RUhRYHWQlLtShXGTQkxQWmqAf6HJYUiCpVVTWGN0i4uuQXBYk7doWmBsfpaXu09/aIfJe2FodYiEo8hdjniYRY5ocH6Sj68/a1CI\
        qVdUb3iHf5q7THlfmLppZw==
        """

    struct JPEG: Sendable {
        let name: String
        let width, height, channels: Int
        /// The file and its interleaved pixels, base64.
        let file, expected: String
    }

    static let jpegs: [JPEG] = [
        JPEG(
            name: "baseline colour, 4:2:0", width: 19, height: 13, channels: 3,
            file: """
                /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMU\
                FRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU\
                FBQUFBQUFBT/wAARCAANABMDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF\
                BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW\
                V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi\
                4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAEC\
                AxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm\
                Z2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq\
                8vP09fb3+Pn6/9oADAMBAAIRAxEAPwD528I+DfufJ+le1eEfBv3Pk/Sk8I6Fb/J/hXtXhHQrf5P8K+m/s9Hz315mRa+Df9Hj+Tt6\
                UV7Ta6Fb/Z4/p6UUf2eg+vM//9k=
                """,
            expected: """
                JSksKS0wLzM2NDg7OT1APkJFREhLSExPTVFUUVVYV1teXGBjYWVoZmpta29yb3N2dHh7en6Bf4OGKy4zLjM3NTg9OT5CPkFGQ0hM\
                SUxRTFFVU1ZbVltfXF9kYWZqZmluam9zcXR5dHl9en2Cf4SIhIeMLzQ6MTg+OT5EPENJQkdNRk1TTVJYT1ZcV1xiWWBmYGVrZGtx\
                am91bXR6dXqAd36EfoOJgomPiY6UMTpDNT5HO0RNQElSRU5XSlNcUFliVF1mWWJrXWZvY2x1aHF6bHV+cnuEd4CJe4SNgImSho+Y\
                i5SdN0FLO0VPQEpURlBaSlReT1ljVV9pWWNtXmhyYmx2aHJ8bXeBcnyGd4GLfYeRgYuVhpCai5WfkJqkOUdUPUtYQ1FeSFZjTFpn\
                UmBtV2VyW2l2YW98ZXOAaniFcH6LdIKPeYeUf42ag5GeiJajjpypkqCtO0xeP1BiRVZoSlttTl9xVGV3WWp8XW6AY3SGZ3iKbH2P\
                coOVdoeZe4yegZKkhZaoiputkKGzlKW3PlNoQldsR1xxTGF2UWZ7VmuAXHGGYHWKZXqPaX6Tb4SZdImeeY6jfpOohJmuiJ2yjaK3\
                kqe8l6zBQFhwRFx0SmJ6T2d/VGyEWXGJX3ePY3uTaICYbISccoqid4+nfJSsgZmxhp62i6O7kKjAla3FmrLKQ155SGN+TWiDUm2I\
                V3KNXHeSYn2YZoGca4ahb4qldZCrepWwf5q1hJ+6iqXAjqnEk67JmLPOnbjTRmOBS2iGUG2LVXKQWneVX3yaZYKgaYakboupco+t\
                eJWzfZq4gp+9h6TCjarIka7MlrPRm7jWoL3bS2mLTW6NVXOVWHmYXnyeYoOiaYepa4yrc5GzdZa1fJq8gKHAhqTGiarJka/Rk7TT\
                mrjanr/epcPlTm+SUXSUWHmcXH+fYoOmZompbY6xcJOzdpe6eZy8gKHEhKfHiqvOjrHRlbbZmLvbnr/iosXlqMns
                """),
        JPEG(
            name: "baseline colour, 4:4:4", width: 19, height: 13, channels: 3,
            file: """
                /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMU\
                FRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU\
                FBQUFBQUFBT/wAARCAANABMDAREAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF\
                BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW\
                V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi\
                4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAEC\
                AxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm\
                Z2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq\
                8vP09fb3+Pn6/9oADAMBAAIRAxEAPwD528I+DfufJ+len9WPP+sHtXhHwb9z5P0o+rB9YPUrXwb/AKPH8nb0o+rB9YPLPCOhW/yf\
                4V9N7KJ877VntXhHQrf5P8KPZRD2rPUrXQrf7PH9PSj2UQ9qz//Z
                """,
            expected: """
                KCgqLCwuMjI0Nzc5PDw+QUFDR0dJS0tNUFBSVFRWWlpcX19hZGRmaWlrbm5wcnJ0d3d5fX1/goKELS4yMTI2Nzg8PD1BQEFFRkdL\
                S0xQT1BUVVZaWVpeXl9jZGVpaGltbW5yc3R4d3h8fH2BgoOHhoeLLzQ6Mzg+OT5EPkNJQkdNSE1TTVJYUVZcV1xiW2BmYGVrZmtx\
                am91b3R6dXqAeX6EfoOJhImPiY6UMTpDNT5HO0RNQElSRU5XSlNcUFliVF1mWWJrXWZvY2x1aHF6bHV+cnuEd4CJe4SNgImSho+Y\
                i5SdNUFNOUVRPkpWRFBcSFRgTVllU19rV2NvXGh0YGx4ZnJ+a3eDcHyIdYGNe4eTf4uXhJCciZWhjpqmN0dXO0tbQVFhRlZmSlpq\
                UGBwVWV1WWl5X29/Y3ODaHiIbn6OcoKSd4eXfY2dgZGhhpamjJyskKCwOk1ePlFiRFdoSVxtTWBxU2Z3WGt8XG+AYnWGZnmKa36P\
                cYSVdYiZeo2egJOkhJeoiZytj6Kzk6a3PlNmQldqR1xvTGF0UWZ5Vmt+XHGEYHWIZXqNaX6Rb4SXdImceY6hfpOmhJmsiJ2wjaK1\
                kqe6l6y/QFhwRFx0SmJ6T2d/VGyEWXGJX3ePY3uTaICYbISccoqid4+nfJSsgZmxhp62i6O7kKjAla3FmrLKRF55SWN+TmiDU22I\
                WHKNXXeSY32YZ4GcbIahcIqldpCre5WwgJq1hZ+6i6XAj6nElK7JmbPOnrjTRmOBS2iGUG2LVXKQWneVX3yaZYKgaYakboupco+t\
                eJWzfZq4gp+9h6TCjarIka7MlrPRm7jWoL3bSWqLTW6PU3SVWHmaXH2eYoOkZ4ipa4ytcZKzdZa3epu8gKHChKXGiarLj7DRk7TV\
                mLnanr/go8TlTW+UUXOYV3meXH6jYYOoZoitbI6zcJK3dZe8eZvAf6HGhKbLiavQjrDVlLbbmLrfnb/kosTpp8nu
                """),
        JPEG(
            name: "progressive colour", width: 19, height: 13, channels: 3,
            file: """
                /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMU\
                FRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU\
                FBQUFBQUFBT/wgARCAANABMDASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAAAAYEB//EABUBAQEAAAAAAAAAAAAAAAAAAAAF\
                /9oADAMBAAIQAxAAAAHnVqtac7GtR//EABkQAAMBAQEAAAAAAAAAAAAAAAACBAMSIv/aAAgBAQABBQKSMkjFj8yYKSYKLgvP/8QA\
                FREBAQAAAAAAAAAAAAAAAAAAABP/2gAIAQMBAT8Buu//xAAVEQEBAAAAAAAAAAAAAAAAAAAAFP/aAAgBAgEBPwGdO//EABYQAQEB\
                AAAAAAAAAAAAAAAAAAEQAP/aAAgBAQAGPwKFN//EABgQAAMBAQAAAAAAAAAAAAAAAAAhMRBB/9oACAEBAAE/IZomjmCgpkP/2gAM\
                AwEAAgADAAAAEMcf/8QAFREBAQAAAAAAAAAAAAAAAAAAABH/2gAIAQMBAT8QpT//xAAVEQEBAAAAAAAAAAAAAAAAAAAAEf/aAAgB\
                AgEBPxCEP//EABcQAQEBAQAAAAAAAAAAAAAAAADxUYH/2gAIAQEAAT8QhobgcRUVxGP/2Q==
                """,
            expected: """
                JSksKS0wLzM2NDg7OT1APkJFREhLSExPTVFUUVVYV1teXGBjYWVoZmpta29yb3N2dHh7en6Bf4OGKy4zLjM3NTg9OT5CPkFGQ0hM\
                SUxRTFFVU1ZbVltfXF9kYWZqZmluam9zcXR5dHl9en2Cf4SIhIeMLzQ6MTg+OT5EPENJQkdNRk1TTVJYT1ZcV1xiWWBmYGVrZGtx\
                am91bXR6dXqAd36EfoOJgomPiY6UMTpDNT5HO0RNQElSRU5XSlNcUFliVF1mWWJrXWZvY2x1aHF6bHV+cnuEd4CJe4SNgImSho+Y\
                i5SdN0FLO0VPQEpURlBaSlReT1ljVV9pWWNtXmhyYmx2aHJ8bXeBcnyGd4GLfYeRgYuVhpCai5WfkJqkOUdUPUtYQ1FeSFZjTFpn\
                UmBtV2VyW2l2YW98ZXOAaniFcH6LdIKPeYeUf42ag5GeiJajjpypkqCtO0xeP1BiRVZoSlttTl9xVGV3WWp8XW6AY3SGZ3iKbH2P\
                coOVdoeZe4yegZKkhZaoiputkKGzlKW3PlNoQldsR1xxTGF2UWZ7VmuAXHGGYHWKZXqPaX6Tb4SZdImeeY6jfpOohJmuiJ2yjaK3\
                kqe8l6zBQFhwRFx0SmJ6T2d/VGyEWXGJX3ePY3uTaICYbISccoqid4+nfJSsgZmxhp62i6O7kKjAla3FmrLKQ155SGN+TWiDUm2I\
                V3KNXHeSYn2YZoGca4ahb4qldZCrepWwf5q1hJ+6iqXAjqnEk67JmLPOnbjTRmOBS2iGUG2LVXKQWneVX3yaZYKgaYakboupco+t\
                eJWzfZq4gp+9h6TCjarIka7MlrPRm7jWoL3bS2mLTW6NVXOVWHmYXnyeYoOiaYepa4yrc5GzdZa1fJq8gKHAhqTGiarJka/Rk7TT\
                mrjanr/epcPlTm+SUXSUWHmcXH+fYoOmZompbY6xcJOzdpe6eZy8gKHEhKfHiqvOjrHRlbbZmLvbnr/iosXlqMns
                """),
        JPEG(
            name: "baseline gray", width: 19, height: 13, channels: 1,
            file: """
                /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMU\
                FRUVDA8XGBYUGBIUFRT/wAALCAANABMBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF\
                BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW\
                V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi\
                4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APl/wjon3Plr2vwjon3Plr1G10T/AEeP5e1fPvhHT4/kr2vwjp8fyV6ja6fH9nj+\
                lf/Z
                """,
            expected: """
                KC0yNzxBR0tRVVpgZGlvc3h9gisvNTo/RElOU1ddYmdscnZ6gIUuMzg9QkdNUVdbYGZqb3V5foOIMTY7QEVKUFRaXmNpbXJ4fIGG\
                izQ4PkNITVJXXGBma3B1e3+DiY43O0FGS1BVWl9jaW5zeH6ChoyROj9ESU5TWV1jZ2xydnuBhYqPlD1BR0xRVltgZWlvdHl+hIiM\
                kpdBRUtQVVpfZGltc3h9goiMkJabQ0dNUldcYWZrb3V6f4SKjpKYnUZKUFVaX2VpbnJ4fYKHjZGVm6BJTVNYXWJobHF2e4CFipCU\
                mZ6jTFBVW19kam50eH2Dh4ySlpugpQ==
                """),
        JPEG(
            name: "progressive gray", width: 19, height: 13, channels: 1,
            file: """
                /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMU\
                FRUVDA8XGBYUGBIUFRT/wgALCAANABMBAREA/8QAFQABAQAAAAAAAAAAAAAAAAAABgf/2gAIAQEAAAABl7VTPmqn/8QAGhAAAgMB\
                AQAAAAAAAAAAAAAAAAMBAgQSIv/aAAgBAQABBQLIkyJKp85FwZFwVXHP/8QAFhABAQEAAAAAAAAAAAAAAAAAARAA/9oACAEBAAY/\
                AoU3/8QAGBAAAwEBAAAAAAAAAAAAAAAAACExEEH/2gAIAQEAAT8hmiaOYKCmQ//aAAgBAQAAABBL/8QAFhABAQEAAAAAAAAAAAAA\
                AAAAEIEA/9oACAEBAAE/EBmiERgN/9k=
                """,
            expected: """
                KC0yNzxBR0tRVVpgZGlvc3h9gisvNTo/RElOU1ddYmdscnZ6gIUuMzg9QkdNUVdbYGZqb3V5foOIMTY7QEVKUFRaXmNpbXJ4fIGG\
                izQ4PkNITVJXXGBma3B1e3+DiY43O0FGS1BVWl9jaW5zeH6ChoyROj9ESU5TWV1jZ2xydnuBhYqPlD1BR0xRVltgZWlvdHl+hIiM\
                kpdBRUtQVVpfZGltc3h9goiMkJabQ0dNUldcYWZrb3V6f4SKjpKYnUZKUFVaX2VpbnJ4fYKHjZGVm6BJTVNYXWJobHF2e4CFipCU\
                mZ6jTFBVW19kam50eH2Dh4ySlpugpQ==
                """),
        JPEG(
            name: "CMYK", width: 19, height: 13, channels: 3,
            file: """
                /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUV\
                FQwPFxgWFBgSFBUU/8AAFAgADQATBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIB\
                AwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZH\
                SElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV\
                1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD6d8Xa39/5q+gfF3jf7/7z9a9l8XfFL7/779a9J8XfG37/\
                APpH614r4u1v7/zV4r4u8b/f/efrXivi74pff/ffrXivi742/f8A9I/WvLbrW/8ASJPm715bdeN/9Ik/ed/WvLbr4pf6RJ++7+te\
                W3Xxt/0iT/SO/rX0F4u1CT569I8XeIbn5+f1q94u8Y3vz8/rXJ+LviFqXz8/+PV4r4u1CT568V8XeIbn5+f1rxXxd4xvfn5/WvFf\
                FnxB1Ilhu6/7VeW3WoSfaJPrXlt14huftEnPf1ry268Y3v2iTnv61w0niO/kcsZyCa//2Q==
                """,
            expected: """
                tLS0ra6upaWlm5yclZWVjo6OhYWFf39/eHh4c3Nza2trZGRkXl9eWFhYUVJRTU1NR0hHQkJCPT09qaakop+emZeUkY+NioiFg4B+\
                e3l3dXNxbmxqaWdlYV9eW1lYVlRSUE5MSkhHRkRCQT89Ozk4NjUzm5eSlZCMjIiEhIF8f3t3d3NvcGxoamdjY2BcXltXWFVRUk5L\
                TUlGR0RBQT47PTo3ODYzMzEuLywqkIqEiYR+gnx2enVvdG5pbWhiZmFbYVtWWlZRVlFMT0pGSUVBREA8Pzs3OTYyNTIuMS4qLSkm\
                KCUihXx1f3dvd29ocGhiaWNcY1xWXFVPV1FLUUtFTUZBRkE7QTw2PDcyNzIuMy4pLyomKiYiJiIeIh4benBndGtibGRbZl1VYFhQ\
                WVJKU0tFTkdASEE7RD03PjgyOTMtNS8qMCslKyYhKCMeJB8bIBsXHBkVbWRaaF9UYlhPWlJJVU1EUEc/SUE5RT01PzgxOzQtNi8o\
                MSslLSchKCMdJB8ZIRwXHRgUGRURFhIPZFhOX1RKV01DUUc+TEM5Rj41QDgvPDQsNy8oMywlLicgKSMdJiAaIRwXHhgTGxYRFxMP\
                FBAMEQ0KWU5CVEo+TUM4Rz40QjkwPTQrNy8nMyskLicgKyQdJiAZIhwWHxkUGxYRFxMOFBAMEQ0JDgsIDAkGT0Q4Sj81RDkvPjUr\
                OTAnNCwjLycfKyQcJh8YIxwWHxkTGxYQGBMOFRAMEQ0JDgsICwgGCQcEBwUDRTkvQTYrOjAmNSwjMSgfLCQbJx8YIxwVHxgSHBYQ\
                FxINFA8LEQ0JDgsHCwgFCQYEBQQCBAMCAwIBOzAlNiwiMSgeLSMbKCAYJBwVHxgRHBUPFxINFRALEQ0JDQoGCwgFCAYEBQQCBAMB\
                AQEAAQEAAAAAMigeLiUbKSAXJBwUIRkSHBUPGBIMFRALEQ0IDgoHCwgFCAYEBQQCAwIBAQEAAAAAAAAAAAAAAAAA
                """),
    ]
}
