/* stopwatch OUT ERR COMMAND...: runs COMMAND, and appends to OUT the microseconds from just before the fork until it was
 * reaped, and the kilobytes it held at its peak. What it prints goes to ERR. */

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
    posix_spawn_file_actions_t files;
    struct rusage usage;
    pid_t child;
    int status;

    if (argc < 4) {
        fprintf(stderr, "usage: stopwatch OUT ERR COMMAND...\n");
        return 2;
    }
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, argv[2], O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&files, 2, 1);

    const double start = now_us();
    if (posix_spawn(&child, argv[3], &files, NULL, argv + 3, environ) != 0 || wait4(child, &status, 0, &usage) < 0) {
        perror("stopwatch");
        return 1;
    }
    const double took = now_us() - start;

    FILE *out = fopen(argv[1], "a");
    if (!out || fprintf(out, "%.0f %ld\n", took, usage.ru_maxrss) < 0 || fclose(out) != 0) {
        perror(argv[1]);
        return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
