/* The kernel's floor of a fan-out: the least a server can pay per delivery if it sends each frame alone. One thread,
   no event loop, no JSON, no roles. It reads the sender's frames, puts a fixed beginning before their `data` and calls
   send() once for each listener. Blocking on purpose: a slow listener would stop it, which no real server may allow.

   floor N: accepts N connections, which are the listeners, then one more, which is the sender. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LARGEST 65535 /* a payload: the longest that has a 16-bit length */
static const char UPGRADED[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
static const char BEGINNING[] = "{\"type\":\"sensor_data\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
    "\"userId\":\"user_1700000000000_1\",\"username\":\"bench\",\"data\":";
static const char WELCOME[] = "{\"type\":\"welcome\",\"role\":\"sender\"}";
static const char DATA[] = "\"data\":";

static void fail(const char *what) { perror(what); exit(1); }

static void read_all(int fd, unsigned char *to, size_t n) {
  for (size_t got = 0; got < n;) {
    ssize_t r = read(fd, to + got, n - got);
    if (r <= 0) exit(r < 0); /* the sender has left: the end */
    got += (size_t)r;
  }
}

static void send_all(int fd, const unsigned char *from, size_t n) {
  for (size_t sent = 0; sent < n;) {
    ssize_t r = send(fd, from + sent, n - sent, MSG_NOSIGNAL);
    if (r <= 0) return; /* this listener has left; the load process counts what it missed */
    sent += (size_t)r;
  }
}

static int accept_upgraded(int server) {
  char request[4096];
  size_t n = 0;
  int on = 1, fd = accept(server, NULL, NULL);
  if (fd < 0) fail("accept");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  do {
    read_all(fd, (unsigned char *)request + n, 1);
  } while (++n < sizeof request && (n < 4 || memcmp(request + n - 4, "\r\n\r\n", 4)));
  send_all(fd, (const unsigned char *)UPGRADED, sizeof UPGRADED - 1);
  return fd;
}

/* Writes the header of a text frame before payload and sends it to all. There are 4 bytes of room. */
static void broadcast(const int *fds, int count, unsigned char *payload, size_t n) {
  unsigned char *frame = payload - (n < 126 ? 2 : 4);
  frame[0] = 0x81;
  frame[1] = n < 126 ? (unsigned char)n : 126;
  if (n >= 126) { frame[2] = (unsigned char)(n >> 8); frame[3] = (unsigned char)n; }
  for (int i = 0; i < count; i++) send_all(fds[i], frame, (size_t)(payload - frame) + n);
}

int main(int argc, char **argv) {
  static unsigned char in[LARGEST + 1], out[4 + LARGEST];
  int count = argc > 1 ? atoi(argv[1]) : 0, *listeners = calloc((size_t)count + 1, sizeof *listeners);
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof at;
  int server = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(server, (struct sockaddr *)&at, size) || listen(server, 4096)) fail("listen");
  getsockname(server, (struct sockaddr *)&at, &size);
  printf("Listening on http://127.0.0.1:%d\n", ntohs(at.sin_port));
  fflush(stdout);
  for (int i = 0; i < count; i++) listeners[i] = accept_upgraded(server);
  int sender = accept_upgraded(server);
  memcpy(out + 4, WELCOME, sizeof WELCOME - 1);
  broadcast(&sender, 1, out + 4, sizeof WELCOME - 1);
  memcpy(out + 4, BEGINNING, sizeof BEGINNING - 1);
  for (;;) {
    unsigned char head[4], mask[4], *data;
    read_all(sender, head, 2);
    size_t n = head[1] & 127;
    if (n == 127) { fprintf(stderr, "a message is too long for the floor\n"); return 1; }
    if (n == 126) { read_all(sender, head + 2, 2); n = (size_t)head[2] << 8 | head[3]; }
    read_all(sender, mask, 4);
    read_all(sender, in, n);
    for (size_t i = 0; i < n; i++) in[i] ^= mask[i & 3];
    in[n] = 0;
    if (!(data = (unsigned char *)strstr((char *)in, DATA))) continue; /* the handshake */
    data += sizeof DATA - 1;
    n -= (size_t)(data - in);
    if (sizeof BEGINNING - 1 + n > LARGEST) { fprintf(stderr, "a message is too long for the floor\n"); return 1; }
    memcpy(out + 4 + sizeof BEGINNING - 1, data, n); /* with the brace that closes the message */
    broadcast(listeners, count, out + 4, sizeof BEGINNING - 1 + n);
  }
}
