#include "executor/cli/client/event_text.h"

#include <string.h>
#include <unistd.h>

#include "bailiff/result.h"
#include "bailiff/units.h"
#include "executor/cli/message.h"
#include "executor/cli/printable.h"
#include "limits/ceilings.h"
#include "limits/verdict.h"

enum { NAME_MAX_BYTES = 200, NAME_WIDTH = 28, OUTPUT_LINES_MAX = 40 };

typedef Bailiff__V1__CommandResult command_message;

const char *bl_enum_name_of(const ProtobufCEnumDescriptor *type, int value, char text[16])
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);

    if (found)
        return strchr(found->name, '_') + 1; /* the schema's names all begin with the enum's */
    (void)snprintf(text, 16, "%d", value);
    return text;
}

static void wipe(struct bl_event_printer *printer)
{
    if (printer->drawn)
        (void)fputs("\r\033[K", printer->progress); /* ours; a progress line may be lost */
    printer->drawn = false;
}

static void print_queued(struct bl_event_printer *printer, const Bailiff__V1__Queued *queued)
{
    bool terminal;

    if (!printer->progress || queued->position == 0)
        return;
    terminal = isatty(fileno(printer->progress));
    wipe(printer);
    fprintf(printer->progress, "queued behind %u job%s%s", queued->position,
            queued->position == 1 ? "" : "s", terminal ? "" : "\n");
    printer->drawn = terminal;
    (void)fflush(printer->progress); /* progress that can't be shown is no failure */
}

static void print_started(struct bl_event_printer *printer, const Bailiff__V1__Started *started)
{
    char cpus[64], waited[BL_UNITS_TEXT_MAX];

    if (!printer->progress)
        return;
    (void)bl_printable(cpus, sizeof(cpus), started->cpus, strlen(started->cpus));
    fprintf(printer->progress, "started on slot %u%s%s after %s\n", started->slot,
            cpus[0] ? ", CPUs " : "", cpus, bl_format_time(started->waited_ns, waited));
}

/* "tests/sample 1"; a case without a name is its step's, or its number there. */
static void name_case(const Bailiff__V1__CaseResult *result, char shown[NAME_MAX_BYTES])
{
    char name[NAME_MAX_BYTES];

    if (result->case_name[0])
        (void)snprintf(name, sizeof(name), "%s/%s", result->step_name, result->case_name);
    else if (result->case_ > 0)
        (void)snprintf(name, sizeof(name), "%s/%u", result->step_name, result->case_);
    else
        (void)snprintf(name, sizeof(name), "%s", result->step_name);
    (void)bl_printable(shown, NAME_MAX_BYTES, name, strlen(name));
}

/* The command that is to blame, or the program. NULL: none ran. */
static const command_message *telling(const Bailiff__V1__CaseResult *result)
{
    size_t index =
        result->decided_by_opt_case == BAILIFF__V1__CASE_RESULT__DECIDED_BY_OPT_DECIDED_BY
            ? result->decided_by
            : 0;

    return index < result->n_commands ? result->commands[index] : NULL;
}

/* A limit in words, by way of the result that the worker had. */
static void word_limit(const command_message *command, char text[BL_MESSAGE_MAX])
{
    const struct bl_limit_row *row = bl_limit_find(command->limit->limit);
    struct bl_result result = {.verdict = (enum bl_verdict)((int)command->verdict - 1)};
    const char *colon;

    text[0] = '\0';
    if (!row || (unsigned)result.verdict >= BL_VERDICT_COUNT)
        return;
    result.limit = row->option;
    result.bound = command->limit->bound;
    result.observed = command->limit->observed_opt_case ? command->limit->observed : 0;
    colon = strstr(bl_result_message(&result, text), ": "); /* behind the verdict */
    if (colon)
        memmove(text, colon + 2, strlen(colon + 2) + 1);
}

/* Why a command did not end well. */
static void word_command(const command_message *command, char text[BL_MESSAGE_MAX])
{
    text[0] = '\0';
    if (command->cause_case == BAILIFF__V1__COMMAND_RESULT__CAUSE_LIMIT)
        word_limit(command, text);
    else if (command->cause_case == BAILIFF__V1__COMMAND_RESULT__CAUSE_ERROR)
        (void)snprintf(text, BL_MESSAGE_MAX, "%s", command->error->message);
    else if (command->cause_case == BAILIFF__V1__COMMAND_RESULT__CAUSE_SYSCALL)
        (void)snprintf(text, BL_MESSAGE_MAX, "called %s",
                       command->syscall->syscall ? command->syscall->syscall->name
                                                 : "the system in a foreign way");
    else if (command->signal)
        (void)snprintf(text, BL_MESSAGE_MAX, "signal %d (%s)", command->signal,
                       command->signal_name);
    else if (command->exit_code_opt_case && command->exit_code != 0)
        (void)snprintf(text, BL_MESSAGE_MAX, "exit status %d", command->exit_code);
}

static void word_reason(const Bailiff__V1__CaseResult *result, char text[BL_MESSAGE_MAX])
{
    const command_message *command = telling(result);
    size_t length;

    text[0] = '\0';
    if (result->error) {
        (void)snprintf(text, BL_MESSAGE_MAX, "%s", result->error->message);
    } else if (result->outcome != BAILIFF__V1__OUTCOME__OUTCOME_PASSED && result->check) {
        length = result->check->message.len < BL_MESSAGE_MAX ? result->check->message.len
                                                             : BL_MESSAGE_MAX - 1;
        memcpy(text, result->check->message.data, length);
        text[length] = '\0';
        if (length == 0 && result->check->checker)
            word_command(result->check->checker, text);
    } else if (result->outcome != BAILIFF__V1__OUTCOME__OUTCOME_PASSED && command) {
        word_command(command, text);
    }
}

static void print_figures(const command_message *command, FILE *to)
{
    const Bailiff__V1__Usage *usage = command ? command->usage : NULL;

    if (!usage) {
        fprintf(to, "  %10s  %12s", "-", "-");
        return;
    }
    fprintf(to, "  %8.3f s", (double)usage->cpu_time_ns / (double)BL_NS_PER_S);
    if (usage->memory_peak_bytes_opt_case)
        fprintf(to, "  %8.1f MiB", (double)usage->memory_peak_bytes / (double)BL_MIB);
    else
        fprintf(to, "  %12s", "-");
}

/* Both measurements of a case that was run again are told. */
static void print_trust(const Bailiff__V1__CaseResult *result, const command_message *command,
                        FILE *to)
{
    if (result->n_set_aside > 0) {
        fprintf(to,
                "  (run again %s, was noisy:", result->was_alone ? "alone" : "beside other jobs");
        print_figures(result->set_aside[0], to);
        fprintf(to, ")");
    }
    if (command && command->noisy)
        fprintf(to, "  (noisy: do not trust the time)");
}

static void print_data(FILE *to, const char *what, const Bailiff__V1__Data *data)
{
    if (!data || data->data.len == 0)
        return;
    fprintf(to, "  %s:\n", what);
    bl_print_lines(to, "    | ", data->data.data, data->data.len, OUTPUT_LINES_MAX);
    if (data->cut)
        fprintf(to, "    (%zu of %llu bytes)\n", data->data.len,
                (unsigned long long)data->size_bytes);
}

static void print_case(struct bl_event_printer *printer, const Bailiff__V1__CaseResult *result)
{
    bool passed = result->outcome == BAILIFF__V1__OUTCOME__OUTCOME_PASSED;
    const command_message *command = telling(result);
    char name[NAME_MAX_BYTES], reason[BL_MESSAGE_MAX], shown[BL_MESSAGE_MAX], number[16];
    bool failed = result->outcome == BAILIFF__V1__OUTCOME__OUTCOME_FAILED;
    const command_message *blamed = failed ? command : NULL;
    FILE *to = printer->results;

    name_case(result, name);
    word_reason(result, reason);
    (void)bl_printable(shown, sizeof(shown), reason, strcspn(reason, "\n"));
    fprintf(to, "%-*s  %-16s", NAME_WIDTH, name,
            blamed
                ? bl_enum_name_of(&bailiff__v1__verdict__descriptor, (int)blamed->verdict, number)
                : bl_enum_name_of(&bailiff__v1__outcome__descriptor, (int)result->outcome, number));
    print_figures(result->n_commands > 0 ? result->commands[0] : NULL, to);
    fprintf(to, "%s%s", shown[0] ? "  " : "", shown);
    print_trust(result, command, to);
    fprintf(to, "\n");
    for (size_t i = 0; (!passed || printer->verbose) && i < result->n_commands; i++) {
        print_data(to, "standard output", result->commands[i]->stdout);
        print_data(to, "standard error", result->commands[i]->stderr);
    }
}

static void print_done(struct bl_event_printer *printer, const char *job_id,
                       const Bailiff__V1__JobDone *done)
{
    const Bailiff__V1__Counts *counts = done->counts;
    char id[160], ran[BL_UNITS_TEXT_MAX], number[16], other[16], shown[BL_MESSAGE_MAX];
    FILE *to = printer->results;

    (void)bl_printable(id, sizeof(id), job_id, strlen(job_id));
    fprintf(to, "%s",
            bl_enum_name_of(&bailiff__v1__outcome__descriptor, (int)done->outcome, number));
    if (done->end != BAILIFF__V1__END__END_COMPLETED)
        fprintf(to, " (%s)", bl_enum_name_of(&bailiff__v1__end__descriptor, (int)done->end, other));
    if (counts)
        fprintf(to, ": %u passed, %u rejected, %u failed, %u skipped, %u other", counts->passed,
                counts->rejected, counts->failed, counts->skipped,
                counts->check_failed + counts->cancelled + counts->error);
    fprintf(to, "; job %s ran %s\n", id, bl_format_time(done->ran_ns, ran));
    if (!done->error)
        return;
    (void)bl_printable(shown, sizeof(shown), done->error->message, strlen(done->error->message));
    fprintf(to, "  %s\n", shown);
}

void bl_event_print(struct bl_event_printer *printer, const Bailiff__V1__Event *event)
{
    if (event->what_case == BAILIFF__V1__EVENT__WHAT_QUEUED) {
        print_queued(printer, event->queued);
        return;
    }
    wipe(printer);
    if (event->what_case == BAILIFF__V1__EVENT__WHAT_STARTED)
        print_started(printer, event->started);
    else if (event->what_case == BAILIFF__V1__EVENT__WHAT_CASE_ENDED)
        print_case(printer, event->case_ended);
    else if (event->what_case == BAILIFF__V1__EVENT__WHAT_DONE)
        print_done(printer, event->job_id, event->done);
    (void)fflush(printer->results); /* as it happens; the end tells of a failure (main) */
}
