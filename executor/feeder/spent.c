#include "executor/feeder/spent.h"

void bl_spent_empty(struct bl_spent *spent)
{
    while (spent->count > 0)
        natsMsg_Destroy(spent->messages[--spent->count]);
    spent->bytes = 0;
}

void bl_spent_add(struct bl_spent *spent, natsMsg *message)
{
    spent->messages[spent->count++] = message;
    spent->bytes += (size_t)natsMsg_GetDataLength(message);
    if (spent->count == BL_SPENT_MAX || spent->bytes > BL_SPENT_BYTES_MAX)
        bl_spent_empty(spent);
}
