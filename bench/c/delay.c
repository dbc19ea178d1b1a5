/* delay LISTEN-PORT TO-PORT MILLISECONDS
 *
 * A far server on this machine: passes connections to 127.0.0.1:LISTEN-PORT on
 * to 127.0.0.1:TO-PORT, and every byte that a client sends arrives later by
 * the given time. Answers are passed on at once, so that each request takes
 * that much longer, as with a round trip, whether its connection is new or
 * kept. Each connection has one of its own behind it, and what waits is in
 * memory: bodies travel at full speed. Opening a connection costs no wait.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHUNK (64 << 10)

/* Bytes on their way from the client. An empty one is its end. */
struct parcel {
    struct parcel *next;
    int64_t due;
    size_t from, size;
    char bytes[];
};

struct end {
    struct pair *pair;
    int fd;
    uint32_t wants;
};

struct pair {
    struct pair *next;
    struct end client, server;
    struct parcel *first, **last;
    char answer[CHUNK]; /* of the server, as far as the client has not taken it */
    size_t from, size;
    int finished; /* the client has nothing more to say */
    int broken;
};

static int poller, listener;
static struct pair *pairs;
static int64_t delay;

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "delay: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void want(struct end *e, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = e };
    if (e->wants != events && epoll_ctl(poller, EPOLL_CTL_MOD, e->fd, &event))
        die("epoll_ctl");
    e->wants = events;
}

static void watch(struct end *e, struct pair *p, int fd)
{
    int one = 1;
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = e };
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    *e = (struct end){ p, fd, EPOLLIN };
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event))
        die("epoll_ctl");
}

static void take(int to)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(to),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0)
        return;
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server < 0 || connect(server, (struct sockaddr *)&address, sizeof address)) {
        close(client);
        if (server >= 0)
            close(server);
        return;
    }
    struct pair *p = calloc(1, sizeof *p);
    if (!p)
        die("calloc");
    p->last = &p->first;
    watch(&p->client, p, client);
    watch(&p->server, p, server);
    p->next = pairs;
    pairs = p;
}

/* From the client: keeps what it sends until it is due. */
static void receive(struct pair *p)
{
    static char bytes[CHUNK];
    if (p->finished) {
        p->broken = 1;
        return;
    }
    ssize_t n = recv(p->client.fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0) {
        if (errno != EAGAIN && errno != EINTR)
            p->broken = 1;
        return;
    }
    struct parcel *parcel = malloc(sizeof *parcel + n);
    if (!parcel)
        die("malloc");
    *parcel = (struct parcel){ .due = now() + delay, .size = n };
    memcpy(parcel->bytes, bytes, n);
    *p->last = parcel;
    p->last = &parcel->next;
    if (n == 0) {
        p->finished = 1;
        want(&p->client, p->client.wants & ~EPOLLIN);
    }
}

/* To the server: what is due. Returns when the next parcel is, or 0 if none waits for its time. */
static int64_t deliver(struct pair *p)
{
    int64_t time = now();
    while (p->first && p->first->due <= time) {
        struct parcel *parcel = p->first;
        if (parcel->size == 0)
            shutdown(p->server.fd, SHUT_WR);
        while (parcel->from < parcel->size) {
            ssize_t n = send(p->server.fd, parcel->bytes + parcel->from, parcel->size - parcel->from,
                             MSG_DONTWAIT | MSG_NOSIGNAL);
            if (n < 0) {
                if (errno == EAGAIN)
                    want(&p->server, p->server.wants | EPOLLOUT);
                else
                    p->broken = 1;
                return 0;
            }
            parcel->from += n;
        }
        if (!(p->first = parcel->next))
            p->last = &p->first;
        free(parcel);
    }
    want(&p->server, p->server.wants & ~EPOLLOUT);
    return p->first ? p->first->due : 0;
}

/* From the server to the client, at once. */
static void answer(struct pair *p)
{
    for (;;) {
        while (p->from < p->size) {
            ssize_t n = send(p->client.fd, p->answer + p->from, p->size - p->from, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (n < 0) {
                if (errno == EAGAIN) {
                    want(&p->client, p->client.wants | EPOLLOUT);
                    want(&p->server, p->server.wants & ~EPOLLIN);
                } else
                    p->broken = 1;
                return;
            }
            p->from += n;
        }
        want(&p->client, p->client.wants & ~EPOLLOUT);
        ssize_t n = recv(p->server.fd, p->answer, sizeof p->answer, MSG_DONTWAIT);
        if (n < 0) {
            if (errno == EAGAIN)
                want(&p->server, p->server.wants | EPOLLIN);
            else if (errno != EINTR)
                p->broken = 1;
            return;
        }
        p->from = 0;
        p->size = n;
        if (n == 0) {
            p->broken = 1;
            return;
        }
    }
}

static void drop_broken(void)
{
    for (struct pair **link = &pairs, *p; (p = *link);) {
        if (!p->broken) {
            link = &p->next;
            continue;
        }
        *link = p->next;
        close(p->client.fd);
        close(p->server.fd);
        for (struct parcel *parcel; (parcel = p->first);) {
            p->first = parcel->next;
            free(parcel);
        }
        free(p);
    }
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: delay LISTEN-PORT TO-PORT MILLISECONDS\n");
        return 64;
    }
    int one = 1, to = atoi(argv[2]);
    delay = (int64_t)(atof(argv[3]) * 1e6);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024))
        die("listen");
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL }, events[256];
    if (epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event))
        die("epoll_ctl");
    for (;;) {
        int64_t next = 0;
        for (struct pair *p = pairs; p; p = p->next) {
            int64_t due = p->broken ? 0 : deliver(p);
            if (due && (!next || due < next))
                next = due;
        }
        drop_broken();
        struct timespec rest = { 0 };
        int64_t left = next ? next - now() : 0;
        if (left > 0)
            rest = (struct timespec){ left / 1000000000, left % 1000000000 };
        int n = epoll_pwait2(poller, events, 256, next ? &rest : NULL, NULL);
        for (int i = 0; i < n; i++) {
            struct end *e = events[i].data.ptr;
            if (!e) {
                take(to);
                continue;
            }
            struct pair *p = e->pair;
            if (p->broken)
                continue;
            if (e == &p->client && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                receive(p);
            if (e == &p->client && events[i].events & EPOLLOUT)
                answer(p);
            if (e == &p->server && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                answer(p);
        }
    }
}
