/* outcome.c - names of outcomes; see outcome.h. */
#include "executor/judge/outcome.h"

#include <string.h>

static const struct {
    const char *name, *text;
} words[BL_WORD_COUNT] = {
#define X(name, text) {#name, text},
    BL_WORDS(X)
#undef X
};

const char *bl_outcome_name(enum bl_outcome outcome)
{
    return words[outcome].name;
}

const char *bl_outcome_text(enum bl_outcome outcome)
{
    return words[outcome].text;
}

const char *bl_outcome_set_text(uint32_t set, char text[BL_SET_TEXT_MAX])
{
    text[0] = '\0';
    for (unsigned i = 0; i < BL_WORD_COUNT; i++) {
        if (!(set & BL_OUTCOME_BIT(i)))
            continue;
        if (text[0])
            strcat(text, "|"); /* eight names of three and bars: 31 bytes */
        strcat(text, words[i].name);
    }
    return text;
}
