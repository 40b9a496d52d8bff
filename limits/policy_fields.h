/* policy_fields.h - typed access to the fields of a profile's JSON. Private to policy*.c.
 *
 * Every function leaves *out alone and succeeds where the field is absent or null (what writes
 * these files spells "none" both ways), and fails with POLICY, naming the place, where the field
 * has another type or is out of bounds. What is stored is borrowed from the object. */
#ifndef BL_LIMITS_POLICY_FIELDS_H
#define BL_LIMITS_POLICY_FIELDS_H

#include <jansson.h>
#include <stdint.h>

#include "bailiff/err.h"

/* Where in the file: "defaultAction", "rule 3: action", "rule 3: args[1].op". */
struct bl_policy_place {
    int rule;         /* -1: not in a rule */
    const char *list; /* "args", or NULL */
    int item;         /* of list; -1: the list itself */
};

/* bl_policy_wrong - fails with POLICY at a place. field may be NULL. Whatever of the text is no
 * printable ASCII becomes '?': the file is not ours, and messages end on terminals. */
__attribute__((format(printf, 4, 5))) int bl_policy_wrong(struct bl_err *err,
                                                          const struct bl_policy_place *place,
                                                          const char *field, const char *format,
                                                          ...);

int bl_policy_get_string(const json_t *object, const char *field, const char **out,
                         const struct bl_policy_place *place, struct bl_err *err);
int bl_policy_get_uint(const json_t *object, const char *field, uint64_t max, uint64_t *out,
                       const struct bl_policy_place *place, struct bl_err *err);
int bl_policy_get_array(const json_t *object, const char *field, const json_t **out,
                        const struct bl_policy_place *place, struct bl_err *err);
int bl_policy_get_object(const json_t *object, const char *field, const json_t **out,
                         const struct bl_policy_place *place, struct bl_err *err);

/* bl_policy_get_strings - as _array, and every item must be a string. */
int bl_policy_get_strings(const json_t *object, const char *field, const json_t **out,
                          const struct bl_policy_place *place, struct bl_err *err);

/* bl_policy_only_fields - fails where value is no object, or has a field that is not in the
 * NULL-ended list: a rule with a misspelt field must not pass as a rule without it. */
int bl_policy_only_fields(const json_t *value, const char *const known[],
                          const struct bl_policy_place *place, struct bl_err *err);

#endif
