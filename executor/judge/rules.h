/* rules.h - submissions.yaml; private to submissions.c. */
#ifndef BL_JUDGE_RULES_H
#define BL_JUDGE_RULES_H

#include "executor/base/yaml.h"
#include "executor/judge/submissions.h"

/* bl_rules_read - the file; root NULL where there is none. Fails with PACKAGE. */
int bl_rules_read(struct bl_yaml_file *file, int package, struct bl_arena *arena,
                  struct bl_err *err);

/* bl_rules_apply - settles what is expected of a submission (program.name is set): the folder's
 * rule, replaced where the file has a key of exactly that name, and one for each glob that matches,
 * and for each of its test groups. Sets language and entrypoint, too.
 * Fails with PACKAGE: unknown names, bad globs, more than BL_RULES_MAX rules. */
int bl_rules_apply(struct bl_submission *submission, const char *folder, bool legacy,
                   const struct bl_yaml_file *file, struct bl_arena *arena, struct bl_err *err);

#endif
