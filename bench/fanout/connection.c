/* See connection.h. */
#define _GNU_SOURCE
#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

enum { MOST_KEPT = 1 << 20 };
/* Of RFC 6455 §5.2. */
enum { PING_FRAME = 0x89, COMPRESSED = 0x40, PONG = 10 };

Target target;
size_t octets;
double seen_at, heard_at, idle_seconds;

static int poll_fd, sleep_ms;

double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

const char *name_of(int error) {
  if (error == ECONNREFUSED) return "ECONNREFUSED";
  if (error == ECONNRESET) return "ECONNRESET";
  return strerror(error);
}

static void watch(Client *client, uint32_t events, int operation) {
  struct epoll_event event = {.events = events, .data.ptr = client};
  if (epoll_ctl(poll_fd, operation, client->fd, &event) < 0) fail("epoll_ctl: %s", strerror(errno));
}

void pause_reading(Client *client) { watch(client, 0, EPOLL_CTL_DEL); }

void put(Client *client, const void *bytes, size_t length) {
  for (size_t at = 0; at < length;) {
    ssize_t taken = send(client->fd, (const char *)bytes + at, length - at, MSG_NOSIGNAL);
    if (taken > 0) at += taken;
    /* A server may read no more until its viewers do. */
    else if (errno == EAGAIN) turn();
    else {
      lost(client, name_of(errno));
      return;
    }
  }
}

void put_text(Client *client, const char *text, size_t length) {
  unsigned char frame[8 + MOST_TEXT];
  size_t at = 2;
  if (length > MOST_TEXT) fail("a message of %zu octets exceeds %d", length, MOST_TEXT);
  frame[0] = TEXT_FRAME;
  if (length < 126) frame[1] = MASKED | (unsigned char)length;
  else {
    frame[1] = MASKED | 126;
    frame[2] = (unsigned char)(length >> 8);
    frame[3] = (unsigned char)length;
    at = 4;
  }
  memset(frame + at, 0, 4);
  memcpy(frame + at + 4, text, length);
  put(client, frame, at + 4 + length);
}

void begin(Client *client) {
  client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (client->fd < 0) fail("socket: %s", strerror(errno));
  int on = 1;
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  /* Closed by RST, also when this ends: ten thousand ports in TIME_WAIT would be missed by the next turn. */
  struct linger linger = {.l_onoff = 1};
  setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  client->state = CONNECTING;
  client->since = now();
  client->head_length = 0;
  client->left = client->kept_length = 0;
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)target.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(client->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS)
    lost(client, name_of(errno));
  else watch(client, EPOLLIN | EPOLLOUT, EPOLL_CTL_ADD);
}

static void shake_hands(Client *client) {
  char request[1024];
  int is_deflating = target.is_deflating && client->index != PUBLISHER;
  /* 16 octets in base64: no two alike. */
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: AAAAAAAAAAAAAAA%06dA==\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Protocol: v12.stomp\r\n%s\r\n",
                        target.path, (client->index + 1) % 1000000,
                        is_deflating ? "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                                       "client_no_context_takeover\r\n"
                                     : "");
  client->state = UPGRADING;
  put(client, request, (size_t)length);
}

static void log_in(Client *client) {
  char text[256];
  int length = snprintf(text, sizeof text,
                        "CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\nheart-beat:%s\n\n",
                        client->index == PUBLISHER ? "0,0" : target.heartbeat);
  client->state = LOGGING_IN;
  put_text(client, text, (size_t)length + 1);
}

static void subscribe(Client *client) {
  static const unsigned char ping[] = {PING_FRAME, MASKED, 0, 0, 0, 0};
  char text[256];
  int length = snprintf(text, sizeof text, "SUBSCRIBE\nid:sub-%d\ndestination:/topic/t%d\n%s\n",
                        target.has_own_ids ? client->index : 0, client->index % target.topics,
                        target.has_receipts ? "receipt:r\n" : "");
  client->state = SUBSCRIBING;
  put_text(client, text, (size_t)length + 1);
  /* What came before a ping is done when it is answered, where messages are handled as they come. */
  if (!target.has_receipts && client->state == SUBSCRIBING) put(client, ping, sizeof ping);
}

/* From here on messages are counted. */
static void be_ready(Client *client) {
  client->state = READY;
  if (!client->is_reader) {
    free(client->kept);
    client->kept = NULL;
    client->kept_room = 0;
  }
  if (client->index != PUBLISHER) viewer_ready(client);
}

static void converse(Client *client) {
  const char *text = client->kept_length > 0 ? client->kept : "";
  if (client->state == LOGGING_IN && strncmp(text, "CONNECTED", 9) == 0) {
    if (client->index == PUBLISHER) be_ready(client);
    else subscribe(client);
  } else if (client->state == SUBSCRIBING && strncmp(text, "RECEIPT", 7) == 0) be_ready(client);
  else if (text[strspn(text, "\r\n")] != 0) fail("unexpected: %.200s", text);
}

static void complete(Client *client) {
  if (client->opcode == PONG && client->state == SUBSCRIBING) be_ready(client);
  if (client->opcode > 2) return; /* ping, close: what follows tells */
  if (client->state != READY) converse(client);
  else if (client->length < 8) return; /* a heart-beat */
  else if (client->index == PUBLISHER) fail("unexpected: %.200s", client->kept);
  else arrive(client);
}

static void keep(Client *client, const char *bytes, size_t length) {
  size_t wanted = client->kept_length + length + 1;
  if (wanted > MOST_KEPT) fail("the server sent more than %d octets at once", MOST_KEPT);
  if (wanted > client->kept_room) {
    client->kept_room = wanted < 512 ? 512 : 2 * wanted;
    client->kept = realloc(client->kept, client->kept_room);
    if (!client->kept) fail("out of memory");
  }
  memcpy(client->kept + client->kept_length, bytes, length);
  client->kept_length += length;
  client->kept[client->kept_length] = 0;
}

/* An octet of a frame's head, of a server's 2, 4 or 10. */
static void take_head(Client *client, unsigned char octet) {
  unsigned char *head = client->head;
  head[client->head_length++] = octet;
  if (client->head_length < 2) return;
  int wanted = head[1] < 126 ? 2 : head[1] == 126 ? 4 : 10;
  if (client->head_length < wanted) return;
  size_t length = wanted == 2 ? head[1] : 0;
  for (int at = 2; at < wanted; at++) length = length << 8 | head[at];
  client->head_length = 0;
  client->opcode = head[0] & 15;
  client->is_compressed = head[0] & COMPRESSED;
  client->length = client->left = length;
  client->kept_length = 0;
  if (length == 0) complete(client);
}

/* Returns where the answer to the handshake ends, or NULL as long as it does not. */
static const char *take_upgrade(Client *client, const char *from, const char *to) {
  size_t before = client->kept_length;
  keep(client, from, (size_t)(to - from));
  char *end = strstr(client->kept, "\r\n\r\n");
  if (!end) return NULL;
  size_t used = (size_t)(end + 4 - client->kept) - before;
  int is_upgraded = strncmp(client->kept, "HTTP/1.1 101", 12) == 0;
  client->kept_length = 0;
  if (is_upgraded) log_in(client);
  else {
    client->kept[strcspn(client->kept, "\r\n")] = 0;
    lost(client, client->kept);
  }
  return from + used;
}

static void take(Client *client) {
  static char buffer[256 * 1024];
  ssize_t got = recv(client->fd, buffer, sizeof buffer, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    lost(client, got < 0 ? name_of(errno) : "the server closed a connection");
    return;
  }
  octets += (size_t)got;
  const char *at = buffer, *end = buffer + got;
  if (client->state == UPGRADING) at = take_upgrade(client, at, end);
  while (at && at < end && client->state != LOST) {
    if (client->left == 0) {
      take_head(client, (unsigned char)*at++);
      continue;
    }
    size_t length = (size_t)(end - at) < client->left ? (size_t)(end - at) : client->left;
    if (client->state != READY || client->is_reader) keep(client, at, length);
    at += length;
    client->left -= length;
    if (client->left == 0) complete(client);
  }
}

static void serve(Client *client) {
  if (client->state != CONNECTING) {
    take(client);
    return;
  }
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    lost(client, name_of(error));
    return;
  }
  watch(client, EPOLLIN, EPOLL_CTL_MOD);
  shake_hands(client);
}

void turn(void) {
  struct epoll_event events[512];
  int count = epoll_wait(poll_fd, events, 512, sleep_ms);
  for (int at = 0; at < count; at++) serve(events[at].data.ptr);
  double time = now();
  if (count > 0) heard_at = time;
  else idle_seconds += time - seen_at;
  seen_at = time;
}

void begin_turns(int may_sleep_ms) {
  sleep_ms = may_sleep_ms;
  poll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (poll_fd < 0) fail("epoll_create1: %s", strerror(errno));
}
