/* store_fetch_wire.h - what travels between the worker and its fetcher: packets of one
 * SOCK_SEQPACKET pair, each one struct, whole. */
#ifndef BL_SERVER_STORE_FETCH_WIRE_H
#define BL_SERVER_STORE_FETCH_WIRE_H

#include "executor/server/store_fetch.h"

enum { BL_FETCH_DATA_MAX = 16 * 1024 }; /* libcurl's CURL_MAX_WRITE_SIZE */

/* Worker to fetcher. */
struct bl_fetch_order {
    uint64_t id;      /* never used twice; 0 is none */
    bool is_to_stop;  /* nothing else counts then */
    uint64_t time_ns; /* from now */
    uint64_t bytes_max;
    char url[BL_URL_TEXT_MAX]; /* as bl_url_parse() wrote it */
};

enum bl_fetch_news_kind {
    BL_FETCH_NEWS_START = 1, /* a new process: nothing is under way */
    BL_FETCH_NEWS_DATA,
    BL_FETCH_NEWS_END,  /* all has come */
    BL_FETCH_NEWS_FAIL, /* data: the detail, not terminated */
};

/* Fetcher to worker; sent with as many bytes of data as it says. */
struct bl_fetch_news {
    uint64_t id;
    uint32_t kind;
    uint32_t step; /* FAIL: FETCH or FETCH_LATER */
    uint32_t length;
    uint8_t data[BL_FETCH_DATA_MAX];
};

#define BL_FETCH_NEWS_HEAD offsetof(struct bl_fetch_news, data)

/* bl_fetch_process - the fetcher: serves orders from the socket until its end. Takes it. The result
 * is the process's exit status. */
int bl_fetch_process(int socket, const struct bl_fetcher_config *config);

#endif
