/* placeholder: a room without code yet does not link. */
extern int bl_job_empty;
int bl_job_empty;
