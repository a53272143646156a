// SPDX-License-Identifier: Apache-2.0
#include "COcellusImageCodecs.h"

#include <string.h>

static uint32_t read16(const uint8_t *bytes, int little) {
    return little ? bytes[0] | (uint32_t)bytes[1] << 8 : (uint32_t)bytes[0] << 8 | bytes[1];
}

static uint32_t read32(const uint8_t *bytes, int little) {
    return little ? read16(bytes, 1) | read16(bytes + 2, 1) << 16 : read16(bytes, 0) << 16 | read16(bytes + 2, 0);
}

int ocellus_exif_orientation(const uint8_t *tiff, size_t count) {
    if (count < 8) return 0;
    int little = memcmp(tiff, "II*\0", 4) == 0;
    if (!little && memcmp(tiff, "MM\0*", 4) != 0) return 0;
    size_t directory = read32(tiff + 4, little);
    if (directory > count - 2) return 0;
    size_t entries = read16(tiff + directory, little);
    size_t room = (count - directory - 2) / 12;
    if (entries > room) entries = room;
    for (size_t i = 0; i < entries; i++) {
        const uint8_t *entry = tiff + directory + 2 + 12 * i;
        if (read16(entry, little) != 0x0112) continue;
        // One value of type SHORT (3), or of type LONG (4), which some programs write.
        uint32_t type = read16(entry + 2, little);
        uint32_t value = type == 4 ? read32(entry + 8, little) : read16(entry + 8, little);
        int usable = (type == 3 || type == 4) && read32(entry + 4, little) == 1 && value >= 1 && value <= 8;
        return usable ? (int)value : 0;
    }
    return 0;
}

static int is_space(uint8_t byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; }

int ocellus_xmp_orientation(const uint8_t *packet, size_t count) {
    // An attribute, tiff:Orientation="6", or an element, <tiff:Orientation>6</tiff:Orientation>.
    static const char name[] = "tiff:Orientation";
    const size_t length = sizeof name - 1;
    for (size_t start = 0; start + length < count; start++) {
        if (packet[start] != 't' || memcmp(packet + start, name, length) != 0) continue;
        size_t place = start + length;
        while (place < count && is_space(packet[place])) place++;
        if (place == count) return 0;
        int is_attribute = packet[place] == '=';
        if (!is_attribute && packet[place] != '>') continue;
        place++;
        while (place < count && is_space(packet[place])) place++;
        if (is_attribute && place < count && (packet[place] == '"' || packet[place] == '\'')) place++;
        int value = place < count ? packet[place] - '0' : 0;
        int is_alone = place + 1 < count && (packet[place + 1] < '0' || packet[place + 1] > '9');
        return is_alone && value >= 1 && value <= 8 ? value : 0;
    }
    return 0;
}

void ocellus_orient(
    const uint8_t *pixels, size_t width, size_t height, int channels, int orientation, uint8_t *output) {
    int transposed = orientation >= 5;
    size_t output_width = transposed ? height : width, output_height = transposed ? width : height;
    // The output pixel (x, y) comes from (u, v), or from (v, u) when rows and columns are exchanged.
    int mirrored_x = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    int mirrored_y = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
    for (size_t y = 0; y < output_height; y++) {
        size_t v = mirrored_y ? output_height - 1 - y : y;
        for (size_t x = 0; x < output_width; x++) {
            size_t u = mirrored_x ? output_width - 1 - x : x;
            const uint8_t *from = pixels + (transposed ? u * width + v : v * width + u) * (size_t)channels;
            for (int c = 0; c < channels; c++) *output++ = from[c];
        }
    }
}
