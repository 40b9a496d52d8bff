/* converse - copies its input to its output line by line, at once; exits with 0 at the end of
 * input. converse N - asks: writes N numbers, wants each back; exits with 0 if all came, 1 if not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int answer(void)
{
    char line[256];

    while (fgets(line, sizeof(line), stdin))
        if (fputs(line, stdout) == EOF || fflush(stdout) != 0)
            return 1;
    return 0;
}

static int ask(int count)
{
    char line[256];

    for (int i = 0; i < count; i++) {
        (void)printf("%d\n", i);
        (void)fflush(stdout);
        if (!fgets(line, sizeof(line), stdin) || atoi(line) != i)
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    return argc == 2 ? ask(atoi(argv[1])) : answer();
}
