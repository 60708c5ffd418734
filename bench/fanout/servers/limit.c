/* The limit: a program that knows nothing but to write a ready frame to each socket, one send() for each.
 * It reads as little of WebSocket and STOMP as the benchmark says: CONNECT, SUBSCRIBE with a receipt, SEND.
 * Prints its port; ends with its standard input. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_SOCKETS = 65536, MOST_TOPICS = 4096, IN_BYTES = 1 << 16, FRAME_BYTES = 1 << 20 };

typedef struct {
  int fd;
  int is_upgraded;
  size_t in_length;
  char *in;
  /* What the socket did not take. */
  size_t out_length, out_at;
  char *out;
} Client;

typedef struct {
  char name[64];
  int *clients;
  int count, room;
} Topic;

static Client *clients[MOST_SOCKETS];
static Topic topics[MOST_TOPICS];
static int topic_count, poll_fd;
static unsigned long messages;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void watch(Client *client, uint32_t events, int operation) {
  struct epoll_event event = {.events = events, .data.fd = client->fd};
  if (epoll_ctl(poll_fd, operation, client->fd, &event) < 0) fail("epoll_ctl");
}

static void leave(Client *client) {
  for (int at = 0; at < topic_count; at++)
    for (int each = 0; each < topics[at].count; each++)
      if (topics[at].clients[each] == client->fd) topics[at].clients[each] = topics[at].clients[--topics[at].count];
  clients[client->fd] = NULL;
  close(client->fd);
  free(client->in);
  free(client->out);
  free(client);
}

static void give(Client *client, const char *bytes, size_t length) {
  ssize_t taken = 0;
  if (client->out_length == 0) {
    taken = send(client->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken < 0) taken = 0;
    if ((size_t)taken == length) return;
  }
  size_t rest = length - taken;
  client->out = realloc(client->out, client->out_length + rest);
  memcpy(client->out + client->out_length, bytes + taken, rest);
  if (client->out_length == 0) watch(client, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
  client->out_length += rest;
}

static void drain(Client *client) {
  ssize_t taken = send(client->fd, client->out + client->out_at, client->out_length - client->out_at,
                       MSG_NOSIGNAL | MSG_DONTWAIT);
  if (taken > 0) client->out_at += taken;
  if (client->out_at < client->out_length) return;
  client->out_at = client->out_length = 0;
  watch(client, EPOLLIN, EPOLL_CTL_MOD);
}

/* A WebSocket message of text around a payload that stands 10 octets after `frame`; returns where it begins. */
static char *wrap(char *frame, size_t length, size_t *whole) {
  if (length < 126) {
    frame[8] = (char)0x81;
    frame[9] = (char)length;
    *whole = length + 2;
    return frame + 8;
  }
  if (length < 65536) {
    frame[6] = (char)0x81;
    frame[7] = 126;
    frame[8] = (char)(length >> 8);
    frame[9] = (char)length;
    *whole = length + 4;
    return frame + 6;
  }
  frame[0] = (char)0x81;
  frame[1] = 127;
  for (int at = 0; at < 8; at++) frame[2 + at] = (char)((uint64_t)length >> (56 - 8 * at));
  *whole = length + 10;
  return frame;
}

static void give_text(Client *client, const char *text, size_t length) {
  char frame[512];
  size_t whole;
  memcpy(frame + 10, text, length);
  char *start = wrap(frame, length, &whole);
  give(client, start, whole);
}

static int header(const char *head, const char *name, char *value, size_t room) {
  char wanted[64];
  snprintf(wanted, sizeof wanted, "\n%s:", name);
  const char *at = strstr(head, wanted);
  if (!at) return 0;
  at += strlen(wanted);
  size_t length = strcspn(at, "\n");
  if (length >= room) length = room - 1;
  memcpy(value, at, length);
  value[length] = 0;
  return 1;
}

static Topic *topic_of(const char *name) {
  for (int at = 0; at < topic_count; at++)
    if (strcmp(topics[at].name, name) == 0) return &topics[at];
  if (topic_count == MOST_TOPICS) exit(1);
  snprintf(topics[topic_count].name, sizeof topics[0].name, "%s", name);
  return &topics[topic_count++];
}

static void publish(const char *destination, const char *body, size_t length) {
  static char frame[FRAME_BYTES];
  Topic *topic = topic_of(destination);
  int head = snprintf(frame + 10, 512,
                      "MESSAGE\nsubscription:sub-0\nmessage-id:%lu\ndestination:%s\ncontent-length:%zu\n\n",
                      ++messages, destination, length);
  memcpy(frame + 10 + head, body, length);
  frame[10 + head + length] = 0;
  size_t whole;
  char *start = wrap(frame, head + length + 1, &whole);
  for (int at = 0; at < topic->count; at++) give(clients[topic->clients[at]], start, whole);
}

static void handle(Client *client, char *text, size_t length) {
  char *blank = memmem(text, length, "\n\n", 2);
  if (!blank) return;
  *blank = 0;
  char destination[64] = "", receipt[64];
  header(text, "destination", destination, sizeof destination);
  int wants_receipt = header(text, "receipt", receipt, sizeof receipt);
  if (strncmp(text, "CONNECT", 7) == 0) {
    static const char connected[] = "CONNECTED\nversion:1.2\nheart-beat:0,0\n\n";
    give_text(client, connected, sizeof connected);
  } else if (strncmp(text, "SUBSCRIBE", 9) == 0) {
    Topic *topic = topic_of(destination);
    if (topic->count == topic->room) {
      topic->room = topic->room ? topic->room * 2 : 16;
      topic->clients = realloc(topic->clients, topic->room * sizeof(int));
    }
    topic->clients[topic->count++] = client->fd;
  } else if (strncmp(text, "SEND", 4) == 0) {
    publish(destination, blank + 2, text + length - 1 - (blank + 2));
  }
  if (wants_receipt) {
    char answer[128];
    int size = snprintf(answer, sizeof answer, "RECEIPT\nreceipt-id:%s\n\n", receipt);
    give_text(client, answer, size + 1);
  }
}

/* Takes the first whole WebSocket message off the input; 0 where there is none yet. */
static int take_message(Client *client) {
  unsigned char *in = (unsigned char *)client->in;
  if (client->in_length < 6) return 0;
  size_t length = in[1] & 127, at = 2;
  if (length == 126) {
    length = in[2] << 8 | in[3];
    at = 4;
  } else if (length == 127) {
    length = 0;
    for (int each = 0; each < 8; each++) length = length << 8 | in[2 + each];
    at = 10;
  }
  if (client->in_length < at + 4 + length) return 0;
  unsigned char *mask = in + at, *payload = mask + 4;
  for (size_t each = 0; each < length; each++) payload[each] ^= mask[each & 3];
  if ((in[0] & 15) == 8) return -1;
  if ((in[0] & 15) < 3) handle(client, (char *)payload, length);
  size_t whole = at + 4 + length;
  memmove(client->in, client->in + whole, client->in_length - whole);
  client->in_length -= whole;
  return 1;
}

/* RFC 3174, for the one answer that WebSocket wants. */
static void sha1(const unsigned char *text, size_t length, unsigned char digest[20]) {
  uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  unsigned char padded[192] = {0};
  size_t whole = (length + 9 + 63) / 64 * 64;
  memcpy(padded, text, length);
  padded[length] = 0x80;
  for (int at = 0; at < 8; at++) padded[whole - 1 - at] = (unsigned char)((uint64_t)length * 8 >> (8 * at));
  for (size_t block = 0; block < whole; block += 64) {
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int t = 0; t < 16; t++)
      w[t] = (uint32_t)padded[block + 4 * t] << 24 | padded[block + 4 * t + 1] << 16 |
             padded[block + 4 * t + 2] << 8 | padded[block + 4 * t + 3];
    for (int t = 16; t < 80; t++) {
      uint32_t x = w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16];
      w[t] = x << 1 | x >> 31;
    }
    for (int t = 0; t < 80; t++) {
      uint32_t f = t < 20 ? (b & c) | (~b & d) : t < 40 ? b ^ c ^ d : t < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
      uint32_t k = t < 20 ? 0x5A827999 : t < 40 ? 0x6ED9EBA1 : t < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
      uint32_t next = (a << 5 | a >> 27) + f + e + k + w[t];
      e = d;
      d = c;
      c = b << 30 | b >> 2;
      b = a;
      a = next;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
  }
  for (int at = 0; at < 20; at++) digest[at] = (unsigned char)(h[at / 4] >> (24 - 8 * (at % 4)));
}

static void upgrade(Client *client) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  client->in[client->in_length] = 0;
  char *end = strstr(client->in, "\r\n\r\n"), *key = strcasestr(client->in, "sec-websocket-key: ");
  if (!end || !key) return;
  unsigned char text[64], digest[21] = {0};
  memcpy(text, key + 19, 24);
  memcpy(text + 24, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36);
  sha1(text, 60, digest);
  char accept[29] = {0}, answer[256];
  for (int at = 0; at < 7; at++) {
    uint32_t three = digest[3 * at] << 16 | digest[3 * at + 1] << 8 | digest[3 * at + 2];
    for (int each = 0; each < 4; each++) accept[4 * at + each] = letters[three >> (18 - 6 * each) & 63];
  }
  accept[27] = '=';
  int size = snprintf(answer, sizeof answer,
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: v12.stomp\r\n\r\n",
                      accept);
  give(client, answer, size);
  client->is_upgraded = 1;
  size_t used = end + 4 - client->in;
  memmove(client->in, client->in + used, client->in_length - used);
  client->in_length -= used;
}

static void serve(Client *client) {
  ssize_t got = recv(client->fd, client->in + client->in_length, IN_BYTES - 1 - client->in_length, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    leave(client);
    return;
  }
  client->in_length += got;
  if (!client->is_upgraded) upgrade(client);
  int state = client->is_upgraded;
  while (state > 0) state = take_message(client);
  if (state < 0) leave(client);
}

static void take_all(int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    if (fd >= MOST_SOCKETS) exit(1);
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Client *client = calloc(1, sizeof *client);
    client->fd = fd;
    client->in = malloc(IN_BYTES);
    clients[fd] = client;
    watch(client, EPOLLIN, EPOLL_CTL_ADD);
  }
}

int main(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 4096) < 0) fail("listen");
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  poll_fd = epoll_create1(0);
  Client ears = {.fd = listener}, input = {.fd = 0};
  watch(&ears, EPOLLIN, EPOLL_CTL_ADD);
  watch(&input, EPOLLIN, EPOLL_CTL_ADD);
  for (;;) {
    struct epoll_event events[1024];
    int count = epoll_wait(poll_fd, events, 1024, -1);
    for (int at = 0; at < count; at++) {
      int fd = events[at].data.fd;
      if (fd == 0) return 0;
      if (fd == listener) take_all(listener);
      else if (clients[fd] && events[at].events & EPOLLOUT) drain(clients[fd]);
      if (fd != listener && clients[fd] && events[at].events & ~EPOLLOUT) serve(clients[fd]);
    }
  }
}
