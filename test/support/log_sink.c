/* log_sink SOCKET FILE: a syslog for one sandbox. Takes what programs send to SOCKET and appends it to FILE, a line a
 * message. Goes to the background once the socket is there; ends with the sandbox. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void die(const char *doing)
{
    perror(doing);
    exit(1);
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char message[8192];

    if (argc != 3 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: log_sink SOCKET FILE\n");
        return 2;
    }
    strcpy(address.sun_path, argv[1]);

    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    FILE *log = fopen(argv[2], "ae");
    if (fd < 0 || !log)
        die("log_sink: opening");
    unlink(argv[1]);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || chmod(argv[1], 0666) < 0)
        die("log_sink: binding");
    if (daemon(1, 0) < 0)
        die("log_sink: going to the background");

    for (;;) {
        const ssize_t length = recv(fd, message, sizeof message - 1, 0);
        if (length <= 0)
            continue;
        message[length] = '\0';
        fprintf(log, "%s\n", message);
        fflush(log);
    }
}
