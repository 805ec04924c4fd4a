/* The work in C, on epoll: how little it can cost. `server PORT TRANSCRIPTION_PORT`.

   It knows exactly the messages that Twilio sends and checks nothing. Each track has its
   connection to the transcription side; the sound goes on in messages of 100 ms, and on every
   10 ms of it voice activity is judged, by a level against a floor that follows it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME = 160, BATCH = 5 * FRAME, HOP = 80, READ = 65536 };

typedef struct {
    int fd, filled;
    float floor, last, active;
    uint8_t sound[BATCH];
} Track;

typedef struct {
    int fd, upgraded, vendor;  /* vendor: a connection whose words nobody reads */
    size_t size;
    uint8_t *data;
    Track tracks[2];
} Link;

static float linear[256];
static int8_t value[256];
static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static int vendor_port, poller;

/* SHA-1, for the handshake alone. */
static uint32_t rol(uint32_t x, int n) { return x << n | x >> (32 - n); }

static void sha1(const uint8_t *text, size_t size, uint8_t *out) {
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    uint8_t padded[256] = {0};
    size_t blocks = (size + 8) / 64 + 1;
    memcpy(padded, text, size);
    padded[size] = 0x80;
    for (int i = 0; i < 8; i++)
        padded[blocks * 64 - 1 - i] = (uint8_t)((uint64_t)size * 8 >> 8 * i);
    for (size_t b = 0; b < blocks; b++) {
        uint32_t w[80], a = h[0], k = h[1], c = h[2], d = h[3], e = h[4];
        for (int i = 0; i < 16; i++) {
            const uint8_t *p = padded + b * 64 + 4 * i;
            w[i] = (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
        }
        for (int i = 16; i < 80; i++)
            w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        for (int i = 0; i < 80; i++) {
            uint32_t f, q;
            if (i < 20) f = (k & c) | (~k & d), q = 0x5A827999;
            else if (i < 40) f = k ^ c ^ d, q = 0x6ED9EBA1;
            else if (i < 60) f = (k & c) | (k & d) | (c & d), q = 0x8F1BBCDC;
            else f = k ^ c ^ d, q = 0xCA62C1D6;
            uint32_t next = rol(a, 5) + f + e + q + w[i];
            e = d, d = c, c = rol(k, 30), k = a, a = next;
        }
        h[0] += a, h[1] += k, h[2] += c, h[3] += d, h[4] += e;
    }
    for (int i = 0; i < 20; i++) out[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

static size_t encode(const uint8_t *in, size_t size, char *out) {
    char *o = out;
    for (size_t i = 0; i < size; i += 3) {
        uint32_t v = (uint32_t)in[i] << 16 | (i + 1 < size ? in[i + 1] << 8 : 0)
                   | (i + 2 < size ? in[i + 2] : 0);
        *o++ = digits[v >> 18];
        *o++ = digits[v >> 12 & 63];
        *o++ = i + 1 < size ? digits[v >> 6 & 63] : '=';
        *o++ = i + 2 < size ? digits[v & 63] : '=';
    }
    return (size_t)(o - out);
}

static size_t decode(const uint8_t *in, size_t size, uint8_t *out) {
    size_t made = 0;
    for (size_t i = 0; i + 3 < size; i += 4) {
        uint32_t v = (uint32_t)value[in[i]] << 18 | (uint32_t)value[in[i + 1]] << 12
                   | (uint32_t)(value[in[i + 2]] & 63) << 6 | (value[in[i + 3]] & 63);
        if (made < FRAME) out[made++] = (uint8_t)(v >> 16);
        if (made < FRAME && in[i + 2] != '=') out[made++] = (uint8_t)(v >> 8);
        if (made < FRAME && in[i + 3] != '=') out[made++] = (uint8_t)v;
    }
    return made;
}

static void all(int fd, const void *data, size_t size) {
    const char *at = data;
    while (size) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) continue;
        if (sent <= 0) return;
        at += sent, size -= (size_t)sent;
    }
}

static void judge(Track *track, const uint8_t *frame) {
    for (int hop = 0; hop < FRAME; hop += HOP) {
        float power = 0;
        for (int i = hop; i < hop + HOP; i++) {
            float sample = linear[frame[i]], rise = sample - 0.95f * track->last;
            track->last = sample;
            power += rise * rise;
        }
        power /= HOP;
        track->floor += (power - track->floor) * (power < track->floor ? 0.1f : 0.001f);
        track->active = power > 5 * track->floor;
    }
}

static void hear(Track *track, const uint8_t *text, size_t size) {
    uint8_t *frame = track->sound + track->filled;
    if (decode(text, size, frame) != FRAME) return;
    judge(track, frame);
    track->filled += FRAME;
    if (track->filled < BATCH) return;
    track->filled = 0;
    static const char before[] = "{\"type\":\"input_audio_buffer.append\",\"audio\":\"";
    /* The mask is of zeros. */
    uint8_t message[2048] = {0x81, 0xfe};
    char *at = (char *)message + 8;
    at = stpcpy(at, before);
    at += encode(track->sound, BATCH, at);
    *at++ = '"', *at++ = '}';
    size_t length = (size_t)(at - (char *)message) - 8;
    message[2] = (uint8_t)(length >> 8), message[3] = (uint8_t)length;
    all(track->fd, message, length + 8);
}

static Link *watched(int fd, int vendor) {
    Link *link = calloc(1, sizeof *link);
    link->fd = fd, link->vendor = vendor;
    link->data = malloc(READ);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = link};
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    return link;
}

static int vendor(void) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(vendor_port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (connect(fd, (struct sockaddr *)&to, sizeof to)) exit(1);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    static const char ask[] =
        "GET /v1/realtime HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n";
    all(fd, ask, sizeof ask - 1);
    char answer[4096];
    size_t size = 0;
    while (!memmem(answer, size, "\r\n\r\n", 4)) {
        ssize_t got = recv(fd, answer + size, sizeof answer - size, 0);
        if (got <= 0) exit(1);
        size += (size_t)got;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    watched(fd, 1);
    return fd;
}

static void take(Link *link, uint8_t *text, size_t size) {
    static const char sound[] = "\"payload\":\"";
    if (!memmem(text, size < 64 ? size : 64, "\"media\"", 7)) {
        if (memmem(text, size < 64 ? size : 64, "\"start\"", 7))
            for (int i = 0; i < 2; i++)
                link->tracks[i].fd = vendor(), link->tracks[i].floor = 1e6f;
        return;
    }
    uint8_t *begin = memmem(text, size, sound, sizeof sound - 1);
    if (!begin) return;
    begin += sizeof sound - 1;
    uint8_t *end = memchr(begin, '"', size - (size_t)(begin - text));
    int outbound = memmem(text, size, "\"outbound\"", 10) != NULL;
    if (end) hear(&link->tracks[outbound], begin, (size_t)(end - begin));
}

static void greet(Link *link) {
    uint8_t *end = memmem(link->data, link->size, "\r\n\r\n", 4);
    if (!end) return;
    uint8_t *key = (uint8_t *)strcasestr((char *)link->data, "Sec-WebSocket-Key: ") + 19;
    uint8_t text[60], hash[20];
    memcpy(text, key, 24);
    memcpy(text + 24, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36);
    sha1(text, 60, hash);
    char answer[256], accept[32];
    accept[encode(hash, 20, accept)] = 0;
    int size = snprintf(answer, sizeof answer,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
    all(link->fd, answer, (size_t)size);
    link->upgraded = 1;
    size_t used = (size_t)(end + 4 - link->data);
    memmove(link->data, link->data + used, link->size - used);
    link->size -= used;
}

static void messages(Link *link) {
    size_t at = 0;
    while (link->size - at >= 6) {
        uint8_t *data = link->data + at;
        size_t size = data[1] & 127, head = 2;
        if (size == 126) size = (size_t)data[2] << 8 | data[3], head = 4;
        if (link->size - at < head + 4 + size) break;
        uint8_t *mask = data + head, *text = mask + 4;
        for (size_t i = 0; i < size; i++) text[i] ^= mask[i & 3];
        take(link, text, size);
        at += head + 4 + size;
    }
    memmove(link->data, link->data + at, link->size - at);
    link->size -= at;
}

static void gone(Link *link) {
    close(link->fd);
    if (!link->vendor)
        for (int i = 0; i < 2; i++)
            if (link->tracks[i].fd) shutdown(link->tracks[i].fd, SHUT_RDWR);
    free(link->data);
    free(link);
}

static void ready(Link *link) {
    ssize_t got = recv(link->fd, link->data + link->size, READ - link->size - 1, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return gone(link);
    if (link->vendor) return;
    link->size += (size_t)got;
    link->data[link->size] = 0;
    if (!link->upgraded) greet(link);
    if (link->upgraded) messages(link);
}

int main(int count, char **arguments) {
    if (count < 3) return 1;
    vendor_port = atoi(arguments[2]);
    for (int i = 0; i < 256; i++) {
        int code = ~i & 255, big = (((code & 15) << 1) + 33) << (code >> 4 & 7);
        linear[i] = (float)((code & 128 ? 33 - big : big - 33) * 4);
    }
    for (int i = 0; i < 64; i++) value[(uint8_t)digits[i]] = (int8_t)i;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int door = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(door, (struct sockaddr *)&here, sizeof here) || listen(door, 512)) return 1;
    poller = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, found[256];
    epoll_ctl(poller, EPOLL_CTL_ADD, door, &event);
    for (;;) {
        int ripe = epoll_wait(poller, found, 256, -1);
        for (int i = 0; i < ripe; i++) {
            if (found[i].data.ptr) {
                ready(found[i].data.ptr);
                continue;
            }
            int fd = accept4(door, NULL, NULL, SOCK_NONBLOCK);
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            if (fd >= 0) watched(fd, 0);
        }
    }
}
