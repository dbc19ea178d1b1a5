/* appends FILE COUNT BYTES
 *
 * The yardstick for the journal: COUNT lines of BYTES bytes each, every one
 * appended to FILE by one write and made durable by one fsync. FILE's folder
 * is made durable once, as a new file needs it. No other work.
 */
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: appends FILE COUNT BYTES\n");
        return 2;
    }
    long count = atol(argv[2]);
    size_t bytes = strtoul(argv[3], NULL, 10);
    if (count < 1 || bytes < 1) {
        fprintf(stderr, "appends: COUNT and BYTES are at least 1\n");
        return 2;
    }
    char *line = malloc(bytes);
    if (!line)
        die("malloc");
    memset(line, 'x', bytes);
    line[bytes - 1] = '\n';
    int fd = open(argv[1], O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0600);
    if (fd < 0)
        die(argv[1]);
    int folder = open(dirname(argv[1]), O_RDONLY | O_DIRECTORY);
    if (folder < 0 || fsync(folder))
        die("folder");
    for (long i = 0; i < count; i++)
        if (write(fd, line, bytes) != (ssize_t)bytes || fsync(fd))
            die("append");
    return 0;
}
