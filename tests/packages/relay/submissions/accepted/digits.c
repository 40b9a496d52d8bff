#include <stdio.h>
#include <string.h>

int main(void)
{
    char task[16], text[128];

    if (scanf("%15s %127s", task, text) != 2)
        return 1;
    if (strcmp(task, "encode") == 0) {
        for (const char *c = text; *c; c++)
            printf("%02d", *c - 'a' + 10);
    } else {
        for (const char *c = text; c[0] && c[1]; c += 2)
            putchar((c[0] - '0') * 10 + c[1] - '0' - 10 + 'a');
    }
    putchar('\n');
    return 0;
}
