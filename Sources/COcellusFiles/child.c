// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "COcellusFiles.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#if !defined(MSG_NOSIGNAL)
#define MSG_NOSIGNAL 0
#endif

extern char **environ;

/// Nobody but the child shall hold an end, else it never sees the other one close.
static int close_on_exec(int descriptor) { return fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

static int spawn(char *const *arguments, int end, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int status = posix_spawn_file_actions_init(&actions);
    if (status != 0) return status;
    status = posix_spawn_file_actions_adddup2(&actions, end, STDIN_FILENO);
    if (status == 0) status = posix_spawn_file_actions_adddup2(&actions, end, STDOUT_FILENO);
    if (status == 0) status = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (status == 0) status = posix_spawnp(child, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return status;
}

int ocellus_start_child(char *const *arguments, int *connection, int *child)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return errno;
    int status = close_on_exec(ends[0]) == 0 && close_on_exec(ends[1]) == 0 ? 0 : errno;
#if defined(SO_NOSIGPIPE)
    int yes = 1;
    if (status == 0) setsockopt(ends[0], SOL_SOCKET, SO_NOSIGPIPE, &yes, sizeof yes);
#endif
    pid_t identifier = 0;
    if (status == 0) status = spawn(arguments, ends[1], &identifier);
    close(ends[1]);
    if (status != 0) {
        close(ends[0]);
        return status;
    }
    *connection = ends[0];
    *child = (int)identifier;
    return 0;
}

long ocellus_send_to_child(int connection, const void *bytes, size_t count)
{
    long sent;
    do {
        sent = (long)send(connection, bytes, count, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent;
}

long ocellus_receive_from_child(int connection, void *bytes, size_t count)
{
    long received;
    do {
        received = (long)recv(connection, bytes, count, 0);
    } while (received < 0 && errno == EINTR);
    return received;
}

void ocellus_end_child(int connection, int child)
{
    close(connection);
    while (waitpid((pid_t)child, NULL, 0) < 0 && errno == EINTR) continue;
}
