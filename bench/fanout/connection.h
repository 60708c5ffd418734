/* A client's connection: TCP, WebSocket, and STOMP until it has subscribed; from then on messages are only counted, and
 * kept of those who read. turn() serves all of them. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <stddef.h>

enum { MOST_TEXT = 65535, TEXT_FRAME = 0x81, MASKED = 0x80, PUBLISHER = -1 };

typedef enum { LOST, CONNECTING, UPGRADING, LOGGING_IN, SUBSCRIBING, READY } State;

typedef struct {
  /* Of the viewers, or PUBLISHER. */
  int index;
  int fd;
  State state;
  int is_reader, is_stopped;
  unsigned char head[10];
  int head_length, opcode, is_compressed;
  /* Of the frame that is being read: its octets, and those that are still to come. */
  size_t length, left;
  /* What was read of it, where somebody looks at it. */
  char *kept;
  size_t kept_length, kept_room;
  /* That its next message has to be. */
  size_t tick;
  /* Of coming back: how often it has tried, when it began to, and when it will again. */
  int attempt;
  double since, due;
} Client;

typedef struct {
  int port, topics, has_own_ids, has_receipts, is_deflating;
  char path[128], heartbeat[32];
} Target;

/* Where all connect to, and how. */
extern Target target;
/* That have come. */
extern size_t octets;
/* The time when it was looked at last, when something came last, and how long turn() has looked in vain. */
extern double seen_at, heard_at, idle_seconds;

double now(void);
/* Before all else: how long a turn may sleep. */
void begin_turns(int may_sleep_ms);
/* Serves what is there to be served. */
void turn(void);
void begin(Client *client);
/* Reads nothing of it any more. */
void pause_reading(Client *client);
void put(Client *client, const void *bytes, size_t length);
/* A masked message; the mask is zero, which costs the server what any other does. */
void put_text(Client *client, const char *text, size_t length);
const char *name_of(int error);

/* What load.c makes of it: a viewer has subscribed, has a message, has lost its connection; nothing can go on. */
void viewer_ready(Client *client);
void arrive(Client *client);
void lost(Client *client, const char *why);
__attribute__((format(printf, 1, 2), noreturn)) void fail(const char *format, ...);

#endif
