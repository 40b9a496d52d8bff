/* expectation_names.c - folders and tags by name; see expectation.h. */
#include <ctype.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/judge/expectation.h"

/* Folder names with what every testcase may end as and what one must, in the legacy format (its
 * prose: a slow one may be wrong as well, a crashing one anything) and in the newer one. */
static const struct {
    const char *name;
    uint32_t legacy_permitted, legacy_required, permitted, required;
} folders[] = {
    {"accepted", BL_SET_AC, BL_SET_AC, BL_SET_AC, BL_SET_AC},
    {"rejected", BL_SET_ANY, BL_SET_ANY & ~BL_SET_AC, BL_SET_ANY, BL_SET_ANY & ~BL_SET_AC},
    {"partially_accepted", BL_SET_ANY, BL_SET_AC, BL_SET_ANY, BL_SET_AC},
    {"wrong_answer", BL_SET_AC | BL_SET_WA, BL_SET_WA, BL_SET_AC | BL_SET_WA, BL_SET_WA},
    {"time_limit_exceeded", BL_SET_AC | BL_SET_WA | BL_SET_TLE, BL_SET_TLE, BL_SET_AC | BL_SET_TLE,
     BL_SET_TLE},
    {"run_time_error", BL_SET_ANY, BL_SET_RTE, BL_SET_AC | BL_SET_RTE, BL_SET_RTE},
    {"brute_force", BL_SET_ANY & ~BL_SET_WA, BL_SET_RTE | BL_SET_TLE, BL_SET_ANY & ~BL_SET_WA,
     BL_SET_RTE | BL_SET_TLE},
};

/* Not of the format, but what ICPC judges' packages carry: one verdict that it has no folder for.
 */
static const struct {
    const char *name;
    uint32_t set;
} exact_folders[] = {
    {"memory_limit_exceeded", BL_OUTCOME_BIT(BL_MLE)},
    {"memory_limit", BL_OUTCOME_BIT(BL_MLE)},
    {"output_limit_exceeded", BL_OUTCOME_BIT(BL_OLE)},
    {"output_limit", BL_OUTCOME_BIT(BL_OLE)},
    {"run-error", BL_SET_RTE},
    {"timelimit", BL_SET_TLE},
};

static const char *const compile_folders[] = {"compile_error", "compiler_error",
                                              "compile_time_error", "compilation_error"};

static const struct {
    const char *name; /* upper case, '-' for '_' */
    uint32_t set;
} tags[] = {
    {"AC", BL_SET_AC},
    {"ACCEPTED", BL_SET_AC},
    {"CORRECT", BL_SET_AC},
    {"WA", BL_SET_WA},
    {"WRONG-ANSWER", BL_SET_WA},
    {"NO-OUTPUT", BL_SET_WA},
    {"PRESENTATION-ERROR", BL_SET_WA},
    {"TLE", BL_SET_TLE},
    {"TIMELIMIT", BL_SET_TLE},
    {"TIME-LIMIT", BL_SET_TLE},
    {"TIME-LIMIT-EXCEEDED", BL_SET_TLE},
    {"RTE", BL_OUTCOME_BIT(BL_RTE)},
    /* Written for judges that tell a memory kill as a crash. */
    {"RUN-ERROR", BL_OUTCOME_BIT(BL_RTE) | BL_OUTCOME_BIT(BL_MLE)},
    {"RUN-TIME-ERROR", BL_OUTCOME_BIT(BL_RTE) | BL_OUTCOME_BIT(BL_MLE)},
    {"RUNTIME-ERROR", BL_OUTCOME_BIT(BL_RTE) | BL_OUTCOME_BIT(BL_MLE)},
    {"MLE", BL_OUTCOME_BIT(BL_MLE)},
    {"MEMORY-LIMIT", BL_OUTCOME_BIT(BL_MLE)},
    {"MEMORY-LIMIT-EXCEEDED", BL_OUTCOME_BIT(BL_MLE)},
    {"OLE", BL_OUTCOME_BIT(BL_OLE)},
    {"OUTPUT-LIMIT", BL_OUTCOME_BIT(BL_OLE)},
    {"OUTPUT-LIMIT-EXCEEDED", BL_OUTCOME_BIT(BL_OLE)},
    {"CE", BL_OUTCOME_BIT(BL_CE)},
    {"COMPILER-ERROR", BL_OUTCOME_BIT(BL_CE)},
    {"COMPILE-ERROR", BL_OUTCOME_BIT(BL_CE)},
    {"CHECK-MANUALLY", BL_SET_ANY | BL_OUTCOME_BIT(BL_CE)},
};

bool bl_expectation_folder(const char *folder, bool legacy, struct bl_rule *rule, bool *ce)
{
    *rule = (struct bl_rule){.permitted = BL_SET_ANY, .required = BL_SET_ANY};
    *ce = false;
    for (size_t i = 0; i < BL_ARRAY_LEN(compile_folders); i++)
        if (strcmp(compile_folders[i], folder) == 0)
            return *ce = true;
    for (size_t i = 0; i < BL_ARRAY_LEN(exact_folders); i++)
        if (strcmp(exact_folders[i].name, folder) == 0) {
            rule->permitted = BL_SET_AC | exact_folders[i].set;
            rule->required = exact_folders[i].set;
            rule->time_use = BL_TIME_NEVER;
            return true;
        }
    for (size_t i = 0; i < BL_ARRAY_LEN(folders); i++)
        if (strcmp(folders[i].name, folder) == 0) {
            rule->permitted = legacy ? folders[i].legacy_permitted : folders[i].permitted;
            rule->required = legacy ? folders[i].legacy_required : folders[i].required;
            /* The format's own exception to "what may not be too slow bounds the limit". */
            if (strcmp(folder, "accepted") != 0 && legacy)
                rule->time_use = BL_TIME_NEVER;
            return true;
        }
    return false;
}

static char folded(char c)
{
    return c == '_' ? '-' : (char)toupper((unsigned char)c);
}

uint32_t bl_expectation_name(const char *name, size_t length)
{
    for (size_t i = 0; i < BL_ARRAY_LEN(tags); i++) {
        size_t at = 0;

        if (strlen(tags[i].name) != length)
            continue;
        while (at < length && folded(name[at]) == tags[i].name[at])
            at++;
        if (at == length)
            return tags[i].set;
    }
    return 0;
}

static bool is_name(char c)
{
    return isalpha((unsigned char)c) || c == '-' || c == '_';
}

int bl_expectation_tag(const char *source, size_t length, uint32_t *final, struct bl_err *err)
{
    static const char mark[] = "@EXPECTED_RESULTS@:";
    const char *at = memmem(source, length, mark, strlen(mark)), *end = source + length;

    *final = 0;
    if (!at)
        return 0;
    for (at += strlen(mark); at < end && *at != '\n';) {
        size_t word = 0;

        while (at + word < end && is_name(at[word]))
            word++;
        if (word) {
            uint32_t set = bl_expectation_name(at, word);

            /* The rest of a comment line ("*" "/", "-->") holds no letters; a word is a name. */
            if (!set && isalpha((unsigned char)*at))
                return bl_fail(err, BL_STEP_PACKAGE, 0, "@EXPECTED_RESULTS@: unknown '%.*s'",
                               (int)(word < 40 ? word : 40), at);
            *final |= set;
        }
        at += word ? word : 1;
    }
    return *final ? 0 : bl_fail(err, BL_STEP_PACKAGE, 0, "@EXPECTED_RESULTS@: names nothing");
}
