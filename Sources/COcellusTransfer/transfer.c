// SPDX-License-Identifier: Apache-2.0
#include "COcellusTransfer.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct {
    const ocellus_transfer_request *request;
    CURL *curl;
    ocellus_transfer_answer answer;
    int has_begun;
    int is_stopped;
} state;

int ocellus_transfer_start(void) { return curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK; }

/// Each answer of a redirection has headers of its own; those of the last one count.
static size_t on_header(char *line, size_t size, size_t count, void *context) {
    state *state = context;
    size_t length = size * count;
    static const char name[] = "content-range:", unit[] = "bytes";
    if (length >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        state->answer.offset = -1;
    } else if (length > sizeof name - 1 && strncasecmp(line, name, sizeof name - 1) == 0) {
        char text[96] = {0};
        size_t rest = length - (sizeof name - 1);
        memcpy(text, line + sizeof name - 1, rest < sizeof text - 1 ? rest : sizeof text - 1);
        char *start = text + strspn(text, " \t");
        if (strncasecmp(start, unit, sizeof unit - 1) == 0) {
            char *end = NULL;
            start += sizeof unit - 1;
            long long first = strtoll(start, &end, 10);
            if (end != start && first >= 0) state->answer.offset = first;
        }
    }
    return length;
}

static int begin(state *state) {
    if (state->has_begun) return 1;
    state->has_begun = 1;
    curl_off_t length = -1;
    curl_easy_getinfo(state->curl, CURLINFO_RESPONSE_CODE, &state->answer.status);
    curl_easy_getinfo(state->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    state->answer.length = length;
    if (state->request->begin(state->request->context, state->answer) == 0) return 1;
    state->is_stopped = 1;
    return 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context) {
    state *state = context;
    if (!begin(state)) return 0;
    if (state->request->receive(state->request->context, bytes, size * count) == 0) return size * count;
    state->is_stopped = 1;
    return 0;
}

static ocellus_transfer_status status_of(CURLcode code, const state *state) {
    switch (code) {
    case CURLE_OK: return OCELLUS_TRANSFER_OK;
    case CURLE_HTTP_RETURNED_ERROR: return OCELLUS_TRANSFER_REFUSED;
    case CURLE_OPERATION_TIMEDOUT: return OCELLUS_TRANSFER_STALLED;
    case CURLE_WRITE_ERROR: return state->is_stopped ? OCELLUS_TRANSFER_STOPPED : OCELLUS_TRANSFER_DROPPED;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return OCELLUS_TRANSFER_DROPPED;
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_WEIRD_SERVER_REPLY: return OCELLUS_TRANSFER_NONSENSE;
    default: return state->answer.status == 0 ? OCELLUS_TRANSFER_NO_CONNECTION : OCELLUS_TRANSFER_DROPPED;
    }
}

ocellus_transfer_result ocellus_transfer(const ocellus_transfer_request *request) {
    ocellus_transfer_result result = {OCELLUS_TRANSFER_NO_CONNECTION, 0, ""};
    CURL *curl = curl_easy_init();
    if (curl == NULL) {
        snprintf(result.message, sizeof result.message, "libcurl could not start");
        return result;
    }
    state state = {request, curl, {0, -1, -1}, 0, 0};
    char message[CURL_ERROR_SIZE] = "", range[32];
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, request->agent);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
    // A redirection must not lead to a file of this machine. The checksum protects what came over plain HTTP.
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    // Without signals, which belong to the program.
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, request->connect_seconds);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, request->slowest);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, request->stall_seconds);
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 262144L);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &state);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &state);
    if (request->offset > 0) {
        snprintf(range, sizeof range, "%lld-", (long long)request->offset);
        curl_easy_setopt(curl, CURLOPT_RANGE, range);
    }
    CURLcode code = curl_easy_perform(curl);
    // A body without bytes.
    if (code == CURLE_OK && !begin(&state)) code = CURLE_WRITE_ERROR;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &state.answer.status);
    result.status = status_of(code, &state);
    result.http = state.answer.status;
    snprintf(
        result.message, sizeof result.message, "%s", message[0] != 0 ? message : curl_easy_strerror(code));
    curl_easy_cleanup(curl);
    return result;
}
