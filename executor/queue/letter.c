#include "executor/queue/letter.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bailiff/own.h"

/* Base64; NULL: it is none, or there is no memory. A NUL stands behind the bytes. */
static uint8_t *decode(const char *text, size_t *length)
{
    size_t size = text ? strlen(text) : 0;
    uint8_t *bytes = size < INT32_MAX ? malloc(size + 1) : NULL;
    int got;

    if (!bytes)
        return NULL;
    got = size ? EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)size) : 0;
    if (got < 0) {
        free(bytes);
        return NULL;
    }
    *length = (size_t)got;
    for (size_t i = size; i > 0 && text[i - 1] == '=' && *length > 0; i--)
        --*length; /* padding comes out as bytes */
    bytes[*length] = '\0';
    return bytes;
}

void bl_letter_key(char key[BL_QUEUE_KEY_MAX], const char *message_id)
{
    char tenant[BL_JOB_TENANT_MAX + 1], id[BL_JOB_ID_MAX + 1];
    size_t length = strcspn(message_id, "#\r\n");

    key[0] = '\0';
    if (length >= BL_QUEUE_KEY_MAX)
        return;
    memcpy(key, message_id, length);
    key[length] = '\0';
    if (!bl_queue_key_parse(key, tenant, id))
        key[0] = '\0';
}

/* headers: as NATS sends them: lines, the first of which is "NATS/1.0". */
static void read_key(struct bl_letter *letter, const char *headers)
{
    static const char name[] = "\r\nNats-Msg-Id:";
    const char *at = strstr(headers, name);

    if (at)
        at += strlen(name);
    bl_letter_key(letter->key, at ? at + strspn(at, " ") : "");
}

int64_t bl_letter_time(const char *text)
{
    struct tm broken = {.tm_sec = 0};
    time_t seconds;

    if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &broken))
        return 0;
    seconds = timegm(&broken);
    return seconds > 0 ? (int64_t)seconds : 0;
}

int bl_letter_read(struct bl_letter *letter, const json_t *message, struct bl_err *err)
{
    json_int_t sequence = json_integer_value(json_object_get(message, "seq"));
    bl_autofree uint8_t *headers = NULL;
    size_t length;

    *letter = (struct bl_letter){.sequence = sequence > 0 ? (uint64_t)sequence : 0,
                                 .subject = json_string_value(json_object_get(message, "subject"))};
    letter->at_s = bl_letter_time(json_string_value(json_object_get(message, "time")));
    headers = decode(json_string_value(json_object_get(message, "hdrs")), &length);
    letter->bytes = decode(json_string_value(json_object_get(message, "data")), &letter->length);
    if (!headers || !letter->bytes || !letter->subject || !letter->sequence || !letter->at_s) {
        bl_letter_release(letter);
        return bl_fail(err, BL_STEP_BROKER, 0, "a message that can't be read");
    }
    read_key(letter, (const char *)headers);
    return 0;
}

void bl_letter_release(struct bl_letter *letter)
{
    free(letter->bytes);
    letter->bytes = NULL;
}
