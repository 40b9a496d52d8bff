#include <stdio.h>

int main(void)
{
    int sum;

    if (scanf("%d", &sum) != 1)
        return 1;
    printf("0 %d\n", sum);
    return 0;
}
