# embed_policies.cmake - writes OUTPUT, a C file with the table bl_policy_shipped (policy_rules.h),
# from the ;-list POLICIES of JSON files. A file's name without ".json" is the policy's name.
set(arrays "")
set(rows "")
foreach(policy IN LISTS POLICIES)
  get_filename_component(name ${policy} NAME_WE)
  file(READ ${policy} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "((0x..,){16})" "\\1\n    " bytes "${bytes}")
  string(APPEND arrays "static const char ${name}_json[] = {\n    ${bytes}\n};\n\n")
  string(APPEND rows "    {\"${name}\", ${name}_json, sizeof(${name}_json)},\n")
endforeach()
file(WRITE ${OUTPUT} "/* Generated from limits/policies by limits/embed_policies.cmake. */
#include \"limits/policy_rules.h\"

${arrays}const struct bl_policy_shipped bl_policy_shipped[] = {
${rows}    {NULL, NULL, 0},
};
")
