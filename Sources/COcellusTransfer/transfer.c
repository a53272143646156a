// SPDX-License-Identifier: Apache-2.0
#include "COcellusTransfer.h"

// Its checks of option types are macros around functions that this file does not call.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
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

/// Functions of libcurl, which brings two dozen libraries along: opened for a download, not for every start of the program.
static struct {
    CURLcode (*global_init)(long flags);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *curl, CURLoption option, ...);
    CURLcode (*easy_getinfo)(CURL *curl, CURLINFO info, ...);
    CURLcode (*easy_perform)(CURL *curl);
    void (*easy_cleanup)(CURL *curl);
    const char *(*easy_strerror)(CURLcode code);
} library;

static char problem[256] = "";

static int take(void *handle, const char *name, void *pointer) {
    void *symbol = dlsym(handle, name);
    if (symbol == NULL) {
        snprintf(problem, sizeof problem, "libcurl has no %s", name);
        return 0;
    }
    // A pointer to data and one to a function have one size under POSIX, which is how it gives them.
    memcpy(pointer, &symbol, sizeof symbol);
    return 1;
}

int ocellus_transfer_start(void) {
#ifdef __APPLE__
    static const char *const names[] = {"libcurl.4.dylib"};
#else
    static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
#endif
    void *handle = NULL;
    for (size_t index = 0; handle == NULL && index < sizeof names / sizeof *names; index++)
        handle = dlopen(names[index], RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        const char *reason = dlerror();
        snprintf(problem, sizeof problem, "libcurl is not installed (%s)", reason != NULL ? reason : "no reason given");
        return 1;
    }
    if (!take(handle, "curl_global_init", &library.global_init) || !take(handle, "curl_easy_init", &library.easy_init)
        || !take(handle, "curl_easy_setopt", &library.easy_setopt)
        || !take(handle, "curl_easy_getinfo", &library.easy_getinfo)
        || !take(handle, "curl_easy_perform", &library.easy_perform)
        || !take(handle, "curl_easy_cleanup", &library.easy_cleanup)
        || !take(handle, "curl_easy_strerror", &library.easy_strerror))
        return 1;
    CURLcode code = library.global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) snprintf(problem, sizeof problem, "libcurl does not start: %s", library.easy_strerror(code));
    return code != CURLE_OK;
}

const char *ocellus_transfer_problem(void) { return problem; }

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
    library.easy_getinfo(state->curl, CURLINFO_RESPONSE_CODE, &state->answer.status);
    library.easy_getinfo(state->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
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
    CURL *curl = library.easy_init();
    if (curl == NULL) {
        snprintf(result.message, sizeof result.message, "libcurl could not start");
        return result;
    }
    state state = {request, curl, {0, -1, -1}, 0, 0};
    char message[CURL_ERROR_SIZE] = "", range[32];
    library.easy_setopt(curl, CURLOPT_URL, request->url);
    library.easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
    library.easy_setopt(curl, CURLOPT_USERAGENT, request->agent);
    library.easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    library.easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    library.easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
    // A redirection must not lead to a file of this machine. The checksum protects what came over plain HTTP.
#if LIBCURL_VERSION_NUM >= 0x075500
    CURLcode limited = library.easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    if (limited == CURLE_OK) limited = library.easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    CURLcode limited = library.easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    if (limited == CURLE_OK)
        limited = library.easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    if (limited != CURLE_OK) {
        // The library that is here is not the one that this was built with.
        snprintf(result.message, sizeof result.message, "libcurl cannot be kept to HTTP; it is older than the program");
        result.status = OCELLUS_TRANSFER_NONSENSE;
        library.easy_cleanup(curl);
        return result;
    }
    // Without signals, which belong to the program.
    library.easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    library.easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, request->connect_seconds);
    library.easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, request->slowest);
    library.easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, request->stall_seconds);
    library.easy_setopt(curl, CURLOPT_BUFFERSIZE, 262144L);
    library.easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    library.easy_setopt(curl, CURLOPT_HEADERDATA, &state);
    library.easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    library.easy_setopt(curl, CURLOPT_WRITEDATA, &state);
    if (request->offset > 0) {
        snprintf(range, sizeof range, "%lld-", (long long)request->offset);
        library.easy_setopt(curl, CURLOPT_RANGE, range);
    }
    CURLcode code = library.easy_perform(curl);
    // A body without bytes.
    if (code == CURLE_OK && !begin(&state)) code = CURLE_WRITE_ERROR;
    library.easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &state.answer.status);
    result.status = status_of(code, &state);
    result.http = state.answer.status;
    snprintf(
        result.message, sizeof result.message, "%s", message[0] != 0 ? message : library.easy_strerror(code));
    library.easy_cleanup(curl);
    return result;
}
