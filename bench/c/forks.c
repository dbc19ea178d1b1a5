/* forks COUNT PROGRAM
 *
 * The yardstick for steps that start a program: COUNT times a plain fork and
 * exec of PROGRAM, one after the other, with its output thrown away. No other
 * work.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: forks COUNT PROGRAM\n");
        return 2;
    }
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere < 0)
        die("/dev/null");
    for (long left = atol(argv[1]); left > 0; left--) {
        pid_t child = fork();
        if (child < 0)
            die("fork");
        if (child == 0) {
            dup2(nowhere, 0);
            dup2(nowhere, 1);
            execl(argv[2], argv[2], (char *)NULL);
            _exit(127);
        }
        int status;
        if (waitpid(child, &status, 0) != child || status != 0) {
            fprintf(stderr, "forks: %s failed\n", argv[2]);
            return 1;
        }
    }
    return 0;
}
