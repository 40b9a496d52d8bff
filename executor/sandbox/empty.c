/* placeholder: a room without code yet does not link. */
extern int bl_sandbox_empty;
int bl_sandbox_empty;
