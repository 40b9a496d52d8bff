/* names.h - what a job and what belongs to it is called in the queue. Pure.
 *
 *     tenant "blue.team", job "s-4711.2", priority class normal
 *     key        blue=team.s-4711=2
 *     job        jobs.blue=team.normal          Nats-Msg-Id: the key
 *     result     results.blue=team.s-4711=2     dead, tries and cancel likewise
 *     consumer   blue=team_normal               of the lane: one tenant's jobs of one class
 *
 * A dot parts the tokens of a subject, so those of a name become '=', which no name contains: two
 * names never share a subject. The tenant is part of everything, because ids are chosen by tenants:
 * one's must not name another's, and a broker's permissions go by subject. */
#ifndef BL_QUEUE_NAMES_H
#define BL_QUEUE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "bailiff/err.h"
#include "bailiff/job.h"

/* name, text; the most urgent first */
#define BL_QUEUE_CLASSES(X) X(HIGH, high) X(NORMAL, normal) X(LOW, low)

enum bl_queue_class {
#define X(name, text) BL_QUEUE_##name,
    BL_QUEUE_CLASSES(X)
#undef X
        BL_QUEUE_CLASS_COUNT
};

const char *bl_queue_class_name(enum bl_queue_class class);
bool bl_queue_class_parse(const char *text, enum bl_queue_class *class);

/* bl_queue_class_of - of a job's own priority: positive ones are high, negative ones low. */
enum bl_queue_class bl_queue_class_of(int priority);

enum {
    BL_QUEUE_KEY_MAX = BL_JOB_TENANT_MAX + 1 + BL_JOB_ID_MAX + 1, /* with its NUL */
    BL_QUEUE_SUBJECT_MAX = 16 + BL_QUEUE_KEY_MAX,
    BL_QUEUE_LANE_TEXT_MAX = BL_JOB_TENANT_MAX + 16,
};

/* bl_queue_key - fails with FIELD: a tenant or id that is empty, too long, or has a character that
 * it must not have. */
int bl_queue_key(char key[BL_QUEUE_KEY_MAX], const char *tenant, const char *id,
                 struct bl_err *err);

/* bl_queue_key_parse - the names back. False: no key. */
bool bl_queue_key_parse(const char *key, char tenant[BL_JOB_TENANT_MAX + 1],
                        char id[BL_JOB_ID_MAX + 1]);

/* bl_queue_subject - "results" and a key; returns subject. */
const char *bl_queue_subject(char subject[BL_QUEUE_SUBJECT_MAX], const char *what, const char *key);

/* The jobs of one tenant in one class. */
struct bl_queue_lane {
    char tenant[BL_JOB_TENANT_MAX + 1];
    enum bl_queue_class class;
};

/* bl_queue_lane_parse - of "jobs.<tenant>.<class>". False: it is none. */
bool bl_queue_lane_parse(const char *subject, struct bl_queue_lane *lane);

/* Both return text. lane->tenant is a tenant's name. */
const char *bl_queue_lane_subject(const struct bl_queue_lane *lane,
                                  char text[BL_QUEUE_SUBJECT_MAX]);
const char *bl_queue_lane_consumer(const struct bl_queue_lane *lane,
                                   char text[BL_QUEUE_LANE_TEXT_MAX]);

#endif
