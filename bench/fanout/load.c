/* The clients of the fan-out benchmark: as many WebSocket connections as it is told, with as much STOMP as that takes.
 * Counts what comes, and compares what the first few get with what was published.
 *
 * An order is a line on standard input (`publish ahead=8 seconds=0.6 …`), its answer a line on standard output:
 * `done name=number …`, or `failed why`, after which it ends. clients.mjs gives them; load.mjs is the same in Node.
 *
 * It spins: epoll_wait() returns at once. A receiver that sleeps has to be woken, and on one machine that is done within
 * the sender's send(), at its cost; viewers elsewhere take nothing of the kind from a server. */
#include "connection.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST_TOPICS = 4096, MOST_FAILURES = 16 };

typedef struct {
  /* When it was sent; once its last viewer has it, how long that took. */
  double seconds;
  int arrived;
} Tick;

static Client publisher = {.index = PUBLISHER, .is_reader = 1}, *viewers;
static int viewer_count, ready_count;
static double *connect_seconds;
/* After which nothing more is waited for. */
static double quiet_seconds;

/* What is being published. */
static Tick *ticks;
static size_t tick_room, sent, completed, deliveries;
static int topics, awake[MOST_TOPICS];
static char *bodies;
static size_t body_bytes, body_count;
static double every_seconds, next_at;
static FILE *compressed;

static int is_coming_back;
static double first_lost;
static struct {
  char what[128];
  unsigned long count;
} failures[MOST_FAILURES];

void fail(const char *format, ...) {
  char text[512];
  va_list values;
  va_start(values, format);
  vsnprintf(text, sizeof text, format, values);
  va_end(values);
  for (char *at = text; *at; at++)
    if ((unsigned char)*at < ' ') *at = ' ';
  printf("failed %s\n", text);
  fflush(stdout);
  exit(1);
}

/* The value of `name=` in an order. */
static const char *value_of(const char *order, const char *name) {
  char wanted[32];
  snprintf(wanted, sizeof wanted, " %s=", name);
  const char *at = strstr(order, wanted);
  if (!at) fail("an order lacks %s: %.200s", name, order);
  return at + strlen(wanted);
}

static double number(const char *order, const char *name) { return strtod(value_of(order, name), NULL); }

static void word(const char *order, const char *name, char *word, size_t room) {
  const char *value = value_of(order, name);
  size_t length = strcspn(value, " \n");
  if (length >= room) fail("%s is longer than %zu octets", name, room - 1);
  memcpy(word, value, length);
  word[length] = 0;
}

static void count_failure(const char *what) {
  int at = 0;
  while (at < MOST_FAILURES - 1 && failures[at].count > 0 && strncmp(failures[at].what, what, sizeof failures[at].what - 1))
    at++;
  if (failures[at].count++ == 0) snprintf(failures[at].what, sizeof failures[at].what, "%s", what);
}

/* As packages/page/src/live/backoff.ts has it, of attempts that follow a loss. */
static double reconnect_delay(int attempt) {
  double most = attempt > 4 ? 15 : 1 << (attempt - 1);
  return most * (0.5 + drand48() / 2);
}

/* A connection is no more: the end of the benchmark, unless all of them are to come back. */
void lost(Client *client, const char *why) {
  if (!is_coming_back) fail("%s (client %d)", why, client->index);
  close(client->fd);
  if (client->state == READY) {
    client->attempt = 1;
    if (first_lost == 0) first_lost = now();
  } else {
    count_failure(why);
    client->attempt++;
  }
  client->due = now() + reconnect_delay(client->attempt);
  client->state = LOST;
}

void viewer_ready(Client *client) { connect_seconds[ready_count++] = now() - client->since; }

/* What is compressed is compared by who gave the order: a body's index, a length, and so many octets. */
static void check(const Client *client) {
  size_t index = client->tick % body_count;
  if (client->is_compressed) {
    uint32_t head[2] = {(uint32_t)index, (uint32_t)client->kept_length};
    fwrite(head, sizeof head, 1, compressed);
    fwrite(client->kept, 1, client->kept_length, compressed);
    return;
  }
  const char *blank = strstr(client->kept, "\n\n"), *end = client->kept + client->kept_length;
  if (strncmp(client->kept, "MESSAGE\n", 8) == 0 && blank && (size_t)(end - blank) >= 2 + body_bytes + 1 &&
      memcmp(blank + 2, bodies + index * body_bytes, body_bytes) == 0 && blank[2 + body_bytes] == 0)
    return;
  fail("not what was published: %.200s", client->kept);
}

void arrive(Client *client) {
  size_t at = client->tick;
  if (at >= sent) fail("a message that was not published");
  if (client->is_reader) check(client);
  client->tick += (size_t)topics;
  deliveries++;
  if (++ticks[at].arrived < awake[at % (size_t)topics]) return;
  double time = now();
  ticks[at].seconds = time - ticks[at].seconds;
  next_at = time + every_seconds;
  completed++;
}

/* Clients that are not ready, or deliveries. */
static size_t count_missing(void) {
  size_t missing = (size_t)(viewer_count - ready_count) + (publisher.state != READY);
  for (size_t at = 0; at < sent; at++) missing += (size_t)(awake[at % (size_t)topics] - ticks[at].arrived);
  return missing;
}

/* A turn of which something is to come. */
static void await_more(void) {
  turn();
  if (seen_at - heard_at > quiet_seconds)
    fail("nothing came for %g s, though not all is there: %zu missing", quiet_seconds, count_missing());
}

static int by_number(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Connects a publisher, and viewers that subscribe to `/topic/t<n>` in turn: by one id, or each by its own. */
static void open_all(const char *order) {
  target.port = (int)number(order, "port");
  target.topics = (int)number(order, "topics");
  target.has_own_ids = (int)number(order, "hasOwnIds");
  target.has_receipts = (int)number(order, "hasReceipts");
  target.is_deflating = (int)number(order, "isDeflating");
  word(order, "path", target.path, sizeof target.path);
  word(order, "heartbeat", target.heartbeat, sizeof target.heartbeat);
  viewer_count = (int)number(order, "count");
  quiet_seconds = number(order, "quietSeconds");
  viewers = calloc((size_t)viewer_count, sizeof *viewers);
  connect_seconds = calloc((size_t)viewer_count, sizeof *connect_seconds);
  if (!viewers || !connect_seconds) fail("out of memory");
  int at_once = (int)number(order, "atOnce"), readers = (int)number(order, "readers"), begun = 0;
  for (int at = 0; at < viewer_count; at++) viewers[at] = (Client){.index = at, .is_reader = at < readers};
  begin(&publisher);
  while (publisher.state != READY) await_more();
  double from = now();
  while (ready_count < viewer_count) {
    while (begun < viewer_count && begun - ready_count < at_once) begin(&viewers[begun++]);
    await_more();
  }
  printf("done seconds=%.6f\n", now() - from);
}

/* Bodies of the same length, one after the other. */
static void read_bodies(const char *order) {
  char name[128];
  word(order, "bodies", name, sizeof name);
  body_bytes = (size_t)number(order, "bytes");
  FILE *file = fopen(name, "r");
  if (!file) fail("%s: %s", name, strerror(errno));
  fseek(file, 0, SEEK_END);
  body_count = (size_t)ftell(file) / body_bytes;
  rewind(file);
  bodies = realloc(bodies, body_count * body_bytes);
  if (!bodies || fread(bodies, body_bytes, body_count, file) != body_count) fail("%s cannot be read", name);
  fclose(file);
}

static void gather_awake(void) {
  if (topics < 1 || topics > MOST_TOPICS) fail("topics are to be 1 to %d", MOST_TOPICS);
  memset(awake, 0, sizeof awake);
  for (int at = 0; at < viewer_count; at++) {
    viewers[at].tick = (size_t)(at % topics);
    if (!viewers[at].is_stopped) awake[at % topics]++;
  }
  for (int at = 0; at < topics; at++)
    if (awake[at] == 0) fail("nobody reads /topic/t%d", at);
}

static void send_tick(void) {
  char text[MOST_TEXT + 1];
  if (sent == tick_room) {
    tick_room = tick_room ? 2 * tick_room : 4096;
    ticks = realloc(ticks, tick_room * sizeof *ticks);
    if (!ticks) fail("out of memory");
  }
  int head = snprintf(text, 128, "SEND\ndestination:/topic/t%zu\ncontent-length:%zu\n\n", sent % (size_t)topics, body_bytes);
  if ((size_t)head + body_bytes > MOST_TEXT - 1) fail("a body of %zu octets is too long", body_bytes);
  memcpy(text + head, bodies + sent % body_count * body_bytes, body_bytes);
  text[(size_t)head + body_bytes] = 0;
  ticks[sent++] = (Tick){.seconds = now()};
  put_text(&publisher, text, (size_t)head + body_bytes + 1);
  seen_at = now();
}

/* Publishes for so long, so many ticks ahead of the slowest viewer; each has to reach all of its topic's viewers. */
static void publish(const char *order) {
  char name[128];
  read_bodies(order);
  topics = (int)number(order, "topics");
  gather_awake();
  size_t ahead = (size_t)number(order, "ahead"), octets_before = octets;
  every_seconds = number(order, "everyMs") / 1e3;
  quiet_seconds = number(order, "quietSeconds");
  word(order, "compressed", name, sizeof name);
  compressed = fopen(name, "w");
  if (!compressed) fail("%s: %s", name, strerror(errno));
  sent = completed = deliveries = 0;
  double from = seen_at = heard_at = now(), until = from + number(order, "seconds");
  next_at = idle_seconds = 0;
  while (sent > completed || seen_at < until) {
    while (seen_at < until && sent - completed < ahead && seen_at >= next_at) send_tick();
    await_more();
  }
  double seconds = now() - from, *took = malloc((sent + 1) * sizeof *took);
  if (!took || fclose(compressed) != 0) fail("the compressed messages cannot be written");
  for (size_t at = 0; at < sent; at++) took[at] = ticks[at].seconds;
  qsort(took, sent, sizeof *took, by_number);
  printf("done deliveries=%zu perSecond=%.3f octetsEach=%.3f lastP50=%.6f lastP99=%.6f busy=%.4f\n", deliveries,
         (double)deliveries / seconds, (double)(octets - octets_before) / (double)deliveries,
         took[(size_t)((double)sent * 0.5)] * 1e3, took[(size_t)((double)sent * 0.99)] * 1e3, 1 - idle_seconds / seconds);
  free(took);
}

/* Every so manieth viewer reads nothing any more; that the server ends it is its right. */
static void stop(const char *order) {
  int every = (int)number(order, "every");
  for (int at = 0; at < viewer_count; at += every) {
    if (viewers[at].is_stopped) continue;
    viewers[at].is_stopped = 1;
    pause_reading(&viewers[at]);
  }
  printf("done\n");
}

/* Sends a heart-beat for each viewer every 10 s, evenly, for so long; counts what came. */
static void stay_idle(const char *order) {
  static const unsigned char beat[] = {TEXT_FRAME, MASKED | 1, 0, 0, 0, 0, '\n'};
  size_t octets_before = octets, beats = 0;
  double seconds = number(order, "seconds"), from = now(), looked_at = 0;
  for (seen_at = from; seen_at < from + seconds; turn()) {
    /* As many as load.mjs sends at once, so that the server is woken as often by both. */
    if (seen_at < looked_at + 0.005) continue;
    looked_at = seen_at;
    size_t due = (size_t)((seen_at - from) / 10 * viewer_count);
    for (; beats < due; beats++) put(&viewers[beats % (size_t)viewer_count], beat, sizeof beat);
  }
  printf("done sent=%zu received=%zu\n", beats, octets - octets_before);
}

/* Has each viewer come back when its server goes, after the waits of the page; done when all have. */
static void come_back(void) {
  double looked_at = 0;
  is_coming_back = 1;
  ready_count = 0;
  while (ready_count < viewer_count) {
    turn();
    if (seen_at < looked_at + 0.001) continue;
    looked_at = seen_at;
    for (int at = 0; at < viewer_count; at++)
      if (viewers[at].state == LOST && viewers[at].due <= seen_at) begin(&viewers[at]);
  }
  double seconds = now() - first_lost;
  is_coming_back = 0;
  qsort(connect_seconds, (size_t)viewer_count, sizeof *connect_seconds, by_number);
  for (int at = 0; at < MOST_FAILURES && failures[at].count > 0; at++)
    printf("failure %lu %s\n", failures[at].count, failures[at].what);
  printf("done seconds=%.6f p99=%.6f\n", seconds, connect_seconds[(size_t)(viewer_count * 0.99)] * 1e3);
}

static void obey(const char *order) {
  heard_at = seen_at = now();
  if (strncmp(order, "open ", 5) == 0) open_all(order);
  else if (strncmp(order, "publish ", 8) == 0) publish(order);
  else if (strncmp(order, "stop ", 5) == 0) stop(order);
  else if (strncmp(order, "idle ", 5) == 0) stay_idle(order);
  else if (strncmp(order, "comeBack", 8) == 0) come_back();
  else fail("an order that is unknown: %.100s", order);
  fflush(stdout);
}

/* Called with the milliseconds that it may sleep when nothing is there: 0, or 1 where the server is on the same core. */
int main(int count, char **arguments) {
  char order[1024];
  begin_turns(count > 1 ? atoi(arguments[1]) : 0);
  srand48(time(NULL) ^ getpid());
  while (fgets(order, sizeof order, stdin)) obey(order);
}
