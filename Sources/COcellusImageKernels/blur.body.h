// SPDX-License-Identifier: Apache-2.0

/// sums[j] += tap · row[j], over the columns whose neighbour at distance k lies inside, and one by one over the others.
OCELLUS_INLINE void ISA(blur_row)(const uint8_t *row, long width, const float *taps, long radius, float *sums) {
    for (long j = 0; j < width; j += 1) sums[j] = taps[0] * (float)row[j];
    for (long k = 1; k <= radius; k += 1) {
        float tap = taps[k];
        long begin = ocellus_clamp(k, 0, width), end = ocellus_clamp(width - k, begin, width);
        for (long j = 0; j < width; j += 1) {
            if (j == begin && end > begin) {
                for (; j < end; j += 1) sums[j] += tap * ((float)row[j - k] + (float)row[j + k]);
                if (j == width) break;
            }
            long left = ocellus_bordered(j - k, width, ocellus_border_reflect);
            long right = ocellus_bordered(j + k, width, ocellus_border_reflect);
            sums[j] += tap * ((float)row[left] + (float)row[right]);
        }
    }
}

static void ISA(blur)(uint8_t *pixels, ocellus_planes_size size, const float *taps, long radius, float *scratch) {
    for (long channel = 0; channel < size.channels; channel += 1, pixels += size.height * size.width) {
        for (long i = 0; i < size.height; i += 1) {
            ISA(blur_row)(pixels + i * size.width, size.width, taps, radius, scratch + i * size.width);
        }
        for (long i = 0; i < size.height; i += 1) {
            float sums[16];
            for (long first = 0; first < size.width; first += 16) {
                long count = ocellus_clamp(size.width - first, 0, 16);
                const float *row = scratch + i * size.width + first;
                for (long j = 0; j < count; j += 1) sums[j] = taps[0] * row[j];
                for (long k = 1; k <= radius; k += 1) {
                    const float *above =
                        scratch + ocellus_bordered(i - k, size.height, ocellus_border_reflect) * size.width + first;
                    const float *below =
                        scratch + ocellus_bordered(i + k, size.height, ocellus_border_reflect) * size.width + first;
                    for (long j = 0; j < count; j += 1) sums[j] += taps[k] * (above[j] + below[j]);
                }
                uint8_t *to = pixels + i * size.width + first;
                for (long j = 0; j < count; j += 1) {
                    float value = sums[j] + 0.5f;
                    to[j] = (uint8_t)(int32_t)(value < 255 ? value : 255);
                }
            }
        }
    }
}

static void ISA(smooth)(const uint8_t *pixels, ocellus_planes_size size, uint8_t *output) {
    long width = size.width;
    for (long channel = 0; channel < size.channels; channel += 1) {
        memcpy(output, pixels, (size_t)(size.height * width));
        for (long i = 1; i < size.height - 1; i += 1) {
            const uint8_t *row = pixels + i * width, *above = row - width, *below = row + width;
            uint8_t *to = output + i * width;
            for (long j = 1; j < width - 1; j += 1) {
                uint32_t sum = (uint32_t)above[j - 1] + above[j] + above[j + 1] + row[j - 1] + 5u * row[j] + row[j + 1]
                               + below[j - 1] + below[j] + below[j + 1];
                // To the nearest: twice the sum and the divisor, halves up.
                to[j] = (uint8_t)((2 * sum + 13) / 26);
            }
        }
        pixels += size.height * width;
        output += size.height * width;
    }
}
