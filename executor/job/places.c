#include "executor/job/places.h"

#include "bailiff/own.h"

int bl_places_add(struct bl_plan *plan, unsigned root, struct bl_err *err)
{
    static const struct {
        enum bl_entry_kind kind;
        const char *target;
    } places[] = {{BL_ENTRY_FILE, BL_PLACE_INPUT},
                  {BL_ENTRY_FILE, BL_PLACE_ANSWER},
                  {BL_ENTRY_DIR, BL_PLACE_FEEDBACK}};

    for (size_t i = 0; i < BL_ARRAY_LEN(places); i++)
        if (bl_plan_add_entry(plan, root, places[i].kind, "", places[i].target, false, false,
                              err) != 0)
            return -1;
    return 0;
}
