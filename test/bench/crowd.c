/* crowd COUNT ERR COMMAND...: runs COMMAND for the guests 1 to COUNT all at once, with vif and XENBUS_PATH in the
 * environment as libxl sets them, and prints the milliseconds until the last has ended and how many failed. */

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void become(int guest)
{
    char text[64];

    snprintf(text, sizeof text, "vif%d.0", guest);
    setenv("vif", text, 1);
    snprintf(text, sizeof text, "backend/vif/%d/0", guest);
    setenv("XENBUS_PATH", text, 1);
}

int main(int argc, char **argv)
{
    posix_spawn_file_actions_t files;
    int failed = 0, status;
    pid_t child;

    if (argc < 4) {
        fprintf(stderr, "usage: crowd COUNT ERR COMMAND...\n");
        return 2;
    }
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, argv[2], O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&files, 2, 1);

    const int count = atoi(argv[1]);
    const double start = now_ms();
    for (int guest = 1; guest <= count; ++guest) {
        become(guest);
        if (posix_spawn(&child, argv[3], &files, NULL, argv + 3, environ) != 0)
            ++failed;
    }
    while (wait(&status) > 0)
        failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    printf("%.0f %d\n", now_ms() - start, failed);
    return 0;
}
