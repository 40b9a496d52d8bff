/* placeholder: a room without code yet does not link. */
extern int bl_cli_empty;
int bl_cli_empty;
