/*
 * The load client: very many WebSockets in one process, by epoll. It is told what to do on stdin, a line each with
 * fields parted by tabs, and answers on stdout, a line of JSON each; load-client.ts names the commands. Times are
 * microseconds of CLOCK_MONOTONIC, which is what Node's hrtime gives in every process of the machine.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FREE, CONNECTING, UPGRADING, SPEAKING, READY };
enum { MAX_PEERS = 65536, MAX_STEPS = 16, MAX_SAMPLE = 4096, MAX_CAPTURE = 64, STALL_US = 15000000 };

typedef struct {
  int fd;
  int state;
  int step;
  int is_checked;
  char capture[MAX_CAPTURE];
  unsigned char *kept; /* a frame that came in part */
  size_t kept_length;
} Peer;

static Peer peers[MAX_PEERS];
static char **tokens;
static int token_count;
static char *steps[MAX_STEPS];
static int step_count;
static char *capture_prefix, *check_text, *ping_text, *pong_text, *path;
static int port, source_host = 0, poller;

static int wanted, opened, ready, in_flight, window, checked, failed, lost, is_connecting;
static double connect_at, ready_at, progress_at;
static double *arrivals;
static long arrived, expected;
static char sample[MAX_SAMPLE + 1], fault[257];
static unsigned char in[1 << 18];

static double now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static double cpu_us(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static void print_json_text(const char *text) {
  putchar('"');
  for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
    if (*c == '"' || *c == '\\') printf("\\%c", *c);
    else if (*c < 0x20) printf("\\u%04x", *c);
    else putchar(*c);
  }
  putchar('"');
}

static void note_fault(const char *format, ...) {
  if (fault[0]) return;
  va_list args;
  va_start(args, format);
  vsnprintf(fault, sizeof fault, format, args);
  va_end(args);
}

static void finish_report(void) {
  printf(",\"sample\":");
  print_json_text(sample);
  printf(",\"fault\":");
  print_json_text(fault);
  printf(",\"lost\":%d,\"cpuUs\":%.0f}\n", lost, cpu_us());
  fflush(stdout);
}

static void report_state(const char *event) {
  printf("{\"event\":\"%s\",\"ready\":%d,\"errors\":%d,\"checked\":%d,\"startedAt\":%.1f,\"readyAt\":%.1f",
         event, ready, wanted - ready, checked, connect_at, ready_at);
  finish_report();
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void report_received(void) {
  qsort(arrivals, arrived, sizeof *arrivals, by_value);
  double p50 = arrived ? arrivals[arrived / 2] : 0;
  double p99 = arrived ? arrivals[(long)(arrived * 0.99)] : 0;
  double last = arrived ? arrivals[arrived - 1] : 0;
  printf("{\"event\":\"received\",\"received\":%ld,\"missing\":%ld,\"p50At\":%.1f,\"p99At\":%.1f,\"lastAt\":%.1f",
         arrived, expected - arrived, p50, p99, last);
  expected = 0;
  finish_report();
}

static void check_done(void) {
  if (!is_connecting || ready + failed < wanted) return;
  is_connecting = 0;
  report_state("connected");
}

/* A reset, as when a line is cut: nothing is left in TIME_WAIT. */
static void drop(Peer *peer) {
  struct linger hard = {1, 0};
  if (peer->state == FREE) return;
  setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close(peer->fd);
  if (peer->state == READY) ready--;
  else in_flight--;
  if (peer->is_checked) checked--;
  free(peer->kept);
  peer->kept = NULL;
  peer->kept_length = 0;
  peer->is_checked = 0;
  peer->state = FREE;
}

/* It is not tried again: an error is an error. */
static void fail(Peer *peer) {
  if (peer->state == READY) lost++;
  failed++;
  drop(peer);
}

static void send_all(Peer *peer, const void *bytes, size_t length) {
  if (send(peer->fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length) return;
  note_fault("not written: %s", strerror(errno));
}

static void send_frame(Peer *peer, int opcode, const char *text, size_t length) {
  unsigned char frame[16384 + 14], key[4];
  size_t head = 2;
  if (length > 16384) length = 16384;
  for (int i = 0; i < 4; i++) key[i] = rand();
  frame[0] = 0x80 | opcode;
  if (length < 126) frame[1] = 0x80 | length;
  else {
    frame[1] = 0x80 | 126;
    frame[2] = length >> 8;
    frame[3] = length;
    head = 4;
  }
  memcpy(frame + head, key, 4);
  head += 4;
  for (size_t i = 0; i < length; i++) frame[head + i] = text[i] ^ key[i & 3];
  send_all(peer, frame, head + length);
}

/* $T is the peer's token, $C what was captured from its last greeting. */
static void send_step(Peer *peer, const char *text) {
  char out[16384];
  size_t length = 0;
  int index = peer - peers;
  for (const char *c = text; *c && length < sizeof out - 1; c++) {
    const char *put = NULL;
    if (c[0] == '$' && c[1] == 'T' && token_count) put = tokens[index % token_count];
    else if (c[0] == '$' && c[1] == 'C') put = peer->capture;
    if (!put) out[length++] = *c;
    else {
      size_t put_length = strlen(put);
      if (length + put_length >= sizeof out) break;
      memcpy(out + length, put, put_length);
      length += put_length;
      c++;
    }
  }
  send_frame(peer, 1, out, length);
}

static void speak(Peer *peer) {
  while (peer->step < step_count && steps[peer->step][0] == '>') send_step(peer, steps[peer->step++] + 1);
  if (peer->step < step_count || peer->state == READY) return;
  peer->state = READY;
  in_flight--;
  ready++;
  ready_at = progress_at = now_us();
}

static void capture(Peer *peer, const char *text, size_t length) {
  const char *at = capture_prefix ? memmem(text, length, capture_prefix, strlen(capture_prefix)) : NULL;
  if (!at) return;
  at += strlen(capture_prefix);
  size_t n = 0;
  while (at + n < text + length && at[n] != '"' && n < MAX_CAPTURE - 1) n++;
  memcpy(peer->capture, at, n);
  peer->capture[n] = 0;
}

static void keep_sample(Peer *peer, const char *text, size_t length) {
  if (peer != peers) return;
  if (length > MAX_SAMPLE) length = MAX_SAMPLE;
  memcpy(sample, text, length);
  sample[length] = 0;
}

static void count(const char *text, size_t length) {
  if (arrived >= expected) return;
  double at = progress_at = now_us();
  const char *end = text + length;
  /* Several messages may share a frame, one a line. */
  for (const char *c = text; c && arrived < expected;) {
    arrivals[arrived++] = at;
    c = memchr(c, '\n', end - c);
    if (c && ++c == end) break;
  }
  if (arrived == expected) report_received();
}

static int is_text(const char *wanted_text, const char *text, size_t length) {
  return wanted_text && strlen(wanted_text) == length && memcmp(wanted_text, text, length) == 0;
}

static void on_text(Peer *peer, const char *text, size_t length) {
  if (is_text(ping_text, text, length)) return send_frame(peer, 1, pong_text, strlen(pong_text));
  keep_sample(peer, text, length);
  if (check_text && !peer->is_checked && memmem(text, length, check_text, strlen(check_text))) {
    peer->is_checked = 1;
    checked++;
    ready_at = progress_at = now_us();
  }
  if (peer->state == READY) return count(text, length);
  const char *prefix = steps[peer->step] + 1;
  if (length < strlen(prefix) || memcmp(text, prefix, strlen(prefix)) != 0) {
    if (steps[peer->step][0] == '~') return;
    note_fault("greeted with %.*s", (int)(length < 120 ? length : 120), text);
    return fail(peer);
  }
  capture(peer, text, length);
  peer->step++;
  speak(peer);
}

/* Returns how many bytes it has used; 0 where the frame is not whole yet. */
static size_t take_frame(Peer *peer, const unsigned char *bytes, size_t length) {
  size_t head = 2, body;
  if (length < 2) return 0;
  body = bytes[1] & 0x7f;
  if (body == 126) head = 4;
  if (body == 127) head = 10;
  if (length < head) return 0;
  if (head == 4) body = bytes[2] << 8 | bytes[3];
  if (head == 10) {
    body = 0;
    for (int i = 2; i < 10; i++) body = body << 8 | bytes[i];
  }
  if (length < head + body) return 0;
  const char *text = (const char *)bytes + head;
  int opcode = bytes[0] & 0x0f;
  if (opcode == 1) on_text(peer, text, body);
  else if (opcode == 9) send_frame(peer, 10, text, body);
  else if (opcode == 8) {
    note_fault("closed with %d", body < 2 ? 1005 : (bytes[head] << 8 | bytes[head + 1]));
    fail(peer);
  }
  return head + body;
}

static size_t take_upgrade(Peer *peer, const unsigned char *bytes, size_t length) {
  const unsigned char *end = memmem(bytes, length, "\r\n\r\n", 4);
  if (!end) return 0;
  if (length < 12 || memcmp(bytes + 9, "101", 3) != 0) {
    note_fault("upgrade answered with %.12s", (const char *)bytes);
    fail(peer);
    return length;
  }
  peer->state = SPEAKING;
  speak(peer);
  return end + 4 - bytes;
}

static void take(Peer *peer, const unsigned char *bytes, size_t length) {
  size_t at = 0;
  while (at < length && peer->state != FREE) {
    size_t used = peer->state == UPGRADING ? take_upgrade(peer, bytes + at, length - at)
                                           : take_frame(peer, bytes + at, length - at);
    if (used == 0) break;
    at += used;
  }
  if (peer->state == FREE || at == length) return;
  peer->kept_length = length - at;
  peer->kept = malloc(peer->kept_length);
  memcpy(peer->kept, bytes + at, peer->kept_length);
}

static void on_readable(Peer *peer) {
  size_t kept = peer->kept_length;
  if (kept > sizeof in / 2) return fail(peer);
  if (kept) {
    memcpy(in, peer->kept, kept);
    free(peer->kept);
    peer->kept = NULL;
    peer->kept_length = 0;
  }
  ssize_t got = read(peer->fd, in + kept, sizeof in - kept);
  if (got > 0) return take(peer, in, kept + got);
  if (got < 0 && errno == EAGAIN) return;
  note_fault("ended by the server: %s", got < 0 ? strerror(errno) : "no error");
  fail(peer);
}

static void on_connected(Peer *peer) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(peer->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error) {
    note_fault("connect: %s", strerror(error));
    return fail(peer);
  }
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
  epoll_ctl(poller, EPOLL_CTL_MOD, peer->fd, &event);
  if (!path[0]) return speak(peer);
  char request[512];
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                        path, port);
  peer->state = UPGRADING;
  send_all(peer, request, length);
}

/* Where the ports of one address are used up, the next address of the loopback network has as many. */
static int start_connect(int fd) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (;;) {
    if (source_host) {
      int yes = 1;
      struct sockaddr_in from = {.sin_family = AF_INET};
      from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + source_host);
      setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
      bind(fd, (struct sockaddr *)&from, sizeof from);
    }
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS) return 0;
    if (errno != EADDRNOTAVAIL || ++source_host > 200) return -1;
  }
}

static void open_one(Peer *peer) {
  int yes = 1;
  peer->step = 0;
  peer->is_checked = 0;
  peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  opened++;
  if (peer->fd < 0 || start_connect(peer->fd) < 0) {
    note_fault("connect: %s", strerror(errno));
    if (peer->fd >= 0) close(peer->fd);
    failed++;
    return;
  }
  setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  peer->state = CONNECTING;
  in_flight++;
  struct epoll_event event = {.events = EPOLLOUT, .data.ptr = peer};
  epoll_ctl(poller, EPOLL_CTL_ADD, peer->fd, &event);
}

static void open_more(void) {
  while (is_connecting && opened < wanted && in_flight < window) open_one(&peers[opened]);
  check_done();
}

static void close_down_to(int n) {
  for (int i = opened - 1; i >= n; i--) drop(&peers[i]);
  opened = opened < n ? opened : n;
  wanted = opened;
  printf("{\"event\":\"closed\",\"at\":%.1f", now_us());
  finish_report();
}

static void set_text(char **target, const char *text) {
  free(*target);
  *target = text && text[0] ? strdup(text) : NULL;
}

static void start(char **field, int n) {
  wanted = n > 1 ? atoi(field[1]) : 0;
  if (wanted > MAX_PEERS) wanted = MAX_PEERS;
  window = n > 2 ? atoi(field[2]) : 1;
  failed = lost = 0;
  fault[0] = 0;
  is_connecting = 1;
  connect_at = ready_at = progress_at = now_us();
}

static void expect(long each) {
  lost = failed = 0;
  fault[0] = 0;
  arrived = 0;
  expected = each * ready;
  arrivals = realloc(arrivals, (expected + 1) * sizeof *arrivals);
  progress_at = now_us();
  printf("{\"event\":\"expecting\"");
  finish_report();
}

static void load_tokens(const char *file) {
  char line[8192];
  FILE *list = fopen(file, "r");
  while (list && fgets(line, sizeof line, list)) {
    line[strcspn(line, "\n")] = 0;
    tokens = realloc(tokens, (token_count + 1) * sizeof *tokens);
    tokens[token_count++] = strdup(line);
  }
  if (list) fclose(list);
}

static void on_command(char *line) {
  char *field[MAX_STEPS + 1];
  int n = 0;
  for (char *part; n <= MAX_STEPS && (part = strsep(&line, "\t"));) field[n++] = part;
  const char *word = field[0], *text = n > 1 ? field[1] : "";
  if (strcmp(word, "steps") == 0) {
    for (int i = 0; i < step_count; i++) free(steps[i]);
    step_count = 0;
    for (int i = 1; i < n; i++) if (field[i][0]) steps[step_count++] = strdup(field[i]);
  } else if (strcmp(word, "capture") == 0) set_text(&capture_prefix, text);
  else if (strcmp(word, "check") == 0) {
    set_text(&check_text, text);
    for (int i = 0; i < opened; i++) peers[i].is_checked = 0;
    checked = 0;
  } else if (strcmp(word, "beat") == 0 && n > 2) {
    set_text(&ping_text, field[1]);
    set_text(&pong_text, field[2]);
  } else if (strcmp(word, "connect") == 0) start(field, n);
  else if (strcmp(word, "close") == 0) close_down_to(atoi(text));
  else if (strcmp(word, "expect") == 0) expect(atol(text));
  else if (strcmp(word, "status") == 0) report_state("status");
}

static void on_stdin(void) {
  static char buffer[65536];
  static size_t length;
  ssize_t got = read(0, buffer + length, sizeof buffer - length - 1);
  if (got <= 0) exit(0);
  length += got;
  for (char *end; (end = memchr(buffer, '\n', length));) {
    *end = 0;
    on_command(buffer);
    length -= end + 1 - buffer;
    memmove(buffer, end + 1, length);
  }
}

static void check_stall(void) {
  if (now_us() - progress_at < STALL_US) return;
  if (is_connecting) {
    note_fault("no progress for %d s", STALL_US / 1000000);
    is_connecting = 0;
    report_state("connected");
  }
  if (expected) {
    note_fault("no message for %d s", STALL_US / 1000000);
    report_received();
  }
}

int main(int argc, char **argv) {
  static struct epoll_event events[1024];
  struct rlimit files;
  if (argc < 4) return 2;
  port = atoi(argv[1]);
  path = argv[2];
  load_tokens(argv[3]);
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poller, EPOLL_CTL_ADD, 0, &event);
  for (;;) {
    int n = epoll_wait(poller, events, 1024, 250);
    int is_told = 0;
    for (int i = 0; i < n; i++) {
      Peer *peer = events[i].data.ptr;
      if (!peer) is_told = 1;
      else if (peer->state == CONNECTING) on_connected(peer);
      else if (peer->state != FREE) on_readable(peer);
    }
    if (is_told) on_stdin();
    open_more();
    if (n == 0) check_stall();
  }
}
