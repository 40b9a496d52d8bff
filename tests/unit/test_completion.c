/* What the shells complete is what the tables hold, for every command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above: */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "executor/cli/client/completion.h"

struct search {
    char *script;
    const char *format; /* of an option in it */
    size_t commands, options;
};

/* The part of the script that is this command's. */
static char *arm_of(const char *script, const char *command)
{
    char head[64];
    const char *from, *to;

    (void)snprintf(head, sizeof(head), "'%s')\n", command);
    from = strstr(script, head);
    if (!from)
        fail_msg("nothing for %s", command);
    to = strstr(from, ";;");
    assert_non_null(to);
    return strndup(from, (size_t)(to - from));
}

static void look(void *ctx, const struct bl_syntax *syntax)
{
    struct search *search = ctx;
    char *arm = arm_of(search->script, syntax->command);

    search->commands++;
    for (size_t g = 0; g < syntax->group_count; g++) {
        for (size_t i = 0; i < syntax->groups[g].count; i++) {
            const struct bl_option *option = &syntax->groups[g].rows[i];
            char words[128];

            (void)snprintf(words, sizeof(words), search->format, option->name,
                           option->value ? "=" : "");
            if (!strstr(arm, words))
                fail_msg("%s: no \"%s\" in: %s", syntax->command, words, arm);
            search->options++;
        }
    }
    free(arm);
}

static void check(void (*print)(FILE *to), const char *format)
{
    struct search search = {.format = format};
    size_t length;
    FILE *to = open_memstream(&search.script, &length);

    assert_non_null(to);
    print(to);
    (void)fclose(to); /* to memory */
    bl_completion_commands(look, &search);
    assert_true(search.commands >= 12 && search.options > 100);
    free(search.script);
}

static void bash__has_every_option_of_every_command(void **state)
{
    (void)state;
    check(bl_completion_bash, "--%s%.0s");
}

static void zsh__has_every_option_and_whether_it_takes_a_value(void **state)
{
    (void)state;
    check(bl_completion_zsh, "'*--%s%s[");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bash__has_every_option_of_every_command),
        cmocka_unit_test(zsh__has_every_option_and_whether_it_takes_a_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
