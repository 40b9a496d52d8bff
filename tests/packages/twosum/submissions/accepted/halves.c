#include <stdio.h>

int main(void)
{
    int sum;

    if (scanf("%d", &sum) != 1)
        return 1;
    printf("%d %d\n", sum / 2, sum - sum / 2);
    return 0;
}
