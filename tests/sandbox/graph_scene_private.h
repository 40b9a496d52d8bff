/* graph_scene_private.h - the parts of a scene among themselves. */
#ifndef BL_TESTS_SANDBOX_GRAPH_SCENE_PRIVATE_H
#define BL_TESTS_SANDBOX_GRAPH_SCENE_PRIVATE_H

#include "tests/sandbox/graph_scene.h"

/* ---- graph_depot.c ---- */

void bl_scene_open_depot(struct bl_scene *scene); /* and its outfitter */
void bl_scene_remove_files(struct bl_scene *scene);

/* ---- graph_told.c ---- */

/* bl_scene_calls - what the graph tells, into the scene. */
struct bl_graph_calls bl_scene_calls(struct bl_scene *scene);

#endif
