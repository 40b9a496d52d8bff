/* placeholder: a room without code yet does not link. */
extern int bl_judge_empty;
int bl_judge_empty;
