/* glob.c - see glob.h. */
#include "executor/judge/glob.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* A pattern without braces against path or a folder above it: the classic two-pointer walk, going
 * back to the last star only, which no later star can improve on. */
static bool match_plain(const char *pattern, const char *path)
{
    const char *star = NULL, *retry = NULL;

    for (;;) {
        if (!*pattern && (!*path || *path == '/'))
            return true;
        if (*pattern == '*') {
            star = ++pattern;
            retry = path;
        } else if (*path && *pattern == *path) {
            if (*path == '/')
                star = NULL; /* a star ends at its component */
            pattern++;
            path++;
        } else if (star && *retry && *retry != '/') {
            pattern = star;
            path = ++retry;
        } else {
            return false;
        }
    }
}

/* The first '{' and its '}'; *open NULL: no brace. false: not balanced. */
static bool find_braces(const char *pattern, const char **open, const char **close)
{
    unsigned depth = 0;

    *open = strchr(pattern, '{');
    if (!*open)
        return !strchr(pattern, '}');
    if (strchr(pattern, '}') && strchr(pattern, '}') < *open)
        return false;
    for (const char *at = *open; *at; at++) {
        depth += *at == '{';
        if (*at == '}' && --depth == 0) {
            *close = at;
            return true;
        }
    }
    return false;
}

/* The end of the alternative that begins at `at`: the next ',' or the closing brace itself. */
static const char *alternative_end(const char *at, const char *close)
{
    unsigned depth = 0;

    for (; at < close; at++) {
        depth += *at == '{';
        depth -= *at == '}';
        if (*at == ',' && !depth)
            break;
    }
    return at;
}

/* Tries every text that the braces stand for. path NULL: only counts them. */
static bool expand(const char *pattern, const char *path, unsigned *left, bool *ok)
{
    const char *open, *close = NULL, *from, *to;

    if (!find_braces(pattern, &open, &close))
        return *ok = false;
    if (!open) {
        if (!*left)
            return *ok = false;
        --*left;
        return path && match_plain(pattern, path);
    }
    for (from = open + 1; *ok; from = to + 1) {
        char text[BL_GLOB_BYTES_MAX + 1];

        to = alternative_end(from, close);
        (void)snprintf(text, sizeof(text), "%.*s%.*s%s", (int)(open - pattern), pattern,
                       (int)(to - from), from, close + 1); /* shorter than the pattern */
        if (expand(text, path, left, ok))
            return true;
        if (to == close)
            break;
    }
    return false;
}

bool bl_glob_ok(const char *pattern)
{
    unsigned left = BL_GLOB_BRACES_MAX;
    bool ok = *pattern && strlen(pattern) <= BL_GLOB_BYTES_MAX;

    if (ok)
        (void)expand(pattern, NULL, &left, &ok); /* counts */
    return ok;
}

bool bl_glob_match(const char *pattern, const char *path)
{
    unsigned left = BL_GLOB_BRACES_MAX;
    bool ok = true;

    return bl_glob_ok(pattern) && expand(pattern, path, &left, &ok);
}
